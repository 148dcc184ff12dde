package gateway

import (
	"fmt"
	"math"
	"slices"
	"time"

	"mltop/internal/units"
)

// A Load is what was last seen of an upstream. NaN: not measured.
type Load struct {
	At           time.Time
	CPU, Memory  float64 // ratios
	ResponseTime float64 // seconds, the mean of the window
}

// A weighing is what is remembered of an upstream between two looks.
type weighing struct {
	smooth Load // averages
	factor float64
}

// take averages what was seen into what is remembered; false: it is too old
// to say anything.
func (w *weighing) take(now Load, at time.Time, r WeightRule) bool {
	if at.Sub(now.At) > r.Expiry {
		w.smooth = unmeasured()
		return false
	}
	w.smooth.CPU = average(w.smooth.CPU, now.CPU, r.Smooth)
	w.smooth.Memory = average(w.smooth.Memory, now.Memory, r.Smooth)
	w.smooth.ResponseTime = average(w.smooth.ResponseTime, now.ResponseTime, r.Smooth)
	return true
}

// unmeasured is a load of which nothing is known.
func unmeasured() Load { return Load{CPU: math.NaN(), Memory: math.NaN(), ResponseTime: math.NaN()} }

// weigh1 is the next factor of an upstream, and why: the document's
// (1-cpu)(1-memory)max(0.1, 1-response time/1 s), of averages, where the
// response time counts also against what is usual beside it, never below the
// floor, changing by no more than the rule's ratio at a look. What was not
// measured, or too long ago, takes nothing off.
func weigh1(w *weighing, fresh bool, usual float64, r WeightRule) string {
	old := w.factor
	if !fresh {
		w.factor = bounded(old, 1, r.Change)
		return fmt.Sprintf("%s: nothing was measured in the last %v", moved(old, w.factor), r.Expiry)
	}
	speed := max(leastSpeed, share(w.smooth.ResponseTime)*pace(w.smooth.ResponseTime, usual))
	want := max(r.Floor, share(w.smooth.CPU)*share(w.smooth.Memory)*speed)
	w.factor = bounded(old, want, r.Change)
	return fmt.Sprintf("%s: %s, %s, %s%s", moved(old, w.factor), percent("cpu", w.smooth.CPU), percent("memory", w.smooth.Memory),
		seconds(w.smooth.ResponseTime, usual), onItsWay(w.factor, want))
}

// A quarter more than is usual, and what is below half a millisecond, is chance.
const (
	usualSlack = 1.25
	leastUsual = 0.0005
)

// pace is what is usual by what it took: against one second alone an upstream
// that takes 50 ms beside others of 5 would keep 0.95 of its weight.
func pace(took, usual float64) float64 {
	if math.IsNaN(took) || math.IsNaN(usual) {
		return 1
	}
	return min(1, max(leastUsual, usual*usualSlack)/took)
}

// usualOf is the lower median of the times that are known: one that has gone
// slow does not move it, nor one that had a single quick answer. NaN: none is.
func usualOf(times []float64) float64 {
	times = slices.DeleteFunc(times, math.IsNaN)
	if len(times) == 0 {
		return math.NaN()
	}
	slices.Sort(times)
	return times[(len(times)-1)/2]
}

// leastSpeed is what a response time of a second or more leaves.
const leastSpeed = 0.1

// share is what a load leaves; all, when it is not known.
func share(v float64) float64 {
	if math.IsNaN(v) {
		return 1
	}
	return min(1, max(0, 1-v))
}

// average is the exponentially weighted one: share of the newest, the rest of
// what was before.
func average(before, now, share float64) float64 {
	if math.IsNaN(now) {
		return before
	}
	if math.IsNaN(before) {
		return now
	}
	return before + share*(now-before)
}

// bounded goes from one factor towards another, by no more than a ratio of
// itself.
func bounded(from, to, change float64) float64 {
	return min(max(to, from*(1-change)), from*(1+change))
}

func moved(old, now float64) string {
	if math.Abs(old-now) < 0.005 {
		return fmt.Sprintf("× %.2f as before", now)
	}
	return fmt.Sprintf("× %.2f → × %.2f", old, now)
}

func percent(what string, v float64) string {
	if math.IsNaN(v) {
		return what + " not measured"
	}
	return fmt.Sprintf("%s %.0f %%", what, 100*v)
}

func seconds(v, usual float64) string {
	switch {
	case math.IsNaN(v):
		return "no requests"
	case pace(v, usual) < 1:
		return fmt.Sprintf("answers in %s where %s is usual", units.Seconds(v), units.Seconds(usual))
	}
	return "answers in " + units.Seconds(v)
}

func onItsWay(now, want float64) string {
	if math.Abs(now-want) < 0.005 {
		return ""
	}
	return fmt.Sprintf(" (on its way to %.2f)", want)
}

// failOpen gives all the same factor where all are as sick as can be: taking
// weight off everybody helps nobody.
func failOpen(ws []*weighing, r WeightRule) bool {
	for _, w := range ws {
		if w.factor > r.Floor*(1+1e-9) {
			return false
		}
	}
	return len(ws) > 0
}
