package loadtest

import (
	"fmt"
	"math"
	"slices"
	"time"

	"mltop/internal/wire"
)

// A Knee searches the highest rate that is sustained: twice as much as long as
// it is, then the middle between what was and what was not, until they are
// close. A rate is given up when it failed twice: once may be chance.
type Knee struct {
	rate, most float64
	good, bad  float64 // 0: none yet
	failed     int     // times in a row at this rate
}

const (
	// kneeClose: the answer is known to 5 %, which is about what the rate
	// scatters by from one try to the next.
	kneeClose = 1.05
	// kneeTries at one rate before it counts as not sustained.
	kneeTries = 2
)

// NewKnee begins at a rate, and tries none above most.
func NewKnee(start, most float64) *Knee { return &Knee{rate: min(start, most), most: most} }

// Next is the rate to try; false when the search is over.
func (k *Knee) Next() (float64, bool) { return k.rate, k.rate > 0 }

// Put takes in whether the rate was sustained.
func (k *Knee) Put(sustained bool) {
	switch {
	case sustained:
		k.good, k.failed = k.rate, 0
	case k.failed+1 < kneeTries:
		k.failed++
		return
	default:
		k.bad, k.failed = k.rate, 0
	}
	k.rate = k.following()
}

// following is the next rate; 0 ends the search.
func (k *Knee) following() float64 {
	switch {
	case k.bad == 0 && k.good >= k.most:
		return 0
	case k.bad == 0:
		return min(2*k.good, k.most)
	case k.good == 0 && k.bad <= 1: // less than one a second is no load
		return 0
	case k.good == 0:
		return max(k.bad/4, 1)
	case k.bad/k.good <= kneeClose:
		return 0
	}
	return math.Sqrt(k.good * k.bad)
}

// Found is the highest rate that was sustained and the least that was not; 0
// for none.
func (k *Knee) Found() (good, bad float64) { return k.good, k.bad }

// AtRate is the plan at one steady rate.
func (p *Plan) AtRate(rate float64, warmup, length time.Duration) *Plan {
	q := *p
	q.Open, q.Warmup, q.Stages, q.AbortAfter = true, warmup, []Stage{{For: warmup + length, From: rate, To: rate}}, 0
	return &q
}

// Sustained judges a run at a steady rate: its thresholds, or where there are
// none that less than 1 % failed; and that the target kept up with the rate.
// why is the reason that it is not.
func Sustained(b *wire.Bench) (why string) {
	broken := slices.IndexFunc(b.Thresholds, func(t wire.BenchThreshold) bool { return t.Broken })
	switch {
	case broken >= 0:
		return "the threshold " + b.Thresholds[broken].Text + " is broken"
	case len(b.Thresholds) == 0 && b.ErrorRatio != nil && *b.ErrorRatio >= someFail:
		return percent(*b.ErrorRatio) + " of the requests failed"
	case b.Dropped > 0:
		return fmt.Sprintf("%d requests were never sent", b.Dropped)
	case b.Offered != nil && b.PerSecond < keptUp**b.Offered:
		return fmt.Sprintf("%.0f a second were answered", b.PerSecond)
	case float64(b.Wait.Count) >= manyWaited*float64(b.Sent):
		return fmt.Sprintf("%s of the requests waited for one of %d connections", percent(float64(b.Wait.Count)/float64(b.Sent)), b.Connections.Most)
	}
	return ""
}

// someFail and manyWaited are what a rate that is sustained stays below.
const (
	someFail   = 0.01
	manyWaited = 0.05
)
