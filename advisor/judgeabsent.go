package advisor

import (
	"fmt"
	"math"
	"time"

	"mltop/internal/stat"
	"mltop/internal/units"
)

// An Absent is a statement of which only calls of Least seconds and more are
// written down, and none is since a change.
type Absent struct {
	Least  float64
	Before time.Duration // how long it was read before the change
	From   time.Time     // of the change
	Until  time.Time     // read until then
	Met    []time.Time   // when looks at the sessions met it running
	Last   time.Time     // the newest call since the change; zero: none
}

// readLag is how long an entry of a log may be on its way to us.
const readLag = 5 * time.Second

// JudgeAbsent judges a statement by its absence from a log with a threshold.
// It is pure. Calls that come as they came before, so many in a time, stay out
// of a stretch by chance as often as all of them fall outside of it: the
// conditional test of two Poisson rates (Przyborowski and Wilenski,
// Biometrika 31, 1940). That alone could be an application that went away: a
// session has to be met in the statement, so long ago that a slow call would be
// in the log by now. The time between the two is what is judged.
func JudgeAbsent(subject string, before []stat.Bucket, a Absent) Verdict {
	v := describeCalls(subject, before, nil)
	slowest := slowestOf(before)
	from := a.From.Add(slowest) // a call that began before the change may end so late
	if a.Last.After(from) {
		from = a.Last
	}
	met := lastMet(a.Met, from, a.Until.Add(-slowest-readLag))
	v.P = chanceOfNone(v.CallsBefore, a.Before, met.Sub(from))
	if met.IsZero() {
		v.P = math.NaN()
	}
	if v.P < maxP && v.BeforeMean > a.Least {
		v.Outcome = OutcomeBetter
		v.Low, v.High = 0, a.Least/v.BeforeMean
	}
	v.Text = a.text(v, from, met)
	return v
}

// scatter is how many times the mean of its seconds a call may take.
const scatter = 3

// slowestOf is how long a call took at the most, where a log may have been
// added up to numbers and sums.
func slowestOf(list []stat.Bucket) time.Duration {
	most := 0.0
	for _, b := range list {
		if n := float64(b.Latency.Count()); n > 0 {
			most = max(most, min(b.Latency.Sum(), scatter*b.Latency.Sum()/n))
		}
	}
	return time.Duration(most * float64(time.Second))
}

// lastMet is the newest meeting in a stretch of time; zero: none.
func lastMet(list []time.Time, from, to time.Time) (last time.Time) {
	for _, t := range list {
		if t.After(from) && !t.After(to) {
			last = t
		}
	}
	return last
}

// chanceOfNone is the chance that none of n calls falls into the second of two
// stretches, where they come alike in both.
func chanceOfNone(n int, before, after time.Duration) float64 {
	if before <= 0 || after <= 0 {
		return math.NaN()
	}
	return math.Pow(before.Seconds()/(before+after).Seconds(), float64(n))
}

func (a Absent) text(v Verdict, from, met time.Time) string {
	none := fmt.Sprintf("none of %s and more in the %s since (%s in the %s before, %s on average)", seconds(a.Least), units.Ago(max(0, a.Until.Sub(a.From))),
		units.Whole(int64(v.CallsBefore)), units.Ago(a.Before), seconds(v.BeforeMean))
	switch {
	case v.Outcome == OutcomeBetter:
		return fmt.Sprintf("faster than %s: %s; it still runs, %s", seconds(a.Least), none, pText(v.P))
	case v.BeforeMean <= a.Least:
		return none + ": most calls were shorter before, too, and the log cannot tell"
	case met.IsZero():
		return none + "; whether it still runs is not known: no look at the sessions has met it"
	}
	enough := a.Before.Seconds() * (math.Pow(maxP, -1/float64(v.CallsBefore)) - 1)
	more := time.Duration(enough*float64(time.Second)) - met.Sub(from)
	return none + fmt.Sprintf("; it still runs: about %s more without one tell that it is faster", units.Ago(max(more, time.Second)))
}
