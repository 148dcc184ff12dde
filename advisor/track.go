package advisor

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"mltop/internal/db"
	"mltop/internal/units"
)

// A TrackRecord is how the advisor's own advice on a target turned out.
type TrackRecord struct {
	Applied, Undone int // changes made; of them, taken back since
	Better, Worse   int // by their verdicts
	Same            int // no difference shown
	Waiting         int // applied, and not decided yet or not to be seen
	// Compared are those that were predicted in time, with a decided verdict
	// on what was predicted, which is one of time. Predicted and Measured are the medians of their
	// factors, before ÷ after; NaN without any. WithinTwo of them were predicted
	// within a factor of two.
	Compared, WithinTwo int
	Predicted, Measured float64
	// Other counts by their unit those that were predicted in something else, with
	// a decided verdict: nobody knows how rows turn into time.
	Other map[db.Unit]int
	// OnRoutes are those of which only the route was seen, which does more than
	// the one statement that was predicted. BesideRoutes of those compared have a
	// route that was seen as well; RoutesMeasured is the median of its factors.
	OnRoutes, BesideRoutes int
	RoutesMeasured         float64
}

// predicted is the effect that is kept with an entry: JSON has no NaN.
func (r Recommendation) predicted() *Effect {
	e := r.Estimate
	if e == nil || !usable(e.Before) || !usable(e.After) || known(e.Low) == nil || known(e.High) == nil {
		return nil
	}
	return e
}

// withinTwo is how far a prediction may be off to count as met.
const withinTwo = 2

// TrackOf sums up a journal.
func TrackOf(entries []Entry) TrackRecord {
	t := TrackRecord{Predicted: math.NaN(), Measured: math.NaN(), RoutesMeasured: math.NaN(), Other: map[db.Unit]int{}}
	var predicted, measured, routes []float64
	for _, e := range entries {
		if !e.wasApplied() {
			continue
		}
		t.Applied++
		if e.State == EntryUndone {
			t.Undone++
		}
		t.count(e)
		p, m, ok := e.factors(e.Verdict)
		if !ok {
			continue
		}
		if e.Predicted.Time == nil && !e.Predicted.InTime() {
			t.Other[e.Predicted.Unit]++
			continue
		}
		if e.onRoute() {
			route := m
			if p, m, ok = e.factors(e.Verdict.Statement); !ok {
				t.OnRoutes++
				continue
			}
			routes = append(routes, route)
		}
		predicted, measured = append(predicted, p), append(measured, m)
		if p <= withinTwo*m && m <= withinTwo*p {
			t.WithinTwo++
		}
	}
	if t.Compared = len(predicted); t.Compared > 0 {
		t.Predicted, t.Measured = median(predicted), median(measured)
	}
	if t.BesideRoutes = len(routes); t.BesideRoutes > 0 {
		t.RoutesMeasured = median(routes)
	}
	return t
}

// wasApplied reports a change of the database that was made, whatever came of
// it later.
func (e Entry) wasApplied() bool {
	switch e.State {
	case EntryApplied, EntryUndoing, EntryUndone, EntryUndoPending, EntryLost:
		return true
	}
	return false
}

func (t *TrackRecord) count(e Entry) {
	switch {
	case e.Verdict == nil:
		t.Waiting++
	case e.Verdict.Outcome == OutcomeBetter:
		t.Better++
	case e.Verdict.Outcome == OutcomeWorse:
		t.Worse++
	case e.Verdict.Outcome == OutcomeNoChange:
		t.Same++
	default:
		t.Waiting++
	}
}

// onRoute reports a verdict on a route. Those of an older mltop do not say so.
func (e Entry) onRoute() bool {
	return e.Verdict.OfRoute || slices.Contains(e.Routes, e.Verdict.Subject)
}

// factors are how many times less a call was to take, and how many times
// faster it is by a verdict.
func (e Entry) factors(v *Verdict) (predicted, measured float64, ok bool) {
	p := e.Predicted
	if v == nil || p == nil || v.Outcome != OutcomeBetter && v.Outcome != OutcomeWorse && v.Outcome != OutcomeNoChange {
		return 0, 0, false
	}
	predicted, measured = p.factor(), v.BeforeMean/v.AfterMean
	return predicted, measured, usable(predicted) && usable(measured)
}

// factor is how many times faster a call was to get: by its predicted time, or
// where that is not known by what the lab measures in.
func (e *Effect) factor() float64 {
	if e.Time != nil {
		return e.Time.Factor()
	}
	return e.Before / e.After
}

func usable(f float64) bool { return f > 0 && !math.IsInf(f, 0) }

func median(list []float64) float64 {
	slices.Sort(list)
	n := len(list)
	return (list[(n-1)/2] + list[n/2]) / 2
}

// Text is the record in one line; "" before the first change.
func (t TrackRecord) Text() string {
	if t.Applied == 0 {
		return ""
	}
	parts := []string{fmt.Sprintf("%d applied", t.Applied)}
	for _, c := range []struct {
		n    int
		word string
	}{{t.Better, "faster"}, {t.Worse, "slower"}, {t.Same, "without a difference"}, {t.Waiting, "without a verdict"}, {t.Undone, "undone"}} {
		if c.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c.n, c.word))
		}
	}
	text := "advice so far: " + strings.Join(parts, ", ")
	if t.Compared > 0 {
		text += fmt.Sprintf("; %d predicted in time: %d within %d×, %s in the median, measured %s", t.Compared, t.WithinTwo, withinTwo, units.Times(t.Predicted), units.Times(t.Measured))
	}
	if t.BesideRoutes > 0 {
		text += fmt.Sprintf("; the routes of %d of them %s", t.BesideRoutes, units.Times(t.RoutesMeasured))
	}
	for _, unit := range slices.Sorted(maps.Keys(t.Other)) {
		text += fmt.Sprintf("; %d predicted in %s, not compared", t.Other[unit], unit)
	}
	if t.OnRoutes > 0 {
		text += fmt.Sprintf("; %d seen by its route alone, which does more than the statement: not compared", t.OnRoutes)
	}
	return text
}
