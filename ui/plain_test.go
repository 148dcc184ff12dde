package ui

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"
)

func TestPlainWritesALinePerChange(t *testing.T) {
	f := newFake()
	o := options(f)
	o.Plain = true
	m := New(f, Target{Name: "app"}, o)
	m.s.diagnose = fakeFindings
	ctx, cancel := context.WithCancel(context.Background())
	f.waiting = true
	var out strings.Builder
	go func() { time.Sleep(300 * time.Millisecond); cancel() }()
	if _, err := Run(ctx, m, nil, &out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], "■ CRIT GET /orders/{id}") || !strings.Contains(lines[1], "P95 8") {
		t.Errorf("got %q", lines)
	}
}

func TestPlainSaysNothingOfEveryDigit(t *testing.T) {
	at := func(subject, verdict string, p95, rate float64) plainLine {
		return plainLine{subject: subject, verdict: verdict, values: []float64{p95, rate}, numbers: "numbers"}
	}
	said := plainLine{}
	for _, c := range []struct {
		name string
		now  plainLine
		want string
	}{
		{"the first sample", at("a", "a is 10× slower", 0.2, 50), "a is 10× slower|numbers"},
		{"the factor alone moved", at("a", "a is 11× slower", 0.21, 50), ""},
		{"small steps do not add up unheard", at("a", "a is 12× slower", 0.25, 50), "a is 12× slower|numbers"},
		{"another verdict", at("b", "b fails", 0.25, 50), "b fails"},
		{"a number went away", at("b", "b fails", math.NaN(), 50), "numbers"},
		{"it stays away", at("b", "b fails", math.NaN(), 50), ""},
	} {
		lines, now := c.now.changes(said)
		if got := strings.Join(lines, "|"); got != c.want {
			t.Errorf("%s: got %q want %q", c.name, got, c.want)
		}
		said = now
	}
}
