package export

import (
	"math"
	"strings"
	"testing"
)

func TestTextIsAlignedAndSafe(t *testing.T) {
	var b strings.Builder
	table := Table{Title: "Routes", Columns: Cols("method", "~path", ">count"), Rows: [][]string{
		{"GET", "/a\x1b[31m\nred", "7"}, {"DELETE", "/b", "1,204"},
	}}
	if err := Text(&b, table, 0); err != nil {
		t.Fatal(err)
	}
	want := "Routes\n  method  path         count\n  GET     /a·[31m red      7\n  DELETE  /b           1,204\n"
	if b.String() != want {
		t.Errorf("got\n%q\nwant\n%q", b.String(), want)
	}
}

func TestTextWrapsTheWideColumn(t *testing.T) {
	var b strings.Builder
	table := Table{Columns: Cols("~path", ">count"), Rows: [][]string{{strings.Repeat("x", 100), "12345"}}}
	if err := Text(&b, table, 40); err != nil {
		t.Fatal(err)
	}
	for _, l := range strings.Split(b.String(), "\n") {
		if n := len([]rune(l)); n > 40 {
			t.Errorf("a line of %d cells, want at most 40: %q", n, l)
		}
	}
	if got := strings.Count(b.String(), "x"); !strings.Contains(b.String(), "12345") || got != 100 {
		t.Errorf("something was cut: %d of 100 letters in %q", got, b.String())
	}
}

func TestMarkdownEscapesWhatItWouldTakeForItself(t *testing.T) {
	var b strings.Builder
	table := Table{Columns: Cols("sql"), Rows: [][]string{{"a | b <script> `x`\ny"}}}
	if err := Markdown(&b, table); err != nil {
		t.Fatal(err)
	}
	want := "| sql |\n| --- |\n| a \\| b &lt;script&gt; \\`x\\` y |\n"
	if b.String() != want {
		t.Errorf("got %q want %q", b.String(), want)
	}
}

func TestCSVHoldsNoFormula(t *testing.T) {
	var b strings.Builder
	table := Table{Columns: Cols("a", "b", "c"), Rows: [][]string{{"=1+1", "-5", "-2+cmd|' /C calc'!A0"}}}
	if err := CSV(&b, table); err != nil {
		t.Fatal(err)
	}
	want := "a,b,c\n'=1+1,-5,'-2+cmd|' /C calc'!A0\n"
	if b.String() != want {
		t.Errorf("got %q want %q", b.String(), want)
	}
}

func TestUnits(t *testing.T) {
	for _, c := range []struct{ name, got, want string }{
		{"a second and more has two decimals", Seconds(1.214), "1.21 s"},
		{"milliseconds", Seconds(0.84), "840 ms"},
		{"microseconds", Seconds(0.00004), "40.0 µs"},
		{"two minutes", Seconds(125), "2m5s"},
		{"a time that was not measured is a dash", Seconds(math.NaN()), "–"},
		{"just under a thousand bytes moves up", Bytes(999.7), "1.00 kB"},
		{"megabytes", Bytes(412e6), "412 MB"},
		{"five per cent", Ratio(0.05), "5.0 %"},
		{"thousands are set apart", Count(1204331), "1,204,331"},
		{"a negative number keeps its sign", Count(-123456), "-123,456"},
		{"a rate", Rate(118.2), "118 /s"},
		{"nothing measured", Or(nil, Rate), "–"},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %q want %q", c.name, c.got, c.want)
		}
	}
}
