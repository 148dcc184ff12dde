package ui

import (
	"math"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/db"
	"mltop/ui/chart"
)

// planHeight is how many lines the plans take.
func (st *statement) planHeight(s *State, a area) int {
	pair, has := st.pair(s)
	now, with := len(planLines(s.planOf(st.fingerprint)))+2, len(planLines(pair.After.Plan))+2
	switch {
	case !has:
		return now
	case a.w >= 100:
		return max(now, with)
	}
	return now + 1 + with
}

// drawHistory is the statement's time over time, with what was changed.
func (st *statement) drawHistory(s *State, a area) {
	title, plot := a.inset(1).top(1)
	title.text(0, 0, inkDim, "Time of a call")
	plot = odd(plot)
	cells := plot.w - 12
	list := []chart.Series{
		{Name: "P95", Ink: chart.InkA, Values: s.series(collectors.Metric{Name: collectors.MetricStatementP95, Fingerprint: st.fingerprint}, cells)},
		{Name: "mean", Ink: chart.InkB, Dashed: s.noColour(), Values: s.series(collectors.Metric{Name: collectors.MetricStatementMean, Fingerprint: st.fingerprint}, cells)},
	}
	s.drawSeries(plot, list, chart.Scale{Format: axisText(seconds)}, "no timed calls in this span; a query log has times")
}

// drawPlans shows the plan now, and beside it the one with what is advised;
// below 100 columns one under the other.
func (st *statement) drawPlans(s *State, a area) {
	p := s.Plans[st.fingerprint]
	now, title := s.planOf(st.fingerprint), "Plan now"
	if p.running {
		title += "  asking …"
	}
	if p.err != nil {
		a.spans(1, 0, span{inkWarn, "▲ no plan: "}, span{inkText, p.err.Error()})
		return
	}
	pair, has := st.pair(s)
	foot := estimateText(pair.Before)
	if p.Elapsed > 0 {
		foot = seconds(p.Elapsed.Seconds()) + " measured just now, read-only"
	}
	with := "Plan with  " + st.withTitle(s)
	if a.w >= 100 && has {
		half := a.w / 2
		for y := range a.h {
			a.text(half, y, inkFaint, "│")
		}
		drawPlan(a.sub(1, 0, half-2, a.h), title, now, foot)
		drawPlan(a.sub(half+2, 0, a.w-half-3, a.h), with, pair.After.Plan, afterText(pair))
		return
	}
	used := drawPlan(a.inset(1), title, now, foot)
	if has {
		_, rest := a.top(used + 1)
		drawPlan(rest.inset(1), with, pair.After.Plan, afterText(pair))
	}
}

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
		return seconds(v)
	case db.UnitBytes:
		return bytesText(v)
	}
	return si(v) + " " + string(u)
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
	if f := factor(p.Before.Value, p.After.Value); f != "" && text != "" {
		text += "   " + f
	}
	return text
}

// factor says how many times less after is: "560×".
func factor(before, after float64) string {
	if !(before > 0) || !(after > 0) || math.IsInf(before/after, 0) {
		return ""
	}
	return digits(before/after) + "×"
}
