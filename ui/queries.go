package ui

import (
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"mltop/internal/units"
)

// queries lists statements, one row for each fingerprint.
type queries struct {
	table table
	seen  seenBy
}

// seenBy is what the sources can fill columns with.
type seenBy int

const (
	seenByCalls   seenBy = iota // each call with its time
	seenByTotals                // a server's totals: what a statement has ever taken, too
	seenBySamples               // only how many sessions run it
)

func statementsTable() table {
	return table{sortBy: 2, cols: []column{
		{title: "statement", width: 22, flex: true},
		{title: "calls/s", width: 9, right: true, from: 60},
		{title: "share of time", width: barCells, from: 90},
		{title: "", alone: "time", width: 5, right: true, from: 60},
		{title: "total", width: 8, right: true, from: 130},
		{title: "mean", width: 7, right: true},
		{title: "P95", width: 7, right: true, spare: true},
		{title: "P99", width: 7, right: true, from: 120, spare: true},
		{title: "rows", width: 5, right: true, from: 120, spare: true},
		{title: "err", width: 6, right: true, from: 130, spare: true},
		{title: "plan", width: 8, from: 80},
		{title: "source", width: 12, from: 150},
	}}
}

// totalsTable has a column behind the mean: what it has ever been.
func totalsTable() table {
	t := statementsTable()
	t.cols = slices.Insert(t.cols, everColumn, column{title: "ever", width: 7, right: true, from: 100})
	return t
}

// everColumn is where what a call has ever taken stands in a row.
const everColumn = 6

// sampledTable is for statements that are seen by looking at the sessions: how
// many run each, in the mean, is all that is known.
func sampledTable() table {
	return table{sortBy: 1, cols: []column{
		{title: "statement", width: 22, flex: true},
		{title: "in flight", width: 10, right: true},
		{title: "share of time", width: barCells, from: 60},
		{title: "", width: 5, right: true, from: 60},
		{title: "plan", width: 8, from: 80},
		{title: "source", width: 26, from: 120},
	}}
}

func newQueries() *queries { return &queries{table: statementsTable()} }

// fit takes the columns that the sources of statements can fill.
func (q *queries) fit(s *State) {
	seen := s.seenBy()
	if seen == q.seen {
		return
	}
	text := q.table.filterText()
	q.table = map[seenBy]func() table{seenByCalls: statementsTable, seenByTotals: totalsTable, seenBySamples: sampledTable}[seen]()
	q.seen = seen
	_ = q.table.setFilter(text) // it was taken before
}

// seenBy is by samples where no source counts calls, and one sees time.
func (s *State) seenBy() seenBy {
	seen, samples := seenByCalls, 0
	for _, w := range s.Win.Statements {
		if w.Ever != nil {
			seen = seenByTotals
		}
		if w.Source.Sampled {
			samples++
		}
	}
	if n := len(s.Win.Statements); n > 0 && samples == n {
		return seenBySamples
	}
	return seen
}

func (*queries) Title() string { return "Queries" }
func (*queries) place() place  { return onQueries }

func (q *queries) filterText() string       { return q.table.filterText() }
func (q *queries) setFilter(t string) error { return q.table.setFilter(t) }

func (q *queries) Offers(s *State) []Offer {
	open := Offer{Action: Open, Does: "plan"}
	if len(s.Win.Statements) == 0 {
		open.Why = "there is no statement to open"
	}
	return []Offer{open, {Action: Up, Pair: Down, Does: "move"}, {Action: Sort, Does: "sort"}, {Action: Reverse, Does: "reverse"},
		{Action: Wrap, Does: "whole text"}, {Action: Copy}}
}

func (q *queries) Update(a Action, s *State) (Panel, tea.Cmd) {
	q.fit(s)
	q.table.arrange(s, s.statementRows)
	row, ok := q.table.current()
	switch {
	case a == Open && ok:
		return q, push(newStatement(row.id))
	case a == Copy && ok:
		w, _ := s.statement(row.id)
		return q, copyText("statement", s.sql(w.Text, w.Example))
	default:
		q.table.update(a)
	}
	return q, nil
}

func (q *queries) Draw(s *State, a area) {
	q.fit(s)
	rows := q.table.arrange(s, s.statementRows)
	if a.w >= 140 && a.h >= 36 && !q.table.wrap {
		var pic area
		pic, a = a.top(a.h / 3)
		s.drawQueryChart(pic.inset(1))
	}
	if text := s.sourceNote(); text != "" && !small(a) {
		a = a.foot(1, 2, inkDim, text)
	}
	a = q.table.drawStatement(s, a)
	q.table.draw(a, rows, true, "")
	if len(rows) == 0 && q.table.filter == "" {
		_, a = a.top(1)
		s.drawNoStatements(a)
	}
}

const noStatements = "no statements are seen: --query-log FILE reads those that the application writes down, --queries FILE those you give"

// drawStatement shows the whole statement under the cursor, in clauses, below a
// list that is asked to, and answers what is left above.
func (t *table) drawStatement(s *State, a area) area {
	row, ok := t.current()
	if !ok || !t.wrap {
		return a
	}
	foot, rest := a.bottom(min(a.h/2, 12))
	foot.rule(0, '─', inkFaint)
	w, _ := s.statement(row.id)
	for y, l := range formatted(s.sql(w.Text, w.Example), a.w-4) {
		foot.text(2, y+1, inkText, l)
	}
	return rest
}

// sourceNote says how far the numbers can be trusted.
func (s *State) sourceNote() string {
	for _, src := range s.Snap.Statements {
		if least := src.Source.Least; least > 0 {
			return s.leastNote(units.Seconds(least))
		}
	}
	for _, src := range s.Snap.Statements {
		if src.Source.Sampled {
			return "sampled: in flight is how many sessions run it in the mean; " + src.Missing["calls"]
		}
	}
	for _, src := range s.Snap.Statements {
		for _, what := range []string{"totals", "evicted", "calls"} {
			if why := src.Missing[what]; why != "" {
				return why
			}
		}
	}
	for _, w := range s.Win.Statements {
		if w.Source.Live {
			continue
		}
		if w.Source.Kind == "assumed" {
			return "assumed: our guess at this table's usual queries, a weight instead of counted calls; --query-log counts"
		}
		return "given: weights from " + w.Source.Name + " instead of counted calls; --query-log counts"
	}
	return ""
}

// leastNote says what is known of the calls that a log of long ones leaves out.
func (s *State) leastNote(least string) string {
	text := "the log holds calls of " + least + " and more alone: "
	for _, src := range s.Snap.Statements {
		if src.Source.Sampled {
			return text + "of a statement of shorter ones the time is sampled, and calls are –"
		}
	}
	return text + "shorter ones, and their time, are in no row"
}

// drawQueryChart is the rate of all statements beside their mean time.
func (s *State) drawQueryChart(a area) {
	pair := [2]value{values()[valQueries], values()[valMeanQuery]}
	if s.seenBy() == seenBySamples { // their times are not counted
		pair[1] = s.inStatements()
	}
	s.drawPair(a, pair)
}

// drawPair draws two values over time, side by side.
func (s *State) drawPair(a area, pair [2]value) {
	half := a.w/2 - 1
	for i, v := range pair {
		part := a.sub(i*(half+2), 0, half, a.h-1)
		title, plot := part.top(1)
		title.spans(0, 0, span{inkDim, v.name + "  "}, span{inkStrong, v.text(v.read(s))})
		s.drawMetric(plot, v)
	}
}
