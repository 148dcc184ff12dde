package ui

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"mltop/advisor"
	"mltop/internal/units"
)

// card is one recommendation, whole; after it was applied, the verdict.
type card struct {
	id     string
	scroll scroller
}

func newCard(id string) *card { return &card{id: id} }

func (*card) Title() string { return "Advice" }
func (*card) place() place  { return onCard }

func (c *card) Offers(s *State) []Offer {
	r, ok := s.recommendation(c.id)
	apply, dismiss := s.offerApply(r), Offer{Action: Dismiss}
	if !ok {
		apply.Why, dismiss.Why = s.goneText(c.id), "this advice is gone"
	}
	list := append([]Offer{apply, s.offerUndo(), dismiss}, c.scroll.offer()...)
	return append(list, Offer{Action: Back}, Offer{Action: Copy, Does: "copy as Markdown"}, Offer{Action: Open, Does: "apply", Why: "a applies, after a preview"})
}

func (c *card) Update(a Action, s *State) (Panel, tea.Cmd) {
	r, _ := s.recommendation(c.id)
	switch a {
	case Apply:
		return c, s.preview(c.id)
	case Undo:
		if e, ok := s.entryOf(c.id); ok && undoable(e) {
			return c, s.previewUndo(e.ID)
		}
		return c, s.undoLast()
	case Dismiss:
		return c, askDismiss(s, r)
	case Copy:
		return c, copyText("advice", s.cardMarkdown(r))
	default:
		c.scroll.move(a)
	}
	return c, nil
}

// entryOf is the newest journal entry of a recommendation.
func (s *State) entryOf(id string) (advisor.Entry, bool) {
	for i := len(s.Entries) - 1; i >= 0; i-- {
		if s.Entries[i].Recommendation == id {
			return s.Entries[i], true
		}
	}
	return advisor.Entry{}, false
}

// standing is the entry of a recommendation that was applied and not undone.
func (s *State) standing(id string) (advisor.Entry, bool) {
	e, ok := s.entryOf(id)
	return e, ok && e.State != advisor.EntryUndone && e.State != advisor.EntryFailed
}

func (c *card) Draw(s *State, a area) {
	e, applied := s.standing(c.id)
	if applied {
		var top area
		top, a = a.top(min(a.h, s.verdictHeight(e, a)))
		s.drawVerdictCard(top, e)
	}
	r, ok := s.recommendation(c.id)
	switch {
	case ok:
		c.scroll.draw(a, 2, s.cardText(r, a.w-4))
	case applied:
		c.scroll.draw(a, 2, s.entryText(e, a.w-4))
	default:
		c.scroll.draw(a, 2, s.goneSpans(c.id, a.w-4))
	}
}

// verdictHeight is what the verdict on a change takes: to its end, where that
// leaves as much again to the rest.
func (s *State) verdictHeight(e advisor.Entry, a area) int {
	text := wrapText(s.Verdicts[e.ID].Text, a.w-verdictIndent-1, max(a.h/2-verdictFrame, 2))
	return verdictFrame + max(len(text), 2)
}

// drawVerdictCard is what a card becomes once it is applied.
func (s *State) drawVerdictCard(a area, e advisor.Entry) {
	v, ok := s.Verdicts[e.ID]
	if !ok {
		a.spans(1, 0, span{inkAccent, "◌ "}, span{inkText, string(e.State) + " " + units.Ago(s.now.Sub(settled(e))) + " ago: "}, span{inkStrong, e.Title})
		a.text(3, 1, inkDim, "the verdict comes with the next "+s.callsName()+"; u undoes it")
		return
	}
	a = s.drawWholeVerdict(a, v)
	a.spans(3, 0, span{inkDim, e.Title + "   "}, span{inkKey, "y"}, span{inkDim, " copy as Markdown"})
	switch {
	case len(v.Slower) > 0:
		a.spans(3, 1, span{inkCrit, "■ slower with it: "}, span{inkText, cutText(strings.Join(v.Slower, "; "), max(a.w-40, 10)) + "   "}, span{inkKey, "u"}, span{inkText, " undoes it"})
	case v.Outcome == advisor.OutcomeWorse:
		a.spans(3, 1, span{inkCrit, "■ it got slower: "}, span{inkKey, "u"}, span{inkText, " undoes it"})
	}
	a.rule(max(a.h-2, 2), '─', inkFaint)
}

// verdictFrom is the height from which a verdict that is too long for a line
// may take two more.
const verdictFrom = 6

// verdictFrame is what stands about a verdict's own lines: whom it is about,
// what was done, that it got slower, and a rule. The lines are indented.
const verdictFrame, verdictIndent = 4, 3

// drawWholeVerdict says a verdict to its end where there is room below, and
// answers what is left.
func (s *State) drawWholeVerdict(a area, v advisor.Verdict) area {
	if _, sym := outcome(v.Outcome); a.h < verdictFrom || textWidth(sym+" "+v.Subject+"   "+v.Text) <= a.w-2 {
		s.drawVerdictLine(a, 0, v)
		_, a = a.top(1)
		return a
	}
	k, sym := outcome(v.Outcome)
	a.spans(1, 0, span{k, sym + " "}, span{inkStrong, v.Subject})
	lines := wrapText(v.Text, a.w-verdictIndent-1, a.h-verdictFrame)
	for y, line := range lines {
		a.text(verdictIndent, y+1, k, line)
	}
	_, a = a.top(1 + len(lines))
	return a
}

// inWidth leaves out of a verdict what goes without saying where it is too
// long for a line, then its last clauses: how sure it is stands in the first.
func inWidth(text string, width int) string {
	if textWidth(text) <= width {
		return text
	}
	text = strings.Replace(text, " on average", "", 1)
	for textWidth(text) > width {
		i := strings.LastIndex(text, "; ") // what is said behind it comes second
		if i < 0 {
			break
		}
		text = text[:i]
	}
	return text
}

// drawVerdictLine is a verdict in one line, with the key that undoes what it
// is about. The text says the factor and the means that it is of; the P95 is
// another quantity, and follows where there is room.
func (s *State) drawVerdictLine(a area, y int, v advisor.Verdict) {
	k, sym := outcome(v.Outcome)
	x := a.spans(1, y, span{k, sym + " "}, span{inkStrong, v.Subject}, span{inkText, "   "})
	x = a.text(x, y, k, inWidth(v.Text, a.w-x))
	if p95 := units.Seconds(v.BeforeP95) + " → " + units.Seconds(v.AfterP95); v.BeforeP95 > 0 && v.AfterP95 > 0 && x+len(p95)+20 < a.w {
		x = a.spans(x+3, y, span{inkDim, "P95 "}, span{inkText, p95})
	}
	if x+10 < a.w {
		a.spans(x+3, y, span{inkKey, "u"}, span{inkDim, " undo"})
	}
}

func outcome(o advisor.Outcome) (ink, string) {
	switch o {
	case advisor.OutcomeBetter:
		return inkOK, "●"
	case advisor.OutcomeWorse:
		return inkCrit, "■"
	case advisor.OutcomeNoChange, advisor.OutcomeMixed:
		return inkWarn, "▲"
	}
	return inkDim, "◌"
}

// drawCardLine is a card in one line: what, what it saves, what it costs.
func drawCardLine(s *State, a area, y int, r advisor.Recommendation) {
	k, sym := severity(r.Severity)
	var facts []span
	if r.SavedRatio > 0 {
		facts = append(facts, span{inkText, "   saves " + units.Seconds(r.SavedRatio) + " of every second"})
	}
	if r.SizeBytes != nil {
		facts = append(facts, span{inkText, "   " + units.Bytes(float64(*r.SizeBytes))})
	}
	if r.WriteCost != nil {
		facts = append(facts, span{inkText, "   " + units.Signed(*r.WriteCost) + " a write"})
	}
	if a.w >= 140 { // the footer has the keys too
		facts = append(facts, span{inkText, "   "}, span{inkKey, "a"}, span{inkDim, " apply  "}, span{inkKey, "x"}, span{inkDim, " dismiss"})
	}
	for len(facts) > 0 && a.w-spanWidth(facts)-4 < min(textWidth(r.Title)+1, a.w/2) {
		facts = facts[:len(facts)-1]
	}
	room := a.w - spanWidth(facts) - 4
	x := a.spans(1, y, span{k, sym + " "})
	a.textIn(x, y, room, inkStrong, r.Title)
	a.spans(a.w-1-spanWidth(facts), y, facts...)
}

// askDismiss asks why; the reason is remembered with the advice.
func askDismiss(s *State, r advisor.Recommendation) tea.Cmd {
	return send(promptMsg{&prompt{
		label: "dismiss, because: ",
		hint:  func(string) (ink, string) { return inkDim, "⏎ dismisses  esc keeps it" },
		done:  func(why string) tea.Cmd { return s.dismiss(r.ID, strings.TrimSpace(why)) },
	}})
}

// offerApply says whether advice can be applied at all.
func (s *State) offerApply(r advisor.Recommendation) Offer {
	o := Offer{Action: Apply, Does: "apply"}
	switch e, ok := s.standing(r.ID); {
	case r.ID == "":
	case ok && e.State == advisor.EntryApplied:
		o.Why = "it is applied already: u undoes it"
	case len(r.Change) == 0:
		o.Why = "mltop cannot apply this: y copies what to do"
	}
	return o
}

func undoable(e advisor.Entry) bool {
	return e.State == advisor.EntryApplied || e.State == advisor.EntryUndoPending
}

func (s *State) lastUndoable() (advisor.Entry, bool) {
	for i := len(s.Entries) - 1; i >= 0; i-- {
		if undoable(s.Entries[i]) {
			return s.Entries[i], true
		}
	}
	return advisor.Entry{}, false
}

func (s *State) offerUndo() Offer {
	o := Offer{Action: Undo, Does: "undo"}
	if _, ok := s.lastUndoable(); !ok {
		o.Why = "nothing that mltop applied stands here"
	}
	return o
}

func (s *State) undoLast() tea.Cmd {
	e, ok := s.lastUndoable()
	if !ok {
		return nil
	}
	return s.previewUndo(e.ID)
}

func (s *State) offerCopy() Offer { return Offer{Action: Copy, Does: "copy"} }
