package ui

import "mltop/internal/diagnose"

// drawWork is the first screen of a target without requests.
func (o *overview) drawWork(s *State, a area) {
	wide, focused := a.w >= 100 && a.h >= 26, o.focus == partValues
	used := s.drawVerdict(a, 2, o.focus == partVerdict)
	used += s.drawChange(a, used)
	if wide {
		used++
	}
	_, a = a.top(used)
	a = s.drawWorkValues(a, focused)
	if wide {
		o.drawWorkWide(s, a, focused)
		return
	}
	foot, a := a.bottom(1)
	s.drawSystem(foot, 0, focused)
	if focused {
		foot, a = a.bottom(1)
		s.drawWhy(foot)
	}
	charts := min(7, max(a.h-7, 0))
	if o.idle(s) {
		charts = max(a.h-idleLines, 0)
	}
	pic, a := a.top(charts)
	s.drawMetric(pic.inset(1), s.workCharts()[0])
	o.drawLists(s, a, false)
}

// idleLines are enough to say that there is nothing to list.
const idleLines = 4

// idle reports that neither list has a row.
func (o *overview) idle(s *State) bool {
	return len(o.work.statements(s)) == 0 && len(o.work.held(s)) == 0
}

// drawWorkWide: a list is what one reads on, so that it takes three fifths.
func (o *overview) drawWorkWide(s *State, a area, focused bool) {
	foot, a := a.bottom(s.stateLines(a, focused))
	s.drawState(foot, focused)
	_, a = a.top(1)
	charts := max(a.h*2/5, 7)
	if o.idle(s) {
		charts = a.h - idleLines
	}
	pic, a := a.top(charts)
	s.drawPair(pic.inset(1), s.workCharts())
	o.drawLists(s, a, true)
}

// drawWorkValues writes the values of the database, and on a server how many
// sessions do what; it answers what is left below.
func (s *State) drawWorkValues(a area, focused bool) area {
	kpi, a := a.top(s.kpiLines(a.w))
	s.drawKPI(kpi, s.workParts(), focused)
	if s.Target.Sessions {
		var line area
		line, a = a.top(1)
		line.spans(1, 0, s.sessionSums(a.w)...)
	}
	return a
}

// drawLists draws the statements, and below them those that wait, where some
// do; loose leaves a line between the two.
func (o *overview) drawLists(s *State, a area, loose bool) {
	rows, held := o.work.statements(s), o.work.held(s)
	if len(held) > 0 {
		var part area
		part, a = a.bottom(min(len(held)+1, max(a.h/2, 3)))
		if loose {
			_, a = a.bottom(1)
		}
		o.work.waiting.table.draw(part, held, o.focus == partWaiting, "")
	}
	o.drawTop(s, a, rows, o.focus == partRoutes)
}

// drawTop draws the statements, or why there are none.
func (o *overview) drawTop(s *State, a area, rows []row, focused bool) {
	t := &o.work.top.table
	t.draw(a, rows, focused, "")
	if len(rows) > 0 || t.filter != "" {
		return
	}
	_, a = a.top(1)
	s.drawNoStatements(a)
}

// drawNoStatements says why there are none, and what would show some.
func (s *State) drawNoStatements(a area) {
	why := noStatements
	if s.Target.Sessions {
		why = "no statements are seen" + s.because("statements")
	}
	for y, l := range wrapText(why, a.w-4, a.h) {
		a.text(2, y, inkDim, l)
	}
}

// drawOneOfWork draws the part that has the focus, whole.
func (o *overview) drawOneOfWork(s *State, a area) {
	switch o.focus {
	case partValues:
		line, rest := a.bottom(2)
		s.drawMetric(rest.inset(1), s.workCharts()[0])
		s.drawWhy(line)
	case partRoutes:
		o.drawTop(s, a, o.work.statements(s), true)
	case partWaiting:
		o.work.waiting.table.draw(a, o.work.held(s), true, "")
	default:
		used := s.drawVerdict(a, 4, true)
		_, rest := a.top(used + 1)
		s.drawWorkValues(rest, false)
	}
}

// drawNoRequests says in the place of the requests why there are none.
func (s *State) drawNoRequests(a area, y int) {
	a.text(1, y, inkDim, "Requests "+none+" "+s.whyNoSource())
}

// callsName is what a change is judged by.
func (s *State) callsName() string {
	if s.noSource() {
		return "calls"
	}
	return "requests"
}

// noSource reports that this target has no requests to show.
func (s *State) noSource() bool {
	return len(s.Snap.Requests) == 0 && len(s.Win.Requests) == 0 && diagnose.NoSource(s.Errors["requests"])
}
