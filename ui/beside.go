package ui

import (
	"math"
	"slices"
	"time"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/stat"
)

// mostOthers is how many statements tell what became of the server meanwhile:
// the heaviest ones have most to tell, and each is a walk through the past.
const mostOthers = 8

// compare judges one route or statement by its own times and by what was seen
// beside them.
func (sub subject) compare(h *collectors.History, e advisor.Entry, at, until time.Time) advisor.Verdict {
	from := at.Add(-judgeBefore)
	// The second of the change holds calls of both sides.
	after := h.Buckets(sub.route, sub.fingerprint, at.Add(time.Second), until)
	x := advisor.Beside{Mix: mixes(h.Mixes(sub.route, sub.fingerprint, from, until)), Others: func() map[string][]stat.Bucket {
		return others(h, e, sub.fingerprint, at, until)
	}}
	if sub.fingerprint != "" {
		x.Parts = h.Parts(sub.fingerprint, from, until)
	}
	return advisor.JudgeBeside(sub.name, sub.before, after, x)
}

// mixes says what calls were; a source that never counted a row counts none.
func mixes(list []collectors.Mix) []advisor.Mix {
	counts := slices.ContainsFunc(list, func(m collectors.Mix) bool { return m.Rows > 0 })
	out := make([]advisor.Mix, len(list))
	for i, m := range list {
		out[i] = advisor.Mix{Start: m.Start, Width: m.Width, Calls: float64(m.Calls), Rows: math.NaN(), Refused: float64(m.Refused)}
		if counts {
			out[i].Rows = float64(m.Rows)
		}
	}
	slices.SortStableFunc(out, func(a, b advisor.Mix) int { return a.Start.Compare(b.Start) })
	return out
}

// others are statements of before that a change cannot touch: those that are
// counted whole, and name no table of it. Where none is counted routes stand in
// for them, of which it is known that they run nothing else.
func others(h *collectors.History, e advisor.Entry, subject string, at, until time.Time) map[string][]stat.Bucket {
	if e.Table == "" {
		return nil // it may touch all
	}
	from, w := at.Add(-judgeBefore), h.Window(at, judgeBefore)
	out := map[string][]stat.Bucket{}
	for _, st := range w.Statements {
		if len(out) < mostOthers && st.Fingerprint != subject && countedWhole(st) && untouched(st, e) {
			out[st.Fingerprint] = h.Buckets(collectors.Route{}, st.Fingerprint, from, until)
		}
	}
	if len(out) > 0 || len(w.Requests) == 0 {
		return out
	}
	for _, r := range w.Requests[0].Routes {
		if len(out) < mostOthers && routeUntouched(r.Route.String(), w, e) {
			out[r.Route.String()] = h.Buckets(r.Route, "", from, until)
		}
	}
	return out
}

func countedWhole(w collectors.StatementWindow) bool {
	return w.Fingerprint != "" && w.Source.Live && !w.Source.Sampled && w.Source.Least == 0
}

func untouched(w collectors.StatementWindow, e advisor.Entry) bool {
	return !slices.Contains(e.Fingerprints, w.Fingerprint) && !names(w.Text, e.Table)
}

// routeUntouched reports that all statements that a route is known to run are
// out of a change's reach; of a route without any nothing is known.
func routeUntouched(route string, w collectors.Window, e advisor.Entry) bool {
	known := 0
	for _, l := range w.Links {
		if l.Route != route {
			continue
		}
		i := slices.IndexFunc(w.Statements, func(st collectors.StatementWindow) bool { return st.Fingerprint == l.Fingerprint })
		if i < 0 || !untouched(w.Statements[i], e) {
			return false
		}
		known++
	}
	return known > 0 && !slices.Contains(e.Routes, route)
}
