package diagnose

import (
	"fmt"
	"math"

	"mltop/collectors"
	"mltop/internal/units"
)

// Fewer requests than this say nothing of a route: three slow ones of five
// are chance.
const enoughRequests = 20

// enoughEvents is how many requests must have been slow, or have failed.
const enoughEvents = 5

// slowerBy is where a change becomes worth a sentence; muchSlower is where it
// becomes worth a night.
const (
	slowerBy   = 2.0
	muchSlower = 5.0
)

// notableSeconds: below this nobody waits, however many times slower it is.
const notableSeconds = 0.010

// leastSeconds is what a latency that was logged as 0 ms may have been: many
// logs cut off at whole milliseconds.
const leastSeconds = 0.001

const slowRouteRule = "slow route"

// routesNamed keeps one sick database from filling the screen with routes.
const routesNamed = 3

// slowRoutes finds routes that are much slower than they were.
func slowRoutes(f *facts) (out []Finding) {
	w, ok := f.requestsSinceChange()
	if !ok {
		return nil
	}
	for _, r := range w.Routes {
		if len(out) == routesNamed {
			break
		}
		if x, ok := slowRoute(f, w, r); ok {
			out = append(out, x)
		}
	}
	return out
}

func slowRoute(f *facts, w collectors.RequestWindow, r collectors.RouteGroup) (Finding, bool) {
	for _, b := range f.past {
		then, ok := b.route(r.Route)
		if !ok || !slower(r.Group, then) {
			continue
		}
		by := p95(r.Group) / p95(then)
		x := Finding{
			Rule: slowRouteRule, Level: Warn, Route: r.Route, View: "requests",
			Text:   fmt.Sprintf("%s is %s slower than %s", r.Route, units.Times(by), b.than) + fromUnder(r.Group, then),
			Weight: (r.Latency.Mean() - then.Latency.Mean()) * float64(r.Count) / w.Seconds,
		}
		if by >= muchSlower {
			x.Level = Crit
		}
		explainSlow(f, &x, w, r, then)
		return x, true
	}
	return Finding{}, false
}

// p95 of requests, as far as a log of whole milliseconds tells it.
func p95(g collectors.Group) float64 {
	return max(g.Latency.Quantile(0.95), leastSeconds)
}

// fromUnder says both times where the earlier one was too short to be told:
// the factor is then only the least that it can be.
func fromUnder(now, then collectors.Group) string {
	if then.Latency.Quantile(0.95) >= leastSeconds {
		return ""
	}
	return fmt.Sprintf(" (from under %s to %s)", seconds(leastSeconds), seconds(p95(now)))
}

// slower reports that a route's P95 rose, by more than chance: under the old
// distribution one request in twenty is over the old P95; four standard
// deviations more than that is no chance (binomial, normal approximation).
func slower(now, then collectors.Group) bool {
	n := float64(now.Latency.Count())
	if n < enoughRequests || then.Latency.Count() < enoughRequests {
		return false
	}
	a, b := p95(then), p95(now)
	if b < slowerBy*a || b-a < notableSeconds {
		return false
	}
	// The sketch knows values to 1 %: only what is clearly over counts.
	over := float64(above(now.Latency, 1.03*a))
	return over >= enoughEvents && over > 0.05*n+4*math.Sqrt(n*0.05*0.95)
}

// ownShare is the part of a route's time, or of the database's, from which a
// statement is named as the cause.
const ownShare = 0.3

// explainSlow adds the cause, where it is seen, and what speaks against.
func explainSlow(f *facts, x *Finding, w collectors.RequestWindow, r collectors.RouteGroup, then collectors.Group) {
	x.Against = append(x.Against, fmt.Sprintf("%s now against %s then", units.Plural(int(r.Count), "request"), units.SI(float64(then.Count))))
	c, ok := f.causeOf(r.Route, w)
	switch {
	case c.share > mostShare:
		x.Against = append(x.Against, "its statements seem to take longer than its requests: what is logged of them does not fit together, so the cause is not known")
	case !ok:
		x.Against = append(x.Against, f.blindToStatements())
	case c.share < ownShare && c.load >= dominantLoad && c.ofAll >= ownShare:
		x.Fingerprint, x.View = c.fingerprint, "queries"
		x.Text += fmt.Sprintf(": %s of the database's time goes to one statement%s", percent(c.ofAll), c.does())
		x.Against = append(x.Against, "the statement itself takes "+percent(c.share)+" of a request: the rest is waiting for it, or lies outside the database")
	case c.share < ownShare:
		x.Against = append(x.Against, "its statements take only "+percent(c.share)+" of the time: the cause lies outside the database")
	default:
		x.Fingerprint, x.View = c.fingerprint, "queries"
		x.Text += fmt.Sprintf(": %s of it is one statement%s", percent(c.share), c.does())
		if !c.sure {
			x.Against = append(x.Against, "which statement belongs to the route is inferred "+c.how)
		}
	}
	if cpu := mean(f.lately(collectors.MetricCPU)); cpu > f.limits.CPURatio {
		x.Against = append(x.Against, "the processor is "+percent(cpu)+" busy: everything is slower")
	}
}

func (c cause) does() string {
	switch {
	case c.scans != "" && c.calls >= manyCallsFrom:
		return fmt.Sprintf(", run %s times a request, scanning %s", units.SI(c.calls), c.scans)
	case c.scans != "":
		return " scanning " + c.scans
	case c.calls >= manyCallsFrom:
		return fmt.Sprintf(", run %s times a request: %s", units.SI(c.calls), c.label)
	}
	return ": " + c.label
}

func (f *facts) blindToStatements() string {
	for _, s := range f.now.Statements {
		if s.Source.Live {
			return "no statement is known to belong to this route"
		}
	}
	return "statements are not seen live here, so the cause is not known"
}

// passed reports which thresholds requests as a whole pass, be there enough of
// them to judge or not.
func (f *facts) passed(t collectors.Group) (slow, failing bool) {
	slow = t.Latency.Count() > 0 && t.Latency.Quantile(0.95) > f.limits.P95Seconds
	return slow, float64(failed(t)) > f.limits.ErrorRatio*float64(t.StatusCount)
}

// slowAll finds that requests as a whole are over the threshold.
func slowAll(f *facts) []Finding {
	w, ok := f.requests()
	limit := f.limits.P95Seconds
	if passed, _ := f.passed(w.Total); !ok || !passed || w.Total.Latency.Count() < enoughRequests {
		return nil
	}
	slow := above(w.Total.Latency, limit)
	if slow < enoughEvents {
		return nil
	}
	p95 := w.Total.Latency.Quantile(0.95)
	x := Finding{
		Rule: "p95", Level: Warn, View: "requests", Weight: float64(slow) * limit / w.Seconds,
		Text:    fmt.Sprintf("P95 is %s, over the threshold of %s", seconds(p95), seconds(limit)),
		Against: []string{fmt.Sprintf("%d of %s were slower; half take under %s", slow, units.Plural(int(w.Total.Count), "request"), seconds(w.Total.Latency.Quantile(0.5)))},
	}
	if p95 >= slowerBy*limit {
		x.Level = Crit
	}
	if r, ok := slowest(w); ok {
		x.Route, x.Text = r.Route, x.Text+": most of the time goes to "+r.Route.String()
	}
	return []Finding{x}
}

func slowest(w collectors.RequestWindow) (r collectors.RouteGroup, ok bool) {
	if len(w.Routes) == 0 {
		return r, false
	}
	r = w.Routes[0] // by share of time
	return r, r.Latency.Sum() >= 0.3*w.Total.Latency.Sum()
}

// failures finds that more requests fail than the threshold allows, whichever
// way they do. Enough of 5xx alone is worse: that is the server itself.
func failures(f *facts) []Finding {
	w, ok := f.requests()
	t := w.Total
	n := failed(t)
	over := func(n uint64) bool {
		return n >= enoughEvents && float64(n) > f.limits.ErrorRatio*float64(t.StatusCount)
	}
	if !ok || t.StatusCount < enoughRequests || !over(n) {
		return nil
	}
	x := Finding{Rule: "errors", Level: Warn, View: "requests", Weight: float64(n) / w.Seconds, Text: failureText(t)}
	if over(t.ServerErrors) {
		x.Level = Crit
	}
	if t.ServerErrors > 0 {
		x.Against = append(x.Against, "behind 5xx the requests may be at fault, not the server")
	}
	if t.ClientErrors > 0 {
		x.Against = append(x.Against, "4xx is usually the caller's doing: a scanner, an expired token, a changed API")
	}
	for _, r := range w.Routes {
		if 2*failed(r.Group) > n {
			x.Route, x.Text = r.Route, x.Text+", most of them "+r.Route.String()
		}
	}
	return []Finding{x}
}

func failed(g collectors.Group) uint64 { return g.ServerErrors + g.ClientErrors }

// failureText says the share of all failures, and of each class where there
// are two.
func failureText(t collectors.Group) string {
	part := func(n uint64) string { return percent(float64(n) / float64(t.StatusCount)) }
	of := fmt.Sprintf(" (%d of %d)", failed(t), t.StatusCount)
	switch {
	case t.ClientErrors == 0:
		return part(t.ServerErrors) + " of requests fail with 5xx" + of
	case t.ServerErrors == 0:
		return part(t.ClientErrors) + " of requests are refused with 4xx" + of
	}
	return fmt.Sprintf("%s of requests end in an error: %s with 5xx, %s with 4xx%s", part(failed(t)), part(t.ServerErrors), part(t.ClientErrors), of)
}

// requestRate finds more traffic than the user expects, when a threshold is
// set.
func requestRate(f *facts) []Finding {
	w, ok := f.requests()
	limit := f.limits.RequestsPerSecond
	if !ok || limit <= 0 || float64(w.Total.Count)/w.Seconds <= limit {
		return nil
	}
	return []Finding{{
		Rule: "request rate", Level: Warn, View: "requests",
		Text:    fmt.Sprintf("%s requests/s, over the threshold of %s", units.Digits(float64(w.Total.Count)/w.Seconds), units.Digits(limit)),
		Against: []string{"traffic is not trouble as long as P95 and errors hold"},
	}}
}
