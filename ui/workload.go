package ui

import (
	"math"

	tea "github.com/charmbracelet/bubbletea"

	"mltop/collectors"
	"mltop/internal/units"
	"mltop/ui/chart"
)

// Where nobody counts requests the first screen shows what the database does:
// its statements over time, those that take the most of it, who waits for whom.

// workload are the two lists of that screen: the statements that take the most
// time, and on a server those that wait, behind those that they wait for.
type workload struct {
	top     queries
	waiting sessions
}

func newWorkload() workload {
	w := workload{top: *newQueries(), waiting: *newSessions()}
	w.waiting.onlyTree = true
	w.waiting.table.cols[0].title = "waiting"
	return w
}

// statements are the rows of the first list.
func (w *workload) statements(s *State) []row {
	w.top.fit(s)
	w.top.table.cols[0].title = "Top statements"
	return w.top.table.arrange(s, s.statementRows)
}

// held are the rows of the second one.
func (w *workload) held(s *State) []row { return w.waiting.arrange(s) }

// open goes to the statement, or to the session among all others.
func (w *workload) open(s *State, focus int) tea.Cmd {
	w.statements(s)
	w.held(s)
	if focus == partWaiting {
		if x, ok := w.waiting.current(s); ok {
			all := newSessions()
			all.table.cursor = x.ID
			return push(all)
		}
		return nil
	}
	if r, ok := w.top.table.current(); ok {
		return push(newStatement(r.id))
	}
	return nil
}

// move walks through both lists as one.
func (w *workload) move(a Action, s *State, focus int) int {
	rows, held := w.statements(s), w.held(s)
	top, waiting := &w.top.table, &w.waiting.table
	switch {
	case focus == partWaiting && a == Up && waiting.index() <= 0:
		return partRoutes
	case focus == partWaiting:
		waiting.update(a)
	case a == Up && top.index() <= 0:
		return partVerdict
	case a == Down && len(held) > 0 && top.index() >= len(rows)-1:
		return partWaiting
	default:
		top.update(a)
	}
	return focus
}

// walkValue moves the cursor through the values that this target has.
func (s *State) walkValue(by int) {
	at, n := s.chosen(), len(s.kpi)
	for range n {
		at = (at + by + n) % n
		if s.metric = at; s.chosen() == at {
			return
		}
	}
}

// chosen is the value that the chart shows.
func (s *State) chosen() int {
	switch {
	case s.metric <= valConcurrency && s.noSource():
		return valQueries
	case s.metric == valP95 && s.untimed():
		return valRate
	}
	return s.metric
}

// inFlight is how many sessions run a statement, in the mean of the window.
func (s *State) inFlight() float64 {
	sum, seen := 0.0, false
	for _, w := range s.Win.Statements {
		if n := w.Concurrency(); w.Source.Live && !math.IsNaN(n) {
			sum, seen = sum+n, true
		}
	}
	if !seen {
		return nan()
	}
	return sum
}

// workParts are the values of the database, in the place of the requests'.
func (s *State) workParts() []kpiPart {
	parts := s.databaseParts()
	parts[0].name = "Queries "
	parts[0].ink = inkStrong
	in := kpiPart{-1, "in flight", units.Digits(s.inFlight()), 5, inkText}
	return append(parts[:2:2], append([]kpiPart{in}, parts[2:]...)...)
}

// inStatements is the value of the second chart where calls are not counted.
func (s *State) inStatements() value {
	return value{name: "in flight, sampled: sessions that run a statement", short: "in flight", metric: collectors.MetricStatementTime, field: "calls", part: "database",
		text: units.Digits, read: (*State).inFlight}
}

// workCharts are the two values that say most of what a database does, of those
// that this one has; one that was chosen comes first.
func (s *State) workCharts() [2]value {
	all := values()
	commits := value{"commits", "commits", collectors.MetricCommits, "commits_per_second", "database", units.PerSecond, fromDatabase(func(d *collectors.Database) *float64 { return d.CommitsPerSecond })}
	list := []value{all[valQueries], all[valMeanQuery], commits, all[valCPU]}
	if s.seenBy() == seenBySamples {
		list[1] = s.inStatements()
	}
	out := list[:0]
	if c := s.chosen(); c != valQueries {
		out = append([]value(nil), all[c])
	}
	for _, v := range list {
		if s.tells(v) && (len(out) == 0 || out[0].metric != v.metric) {
			out = append(out, v)
		}
	}
	return [2]value{out[0], append(out, all[valMemory])[1]}
}

// tells reports that a value has been seen, or that nothing speaks against it.
func (s *State) tells(v value) bool {
	d := s.Snap.Database
	return d == nil || d.Stats.Missing[v.field] == "" || !empty([]chart.Series{{Values: s.series(collectors.Metric{Name: v.metric}, 1)}})
}
