package ui

import (
	"fmt"

	tea "github.com/charmbracelet/bubbletea"
)

// route is one route: its latency over time and the statements it runs.
type route struct {
	name  string
	table table
	max   bool
}

func newRoute(name string) *route {
	t := statementsTable()
	t.cols[0].title = "Statements of this route"
	return &route{name: name, table: t}
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
	return []Offer{open, {Action: Back}, {Action: Up, Pair: Down, Does: "move"}, {Action: Sort, Does: "sort"}, {Action: Copy}}
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
		r.table.update(a)
	}
	return r, nil
}

// rows are the statements that are linked to the route.
func (r *route) rows(s *State) []row {
	linked := map[string]bool{}
	for _, l := range s.links() {
		if l.Route == r.name {
			linked[l.Fingerprint] = true
		}
	}
	return r.table.arrange(s, func() []row {
		var rows []row
		for _, one := range s.statementRows() {
			if linked[one.id] {
				rows = append(rows, one)
			}
		}
		return rows
	})
}

func (r *route) unlinked(s *State) string {
	if len(s.Win.Statements) == 0 {
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
		span{inkDim, "   " + perSecond(rateOf(g.Count, s.winSpan.Seconds()))},
		span{inkDim, "   errors "}, span{inkText, percent(errorsOf(g.Group))})
	list, a := a.bottom(min(max(len(rows)+2, 5), a.h/2))
	s.drawLatency(a, g.Route)
	r.table.draw(list, rows, true, r.unlinked(s))
	r.drawLinks(s, list)
}

// drawLinks says how the links were found, below the statements.
func (r *route) drawLinks(s *State, a area) {
	for _, l := range s.links() {
		if l.Route == r.name && a.h > 2 {
			sure := "inferred"
			if l.Sure {
				sure = "sure"
			}
			a.text(1, a.h-1, inkDim, fmt.Sprintf("linked %s, %s", l.How, sure))
			return
		}
	}
}
