package advisor

import (
	"math"
	"math/rand"
	"testing"

	"mltop/internal/stat"
)

// A second in ten is four times as slow before a change, none after it: the
// means of the logarithms differ, and the usual stretch takes what it took.
func TestAGainHasToShowInRanksToo(t *testing.T) {
	r := rand.New(rand.NewSource(21))
	c := newRecorder(r, noises()[0], 8)
	some := func(int) float64 {
		if r.Intn(10) == 0 {
			return 4
		}
		return 1
	}
	before, after := c.record(240, some), c.record(240, unchanged)
	a, b := blocks(before, after)
	if s := stat.MeanShift(a, b); s.P >= maxP || math.Exp(s.Effect) > 1-minEffect {
		t.Fatalf("by means alone: %+v; want a gain, or the ranks show nothing", s)
	}
	if v := Judge("x", before, after); v.Outcome != OutcomeNotEnough || v.P < maxP {
		t.Errorf("got %q, p = %v: %s; want no gain", v.Outcome, v.P, v.Text)
	}
}
