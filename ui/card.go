package ui

import (
	"fmt"
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"mltop/advisor"
	"mltop/internal/units"
)

// card is one recommendation, whole; after it was applied, the verdict.
type card struct {
	id    string
	first int
}

func newCard(id string) *card { return &card{id: id} }

func (*card) Title() string { return "Advice" }
func (*card) place() place  { return onCard }

func (c *card) Offers(s *State) []Offer {
	r, ok := s.recommendation(c.id)
	apply, dismiss := s.offerApply(r), Offer{Action: Dismiss}
	if !ok {
		apply.Why, dismiss.Why = "this advice is gone: A asks anew", "this advice is gone"
	}
	return []Offer{apply, s.offerUndo(), dismiss, {Action: Back}, {Action: Copy, Does: "copy as Markdown"}, {Action: Open, Does: "apply", Why: "a applies, after a preview"}}
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
	case Up:
		c.first = max(c.first-1, 0)
	case Down:
		c.first++
	case Home:
		c.first = 0
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
		top, a = a.top(min(a.h, 6))
		s.drawVerdictCard(top, e)
	}
	r, ok := s.recommendation(c.id)
	if !ok {
		if !applied {
			a.text(2, 1, inkDim, "this advice is gone: A asks anew")
		}
		return
	}
	lines := s.cardText(r, a.w-4)
	c.first = min(c.first, max(len(lines)-a.h, 0))
	drawLines(a, lines, c.first)
}

// drawLines writes the lines from first on, and how many there are below.
func drawLines(a area, lines [][]span, first int) {
	lines = lines[min(first, len(lines)):]
	for y, l := range lines[:min(len(lines), a.h)] {
		a.spans(2, y, l...)
	}
	if more := len(lines) - a.h; more > 0 && a.h > 0 {
		a.right(a.w-1, a.h-1, inkAccent, fmt.Sprintf("  ↓ %d more", more))
	}
}

// drawVerdictCard is what a card becomes once it is applied.
func (s *State) drawVerdictCard(a area, e advisor.Entry) {
	v, ok := s.Verdicts[e.ID]
	if !ok {
		a.spans(1, 0, span{inkAccent, "◌ "}, span{inkText, string(e.State) + " " + units.Ago(s.now.Sub(settled(e))) + " ago: "}, span{inkStrong, e.Title})
		a.text(3, 1, inkDim, "the verdict comes with the next requests; u undoes it")
		return
	}
	s.drawVerdictLine(a, 0, v)
	a.spans(3, 1, span{inkDim, e.Title + "   "}, span{inkKey, "y"}, span{inkDim, " copy as Markdown"})
	if v.Outcome == advisor.OutcomeWorse {
		a.spans(3, 2, span{inkCrit, "■ it got slower: "}, span{inkKey, "u"}, span{inkText, " undoes it"})
	}
	a.rule(4, '─', inkFaint)
}

// drawVerdictLine is a verdict in one line, with the key that undoes what it
// is about.
func (s *State) drawVerdictLine(a area, y int, v advisor.Verdict) {
	k, sym := outcome(v.Outcome)
	x := a.spans(1, y, span{k, sym + " "}, span{inkStrong, v.Subject}, span{inkText, "   "})
	if v.BeforeP95 > 0 && v.AfterP95 > 0 {
		x = a.spans(x, y, span{inkDim, "P95 "}, span{inkStrong, units.Seconds(v.BeforeP95) + " → " + units.Seconds(v.AfterP95)}, span{inkText, "   "})
	}
	x = a.text(x, y, k, v.Text)
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
	case advisor.OutcomeNoChange:
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

// cardText is the whole card in lines of width cells.
func (s *State) cardText(r advisor.Recommendation, width int) [][]span {
	k, sym := severity(r.Severity)
	out := [][]span{{{k, sym + " "}, {inkStrong, r.Title}}, {{inkDim, fmt.Sprintf("  %s · confidence %s · %s", r.Severity, r.Confidence, kindWords(r.Kind))}}, {}}
	out = append(out, labelled("why", s.named(r.Reason), width)...)
	out = append(out, sqlLines("do", r.Statement, width)...)
	out = append(out, sqlLines("undo", orText(r.Undo, "none"), width)...)
	out = append(out, nil)
	for i, e := range r.Evidence {
		label := ""
		if i == 0 {
			label = "evidence"
		}
		out = append(out, labelled(label, s.named(e), width)...)
	}
	for _, l := range s.cardFacts(r) {
		out = append(out, labelled(l[0], l[1], width)...)
	}
	for _, w := range r.Warnings {
		out = append(out, labelled("▲ warning", s.named(w.Text), width)...)
	}
	return append(out, labelled("may be wrong", r.MayBeWrong, width)...)
}

func (s *State) cardFacts(r advisor.Recommendation) [][2]string {
	before, after, times := effectText(r.Estimate)
	effect := ""
	if r.Estimate != nil {
		effect = fmt.Sprintf("%s → %s a call · %s · %s, %s to %s", before, after, times, methodText(r.Estimate.Method),
			valueText(r.Estimate.Low, r.Estimate.Unit), valueText(r.Estimate.High, r.Estimate.Unit))
		if r.SavedRatio > 0 {
			effect += " · saves " + units.Seconds(r.SavedRatio) + " of every second"
		}
	}
	cost := ""
	if r.SizeBytes != nil || r.WriteCost != nil {
		cost = units.Bytes(intOrNaN(r.SizeBytes)) + " on disk, " + units.Signed(orNaN(r.WriteCost)) + " for a row written"
	}
	return [][2]string{
		{"effect", effect}, {"cost", cost}, {"serves", s.servedNames(r.Queries)},
		{"reaches", r.Scope}, {"risk", r.Risk},
	}
}

// servedNames lists statements by what a user knows them by.
func (s *State) servedNames(queries []string) string {
	names := make([]string, 0, len(queries))
	for _, q := range queries {
		names = append(names, s.statementLabel(q))
	}
	return strings.Join(names, ", ")
}

// named writes statements by what a user knows them by where a text has their
// fingerprints.
func (s *State) named(text string) string {
	if len(text) > maxNamed {
		return text
	}
	for _, w := range s.Win.Statements {
		if len(w.Fingerprint) >= fingerprintDigits && strings.Contains(text, w.Fingerprint) {
			text = strings.ReplaceAll(text, w.Fingerprint, s.statementLabel(w.Fingerprint))
		}
	}
	return text
}

// A fingerprint is sixteen digits; a longer text than maxNamed is not prose.
const (
	fingerprintDigits = 16
	maxNamed          = 4 << 10
)

func orText(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// cell12 is the label column of cards and previews.
func cell12(s string) string { return fmt.Sprintf("%-14s", s) }

// labelled writes a text beside its label; nothing when there is no text.
func labelled(label, text string, width int) [][]span {
	if text == "" {
		return nil
	}
	var out [][]span
	for i, l := range wrapText(text, width-14, 6) {
		if i > 0 {
			label = ""
		}
		out = append(out, []span{{inkDim, cell12(label)}, {inkText, l}})
	}
	return out
}

func sqlLines(label, sql string, width int) [][]span {
	var out [][]span
	for i, l := range wrapText(oneLine(sql), width-14, 6) {
		if i > 0 {
			label = ""
		}
		out = append(out, []span{{inkDim, cell12(label)}, {inkStrong, l}})
	}
	return out
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
