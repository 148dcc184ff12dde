package stat

import (
	"math"
	"math/rand"
	"testing"
)

func TestRanksShareTheMeanOfTheirPlaces(t *testing.T) {
	a, b := ranks([]float64{3, 1, 2}, []float64{2, 9})
	for i, want := range []float64{4, 1, 2.5, 2.5, 5} {
		if got := append(a, b...)[i]; got != want {
			t.Errorf("value %d has rank %v, want %v", i, got, want)
		}
	}
}

func TestRanksTestWhichIsLargerAndNotHowLarge(t *testing.T) {
	r := rand.New(rand.NewSource(3))
	series := func(shift, rho float64) (out []float64) {
		x := r.NormFloat64()
		for range 120 {
			x = rho*x + math.Sqrt(1-rho*rho)*r.NormFloat64()
			out = append(out, x+shift)
		}
		return out
	}
	beyond := series(1, 0)
	beyond[5] = -1e4
	for _, c := range []struct {
		name  string
		a, b  []float64
		found bool
	}{
		{"a shift by one deviation", series(0, 0), series(1, 0), true},
		{"the same with one value beyond all measure on the other side", series(0, 0), beyond, true},
		{"no shift", series(0, 0), series(0, 0), false},
		{"two constants of few values: no scatter is no proof", []float64{1, 1, 1}, []float64{2, 2, 2}, false},
		{"all alike", []float64{1, 1, 1}, []float64{1, 1, 1}, false},
	} {
		if s := RankShift(c.a, c.b); (s.P < 0.001) != c.found {
			t.Errorf("%s: p = %v, want it found: %v", c.name, s.P, c.found)
		}
	}
}

// Of 400 pairs of series without a shift, in which each value resembles the
// last, about one in twenty is beyond 5 %; Mann and Whitney's own p finds many.
func TestRanksOfAlikeValuesAreWorthFewer(t *testing.T) {
	const pairs = 400
	r := rand.New(rand.NewSource(11))
	series := func() (out []float64) {
		x := r.NormFloat64()
		for range 120 {
			x = 0.8*x + 0.6*r.NormFloat64()
			out = append(out, x)
		}
		return out
	}
	plain, corrected := 0, 0
	for range pairs {
		a, b := series(), series()
		if RankP(a, b) < 0.05 {
			plain++
		}
		if RankShift(a, b).P < 0.05 {
			corrected++
		}
	}
	t.Logf("of %d: %d by the plain test, %d with the likeness", pairs, plain, corrected)
	if corrected > pairs*8/100 || plain < pairs*3/10 {
		t.Errorf("of %d pairs without a shift %d are found, want 5 %%; by the plain test %d, want many", pairs, corrected, plain)
	}
}
