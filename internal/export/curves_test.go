package export

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

func value(v float64) *float64 { return &v }

func TestCurvesShareAnAxisAndShowGaps(t *testing.T) {
	write := func(v float64) string { return fmt.Sprint(v, " s") }
	var b strings.Builder
	err := HTMLWithCurves(&b, []Curves{
		{Title: "latency <b>", From: 0, To: 10, Write: write, Lines: []Curve{
			{Name: "P50", At: []float64{0, 5, 6, 10}, Values: []*float64{value(1), nil, value(2), value(4)}},
			{Name: "a & b", At: []float64{0, 20}, Values: []*float64{value(2), value(3)}},
		}},
		{Title: "nothing measured", From: 0, To: 10, Write: write, Lines: []Curve{{Name: "x", At: []float64{1}, Values: []*float64{nil}}}},
	}, nil)
	text := b.String()
	if err != nil || strings.Count(text, "<svg") != 1 || strings.Contains(text, "<b>") || strings.Contains(text, "a & b") {
		t.Fatalf("%v, got %s", err, text)
	}
	for _, want := range []string{">4 s<", `d="M80.0 125.5h1M572.0 91.0h1L900.0 22.0"`, `d="M80.0 91.0h1"`} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %s in %s", want, text)
		}
	}
	_, svg, _ := strings.Cut(text, "<svg")
	svg, _, _ = strings.Cut(svg, "</svg>")
	d := xml.NewDecoder(strings.NewReader("<svg" + svg + "</svg>"))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatalf("the picture is no XML: %v", err)
		}
	}
}
