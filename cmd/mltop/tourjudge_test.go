package main

import (
	"strings"
	"testing"
	"time"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/stat"
)

// second is one second's requests of some routes, n each, of one length.
func second(start time.Time, n int, lengths map[collectors.Route]float64) collectors.Sample {
	b := collectors.RequestBucket{Start: start, Width: time.Second}
	b.Total.Latency = &stat.Sketch{}
	for r, length := range lengths {
		g := collectors.Group{Count: uint64(n), StatusCount: uint64(n), Latency: &stat.Sketch{}}
		for range n {
			g.Latency.Add(length)
			b.Total.Latency.Add(length)
		}
		b.Total.Count += uint64(n)
		b.Routes = append(b.Routes, collectors.RouteGroup{Route: r, Group: g})
	}
	at := start.Add(1300 * time.Millisecond)
	source := collectors.RequestSource{Kind: "table", Name: "request_logs", Resolution: time.Millisecond}
	return collectors.Sample{Time: at, Sections: []collectors.Section{
		&collectors.Requests{At: at, Source: source, Buckets: []collectors.RequestBucket{b}, State: "ok"}}}
}

func TestTheTourJudgesAsTheDashboardDoes(t *testing.T) {
	light, heavy := collectors.Route{Method: "GET", Path: "/light"}, collectors.Route{Method: "GET", Path: "/heavy"}
	start := time.Unix(1_700_000_000, 0)
	h := collectors.NewHistory(0)
	const changed = 60 // seconds behind the start
	for i := range 2 * changed {
		length := 0.4
		if i > changed {
			length = 0.01
		}
		h.Put(second(start.Add(time.Duration(i)*time.Second), 10, map[collectors.Route]float64{light: 0.002, heavy: length}))
	}
	e := advisor.Entry{ID: "1", State: advisor.EntryApplied, SettledAt: start.Add(changed * time.Second), Routes: []string{light.String(), heavy.String()}}
	v := judged(h, e)
	if v.Subject != heavy.String() || v.Outcome != advisor.OutcomeBetter {
		t.Errorf("judged by %q: %q; want by the route that spent the most before, which got better", v.Subject, v.Outcome)
	}
	// The second of the change itself holds calls of both sides: 10 of 400 ms.
	if v.AfterMean > 0.011 {
		t.Errorf("the mean afterwards is %.3f s: the second of the change is counted", v.AfterMean)
	}
	if none := judged(h, advisor.Entry{Title: "an index", State: advisor.EntryApplied, SettledAt: e.SettledAt}); none.Outcome != advisor.OutcomeUnseen {
		t.Errorf("a change without routes: got %q, want %q", none.Outcome, advisor.OutcomeUnseen)
	}
}

func TestTheDoctorNamesAnUnfinishedChange(t *testing.T) {
	entries := []advisor.Entry{
		{ID: "1", State: advisor.EntryApplied, Title: "index on a"},
		{ID: "2", State: advisor.EntryApplying, Title: "index on b", Note: "unfinished: mltop ended"},
		{ID: "3", State: advisor.EntryUndoing, Title: "index on c"},
	}
	got := unfinishedChecks(entries)
	if len(got) != 1 || got[0].Seen || !strings.Contains(got[0].Text, "2 (index on b)") || got[0].Remedy == "" {
		t.Errorf("got %+v, want one that names entry 2 alone: another mltop works on 3", got)
	}
}
