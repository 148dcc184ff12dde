package loadtest

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"mltop/internal/stat"
	"mltop/internal/units"
	"mltop/internal/wire"
)

// A figure is one number of a run that two sides are compared by.
type figure struct {
	name       string
	moreIsGood bool
	of         func(*wire.Bench) *float64
	ofRoute    func(*wire.BenchRoute) *float64 // nil: not by route
}

func figures() []figure {
	return []figure{
		{"p50", false, func(b *wire.Bench) *float64 { return b.Latency.P50 }, func(r *wire.BenchRoute) *float64 { return r.Latency.P50 }},
		{"p95", false, func(b *wire.Bench) *float64 { return b.Latency.P95 }, func(r *wire.BenchRoute) *float64 { return r.Latency.P95 }},
		{"p99", false, func(b *wire.Bench) *float64 { return b.Latency.P99 }, func(r *wire.BenchRoute) *float64 { return r.Latency.P99 }},
		{"requests_per_second", true, func(b *wire.Bench) *float64 { return &b.PerSecond }, nil},
		{"error_ratio", false, func(b *wire.Bench) *float64 { return b.ErrorRatio }, func(r *wire.BenchRoute) *float64 { return r.ErrorRatio }},
	}
}

// Of all chances to see a difference that is none, 5 % together, the figures
// of the whole get the most: a change there is what people look for first.
const (
	chanceOfAll    = 0.05
	chanceOfWhole  = 0.04
	chanceOfRoutes = 0.01
)

// Compare compares two sides, of which each run counts as one value: requests
// of one run are not independent of each other, runs are. The chances are held
// by Holm's step-down ("A simple sequentially rejective multiple test
// procedure", Scandinavian Journal of Statistics 6, 1979), so that all the
// comparisons together err in 5 % of the cases where nothing differs.
func Compare(before, after []wire.Bench) wire.BenchComparison {
	c := wire.BenchComparison{SchemaVersion: wire.BenchVersion, Before: side(before), After: side(after), Doubts: doubts(before, after)}
	for _, f := range figures() {
		if r, ok := compareRow(f.name, "", values(before, f.of), values(after, f.of), f.moreIsGood); ok {
			c.Rows = append(c.Rows, r)
		}
	}
	whole := len(c.Rows)
	c.Rows = append(c.Rows, routeRows(before, after)...)
	share := chanceOfWhole
	if whole == len(c.Rows) {
		share = chanceOfAll
	}
	hold(c.Rows[:whole], share)
	hold(c.Rows[whole:], chanceOfRoutes)
	c.Verdict = compareVerdict(&c)
	return c
}

func side(runs []wire.Bench) wire.BenchSide {
	s := wire.BenchSide{Runs: []string{}}
	for _, b := range runs {
		s.Runs = append(s.Runs, b.ID)
		s.Scenario, s.Machine = b.Name, b.Machine.Host
	}
	return s
}

func routeRows(before, after []wire.Bench) []wire.BenchRow {
	var out []wire.BenchRow
	for _, route := range commonRoutes(before, after) {
		for _, f := range figures() {
			if f.ofRoute == nil {
				continue
			}
			of := func(b *wire.Bench) *float64 {
				i := slices.IndexFunc(b.Routes, func(r wire.BenchRoute) bool { return r.Name == route })
				return f.ofRoute(&b.Routes[i])
			}
			if r, ok := compareRow(f.name, route, values(before, of), values(after, of), f.moreIsGood); ok {
				out = append(out, r)
			}
		}
	}
	return out
}

// commonRoutes are those of every run, unless there is only one.
func commonRoutes(before, after []wire.Bench) []string {
	all := slices.Concat(before, after)
	count := map[string]int{}
	var names []string
	for _, b := range all {
		for _, r := range b.Routes {
			if count[r.Name]++; count[r.Name] == len(all) {
				names = append(names, r.Name)
			}
		}
	}
	if len(names) < 2 {
		return nil
	}
	return names
}

func values(runs []wire.Bench, of func(*wire.Bench) *float64) []float64 {
	var out []float64
	for i := range runs {
		if v := of(&runs[i]); v != nil {
			out = append(out, *v)
		}
	}
	return out
}

// compareRow compares one figure, unless a side does not have it.
func compareRow(metric, route string, before, after []float64, moreIsGood bool) (wire.BenchRow, bool) {
	r := wire.BenchRow{Metric: metric, Route: route}
	if len(before) == 0 || len(after) == 0 {
		return r, false
	}
	c := stat.Compare(before, after)
	a, b := median(before), median(after)
	r.Before, r.After, r.Delta, r.P = &a, &b, known(c.Delta), c.P
	r.Ratio, r.Low, r.High = known(c.Ratio), known(c.Low), known(c.High)
	r.Better = c.Delta != 0 && (c.Delta > 0) == moreIsGood
	return r, true
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	n := len(v)
	return (v[(n-1)/2] + v[n/2]) / 2
}

// hold adjusts the p-values of a family that may err with a chance of share,
// so that each can be compared with chanceOfAll.
func hold(rows []wire.BenchRow, share float64) {
	order := make([]int, len(rows))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rows[a].P, rows[b].P) })
	least := 0.0
	for rank, i := range order {
		least = max(least, min(1, rows[i].P*float64(len(rows)-rank)*chanceOfAll/share))
		rows[i].Held, rows[i].Shown = least, least <= chanceOfAll
	}
}

// doubts are what speaks against comparing two sides at all.
func doubts(before, after []wire.Bench) []string {
	out := []string{}
	digests, machines := map[string]bool{}, map[string]bool{}
	spoilt, stopped, moved := 0, 0, 0
	for _, b := range slices.Concat(before, after) {
		digests[b.Digest], machines[b.Machine.Host] = true, true
		if b.Generator.Saturated {
			spoilt++
		}
		if b.Stopped != "" {
			stopped++
		}
		if len(b.Moves) > 0 {
			moved++
		}
	}
	for _, d := range []struct {
		so   bool
		text string
	}{
		{len(digests) > 1, "the runs are of different scenarios or loads"},
		{len(machines) > 1, "the runs were made from different machines"},
		{spoilt > 0, fmt.Sprintf("in %d runs the generator was saturated", spoilt)},
		{moved > 0, fmt.Sprintf("in %d runs the rate was changed by keys", moved)},
		{stopped > 0, fmt.Sprintf("%d runs were stopped before their time", stopped)},
		{len(before) > 0 && len(after) > 0 && min(len(before), len(after)) < fewRuns, fmt.Sprintf("%d and %d runs are few: with less than %d a side hardly any difference can be shown", len(before), len(after), fewRuns)},
	} {
		if d.so {
			out = append(out, d.text)
		}
	}
	return out
}

// fewRuns: 5 and 5 runs that do not overlap have a p of 0.008, which stands
// when it is held for five figures; 4 and 4 do not.
const fewRuns = 5

// compareVerdict is the answer in one sentence.
func compareVerdict(c *wire.BenchComparison) wire.BenchFinding {
	var worse, better []string
	for _, r := range c.Rows {
		switch {
		case !r.Shown:
		case r.Better:
			better = append(better, rowText(r))
		default:
			worse = append(worse, rowText(r))
		}
	}
	switch {
	case len(worse) > 0 && len(better) > 0:
		return wire.BenchFinding{Rule: "compare", Level: "warn", Text: "worse: " + strings.Join(worse, ", ") + "; better: " + strings.Join(better, ", ")}
	case len(worse) > 0:
		return wire.BenchFinding{Rule: "compare", Level: "warn", Text: "worse: " + strings.Join(worse, ", ")}
	case len(better) > 0:
		return wire.BenchFinding{Rule: "compare", Level: "info", Text: "better: " + strings.Join(better, ", ")}
	}
	return wire.BenchFinding{Rule: "compare", Level: "info", Text: "no difference shown" + bounds(c)}
}

func rowText(r wire.BenchRow) string {
	name := r.Metric
	if r.Route != "" {
		name = r.Route + " " + name
	}
	if r.Ratio == nil || *r.Ratio == 0 {
		return name
	}
	return name + " " + units.Change(*r.Ratio)
}

// bounds says how large a difference may still be there.
func bounds(c *wire.BenchComparison) string {
	if min(len(c.Before.Runs), len(c.After.Runs)) < fewRuns {
		return ""
	}
	for _, r := range c.Rows {
		if r.Metric == "p50" && r.Low != nil && r.High != nil && !math.IsInf(*r.High, 0) {
			return ": the p50 may have changed by anything from " + units.Change(*r.Low) + " to " + units.Change(*r.High)
		}
	}
	return ""
}
