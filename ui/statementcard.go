package ui

import (
	"slices"
	"strings"

	"mltop/advisor"
)

func (st *statement) cardLines(s *State, a area) int {
	r, ok := st.advised(s)
	switch {
	case !ok && len(st.declined(s)) == 0:
		return min(len(s.Advising), 2)
	case a.h < 6:
		return 1
	case a.h < roomyPlans || textWidth(doubtText(r)) <= a.w-doubtIndent:
		return 2
	}
	return 3
}

// doubtIndent is where what speaks against the advice begins.
const doubtIndent = 3

func doubtText(r advisor.Recommendation) string { return "Why it may be wrong: " + r.MayBeWrong }

// roomyPlans is the height of the plans from which what speaks against the
// advice may take two lines.
const roomyPlans = 20

// drawCard is the advice in two lines, or why there is none.
func (st *statement) drawCard(s *State, a area) {
	r, ok := st.advised(s)
	if !ok && s.Advising != "" {
		a.spans(1, 0, span{inkAccent, "◌ "}, span{inkText, "the advisor is at work: " + s.inBrief(s.Advising)})
		return
	}
	if !ok {
		for i, d := range st.declined(s) {
			a.spans(1, i, span{inkOK, "○ "}, span{inkText, d.What}, span{inkDim, ": " + d.Reason})
		}
		return
	}
	if e, ok := s.standing(r.ID); ok {
		s.drawVerdictCard(a, e)
		return
	}
	drawCardLine(s, a, 0, r)
	if r.MayBeWrong != "" {
		_, a = a.top(1)
		drawCut(a, doubtIndent, doubtText(r), "⏎ all")
	}
}

// drawCut writes a text in the lines there are, and where it is cut the key
// that shows the rest.
func drawCut(a area, x int, text, key string) {
	lines := wrapText(text, a.w-x, a.h)
	if last := len(lines) - 1; strings.HasSuffix(lines[last], "…") {
		hint := "  " + key
		lines[last] = cutText(lines[last], a.w-x-1-textWidth(hint))
		a.right(a.w-1, last, inkKey, hint)
	}
	for y, l := range lines {
		a.text(x, y, inkDim, l)
	}
}

func (st *statement) declined(s *State) []advisor.Declined {
	w, _ := s.statement(st.fingerprint)
	out := append([]advisor.Declined(nil), s.Plans[st.fingerprint].Declined...)
	if s.Advice == nil || len(out) > 0 {
		return out
	}
	for _, d := range s.Advice.Declined {
		if slices.Contains(d.Queries, st.fingerprint) || w.Name != "" && slices.Contains(d.Queries, w.Name) {
			out = append(out, d)
		}
	}
	return out
}
