package diagnose

import (
	"fmt"
	"mltop/internal/units"
	"time"
)

// A statement dominates from this share of all statements' time, if they take
// this much of a second at all.
const (
	dominantShare = 0.6
	dominantLoad  = 0.05
)

// dominant finds one statement that takes most of the database's time.
func dominant(f *facts) []Finding {
	live, best := 0, -1
	for i, s := range f.now.Statements {
		if !s.Source.Live || s.Fingerprint == "" {
			continue
		}
		live++
		if best < 0 || s.Share > f.now.Statements[best].Share {
			best = i
		}
	}
	if live < 2 { // the only statement always takes all of the time
		return nil
	}
	s := f.now.Statements[best]
	load := s.Latency.Sum() / f.window.Seconds()
	if !(s.Share >= dominantShare) || load < dominantLoad || s.Calls < enoughRequests {
		return nil
	}
	text := fmt.Sprintf("one statement takes %s of all statements' time: %s", percent(s.Share), f.label(s.Fingerprint))
	if scan := f.scan(s.Fingerprint); scan != "" {
		text += ", scanning " + scan
	}
	return []Finding{{
		Rule: "dominant", Level: Warn, View: "queries", Fingerprint: s.Fingerprint, Weight: load, Text: text,
		Against: []string{fmt.Sprintf("%s of %s each: it may simply be called often", units.Plural(int(s.Calls), "call"), seconds(s.Latency.Mean()))},
	}}
}

// manyCallsFrom is where a statement in a loop stops being by design.
const manyCallsFrom = 10

// manyCalls finds one statement that is run many times for each request (N+1)
// and that costs something.
func manyCalls(f *facts) (out []Finding) {
	w, ok := f.requests()
	if !ok {
		return nil
	}
	for _, l := range f.now.Links {
		if l.CallsPerRequest < manyCallsFrom {
			continue
		}
		for _, r := range w.Routes {
			if r.Route.String() != l.Route || r.Count < enoughRequests || l.Seconds < 0.3*r.Latency.Mean() || r.Latency.Mean() < notableSeconds {
				continue
			}
			x := Finding{
				Rule: "n+1", Level: Warn, View: "queries", Route: r.Route, Fingerprint: l.Fingerprint,
				Weight: l.Seconds * float64(r.Count) / w.Seconds,
				Text: fmt.Sprintf("%s runs one statement %s times a request, %s of its time: %s",
					r.Route, units.SI(l.CallsPerRequest), percent(min(1, l.Seconds/r.Latency.Mean())), f.label(l.Fingerprint)),
				Against: []string{"an index makes each call shorter, only the application can make fewer"},
			}
			if !l.Sure {
				x.Against = append(x.Against, "calls a request are inferred "+l.How)
			}
			out = append(out, x)
		}
	}
	return out
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
