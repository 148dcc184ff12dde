package ui

import (
	"math/rand"
	"strings"
	"testing"
	"time"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/stat"
)

// A sampled history is of a server that counts no calls: seconds before a
// change at noon, and behind it.
type sampledHistory struct {
	h   *collectors.History
	r   *rand.Rand
	now time.Time
}

func newSampledHistory(before time.Duration) *sampledHistory {
	return &sampledHistory{h: collectors.NewHistory(0), r: rand.New(rand.NewSource(1)), now: noon.Add(-before)}
}

// second looks at the statement: sessions are in it at a time, and the server
// runs queries of all kinds.
func (s *sampledHistory) second(sessions, queries, requestTook float64, looks time.Duration) {
	s.now = s.now.Add(looks)
	st := &collectors.Statements{At: s.now, Interval: looks, Source: collectors.StatementSource{Kind: "processlist, sampled", Live: true, Sampled: true}}
	if busy := sessions * looks.Seconds() * (0.5 + s.r.Float64()); busy > 0 {
		g := collectors.StatementGroup{Fingerprint: slowPrint, Text: slowSQL, Latency: &stat.Sketch{}}
		g.Latency.AddTotal(0, busy)
		st.Rows = append(st.Rows, g)
	}
	sections := []collectors.Section{st, &collectors.Database{At: s.now, Interval: looks, QueriesPerSecond: &queries}}
	if requestTook > 0 {
		b := collectors.RequestBucket{Start: s.now.Add(-looks), Width: looks, Total: collectors.Group{Latency: &stat.Sketch{}}}
		for range 20 {
			b.Total.Latency.Add(requestTook * (0.5 + s.r.Float64()))
		}
		b.Total.Count = 20
		b.Routes = []collectors.RouteGroup{{Route: routeOf("GET /orders/{id}"), Group: b.Total}}
		sections = append(sections, &collectors.Requests{At: s.now, Source: collectors.RequestSource{Kind: "table", Name: "request_logs", Resolution: time.Second}, State: "ok", Backfilled: 1, Buckets: []collectors.RequestBucket{b}})
	}
	s.h.Put(collectors.Sample{Time: s.now, Sections: sections})
}

func TestTheVerdictOnASampledStatement(t *testing.T) {
	for _, c := range []struct {
		name             string
		looks            time.Duration // of one section
		sessions         float64       // after the change; 2 before it
		queries          float64       // after; 50 before
		requests         float64       // what one takes after; 0.1 before; 0: nobody counts them
		after            time.Duration
		outcome          advisor.Outcome
		subject, verdict string
	}{
		{"is about the time in it, where it is never seen again", time.Second, 0, 50, 0, 90 * time.Second, advisor.OutcomeBetter, "SELECT", "sampled: next to no time in it (2 → 0 sessions), 85 s, p < 0.001"},
		{"is the same where the server is looked at every three seconds", 3 * time.Second, 0, 50, 0, 90 * time.Second, advisor.OutcomeBetter, "SELECT", "sampled: next to no time in it"},
		{"says how much less", time.Second, 0.1, 50, 0, 90 * time.Second, advisor.OutcomeBetter, "SELECT", "× less time in it (2 → 0.1 sessions)"},
		{"comes early where the gain is great", time.Second, 0.01, 50, 0, 28 * time.Second, advisor.OutcomeBetter, "SELECT", "× less time in it"},
		{"says a loss as plainly", time.Second, 6, 50, 0, 90 * time.Second, advisor.OutcomeWorse, "SELECT", "× as much time in it"},
		{"is open at first, and says what is known", time.Second, 0.1, 50, 0, 15 * time.Second, advisor.OutcomeNotEnough, "SELECT", "sampled: 2 → 0.093 sessions in it, 10 s so far; a verdict takes 30 s at least"},
		{"is open where the application went away with the change", time.Second, 0, 0, 0, 200 * time.Second, advisor.OutcomeNotEnough, "SELECT", "; the server runs hardly anything since"},
		{"is open where the application asks less", time.Second, 0.5, 12, 0, 200 * time.Second, advisor.OutcomeNotEnough, "SELECT", "; the server runs 12 instead of 50 a second, so it may be asked less often"},
		{"is no gain where nothing has changed", time.Second, 2, 50, 0, 200 * time.Second, advisor.OutcomeNotEnough, "SELECT", "sampled: not yet clear: between 6 % less time and 10 % more time in it (2 → 2 sessions), 3 min"},
		{"is the route's where requests are counted", time.Second, 0.1, 50, 0.002, 90 * time.Second, advisor.OutcomeBetter, "GET /orders/{id}", "× faster on average"},
	} {
		t.Run(c.name, func(t *testing.T) {
			const past = 5 * time.Minute
			s := newSampledHistory(past)
			took := 0.0
			if c.requests > 0 {
				took = 0.1
			}
			for s.now.Before(noon) {
				s.second(2, 50, took, c.looks)
			}
			for s.now.Before(noon.Add(c.after)) {
				s.second(c.sessions, c.queries, c.requests, c.looks)
			}
			e := advisor.Entry{ID: "1", State: advisor.EntryApplied, SettledAt: noon, Fingerprints: []string{slowPrint}}
			if c.requests > 0 {
				e.Routes = []string{"GET /orders/{id}"}
			}
			// It is in no window any more: nothing has been seen of it for long.
			v := JudgeChange(s.h, e, Seen{Until: s.now, Live: func(string) (string, bool) { return "SELECT", false }})
			if v.Outcome != c.outcome || v.Subject != c.subject || !strings.Contains(v.Text, c.verdict) {
				t.Errorf("got %q on %q: %s\nwant %q on %q: …%s…", v.Outcome, v.Subject, v.Text, c.outcome, c.subject, c.verdict)
			}
		})
	}
}

// Seconds in which nobody looked are none in which the statement did not run.
func TestWhatNobodyLookedAtIsNoGain(t *testing.T) {
	s := newSampledHistory(5 * time.Minute)
	for s.now.Before(noon) {
		s.second(2, 50, 0, time.Second)
	}
	e := advisor.Entry{ID: "1", State: advisor.EntryApplied, SettledAt: noon, Fingerprints: []string{slowPrint}}
	v := JudgeChange(s.h, e, Seen{Until: noon.Add(5 * time.Minute), Live: func(string) (string, bool) { return "SELECT", false }})
	if v.Outcome != advisor.OutcomeNotEnough || !strings.Contains(v.Text, "sampled: 2 sessions were in it before the change") {
		t.Errorf("got %q: %s", v.Outcome, v.Text)
	}
}

func TestTheReceiptOfASampledStatementNamesItsSessions(t *testing.T) {
	was, is := 2.0, 0.1
	v := advisor.Verdict{Subject: "SELECT", Outcome: advisor.OutcomeBetter, SessionsBefore: &was, SessionsAfter: &is}
	if got, want := timesOf(v), "sessions in it, sampled, 2 → 0.1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
