package ui

import (
	"strings"
	"testing"
	"time"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/stat"
)

// A slow log holds calls of 0.1 s and more: what an index has made fast is in
// it no more, and the looks at the sessions alone tell that it still runs.
func TestAStatementThatFellOutOfTheSlowLogGetsAVerdict(t *testing.T) {
	for _, c := range []struct {
		name    string
		least   float64
		runs    bool // met by looks behind the change
		outcome advisor.Outcome
		verdict string
	}{
		{"faster, where it is met running", 0.1, true, advisor.OutcomeBetter, "faster than 100 ms: none of 100 ms and more in the"},
		{"none, where nobody meets it", 0.1, false, advisor.OutcomeNotEnough, "whether it still runs is not known"},
		{"none, where every call is counted", 0, true, advisor.OutcomeNotEnough, "none since the change"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, now := collectors.NewHistory(0), noon.Add(-4*time.Minute)
			met := noon.Add(-time.Hour)
			for ; now.Before(noon.Add(4 * time.Minute)); now = now.Add(time.Second) {
				before := now.Before(noon)
				if before || c.runs {
					met = now
				}
				st := &collectors.Statements{At: now, Interval: time.Second, Running: map[string]time.Time{slowPrint: met},
					Source: collectors.StatementSource{Kind: "slow log (file)", Live: true, Least: c.least}}
				if before && now.Second()%10 == 0 {
					g := collectors.StatementGroup{Fingerprint: slowPrint, Text: slowSQL, Calls: 1, Latency: &stat.Sketch{}}
					g.Latency.AddTotal(1, 4)
					st.Rows = append(st.Rows, g)
				}
				h.Put(collectors.Sample{Time: now, Sections: []collectors.Section{st}})
			}
			e := advisor.Entry{Title: "an index", State: advisor.EntryApplied, SettledAt: noon, Fingerprints: []string{slowPrint}}
			v := JudgeChange(h, e, Seen{Until: now, Live: func(string) (string, bool) { return "SELECT", c.least == 0 }})
			if v.Outcome != c.outcome || !strings.Contains(v.Text, c.verdict) {
				t.Errorf("got %q, %q\nwant %q, %q", v.Outcome, v.Text, c.outcome, c.verdict)
			}
		})
	}
}
