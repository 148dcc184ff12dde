package ui

import (
	"strings"
	"testing"
	"time"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/stat"
)

// A busy server: what one second of it holds of the statement of the change and
// of another one, on another table.
type secondOf struct {
	dear, calls int     // of ten calls so many are dear; and how many tens
	slower      float64 // than usual, both
}

// mixedHistory is five minutes of before and three of after.
func mixedHistory(before, after secondOf, parts, rows bool) (*collectors.History, time.Time) {
	h, at := collectors.NewHistory(0), noon.Add(5*time.Minute)
	noise := []float64{0.9, 1.1, 1, 0.95, 1.05, 1.02, 0.98}
	for i := range 8 * 60 {
		now := noon.Add(time.Duration(i) * time.Second)
		is := before
		if now.After(at) {
			is = after
		}
		subject := collectors.StatementGroup{Fingerprint: "subject", Text: "SELECT * FROM orders WHERE status = ?", Latency: &stat.Sketch{}}
		other := collectors.StatementGroup{Fingerprint: "other", Text: "SELECT * FROM customers WHERE id = ?", Latency: &stat.Sketch{}}
		kinds := map[string]*stat.Sketch{"cheap": {}, "dear": {}}
		for k := range 10 * is.calls {
			pace := is.slower * noise[(i+k)%len(noise)]
			v, kind, n := 0.002, "cheap", uint64(12)
			if k%10 < is.dear {
				v, kind, n = 0.05, "dear", 480
			}
			subject.Latency.Add(v * pace)
			kinds[kind].Add(v * pace)
			subject.Calls, other.Calls = subject.Calls+1, other.Calls+1
			if rows {
				subject.Rows += n
			}
			other.Latency.Add(0.004 * pace)
		}
		if parts {
			subject.Parts = kinds
		}
		h.Put(collectors.Sample{Time: now, Sections: []collectors.Section{&collectors.Statements{
			At: now, Interval: time.Second, Source: collectors.StatementSource{Kind: "query log", Live: true}, Rows: []collectors.StatementGroup{subject, other},
		}}})
	}
	return h, at
}

func TestAVerdictAllowsForWhatMovedBesideTheChange(t *testing.T) {
	usual := secondOf{2, 1, 1}
	for _, c := range []struct {
		name        string
		after       secondOf
		parts, rows bool
		outcome     advisor.Outcome
		text        string
	}{
		{"dear constants, which the source tells apart, are compared with their like", secondOf{8, 1, 1}, true, false, advisor.OutcomeNoChange, "the mix changed: each call is compared with its like"},
		{"dear constants, of which only the rows are counted, are not comparable", secondOf{8, 1, 1}, false, true, advisor.OutcomeMixed, "the mix changed: rows a call 106 → 386"},
		{"a load that makes all slower is not the change's doing", secondOf{2, 2, 1.6}, false, false, advisor.OutcomeMixed, "statements that the change does not touch became 60 % slower, at 20 → 40 calls a second"},
		{"what only the change's statement loses is its doing", secondOf{2, 1, 1}, false, false, advisor.OutcomeWorse, "2.0× slower"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, at := mixedHistory(usual, c.after, c.parts, c.rows)
			if c.outcome == advisor.OutcomeWorse {
				h, at = onlySubjectSlower(2)
			}
			e := advisor.Entry{Title: "an index", Table: "orders", State: advisor.EntryApplied, SettledAt: at, Fingerprints: []string{"subject"}}
			v := JudgeChange(h, e, Seen{Until: noon.Add(8 * time.Minute), Live: func(string) (string, bool) { return "SELECT … orders", true }})
			if v.Outcome != c.outcome || !strings.Contains(v.Text, c.text) {
				t.Errorf("got %q, %s\nwant %q, %s", v.Outcome, v.Text, c.outcome, c.text)
			}
		})
	}
}

// onlySubjectSlower is a history in which the statement of the change alone
// takes longer since.
func onlySubjectSlower(times float64) (*collectors.History, time.Time) {
	h, at := collectors.NewHistory(0), noon.Add(5*time.Minute)
	noise := []float64{0.9, 1.1, 1, 0.95, 1.05, 1.02, 0.98}
	for i := range 8 * 60 {
		now := noon.Add(time.Duration(i) * time.Second)
		rows := []collectors.StatementGroup{
			{Fingerprint: "subject", Text: "SELECT * FROM orders WHERE status = ?", Calls: 10, Latency: &stat.Sketch{}},
			{Fingerprint: "other", Text: "SELECT * FROM customers WHERE id = ?", Calls: 10, Latency: &stat.Sketch{}},
		}
		for k := range 10 {
			v := 0.01 * noise[(i+k)%len(noise)]
			rows[1].Latency.Add(v)
			if now.After(at) {
				v *= times
			}
			rows[0].Latency.Add(v)
		}
		h.Put(collectors.Sample{Time: now, Sections: []collectors.Section{&collectors.Statements{
			At: now, Interval: time.Second, Source: collectors.StatementSource{Kind: "query log", Live: true}, Rows: rows,
		}}})
	}
	return h, at
}
