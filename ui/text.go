package ui

import (
	"strings"

	"mltop/internal/sqltext"
	"mltop/internal/term"
)

// wrapText breaks a sentence at its spaces into at most lines lines; the last
// one is cut.
func wrapText(s string, width, lines int) []string {
	if width <= 0 || lines <= 0 {
		return []string{""}
	}
	// Nothing longer could be shown.
	words := broken(strings.Fields(safe(s, width*lines)), width)
	out := []string{""}
	for i, w := range words {
		last := len(out) - 1
		joined := strings.TrimSpace(out[last] + " " + w)
		switch {
		case textWidth(joined) <= width:
			out[last] = joined
		case len(out) == lines:
			out[last] = cutText(strings.TrimSpace(out[last]+" "+strings.Join(words[i:], " ")), width)
			return out
		case out[last] == "":
			out[last] = cutText(w, width)
		default:
			out = append(out, cutText(w, width))
		}
	}
	return out
}

// broken cuts words that are wider than a line, so that nothing is lost.
func broken(words []string, width int) []string {
	var out []string
	for _, w := range words {
		rs := []rune(w)
		n := width
		if textWidth(w) > len(rs) {
			n = max(width/2, 1) // wide characters take two cells
		}
		for len(rs) > n {
			out, rs = append(out, string(rs[:n])), rs[n:]
		}
		out = append(out, string(rs))
	}
	return out
}

func cutText(s string, width int) string { return term.Cut(s, max(width, 0)) }

func cutBefore(s, sep string) (string, string, bool) { return strings.Cut(s, sep) }

// sql answers a statement's text for drawing: masked unless asked otherwise.
func (s *State) sql(text, example string) string {
	if s.literals() && example != "" {
		return example
	}
	return text
}

// oneLine folds white space, looking no further than what can be shown.
func oneLine(s string) string {
	const shown = 4 << 10
	if len(s) > shown {
		s = strings.ToValidUTF8(s[:shown], "")
	}
	return strings.Join(strings.Fields(s), " ")
}

// longestText: a longer one is data, not a statement to read.
const longestText = 16 << 10

// formatted is a statement in lines of clauses.
func formatted(sql string, width int) []string {
	if len(sql) > longestText {
		return []string{cutText(oneLine(sql), width)}
	}
	return sqltext.Format(sql, width)
}
