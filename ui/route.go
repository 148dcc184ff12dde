package ui

import (
	"math"
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"mltop/collectors"
	"mltop/internal/diagnose"
	"mltop/internal/sqltext"
	"mltop/internal/units"
	"mltop/ui/chart"
)

// route is one route: its latency over time and the statements it runs.
type route struct {
	name  string
	lead  string // the statement that a finding blames: the cursor is on it at first
	moved bool   // a user has put the cursor elsewhere
	table table
	max   bool
}

func newRoute(name, lead string) *route {
	return &route{name: name, lead: lead, table: table{sortBy: 2, cols: []column{
		{title: "Statements of this route", width: 22, flex: true},
		{title: "a request", width: 10, right: true, from: 90},
		{title: "of its time", width: barCells, from: 70},
		{title: "", width: 5, right: true, from: 60},
		{title: "mean", width: 7, right: true},
		{title: "P95", width: 7, right: true},
		{title: "P99", width: 7, right: true, from: 110},
		{title: "rows", width: 5, right: true, from: 110},
		{title: "plan", width: 8, from: 80},
	}}}
}

// openRoute opens a route's page on the statement that the worst finding about
// the route blames.
func (s *State) openRoute(name string) tea.Cmd {
	i := slices.IndexFunc(s.Findings, func(f diagnose.Finding) bool { return f.Route.String() == name && f.Fingerprint != "" })
	if i < 0 {
		return push(newRoute(name, ""))
	}
	return push(newRoute(name, s.Findings[i].Fingerprint))
}

func (r *route) Title() string { return cutText(r.name, 40) }
func (*route) place() place    { return onRoute }

func (r *route) filterText() string       { return r.table.filterText() }
func (r *route) setFilter(t string) error { return r.table.setFilter(t) }

func (r *route) shrink() bool {
	was := r.max
	r.max = false
	return was
}

func (r *route) Offers(s *State) []Offer {
	open := Offer{Action: Open, Does: "statement"}
	if len(r.rows(s)) == 0 {
		open.Why = r.unlinked(s)
	}
	return []Offer{open, {Action: Back}, {Action: Up, Pair: Down, Does: "move"}, {Action: Wrap, Does: "whole text"}, {Action: Sort, Does: "sort"}, {Action: Copy}}
}

func (r *route) Update(a Action, s *State) (Panel, tea.Cmd) {
	r.rows(s)
	switch a {
	case Maximise:
		r.max = !r.max
	case Open:
		if row, ok := r.table.current(); ok {
			return r, push(newStatement(row.id))
		}
	case Copy:
		return r, copyText("route", r.name)
	default:
		r.moved = r.table.update(a) || r.moved
	}
	return r, nil
}

// rows are the statements that are linked to the route. Until a user moves
// it, the cursor stays with the statement to blame, or with the first.
func (r *route) rows(s *State) []row {
	rows := r.table.arrange(s, func() []row { return s.linkRows(r.name) })
	if !r.moved && len(rows) > 0 {
		r.table.move(max(slices.IndexFunc(rows, func(x row) bool { return x.id == r.lead }), 0))
	}
	return rows
}

// linkRows lists a route's statements with their part in its own time.
func (s *State) linkRows(name string) []row {
	g, _ := s.route(name)
	var rows []row
	for _, l := range s.links() {
		if w, ok := s.statement(l.Fingerprint); ok && l.Route == name {
			rows = append(rows, s.linkRow(l, w, partOf(l.Seconds, g.Latency.Mean())))
		}
	}
	return rows
}

func (s *State) linkRow(l collectors.Link, w collectors.StatementWindow, part float64) row {
	label := orText(w.Name, sqltext.Gist(s.sql(w.Text, w.Example)))
	mean, p95, p99, perCall := w.Latency.Mean(), w.Latency.Quantile(.95), w.Latency.Quantile(.99), rowsPerCall(w)
	flag, k := s.planFlag(w.Fingerprint)
	return row{
		id: w.Fingerprint, match: label + " " + w.Text,
		cells: []span{
			{inkText, label}, {inkText, units.Digits(l.CallsPerRequest) + "×"},
			{inkBar, chart.Bar(part, barCells, s.opts.Graph)}, {inkText, units.Percent(part)},
			{inkText, units.Seconds(mean)}, {inkStrong, units.Seconds(p95)}, {inkText, units.Seconds(p99)}, {inkText, units.SI(perCall)}, {k, flag},
		},
		keys: []any{label, l.CallsPerRequest, part, part, mean, p95, p99, perCall, flag},
	}
}

// partOf is a part of a whole, at most all of it; NaN when either is not
// known.
func partOf(part, whole float64) float64 {
	if !(whole > 0) {
		return math.NaN()
	}
	return math.Min(part/whole, 1)
}

func (r *route) unlinked(s *State) string {
	switch {
	case len(s.Win.Statements) == 0 && s.Target.Sessions:
		return "no statements are seen" + s.because("statements")
	case len(s.Win.Statements) == 0:
		return "no statements are seen: --query-log or --queries names a source"
	}
	return "no statement is linked to this route; 3 lists all that are seen"
}

func (r *route) Draw(s *State, a area) {
	rows := r.rows(s)
	if small(a) || r.max {
		r.table.draw(a, rows, true, r.unlinked(s))
		return
	}
	head, a := a.top(2)
	g, _ := s.route(r.name)
	head.spans(1, 0, span{inkDim, g.Route.Method + " "}, span{inkStrong, g.Route.Path},
		span{inkDim, "   " + units.PerSecond(rateOf(g.Count, s.winSpan.Seconds()))},
		span{inkDim, "   errors "}, span{inkText, units.Percent(errorsOf(g.Group))})
	r.drawInStatements(s, head.sub(1, 1, a.w-2, 1), g)
	list, a := a.bottom(r.listHeight(a.h, len(rows)))
	s.drawLatency(a, g.Route)
	list = r.table.drawStatement(s, r.drawLinks(s, list, len(rows)+1))
	r.table.draw(list, rows, true, r.unlinked(s))
}

// listHeight leaves the chart half, or a third while a statement is read.
func (r *route) listHeight(height, rows int) int {
	if r.table.wrap {
		return height * 2 / 3
	}
	return min(max(rows+2, 5), height/2)
}

// drawLinks says how the links were found, below the statements, on what these
// leave, and answers the rest.
func (r *route) drawLinks(s *State, a area, taken int) area {
	for _, l := range s.links() {
		if l.Route == r.name && a.h > 2 {
			return a.foot(1, min(max(a.h-taken, 1), 2), inkDim, "linked, "+sureText(l)+": "+l.How)
		}
	}
	return a
}

// drawInStatements says how much of the route's time its statements take, and
// what the rest may be.
func (r *route) drawInStatements(s *State, a area, g collectors.RouteGroup) {
	sum := math.NaN()
	for _, l := range s.links() {
		if l.Route == r.name {
			sum = orZeroNaN(sum) + l.Seconds
		}
	}
	part := partOf(sum, g.Latency.Mean())
	if math.IsNaN(part) {
		return
	}
	x := a.spans(0, 0, span{inkText, units.Percent(part)}, span{inkDim, " of its time is in statements"})
	if part < mostlyStatements {
		a.text(x, 0, inkDim, "; the rest waits (lock, pool, CPU) or works")
	}
}

// mostlyStatements is the part of a route's time under which it is worth a
// word where the rest is.
const mostlyStatements = 0.7

func orZeroNaN(v float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	return v
}
