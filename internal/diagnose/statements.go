package diagnose

import (
	"fmt"
	"math"
	"time"

	"mltop/collectors"
	"mltop/internal/units"
)

// A statement dominates from this share of all statements' time, if they take
// this much of a second at all.
const (
	dominantShare = 0.6
	dominantLoad  = 0.05
)

// dominant finds one statement that takes most of the database's time.
func dominant(f *facts) []Finding {
	s, share, load, ok := dearest(f.statementsSinceChange())
	if !ok || share < dominantShare || load < dominantLoad || s.Calls < enoughRequests {
		return nil
	}
	text := fmt.Sprintf("one statement takes %s of all statements' time: %s", percent(share), f.label(s.Fingerprint))
	if scan := f.scan(s.Fingerprint); scan != "" {
		text += ", scanning " + scan
	}
	return []Finding{{
		Rule: "dominant", Level: Warn, View: "queries", Fingerprint: s.Fingerprint, Weight: load, Text: text,
		Against: []string{fmt.Sprintf("%s of %s each: it may simply be called often", units.Plural(int(s.Calls), "call"), seconds(s.Latency.Mean()))},
	}}
}

// dearest is the live statement that takes most of a second, and its part of
// what all take; ok is false of fewer than two: the only one always takes all.
// Sources differ in the span that they have seen, so each is counted by its own.
func dearest(list []collectors.StatementWindow) (best collectors.StatementWindow, share, load float64, ok bool) {
	live, all := 0, 0.0
	for _, s := range list {
		x := s.Concurrency()
		if !s.Source.Live || s.Fingerprint == "" || math.IsNaN(x) {
			continue
		}
		live, all = live+1, all+x
		if x > load || live == 1 {
			best, load = s, x
		}
	}
	return best, load / all, load, live >= 2 && all > 0
}

// manyCallsFrom is where a statement in a loop stops being by design.
const manyCallsFrom = 10

// manyCalls finds one statement that is run many times for each request (N+1)
// and that costs something, as far as both were seen together.
func manyCalls(f *facts) (out []Finding) {
	w, ok := f.requests()
	if !ok {
		return nil
	}
	both := f.bothSeen(w)
	for _, l := range f.now.Links {
		if l.CallsPerRequest < manyCallsFrom || f.writesLog(l.Fingerprint) {
			continue
		}
		g, seen := routeNamed(both, l.Route)
		spent := l.CallsPerRequest * meanNow(both, l)
		share := spent / g.Latency.Mean()
		if g.Count < enoughRequests || g.Latency.Mean() < notableSeconds || share < ownShare || share > mostShare {
			continue
		}
		x := Finding{
			Rule: "n+1", Level: Warn, View: "queries", Route: g.Route, Fingerprint: l.Fingerprint,
			Weight: spent * float64(g.Count) / seen,
			Text: fmt.Sprintf("%s runs one statement %s times a request, %s of its time: %s",
				l.Route, units.SI(l.CallsPerRequest), percent(min(1, share)), f.label(l.Fingerprint)),
			Against: []string{"an index makes each call shorter, only the application can make fewer"},
		}
		if !l.Sure {
			x.Against = append(x.Against, "calls a request are inferred "+l.How)
		}
		out = append(out, x)
	}
	return out
}

// routeNamed is a route of the first source, and the span that it is of.
func routeNamed(w collectors.Window, name string) (g collectors.RouteGroup, seconds float64) {
	if len(w.Requests) == 0 {
		return g, 0
	}
	for _, r := range w.Requests[0].Routes {
		if r.Route.String() == name {
			return r, w.Requests[0].Seconds
		}
	}
	return g, 0
}

// planFlips finds statements whose plan changed in the last hour.
func planFlips(f *facts) (out []Finding) {
	for _, e := range f.in.History.Events(f.in.Now, time.Hour) {
		if e.Kind != "plan" {
			continue
		}
		x := Finding{
			Rule: "plan flip", Level: Warn, View: "queries",
			Text:    fmt.Sprintf("a plan changed %s ago: %s", seconds(f.in.Now.Sub(e.At).Seconds()), e.Text),
			Against: []string{"a new plan is often the better one"},
		}
		if e.Ours {
			x.Level, x.Against = OK, []string{"mltop's own change did that"}
		}
		out = append(out, x)
	}
	return out
}
