package ui

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/db"
	"mltop/internal/units"
	"mltop/ui/chart"
)

// statement is one statement: its text, its time, its plan now and with what
// is advised.
type statement struct {
	fingerprint string
	raw         bool     // the text as it is rather than in clauses
	scroll      scroller // through the plans
	max         bool     // the text whole, and the plans below it
}

func newStatement(fingerprint string) *statement { return &statement{fingerprint: fingerprint} }

func (st *statement) Title() string { return "Statement" }
func (*statement) place() place     { return onStatement }

// opened asks for the plan.
func (st *statement) opened(s *State) tea.Cmd { return st.ask(s, false) }

func (st *statement) ask(s *State, measure bool) tea.Cmd {
	q, ok := st.query(s)
	if !ok || s.Plans[st.fingerprint].running {
		return nil
	}
	old := s.Plans[st.fingerprint]
	old.running = true
	s.Plans[st.fingerprint] = old
	return s.explain(st.fingerprint, q, measure)
}

// query is what can be planned: a text with literals when one was seen.
func (st *statement) query(s *State) (db.Query, bool) {
	w, ok := s.statement(st.fingerprint)
	if !ok {
		return db.Query{}, false
	}
	if w.Example != "" {
		return db.Query{SQL: w.Example}, true
	}
	return db.Query{SQL: w.Text}, true
}

// advised is the best recommendation that serves the statement.
func (st *statement) advised(s *State) (advisor.Recommendation, bool) {
	w, _ := s.statement(st.fingerprint)
	if s.Advice != nil {
		for _, r := range s.Advice.Recommendations {
			if serves(r, st.fingerprint, w.Name) {
				return r, true
			}
		}
	}
	if list := s.Plans[st.fingerprint].Recommendations; len(list) > 0 {
		return list[0], true
	}
	return advisor.Recommendation{}, false
}

func serves(r advisor.Recommendation, fingerprint, name string) bool {
	return slices.Contains(r.Queries, fingerprint) || name != "" && slices.Contains(r.Queries, name) ||
		slices.ContainsFunc(r.Plans, func(p advisor.PlanPair) bool { return p.Fingerprint == fingerprint })
}

func (st *statement) Offers(s *State) []Offer {
	r, ok := st.advised(s)
	open, apply, dismiss := Offer{Action: Open, Does: "card"}, s.offerApply(r), Offer{Action: Dismiss}
	if !ok {
		why := "there is no advice for this statement"
		if s.Advising != "" {
			why = "the advisor is still at work: " + s.inBrief(s.Advising)
		}
		open.Why, apply.Why, dismiss.Why = why, why, why
	}
	list := append([]Offer{open, apply, dismiss}, st.scroll.offer()...)
	return append(list, []Offer{{Action: Back}, {Action: Analyze, Does: "measure"}, {Action: Copy}, {Action: Wrap, Does: "as written"}, s.offerUndo()}...)
}

func (st *statement) shrink() bool {
	was := st.max
	st.max, st.scroll = false, scroller{}
	return was
}

func (st *statement) Update(a Action, s *State) (Panel, tea.Cmd) {
	r, _ := st.advised(s)
	switch a {
	case Open:
		return st, push(newCard(r.ID))
	case Apply:
		return st, s.preview(r.ID)
	case Dismiss:
		return st, askDismiss(s, r)
	case Undo:
		return st, s.undoLast()
	case Analyze:
		return st, st.ask(s, true)
	case Copy:
		w, _ := s.statement(st.fingerprint)
		return st, copyText("statement", s.sql(w.Text, w.Example))
	case Wrap:
		st.raw = !st.raw
	case Maximise:
		st.max, st.scroll = !st.max, scroller{}
	default:
		st.scroll.move(a)
	}
	return st, nil
}

func (st *statement) Draw(s *State, a area) {
	w, ok := s.statement(st.fingerprint)
	if !ok {
		a.text(2, 1, inkDim, "this statement was not seen in the time that is kept")
		return
	}
	head, a := a.top(1)
	st.drawServes(s, head, w)
	if a.h >= 22 { // at 80×24 the plans need the line
		_, a = a.top(1)
	}
	if st.max {
		st.drawWhole(s, a, w)
		return
	}
	a = st.drawText(s, a, w)
	card, a := a.bottom(st.cardLines(s, a))
	st.drawCard(s, card)
	if used := st.planHeight(s, a) + 1; a.h-used >= 8 && !small(a) {
		var pic area
		pic, a = a.bottom(a.h - used)
		st.drawHistory(s, pic)
	}
	st.drawPlans(s, a)
}

// drawServes says which route runs the statement, and how that is known.
func (st *statement) drawServes(s *State, a area, w collectors.StatementWindow) {
	facts := s.callsText(w)
	if !math.IsNaN(w.Share) {
		facts += "   " + units.Percent(w.Share) + " of time"
	}
	if room := a.w - textWidth(facts) - 4; room > 40 {
		a.right(a.w-1, 0, inkText, facts)
		a = a.sub(0, 0, room, 1)
	}
	name := span{inkDim, "fingerprint " + cutText(w.Fingerprint, 9)}
	links := st.links(s)
	if len(links) == 0 {
		a.spans(1, 0, name)
		return
	}
	l := links[0]
	x := a.spans(1, 0, span{inkDim, "serves "}, span{inkStrong, l.Route})
	known := []string{units.Digits(l.CallsPerRequest) + "× a request, " + sureText(l)}
	if n := len(links) - 1; n > 0 {
		known = append(known, "and "+units.Plural(n, "other route"))
	}
	// What does not fit whole is left out, not cut.
	for _, f := range append(known, l.How, name.text) {
		if x+3+textWidth(f) < a.w {
			x = a.text(x, 0, inkDim, " · "+f)
		}
	}
}

// links are the routes that run the statement, the one that it takes the most
// time of first.
func (st *statement) links(s *State) []collectors.Link {
	var out []collectors.Link
	for _, l := range s.links() {
		if l.Fingerprint == st.fingerprint {
			out = append(out, l)
		}
	}
	slices.SortStableFunc(out, func(a, b collectors.Link) int { return cmp.Compare(b.Seconds, a.Seconds) })
	return out
}

func sureText(l collectors.Link) string {
	if l.Sure {
		return "sure"
	}
	return "inferred"
}

// lines are the statement's text, in clauses or as it is.
func (st *statement) lines(s *State, w collectors.StatementWindow, room int) []string {
	text := s.sql(w.Text, w.Example)
	if st.raw {
		return wrapText(oneLine(text), room, wholeText)
	}
	return formatted(text, room)
}

// drawWhole writes all of the text, and the plans below it.
func (st *statement) drawWhole(s *State, a area, w collectors.StatementWindow) {
	a = a.inset(1)
	var rows []planRow
	for _, l := range st.lines(s, w, a.w-2) {
		rows = append(rows, planRow{words: []span{{inkStrong, " " + l}}})
	}
	left, right, both := st.sides(s)
	rows = append(append(rows, planRow{}), left.rows()...)
	if both {
		rows = append(append(rows, planRow{}), right.rows()...)
	}
	drawRows(a, rows, &st.scroll)
}

// drawText writes the statement in clauses, its time over time beside it, and
// answers what is left of the area.
func (st *statement) drawText(s *State, a area, w collectors.StatementWindow) area {
	room := a.w - 4
	side := 0
	if a.w >= 110 {
		side = 46
		room -= side
	}
	lines := st.lines(s, w, room)
	n := min(max(len(lines), 1), max(a.h/3, 3))
	part, rest := a.top(n)
	for y, l := range lines {
		if y == n-1 && len(lines) > n {
			part.text(2, y, inkDim, fmt.Sprintf("… %d more lines: e shows all", len(lines)-y))
			break
		}
		part.textIn(2, y, room, inkStrong, l)
	}
	if side > 0 {
		st.drawTime(s, part.sub(a.w-side, 0, side-1, n), w)
	}
	line, rest := rest.top(1)
	line.text(2, 0, inkDim, s.everText(w))
	return rest
}

func (st *statement) drawTime(s *State, a area, w collectors.StatementWindow) {
	if w.Source.Sampled {
		st.drawFlight(s, a, w)
		return
	}
	mean := collectors.Metric{Name: collectors.MetricStatementMean, Fingerprint: w.Fingerprint}
	x := a.spans(0, 0, span{inkDim, "mean "}, span{inkStrong, units.Seconds(w.Latency.Mean())}) + 2
	n := max(a.w-x-11, 0)
	a.text(x, 0, inkSeriesA, chart.Spark(s.seriesOver(mean, s.seenSpan(mean), n/2), n, 0, s.opts.Graph))
	a.right(a.w, 0, inkText, "rows "+units.SI(rowsPerCall(w)))
	a.spans(0, 1, span{inkDim, "P95  "}, span{inkText, units.Seconds(w.Latency.Quantile(.95))},
		span{inkDim, "   P99 "}, span{inkText, units.Seconds(w.Latency.Quantile(.99))},
		span{inkDim, "   max "}, span{inkText, units.Seconds(w.Latency.Max())})
}

// drawFlight is what sampling tells: how many sessions run the statement.
func (st *statement) drawFlight(s *State, a area, w collectors.StatementWindow) {
	m := collectors.Metric{Name: collectors.MetricStatementTime, Fingerprint: w.Fingerprint}
	x := a.spans(0, 0, span{inkDim, "in flight "}, span{inkStrong, units.Digits(w.Concurrency())}) + 2
	n := max(a.w-x-1, 0)
	a.text(x, 0, inkSeriesA, chart.Spark(s.seriesOver(m, s.seenSpan(m), n/2), n, 0, s.opts.Graph))
	a.text(0, 1, inkDim, "sampled: calls are not counted")
}
