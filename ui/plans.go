package ui

import (
	"math"
	"slices"
	"strings"
	"time"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/db"
	"mltop/internal/units"
	"mltop/ui/chart"
)

// planHeight is how many lines the plans take.
func (st *statement) planHeight(s *State, a area) int {
	pair, has := st.pair(s)
	now, with := len(planLines(s.planOf(st.fingerprint)))+2, len(planLines(pair.After.Plan))+2
	switch {
	case !has && s.Plans[st.fingerprint].Worst != nil:
		with = len(planLines(s.Plans[st.fingerprint].Worst)) + 2
	case !has:
		return now
	}
	if a.w >= sideBySide {
		return max(now, with)
	}
	return now + 1 + with
}

// drawHistory is the statement's time over time, with what was changed.
func (st *statement) drawHistory(s *State, a area) {
	if w, _ := s.statement(st.fingerprint); w.Source.Sampled {
		st.drawFlights(s, a)
		return
	}
	title, plot := a.inset(1).top(1)
	p95 := collectors.Metric{Name: collectors.MetricStatementP95, Fingerprint: st.fingerprint}
	span := s.seenSpan(p95)
	title.text(0, 0, inkDim, "Time of a call, last "+spanName(span))
	plot = odd(plot)
	cells := plot.w - 12
	list := []chart.Series{
		{Name: "P95", Ink: chart.InkA, Values: s.seriesOver(p95, span, cells)},
		{Name: "mean", Ink: chart.InkB, Dashed: s.noColour(), Values: s.seriesOver(collectors.Metric{Name: collectors.MetricStatementMean, Fingerprint: st.fingerprint}, span, cells)},
	}
	plot.picture(chart.Line(plot.w, plot.h, list, s.frameOver(span, cells), chart.Scale{Format: axisText(units.Seconds)}))
	if empty(list) {
		plot.text(8, plot.h/3, inkDim, "no timed calls in this span; a query log has times")
	}
}

// drawFlights is drawHistory where only sessions are looked at.
func (st *statement) drawFlights(s *State, a area) {
	title, plot := a.inset(1).top(1)
	m := collectors.Metric{Name: collectors.MetricStatementTime, Fingerprint: st.fingerprint}
	span := s.seenSpan(m)
	title.text(0, 0, inkDim, "Sessions that run it, last "+spanName(span))
	plot = odd(plot)
	cells := plot.w - 12
	list := []chart.Series{{Name: "in flight", Ink: chart.InkA, Values: s.seriesOver(m, span, cells)}}
	plot.picture(chart.Line(plot.w, plot.h, list, s.frameOver(span, cells), chart.Scale{Format: axisText(units.Digits)}))
}

// seenSpan is the shortest time axis, not longer than the chosen one, that
// shows all of a metric: statements are seen since mltop came, and an hour's
// axis would be empty but for its end.
func (s *State) seenSpan(m collectors.Metric) time.Duration {
	const parts = 120
	v := s.series(m, parts/2)
	first := slices.IndexFunc(v, func(x float64) bool { return !math.IsNaN(x) })
	if first < 0 {
		return s.span()
	}
	age := s.span() * time.Duration(len(v)-first) / time.Duration(len(v))
	for _, z := range zooms {
		if z >= age {
			return min(z, s.span())
		}
	}
	return s.span()
}

// drawPlans shows the plan now, and beside it the one with what is advised;
// below 100 columns one under the other.
func (st *statement) drawPlans(s *State, a area) {
	if err := s.Plans[st.fingerprint].err; err != nil {
		a.text(1, 0, inkWarn, "▲ no plan:")
		for y, l := range wrapText(err.Error(), a.w-13, refusalLines) {
			a.text(12, y, inkText, l)
		}
		return
	}
	left, right, both := st.sides(s)
	drawSides(a, left, right, both, &st.scroll)
}

// sides are the plans to compare; both: there are two.
func (st *statement) sides(s *State) (left, right sidePlan, both bool) {
	p := s.Plans[st.fingerprint]
	now, title := s.planOf(st.fingerprint), "Plan now"
	if p.running {
		title += "  asking …"
	}
	if p.err != nil {
		return sidePlan{title: []span{{inkWarn, "▲ no plan: "}, {inkText, p.err.Error()}}}, right, false
	}
	pair, both := st.pair(s)
	left = sidePlan{[]span{{inkDim, title}}, now, span{inkDim, estimateText(pair.Before)}}
	right = sidePlan{[]span{{inkDim, "Plan with  "}, {inkStrong, st.withTitle(s)}}, pair.After.Plan, span{inkOK, afterText(pair)}}
	r, _ := st.advised(s)
	if _, applied := s.standing(r.ID); applied && both {
		left = sidePlan{[]span{{inkDim, "Plan before"}}, pair.Before.Plan, left.foot}
		right = sidePlan{[]span{{inkDim, title + ", with  "}, {inkStrong, st.withTitle(s)}}, now, right.foot}
	} else if !both {
		left.foot.text = ""
		if p.Worst != nil {
			right, both = sidePlan{[]span{{inkDim, "Plan with  "}, {inkStrong, "the most frequent values"}}, p.Worst, span{inkDim, "these values go another way, or find many more rows"}}, true
		}
	}
	if p.Elapsed > 0 {
		measured := span{inkText, units.Seconds(p.Elapsed.Seconds()) + " measured just now, read-only"}
		if left.plan == now {
			left.foot = measured
		} else {
			right.foot = measured
		}
	}
	return left, right, both
}

// A sidePlan is one of the two plans that are compared.
type sidePlan struct {
	title []span
	plan  *db.Plan
	foot  span
}

// drawSides draws two plans beside each other, or one under the other where
// there is no room; only the left one when there is nothing to compare with.
func drawSides(a area, left, right sidePlan, both bool, sc *scroller) {
	rows := left.rows()
	if !both || a.w < sideBySide {
		if both {
			rows = append(append(rows, planRow{}), right.rows()...)
		}
		drawRows(a.inset(1), rows, sc)
		return
	}
	others, half := right.rows(), a.w/2
	first, last := sc.view(a, max(len(rows), len(others)))
	for i := first; i < last; i++ {
		if i < len(rows) {
			rows[i].draw(a.sub(1, 0, half-2, a.h), i-first)
		}
		if i < len(others) {
			others[i].draw(a.sub(half+2, 0, a.w-half-3, a.h), i-first)
		}
		a.text(half, i-first, inkFaint, "│")
	}
}

// sideBySide is the width from which two plans stand beside each other.
const sideBySide = 100

func (st *statement) withTitle(s *State) string {
	r, _ := st.advised(s)
	if r.Table == "" {
		return r.Title
	}
	return r.Table + "(" + joinColumns(r.Columns) + ")"
}

func (st *statement) pair(s *State) (advisor.PlanPair, bool) {
	r, ok := st.advised(s)
	if !ok {
		return advisor.PlanPair{}, false
	}
	for _, p := range r.Plans {
		if p.Fingerprint == st.fingerprint && p.After.Plan != nil {
			return p, true
		}
	}
	return advisor.PlanPair{}, false
}

// estimateText writes a number with its unit and how it was made.
func estimateText(e db.Estimate) string {
	if e.Unit == "" || math.IsNaN(e.Value) {
		return ""
	}
	return valueText(e.Value, e.Unit) + " " + methodText(e.Method)
}

func valueText(v float64, u db.Unit) string {
	switch u {
	case db.UnitSeconds:
		return units.Seconds(v)
	case db.UnitBytes:
		return units.Bytes(v)
	}
	return u.Counted(units.SI(v))
}

func methodText(m db.Method) string {
	switch m {
	case db.MethodCopy:
		return "measured on a copy"
	case db.MethodSample:
		return "measured on a sample"
	case db.MethodHypothetical:
		return "planned, not run"
	case db.MethodRule:
		return "by rule"
	}
	return string(m)
}

func afterText(p advisor.PlanPair) string {
	text := estimateText(p.After)
	if f := factor(p.Before.Method, p.Before.Value, p.After.Value); f != "" && text != "" {
		text += "   " + f
	}
	return text
}

// pairFactor is how many times faster a call is to get, or where its time is not
// known how many times less the lab counts.
func pairFactor(p advisor.PlanPair) string {
	if p.Foretold() {
		return factor(p.Before.Method, p.SecondsBefore, p.SecondsAfter)
	}
	return factor(p.Before.Method, p.Before.Value, p.After.Value)
}

// factor says how many times less after is: "560×".
func factor(by db.Method, before, after float64) string {
	if !(before > 0) || !(after > 0) || math.IsInf(before/after, 0) {
		return ""
	}
	switch f := before / after; {
	case by == db.MethodRule: // no digit of it was measured
		return units.Reckoned(f)
	case f >= 9999.5:
		return units.SI(f) + "×" // four digits are what a column has room for
	}
	return units.Digits(before/after) + "×"
}

// narrowFactor is a factor in a column of six cells: >1000×, ~30×.
func narrowFactor(text string) string {
	return strings.NewReplacer("more than ", ">", "about ", "~", ",", "").Replace(text)
}
