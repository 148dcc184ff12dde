package ui

import (
	"slices"
	"strings"
	"time"

	"mltop/advisor"
	"mltop/collectors"
)

const (
	// guardFor is how long the other statements of a changed table are looked
	// at: a change for the worse shows after a minute at the earliest.
	guardFor = 10 * time.Minute
	// mostGuarded of them are, the heaviest first: each costs a comparison.
	mostGuarded = 20
	// guardEvery is often enough for what takes minutes to show.
	guardEvery = 10 * time.Second
)

// guards are the verdicts on the other live statements that name the table of
// a change.
func (s *State) guards(e advisor.Entry) (others []advisor.Verdict) {
	for _, w := range s.Win.Statements {
		if len(others) == mostGuarded {
			break
		}
		if w.Source.Live && !slices.Contains(e.Fingerprints, w.Fingerprint) && names(w.Text, e.Table) {
			others = append(others, s.guard(w, e))
		}
	}
	return others
}

func (s *State) guard(w collectors.StatementWindow, e advisor.Entry) advisor.Verdict {
	at, label := settled(e), s.statementLabel(w.Fingerprint)
	if w.Source.Sampled {
		return judgeSampled(s.History, label, w.Fingerprint, at, s.last)
	}
	sub := subject{name: label, fingerprint: w.Fingerprint, before: s.History.Buckets(collectors.Route{}, w.Fingerprint, at.Add(-judgeBefore), at)}
	return sub.compare(s.History, e, at, s.last)
}

// names reports whether a statement's text has a table's name as a word. One
// that has it as a column's is guarded as well, which harms nobody.
func names(text, table string) bool {
	text, table = strings.ToLower(text), strings.ToLower(table)
	for i := strings.Index(text, table); i >= 0; {
		end := i + len(table)
		if (i == 0 || !isWord(text[i-1])) && (end == len(text) || !isWord(text[end])) {
			return true
		}
		next := strings.Index(text[end:], table)
		if next < 0 {
			break
		}
		i = end + next
	}
	return false
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 0x80
}
