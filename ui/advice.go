package ui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"mltop/advisor"
)

// advice is the view of what the advisor offers, what it declined, and what
// was changed before.
type advice struct {
	focus    int // 0 cards, 1 journal, 2 declined
	cards    table
	journal  table
	declined table
	max      bool
}

const adviceParts = 3

func newAdvice() *advice {
	return &advice{
		cards: table{sortBy: 3, cols: []column{
			{title: "", width: 1}, {title: "advice", width: 26, flex: true, most: 84}, {title: "kind", width: 12, from: 130},
			{title: "saves", width: 9, right: true}, {title: "before", width: 9, right: true, from: 100},
			{title: "after", width: 9, right: true, from: 100}, {title: "times", width: 6, right: true, from: 80},
			{title: "disk", width: 7, right: true, from: 70}, {title: "a write", width: 8, right: true, from: 110},
			{title: "sure", width: 6, from: 96},
		}},
		journal: table{sortBy: 0, cols: []column{
			{title: "journal", width: 12}, {title: "state", width: 12}, {title: "change", width: 24, flex: true},
			{title: "result", width: 30, flex: true, from: 90},
		}},
		declined: table{cols: []column{
			{title: "declined", width: 24, flex: true}, {title: "because", width: 48, flex: true},
		}},
	}
}

func (*advice) Title() string { return "Advisor" }
func (*advice) place() place  { return onAdvisor }

func (v *advice) front() *table { return []*table{&v.cards, &v.journal, &v.declined}[v.focus] }

func (v *advice) filterText() string       { return v.front().filterText() }
func (v *advice) setFilter(t string) error { return v.front().setFilter(t) }

func (v *advice) shrink() bool {
	was := v.max
	v.max = false
	return was
}

func (v *advice) Offers(s *State) []Offer {
	r, ok := v.current(s)
	open, apply, dismiss := Offer{Action: Open, Does: "card"}, s.offerApply(r), Offer{Action: Dismiss}
	undo := s.offerUndo()
	if !ok {
		why := "there is no advice here to act on"
		open.Why, apply.Why, dismiss.Why = why, why, why
	}
	if e, on := v.entry(s); on {
		open.Why = ""
		if e.Recommendation == "" {
			open.Why = "there was no advice on this: it has no card"
		}
		if undo.Why = ""; !undoable(e) {
			undo.Why = "this change is " + string(e.State) + ": there is nothing to undo"
		}
	}
	next := Offer{Action: NextFocus, Does: "advice, journal, declined", Short: "next part"}
	if s.Advising != "" { // how to stop it has room at 80 columns, too
		return []Offer{open, apply, s.offerAdvise(), dismiss, undo, next, {Action: Copy}}
	}
	return []Offer{open, apply, dismiss, undo, s.offerAdvise(), next, {Action: Copy}}
}

// entry is the one under the cursor, while the journal has the keys.
func (v *advice) entry(s *State) (advisor.Entry, bool) {
	v.arrange(s)
	row, ok := v.journal.current()
	i := slices.IndexFunc(s.Entries, func(e advisor.Entry) bool { return e.ID == row.id })
	if v.focus != 1 || !ok || i < 0 {
		return advisor.Entry{}, false
	}
	return s.Entries[i], true
}

// offerAdvise is a key with two ends: what it does now is said.
func (s *State) offerAdvise() Offer {
	if s.Advising != "" {
		return Offer{Action: Advise, Does: "stop, best so far"}
	}
	return Offer{Action: Advise, Does: "advise"}
}

func (v *advice) current(s *State) (advisor.Recommendation, bool) {
	v.arrange(s)
	if row, ok := v.cards.current(); ok && v.focus == 0 {
		return s.recommendation(row.id)
	}
	return advisor.Recommendation{}, false
}

func (v *advice) arrange(s *State) (cards, journal, declined []row) {
	return v.cards.arrange(s, s.cardRows), v.journal.arrange(s, s.journalRows), v.declined.arrange(s, s.declinedRows)
}

func (v *advice) Update(a Action, s *State) (Panel, tea.Cmd) {
	r, _ := v.current(s)
	switch a {
	case NextFocus:
		v.focus = (v.focus + 1) % adviceParts
	case PrevFocus:
		v.focus = (v.focus + adviceParts - 1) % adviceParts
	case Maximise:
		v.max = !v.max
	case Open:
		if e, ok := v.entry(s); ok {
			return v, push(newCard(e.Recommendation))
		}
		return v, push(newCard(r.ID))
	case Apply:
		return v, s.preview(r.ID)
	case Dismiss:
		return v, askDismiss(s, r)
	case Undo:
		return v, v.undo(s)
	case Copy:
		return v, v.copy(s, r)
	default:
		v.front().update(a)
	}
	return v, nil
}

// undo takes the entry under the cursor, or the last one.
func (v *advice) undo(s *State) tea.Cmd {
	if e, ok := v.entry(s); ok {
		return s.previewUndo(e.ID)
	}
	return s.undoLast()
}

func (v *advice) copy(s *State, r advisor.Recommendation) tea.Cmd {
	if row, ok := v.front().current(); ok && v.focus > 0 {
		return copyText("advice", row.match)
	}
	return copyText("advice", s.cardMarkdown(r))
}

func (s *State) recommendation(id string) (advisor.Recommendation, bool) {
	if s.Advice != nil {
		for _, r := range s.Advice.Recommendations {
			if r.ID == id {
				return r, true
			}
		}
	}
	for _, p := range s.Plans {
		for _, r := range p.Recommendations {
			if r.ID == id {
				return r, true
			}
		}
	}
	return advisor.Recommendation{}, false
}

func (v *advice) Draw(s *State, a area) {
	cards, journal, declined := v.arrange(s)
	draw := []func(area, bool){
		func(a area, on bool) { v.cards.draw(a, cards, on, s.noAdvice()) },
		func(a area, on bool) {
			v.journal.draw(v.journal.drawLast(a, on), journal, on, "nothing was changed on this target yet")
		},
		func(a area, on bool) {
			v.declined.draw(v.declined.drawLast(a, on), declined, on, "nothing was declined")
		},
	}
	if small(a) || v.max {
		draw[v.focus](a, true)
		return
	}
	if record := advisor.TrackOf(s.judgedEntries()).Text(); record != "" && a.h >= 20 {
		a = drawRecord(a, record)
	}
	state, a := a.top(s.adviceNoteLines(a.h, len(cards)))
	s.drawAdvising(state)
	curve, a := a.top(s.courseLines(a.h))
	s.drawCourse(curve)
	if a.h >= 24 {
		_, a = a.top(1)
	}
	foot, a := a.bottom(min(max(len(declined), 1)+1, declinedHeight(a.h, len(cards))))
	if a.h > 8 {
		_, a = a.bottom(1)
	}
	mid, a := a.bottom(min(max(len(journal), 1)+1, max(a.h/4, 3)))
	if a.h > 8 {
		_, a = a.bottom(1)
	}
	if detail := a.h - len(cards) - 3; detail >= 6 {
		var part area
		part, a = a.bottom(detail)
		v.drawDetail(s, part)
	}
	draw[0](a, v.focus == 0)
	draw[1](mid, v.focus == 1)
	draw[2](foot, v.focus == 2)
}

// declinedHeight leaves most to the advice; where there is none, what was
// declined is what there is to read.
func declinedHeight(height, cards int) int {
	if cards == 0 {
		return max(height*3/5, 3)
	}
	return max(height/4, 3)
}

// judgedEntries are the journal with the verdicts of this moment, which it is
// told when they are final.
func (s *State) judgedEntries() []advisor.Entry {
	out := slices.Clone(s.Entries)
	for i, e := range out {
		if v, ok := s.Verdicts[e.ID]; ok && e.Verdict == nil {
			out[i].Verdict = &v
		}
	}
	return out
}

// recordLines hold the longest record at 80 columns.
const recordLines = 3

// drawRecord writes how advice turned out so far, whole, and answers the rest
// of the area.
func drawRecord(a area, record string) area {
	lines := wrapText(record, a.w-2, recordLines)
	part, rest := a.top(len(lines))
	for y, l := range lines {
		part.text(1, y, inkText, l)
	}
	return rest
}

// adviceNoteLines are for what the advisor says of its run. Each card has it
// whole; where there is none, there is room for it.
func (s *State) adviceNoteLines(height, cards int) int {
	switch {
	case len(s.course.Points) > 0 && s.Advising != "":
		return 1
	case cards == 0 && height >= 16:
		return 5
	case height >= 24:
		return 2
	}
	return 1
}

// drawDetail is the card under the cursor, as far as it fits.
func (v *advice) drawDetail(s *State, a area) {
	row, ok := v.cards.current()
	r, found := s.recommendation(row.id)
	if !ok || !found {
		return
	}
	a.rule(0, '─', inkFaint)
	(&scroller{}).draw(a.sub(0, 1, a.w, a.h-2), 2, s.cardText(r, a.w-4))
}

// drawAdvising says what the advisor does or did, and how.
func (s *State) drawAdvising(a area) {
	switch {
	case s.Advising != "":
		a.spans(1, 0, span{inkAccent, "◌ "}, span{inkText, "the advisor is at work" + bracketed(s.started) + ": " + s.inBrief(s.Advising)})
	case s.AdviseBy != nil:
		a.spans(1, 0, span{inkCrit, "■ no advice: "}, span{inkText, s.AdviseBy.Error()}, span{inkDim, "   A tries again"})
	case s.Advice == nil:
		a.text(1, 0, inkDim, s.beforeAdvice()+": the tables are copied by short reads and indexes are tried on the copy")
	default:
		drawCut(a, 1, "advice of "+s.adviceNote(), "⏎ all")
	}
}

// beforeAdvice says how there will be advice.
func (s *State) beforeAdvice() string {
	if !s.advisesItself() || !s.asked.IsZero() {
		return "A asks for advice"
	}
	in := max(s.advisesAt().Sub(s.now), time.Second)
	return fmt.Sprintf("advice begins by itself in %.0f s, A at once", in.Seconds())
}

// adviceNote is when the advice was given, whether the run was whole, and how
// the numbers were made.
func (s *State) adviceNote() string {
	text := s.Advice.At.In(s.opts.Zone).Format("15:04:05") + bracketed(s.adviceBy)
	if s.Advice.Partial != "" {
		text += " · " + s.Advice.Partial
	}
	if len(s.Advice.Notes) > 0 {
		text += " · " + strings.Join(s.Advice.Notes, " · ")
	}
	return text
}
