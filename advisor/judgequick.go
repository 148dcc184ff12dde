package advisor

import (
	"math"

	"mltop/internal/stat"
)

// What it takes to see a great gain before minBlocks are there.
const (
	// quickBlocks: of fewer, a single lull would be half of what is known.
	quickBlocks = 4
	// quickCalls make a block: a gain this great shows in a few calls.
	quickCalls = 3
)

// quickly judges a gain so great that hardly a stretch before was ever as
// short as the longest after: where ranks leave no doubt fewer blocks do, and
// nobody waits for what the chart has shown for long. A loss is not judged so:
// a burst of load looks like one at first.
func quickly(v Verdict, before, after []stat.Bucket) (Verdict, bool) {
	least := leastMean(before, after)
	a, b := blocksOf(before, quickCalls, least), blocksOf(after, quickCalls, least)
	if len(a) < minBlocks || len(b) < quickBlocks || typical(b)*greatGain > typical(a) {
		return v, false
	}
	byRank := precedence(a, b)
	if byRank >= maxP {
		return v, false
	}
	v = compareCalls(v, byRank, a, b, span(after))
	return v, v.Outcome == OutcomeBetter
}

// precedence is the chance that of two like samples the greatest value of b
// has no more values of a below it than it has: the exact rank test of Nelson,
// "Tables for a Precedence Life Test" (Technometrics 5, 1963). With r of them,
// all of b are among the lowest nb+r of all: C(nb+r, nb) / C(nb+na, nb) ways;
// with none below, the 1 / C(nb+na, nb) of Mann and Whitney's U = 0.
func precedence(a, b []float64) float64 {
	top, r := math.Inf(-1), 0
	for _, x := range b {
		top = max(top, x)
	}
	for _, x := range a {
		if x <= top {
			r++
		}
	}
	p := 1.0
	for i := range b {
		p *= float64(r+i+1) / float64(len(a)+i+1)
	}
	return p
}
