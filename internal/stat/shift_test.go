package stat

import (
	"math"
	"testing"
)

// Quantiles of Student's t from Abramowitz and Stegun, table 26.10.
func TestStudent(t *testing.T) {
	for _, tt := range []struct{ t, freedom, p float64 }{
		{2.228, 10, 0.05}, {4.587, 10, 0.001}, {3.291, 1e6, 0.001}, {12.706, 1, 0.05}, {0, 5, 1},
	} {
		if got := twoSided(tt.t, tt.freedom); math.Abs(got-tt.p) > 0.001*max(tt.p, 0.1) {
			t.Errorf("t = %v with %v degrees: p = %v, want %v", tt.t, tt.freedom, got, tt.p)
		}
	}
}

func TestALikeSeriesIsWorthFewerValues(t *testing.T) {
	var lone, later, alike, after []float64
	for i := range 40 {
		lone, alike = append(lone, float64(i%2)), append(alike, float64(i/20))
		later, after = append(later, float64(i%2)+1), append(after, float64(i/20)+1)
	}
	if s := MeanShift(lone, later); math.Abs(s.Effect-1) > 1e-9 || s.P > 0.001 {
		t.Errorf("a shift of 1 between series that scatter: %v, p = %v; want it found", s.Effect, s.P)
	}
	if s := MeanShift(alike, after); s.P < 0.05 {
		t.Errorf("the same shift between series that drift once proves nothing: p = %v, want no finding", s.P)
	}
}
