package ui

import (
	"strings"

	"mltop/advisor"
	"mltop/internal/db"
	"mltop/internal/sqltext"
)

// rewriteText is a rewrite's card: both texts first, one above the other, then
// why, what must hold, and both plans. The rest is as on any card.
func (s *State) rewriteText(r advisor.Recommendation, width int) [][]span {
	w := r.Rewrite
	out := s.cardHead(r)
	out = append(out, statementLines("before", w.Before, width, inkText)...)
	out = append(out, statementLines("after", w.After, width, inkStrong)...)
	out = append(out, nil)
	out = append(out, labelled("why", s.inWords(r.Reason), width)...)
	for i, h := range w.Holds {
		out = append(out, labelled(firstOnly("must hold", i), h, width)...)
	}
	out = append(out, labelled("compared", w.Compared, width)...)
	for _, p := range r.Plans {
		out = append(out, planText("plan before", p.Before.Plan, width)...)
		out = append(out, planText("plan after", p.After.Plan, width)...)
	}
	return append(out, nil)
}

func firstOnly(label string, i int) string {
	if i > 0 {
		return ""
	}
	return label
}

// statementLines writes a statement clause by clause beside its label.
func statementLines(label, sql string, width int, k ink) [][]span {
	var out [][]span
	for i, l := range sqltext.Format(sql, max(width-14, 20)) {
		out = append(out, []span{{inkDim, cell12(firstOnly(label, i))}, {k, l}})
	}
	return out
}

// planText writes a plan beside its label, a line a node.
func planText(label string, p *db.Plan, width int) [][]span {
	if p == nil {
		return nil
	}
	var out [][]span
	for i, l := range planLines(p) {
		text := l.op
		for _, more := range []string{l.what, l.count} {
			if more != "" {
				text += "  " + more
			}
		}
		out = append(out, []span{{inkDim, cell12(firstOnly(label, i))}, {l.ink, l.mark + " "}, {l.ink, cutText(text, max(width-16, 10))}})
	}
	return out
}

// copyWidth is that of a statement that is pasted into code.
const copyWidth = 100

// rewriteMarkdown is a rewrite to paste: both texts, and what must hold.
func rewriteMarkdown(w *advisor.Rewritten) string {
	text := func(sql string) string { return strings.Join(sqltext.Format(sql, copyWidth), "\n") }
	out := "\n```sql\n-- before\n" + text(w.Before) + ";\n\n-- after\n" + text(w.After) + ";\n```\n\nMust hold:\n\n"
	for _, h := range w.Holds {
		out += "- " + h + "\n"
	}
	return out + "\nCompared: " + w.Compared + "\n"
}
