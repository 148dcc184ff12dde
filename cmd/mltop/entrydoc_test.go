package main

import (
	"strings"
	"testing"
	"time"

	"mltop/advisor"
)

func TestTheJournalProposesToTakeARegressionBack(t *testing.T) {
	slower := &advisor.Verdict{Subject: "GET /cart", Outcome: advisor.OutcomeWorse, Text: "2× slower"}
	for _, c := range []struct {
		name  string
		entry advisor.Entry
		want  string
	}{
		{"what got slower", advisor.Entry{ID: "3", State: advisor.EntryApplied, Verdict: slower}, "GET /cart 2× slower; to take it back: mltop undo '/the shop.db' 3"},
		{"what another statement pays for", advisor.Entry{ID: "3", State: advisor.EntryApplied, Verdict: &advisor.Verdict{Subject: "q1", Outcome: advisor.OutcomeBetter, Text: "3× faster", Slower: []string{"q2 2× slower"}}},
			"q1 3× faster; but slower: q2 2× slower; to take it back: mltop undo '/the shop.db' 3"},
		{"what was taken back", advisor.Entry{ID: "3", State: advisor.EntryUndone, Verdict: slower}, "GET /cart 2× slower"},
		{"what got faster", advisor.Entry{ID: "3", State: advisor.EntryApplied, Verdict: &advisor.Verdict{Subject: "q1", Outcome: advisor.OutcomeBetter, Text: "3× faster"}}, "q1 3× faster"},
	} {
		d := newJournalDoc(targetDoc{Path: "/the shop.db"}, time.Unix(0, 0), []advisor.Entry{c.entry})
		row := journalView(d).tables[0].Rows[0]
		if got := row[len(row)-1]; got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
		if proposed := d.Entries[0].Propose != ""; proposed != strings.Contains(c.want, "to take it back") {
			t.Errorf("%s: proposed %v", c.name, proposed)
		}
	}
}
