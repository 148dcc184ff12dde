package collectors

import (
	"math"
	"testing"
	"time"

	"mltop/internal/stat"
)

func TestASectionOfAFewSecondsIsInTheWindowThatEndsWithIt(t *testing.T) {
	for _, c := range []struct {
		name     string
		interval time.Duration
	}{
		{"a second", time.Second}, {"a first look and a second one 1.7 s later", 1700 * time.Millisecond},
		{"an interval of two seconds", 2 * time.Second}, {"an interval of five", 5 * time.Second},
	} {
		for phase := range 10 {
			h := NewHistory(0)
			at := after(time.Hour + time.Duration(phase)*1100*time.Millisecond)
			g := StatementGroup{Fingerprint: "f1", Text: "SELECT 1", Calls: 101, Rows: 7, Errors: 1, Latency: &stat.Sketch{}}
			for i := range g.Calls {
				g.Latency.Add(0.001 * float64(1+i))
			}
			h.Put(Sample{Time: at, Sections: []Section{&Statements{At: at, Interval: c.interval, Source: StatementSource{Kind: "query log", Live: true}, Rows: []StatementGroup{g}}}})
			list := h.Window(h.Latest().Time, time.Minute).Statements
			if len(list) != 1 || list[0].Calls != 101 || list[0].Rows != 7 || list[0].Errors != 1 || list[0].Latency.Count() != 101 {
				t.Fatalf("%s, %d: got %+v, want the one statement with 101 calls", c.name, phase, list)
			}
			if mean := list[0].Latency.Mean(); math.Abs(mean-0.051) > 0.01*0.051 {
				t.Errorf("%s: got a mean of %g s, want 0.051 to 1 %%", c.name, mean)
			}
		}
	}
}

func TestEverySecondOfASectionHasItsPartOfSlowAndFast(t *testing.T) {
	whole := tally{n: [4]uint64{90, 3, 0, 0}}
	for i := range 90 {
		whole.lat.Add(0.001 * float64(1+i))
	}
	for i := range uint64(3) {
		p := whole.part(i, 3)
		if p.n[0] != 30 || p.n[1] != 1 || p.lat.Count() != 30 || p.lat.Quantile(0.95) < 0.08 || p.lat.Quantile(0.05) > 0.01 {
			t.Errorf("part %d: got %v, P5 %g, P95 %g; want a third, as slow as the whole", i, p.n, p.lat.Quantile(0.05), p.lat.Quantile(0.95))
		}
	}
}

func TestWhatALogCallsTwoMillisecondsIsNotAboveTwo(t *testing.T) {
	bounds := []float64{0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1}
	for i, v := range bounds {
		var s stat.Sketch
		s.Add(v)
		s.Each(func(known float64, _ uint64) {
			if got := band(bounds, known); got != i {
				t.Errorf("%g s, known as %g: got band %d, want %d", v, known, got, i)
			}
		})
	}
}
