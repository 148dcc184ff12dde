package main

import (
	"math"
	"sort"

	"mltop/collectors"
	"mltop/internal/stat"
)

// totals sums up a whole request log, beyond the day that History keeps.
type totals struct {
	source collectors.RequestSource
	total  collectors.Group
	routes map[collectors.Route]*collectors.Group
}

// put adds a section's requests; a nil t takes in nothing.
func (t *totals) put(s *collectors.Requests) {
	if t == nil {
		return
	}
	if t.routes == nil {
		t.routes = map[collectors.Route]*collectors.Group{}
	}
	t.source = s.Source
	for _, b := range s.Buckets {
		addGroup(&t.total, b.Total)
		for _, r := range b.Routes {
			if t.routes[r.Route] == nil {
				t.routes[r.Route] = &collectors.Group{}
			}
			addGroup(t.routes[r.Route], r.Group)
		}
	}
}

func addGroup(to *collectors.Group, g collectors.Group) {
	to.Count += g.Count
	to.StatusCount += g.StatusCount
	to.ClientErrors += g.ClientErrors
	to.ServerErrors += g.ServerErrors
	if to.Latency == nil {
		to.Latency = &stat.Sketch{}
	}
	to.Latency.Merge(g.Latency)
}

// window is the log from its first row to its last; false when nothing was
// read.
func (t *totals) window() (collectors.RequestWindow, bool) {
	if t == nil || t.routes == nil {
		return collectors.RequestWindow{}, false
	}
	w := collectors.RequestWindow{Source: t.source, Total: t.total, First: t.source.First, Last: t.source.Last}
	w.Seconds = w.Last.Sub(w.First).Seconds()
	for r, g := range t.routes {
		w.Routes = append(w.Routes, collectors.RouteGroup{Route: r, Group: *g})
	}
	sort.Slice(w.Routes, func(i, j int) bool {
		a, b := w.Routes[i], w.Routes[j]
		if x, y := a.Latency.Sum(), b.Latency.Sum(); x != y {
			return x > y
		}
		return a.Route.String() < b.Route.String()
	})
	w.Concurrency = float64(t.total.Count) / w.Seconds * t.total.Latency.Mean()
	if w.Seconds <= 0 {
		w.Concurrency = math.NaN()
	}
	return w, true
}
