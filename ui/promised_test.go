package ui

import (
	"testing"
	"time"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/stat"
)

// routeWithStatement is five minutes before a change and so long after it: a
// route of 100 ms, of which 80 ms are the statement's, which then takes 2.
func routeWithStatement(after time.Duration) (h *collectors.History, at time.Time) {
	h, at = collectors.NewHistory(0), noon.Add(5*time.Minute)
	noise := []float64{0.9, 1.1, 1, 0.95, 1.05, 1.02, 0.98}
	for i := 0; !noon.Add(time.Duration(i) * time.Second).After(at.Add(after)); i++ {
		now, took := noon.Add(time.Duration(i)*time.Second), 0.08
		if now.After(at) {
			took = 0.002
		}
		st := collectors.StatementGroup{Fingerprint: slowPrint, Text: slowSQL, Calls: 10, Latency: &stat.Sketch{}}
		all := collectors.Group{Count: 10, Latency: &stat.Sketch{}}
		for k := range 10 {
			st.Latency.Add(took * noise[(i+k)%len(noise)])
			all.Latency.Add((0.02 + took) * noise[(i+k)%len(noise)])
		}
		b := collectors.RequestBucket{Start: now.Add(-time.Second), Width: time.Second, Total: all, Routes: []collectors.RouteGroup{{Route: routeOf("GET /orders/{id}"), Group: all}}}
		h.Put(collectors.Sample{Time: now, Sections: []collectors.Section{
			&collectors.Statements{At: now, Interval: time.Second, Source: collectors.StatementSource{Kind: "query log", Live: true}, Rows: []collectors.StatementGroup{st}},
			&collectors.Requests{At: now, Source: collectors.RequestSource{Kind: "table", Name: "request_logs", Resolution: time.Second}, State: "ok", Backfilled: 1, Buckets: []collectors.RequestBucket{b}},
		}})
	}
	return h, at
}

// A prediction is of a statement, and a route does more: 5 times faster is no
// miss of 40.
func TestTheStatementThatWasPredictedIsComparedBesideItsRoute(t *testing.T) {
	h, at := routeWithStatement(3 * time.Minute)
	e := advisor.Entry{ID: "1", Title: "an index", Table: "orders", Kind: advisor.KindCreateIndex, State: advisor.EntryApplied, SettledAt: at,
		Fingerprints: []string{slowPrint}, Predicted: &advisor.Effect{Before: 0.08, After: 0.002}}
	live := func(string) (string, bool) { return "SELECT … orders", true }
	for _, c := range []struct {
		name    string
		routes  []string
		linked  []collectors.Link
		seen    func(string) (string, bool)
		compare string
	}{
		{"of a route that the advice names", []string{"GET /orders/{id}"}, nil, live, "advice so far: 1 applied, 1 faster; 1 predicted in time: 1 within 2×, 40× in the median, measured 40×; the routes of 1 of them 4.5×"},
		{"of one that is linked", nil, []collectors.Link{{Route: "GET /orders/{id}", Fingerprint: slowPrint}}, live, "advice so far: 1 applied, 1 faster; 1 predicted in time: 1 within 2×, 40× in the median, measured 40×; the routes of 1 of them 4.5×"},
		{"but not where statements are not seen", nil, []collectors.Link{{Route: "GET /orders/{id}", Fingerprint: slowPrint}}, nil, "advice so far: 1 applied, 1 faster; 1 seen by its route alone, which does more than the statement: not compared"},
		{"nor where none leads to it", nil, nil, live, "advice so far: 1 applied, 1 faster; 1 predicted in time: 1 within 2×, 40× in the median, measured 40×"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e.Routes = c.routes
			v := JudgeChange(h, e, Seen{Links: c.linked, Until: at.Add(3 * time.Minute), Live: c.seen})
			e.Verdict = &v
			if got := advisor.TrackOf([]advisor.Entry{e}).Text(); got != c.compare {
				t.Errorf("got  %q\nwant %q; the verdict: %+v", got, c.compare, v)
			}
		})
	}
}

// What was open for the statement when the route was decided is looked at again,
// and recorded once it is decided.
func TestAnOpenVerdictOnTheStatementIsRecordedOnceItIsDecided(t *testing.T) {
	h, at := routeWithStatement(5 * time.Minute)
	e := advisor.Entry{ID: "1", Title: "an index", State: advisor.EntryApplied, SettledAt: at, Fingerprints: []string{slowPrint},
		Routes: []string{"GET /orders/{id}"}, Predicted: &advisor.Effect{Before: 0.08, After: 0.002}}
	now := at.Add(5 * time.Minute)
	decided := advisor.Verdict{Subject: "GET /orders/{id}", OfRoute: true, Outcome: advisor.OutcomeBetter, Text: "as it was decided",
		Statement: &advisor.Verdict{Outcome: advisor.OutcomeNotEnough}}
	s := &State{History: h, last: now, Entries: []advisor.Entry{e}, Verdicts: map[string]advisor.Verdict{"1": decided}, Win: h.Window(now, 5*time.Minute)}
	cmds := s.judge()
	if v := s.Verdicts["1"]; len(cmds) != 1 || v.Text != decided.Text || v.Statement == nil || v.Statement.Outcome != advisor.OutcomeBetter {
		t.Errorf("got %+v, %d to record; want the route's as it stood, the statement's decided, one to record", v, len(cmds))
	}
	if again := s.judge(); len(again) != 0 {
		t.Errorf("a second look records %d more", len(again))
	}
}
