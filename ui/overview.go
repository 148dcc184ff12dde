package ui

import (
	tea "github.com/charmbracelet/bubbletea"

	"mltop/collectors"
	"mltop/internal/diagnose"
)

// overview is the first screen: the verdict, the fourteen values, one chart,
// the slowest routes; where nobody counts requests, what the database does.
type overview struct {
	focus int
	max   bool
	table table
	work  workload
	bare  bool // nobody counts requests; as it was last drawn
}

// The parts of the overview, in the order of Tab.
const (
	partVerdict = iota
	partValues
	partRoutes // or the statements
	partWaiting
)

func newOverview() *overview { return &overview{table: routesTable(), work: newWorkload()} }

func (*overview) Title() string { return "Overview" }
func (*overview) place() place  { return onOverview }

func (o *overview) filterText() string       { return o.list().filterText() }
func (o *overview) setFilter(t string) error { return o.list().setFilter(t) }

// list is what a filter narrows.
func (o *overview) list() *table {
	switch {
	case !o.bare:
		return &o.table
	case o.focus == partWaiting:
		return &o.work.waiting.table
	}
	return &o.work.top.table
}

// look takes the shape that this target's data ask for.
func (o *overview) look(s *State) {
	o.bare = s.noSource()
	if o.focus >= o.parts(s) {
		o.focus = partRoutes
	}
}

// parts is how many there are now.
func (o *overview) parts(s *State) int {
	if o.bare && len(o.work.held(s)) > 0 {
		return partWaiting + 1
	}
	return partRoutes + 1
}

// rowName is what stands in a list.
func (o *overview) rowName() string {
	switch {
	case !o.bare:
		return "route"
	case o.focus == partWaiting:
		return "session"
	}
	return "statement"
}

func (o *overview) shrink() bool {
	was := o.max
	o.max = false
	return was
}

func (o *overview) Offers(s *State) []Offer {
	o.look(s)
	open := Offer{Action: Open, Does: "why"}
	switch {
	case o.focus >= partRoutes:
		open.Does = o.rowName()
	case o.focus == partValues:
		open.Does = "chart"
	case len(s.Findings) == 0 || !leads(s.Findings[0]):
		open.Why = "nothing is wrong that leads further"
	}
	list := []Offer{open}
	if o.focus == partValues {
		list = append(list, Offer{Action: Left, Pair: Right, Does: "value"})
	} else {
		list = append(list, Offer{Action: Up, Pair: Down, Does: o.rowName()})
	}
	return append(list, Offer{Action: NextFocus, Does: "next part"}, s.offerCopy(), s.offerUndo())
}

func leads(f diagnose.Finding) bool {
	return f.Route != (collectors.Route{}) || f.Fingerprint != "" || f.View != ""
}

func (o *overview) Update(a Action, s *State) (Panel, tea.Cmd) {
	o.look(s)
	switch n := o.parts(s); a {
	case NextFocus:
		o.focus = (o.focus + 1) % n
	case PrevFocus:
		o.focus = (o.focus + n - 1) % n
	case Maximise:
		o.max = !o.max
	case Open:
		return o, o.open(s)
	case Copy:
		return o, copyText("verdict", verdictMarkdown(s))
	case Undo:
		return o, s.undoLast()
	default:
		o.move(a, s)
	}
	return o, nil
}

// move walks through values or routes; arrows on the verdict go down to the
// routes, where a user expects them.
func (o *overview) move(a Action, s *State) {
	switch {
	case o.focus == partValues && (a == Left || a == Up):
		s.walkValue(-1)
	case o.focus == partValues && (a == Right || a == Down):
		s.walkValue(1)
	case o.focus == partVerdict && (a == Up || a == Down):
		o.focus = partRoutes
	case o.bare:
		o.focus = o.work.move(a, s, o.focus)
	case o.focus == partRoutes && a == Up && o.table.index() <= 0:
		o.focus = partVerdict
	default:
		o.table.arrange(s, s.routeRows)
		o.table.update(a)
	}
}

func (o *overview) open(s *State) tea.Cmd {
	switch o.focus {
	case partRoutes, partWaiting:
		if o.bare {
			return o.work.open(s, o.focus)
		}
		if r, ok := o.table.current(); ok {
			return s.openRoute(r.id)
		}
	case partValues:
		o.max = !o.max
	case partVerdict:
		if len(s.Findings) > 0 {
			return s.follow(s.Findings[0])
		}
	}
	return nil
}

// follow goes where a finding leads.
func (s *State) follow(f diagnose.Finding) tea.Cmd {
	if f.Route != (collectors.Route{}) {
		return s.openRoute(f.Route.String())
	}
	if f.Fingerprint != "" {
		return push(newStatement(f.Fingerprint))
	}
	for i, name := range []string{"overview", "requests", "queries", "advisor", "database", "log", "sessions"} {
		if f.View == name {
			return send(viewMsg{n: i, top: true})
		}
	}
	return nil
}

func (o *overview) Draw(s *State, a area) {
	o.look(s)
	switch {
	case o.bare && (small(a) || o.max):
		o.drawOneOfWork(s, a)
	case o.bare:
		o.drawWork(s, a)
	case small(a) || o.max:
		o.drawOne(s, a)
	case a.w < 100 || a.h < 26:
		o.drawNarrow(s, a)
	default:
		o.drawWide(s, a)
	}
}

// drawOne draws the part that has the focus, whole.
func (o *overview) drawOne(s *State, a area) {
	switch o.focus {
	case partValues:
		line, rest := a.bottom(2)
		s.drawChart(rest.inset(1))
		s.drawWhy(line)
	case partRoutes:
		o.drawRoutes(s, a)
	default:
		used := s.drawVerdict(a, 4, true)
		_, rest := a.top(used + 1)
		s.drawKPI(rest, s.kpiParts(), false)
	}
}

// drawNarrow is the layout of 80×24.
func (o *overview) drawNarrow(s *State, a area) {
	used := s.drawVerdict(a, 2, o.focus == partVerdict)
	_, a = a.top(used + s.drawChange(a, used))
	kpi, a := a.top(2)
	s.drawKPI(kpi, s.kpiParts(), o.focus == partValues)
	state, a := a.bottom(2)
	s.drawSystem(state, 0, o.focus == partValues)
	s.drawDatabase(state, 1, o.focus == partValues)
	if o.focus == partValues {
		var why area
		why, a = a.bottom(1)
		s.drawWhy(why)
	}
	pic, a := a.top(min(7, max(a.h-4, 0)))
	s.drawChart(pic.inset(1))
	o.drawRoutes(s, a)
}

// drawWide is the layout from 100×26 on: what is left over goes to the chart
// and the routes, three to two.
func (o *overview) drawWide(s *State, a area) {
	used := s.drawVerdict(a, 2, o.focus == partVerdict)
	used += s.drawChange(a, used)
	_, a = a.top(used + 1)
	kpi, a := a.top(s.kpiLines(a.w))
	s.drawKPI(kpi, s.kpiParts(), o.focus == partValues)
	state, a := a.bottom(s.stateLines(a, o.focus == partValues))
	s.drawState(state, o.focus == partValues)
	routes := min(max(s.routeCount()+1, 5), max(a.h*2/5, 5))
	table, a := a.bottom(routes)
	if a.h > 8 {
		_, a = a.bottom(1)
	}
	o.drawRoutes(s, table)
	if a.w < 150 {
		s.drawChart(a.inset(1))
		return
	}
	left := a.w * 3 / 5
	a.spans(1, 0, span{inkDim, "latency  "}, span{inkSeriesA, "P95"}, span{inkDim, " and "}, span{inkSeriesB, "P50"})
	s.drawChart(a.sub(1, 1, left-2, a.h-1))
	s.drawHeat(a.sub(left+1, 0, a.w-left-2, a.h), collectors.Route{})
}

func (o *overview) drawRoutes(s *State, a area) {
	rows := o.table.arrange(s, s.routeRows)
	o.table.draw(a, rows, o.focus == partRoutes, s.noRequests())
}
