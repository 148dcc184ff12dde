package main

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// compareSnapshots sets a snapshot beside an earlier one. It is pure.
func compareSnapshots(before, now snapshotDoc, limits []limit) []comparedDoc {
	var out []comparedDoc
	out = append(out, compareRequests(before, now, limits)...)
	out = append(out, compareRoutes(before, now, limits)...)
	out = append(out, compareStatements(before.Statements, now.Statements, limits)...)
	size := comparedDoc{Metric: "size", Unit: "bytes", Baseline: sizeOf(before), Now: sizeOf(now)}
	if size.Baseline != nil || size.Now != nil || limited(limits, "size") {
		out = append(out, size.judge(limits, ""))
	}
	return out
}

func limited(limits []limit, metric string) bool {
	return slices.ContainsFunc(limits, func(l limit) bool { return l.metric == metric })
}

func sizeOf(d snapshotDoc) *float64 {
	if d.Database == nil {
		return nil
	}
	return floatOf(d.Database.FileBytes)
}

// compareRequests compares what is said of all requests together.
func compareRequests(before, now snapshotDoc, limits []limit) []comparedDoc {
	if before.Requests == nil && now.Requests == nil && len(limits) == 0 {
		return nil
	}
	a, b := orNoRequests(before.Requests), orNoRequests(now.Requests)
	var out []comparedDoc
	none := whyNoRequests(before, now)
	for _, c := range []comparedDoc{
		{Metric: "p50", Unit: "seconds", Baseline: a.P50, Now: b.P50}, {Metric: "p95", Unit: "seconds", Baseline: a.P95, Now: b.P95},
		{Metric: "p99", Unit: "seconds", Baseline: a.P99, Now: b.P99}, {Metric: "mean", Unit: "seconds", Baseline: a.Mean, Now: b.Mean},
		{Metric: "max", Unit: "seconds", Baseline: a.Max, Now: b.Max}, {Metric: "errors", Unit: "ratio", Baseline: a.ErrorRatio, Now: b.ErrorRatio},
	} {
		out = append(out, c.judge(limits, firstWord(none, tooFewCalls(c.Metric, a.Total, b.Total))))
	}
	// No requests at all are a throughput of 0, which is a value.
	through := comparedDoc{Metric: "throughput", Unit: "per_second", Baseline: a.PerSecond, Now: b.PerSecond}
	out = append(out, through.judge(limits, none))
	return slices.DeleteFunc(out, func(c comparedDoc) bool { return c.Baseline == nil && c.Now == nil && c.Limit == nil })
}

// whyNoRequests says which of two snapshots has seen no requests, and what gives
// it some; "" where both have.
func whyNoRequests(before, now snapshotDoc) string {
	switch {
	case now.Requests == nil:
		return "no requests are seen now: " + now.Errors["requests"]
	case before.Requests == nil:
		return "the baseline has no requests: " + firstWord(before.Errors["requests"], "it does not say why") + "; then take it anew"
	}
	return ""
}

func orNoRequests(d *requestsDoc) requestsDoc {
	if d == nil {
		return requestsDoc{}
	}
	return *d
}

// mostCompared rows of routes, and of statements, are those that moved most.
const mostCompared = 20

func compareRoutes(before, now snapshotDoc, limits []limit) []comparedDoc {
	earlier := map[string]routeDoc{}
	for _, r := range orNoRequests(before.Requests).Routes {
		earlier[routeText(r)] = r
	}
	var out []comparedDoc
	for _, r := range orNoRequests(now.Requests).Routes {
		was, ok := earlier[routeText(r)]
		few := tooFewCalls("route-p95", was.Count, r.Count)
		if !ok || few != "" {
			continue // a rare or a new route is no regression
		}
		c := comparedDoc{Metric: "route-p95", Subject: routeText(r), Unit: "seconds", Baseline: was.P95, Now: r.P95}
		out = append(out, c.judge(limits, ""))
	}
	return orNone(most(out), "route-p95", firstWord(whyNoRequests(before, now), "no route was called often enough before and now"), limits)
}

func routeText(r routeDoc) string {
	if r.Method == nil {
		return r.Route
	}
	return *r.Method + " " + r.Route
}

func compareStatements(before, now []statementDoc, limits []limit) []comparedDoc {
	earlier := map[string]statementDoc{}
	for _, s := range before {
		earlier[s.Fingerprint] = s
	}
	var out []comparedDoc
	for _, s := range now {
		was, ok := earlier[s.Fingerprint]
		if ok && sameCounters(was, s) {
			s = s.since(was)
		}
		if !ok || s.Calls == nil || was.Calls == nil || tooFewCalls("query-mean", *was.Calls, *s.Calls) != "" {
			continue
		}
		c := comparedDoc{Metric: "query-mean", Subject: firstWord(s.Name, s.Text), Unit: "seconds", Baseline: was.Mean, Now: s.Mean}
		if c.Baseline != nil && c.Now != nil {
			out = append(out, c.judge(limits, ""))
		}
	}
	return orNone(most(out), "query-mean", "no statement was called often enough before and now", limits)
}

// startsApart is how far apart two looks may tell the start of the same counters:
// some servers know it to the second.
const startsApart = 2 * time.Second

// sameCounters reports numbers that are both all that the same counters have
// counted: the later ones hold the earlier ones.
func sameCounters(was, now statementDoc) bool {
	for _, d := range []statementDoc{was, now} {
		if d.Since == nil || d.EverCalls == nil || d.EverMean == nil || d.Calls == nil || float64(*d.Calls) != *d.EverCalls {
			return false
		}
	}
	return was.Since.Sub(*now.Since).Abs() < startsApart && *was.Calls <= *now.Calls
}

// since is what was counted between two looks at the same counters.
func (d statementDoc) since(was statementDoc) statementDoc {
	calls := *d.Calls - *was.Calls
	mean := (*d.EverMean*float64(*d.Calls) - *was.EverMean*float64(*was.Calls)) / float64(calls)
	d.Calls, d.Mean = &calls, finite(mean)
	return d
}

// orNone lets a limit on nothing be seen.
func orNone(list []comparedDoc, metric, why string, limits []limit) []comparedDoc {
	if len(list) > 0 || !limited(limits, metric) {
		return list
	}
	return []comparedDoc{comparedDoc{Metric: metric, Unit: "seconds"}.judge(limits, why)}
}

// most keeps what is broken and what moved most.
func most(list []comparedDoc) []comparedDoc {
	slices.SortStableFunc(list, func(a, b comparedDoc) int {
		if (a.Outcome == outcomeBroken) != (b.Outcome == outcomeBroken) {
			return map[bool]int{true: -1, false: 1}[a.Outcome == outcomeBroken]
		}
		return cmp.Compare(moved(b), moved(a))
	})
	kept := 0
	for kept < len(list) && (kept < mostCompared || list[kept].Outcome == outcomeBroken) {
		kept++
	}
	return list[:kept]
}

// moved is how far, in either direction.
func moved(c comparedDoc) float64 {
	if c.Change == nil {
		return 0
	}
	return math.Abs(*c.Change)
}
