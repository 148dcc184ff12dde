package collectors

import (
	"cmp"
	"slices"

	"mltop/internal/stat"
)

// WithPast adds to the statements of a window what their source had written
// down of the time before it; the most time comes first. It changes neither.
func WithPast(list []StatementWindow, past *Statements) []StatementWindow {
	out := slices.Clone(list)
	for _, g := range past.Rows {
		w := StatementWindow{StatementGroup: g, Source: past.Source, Seconds: past.Interval.Seconds()}
		w.Latency = &stat.Sketch{}
		w.Latency.Merge(g.Latency)
		i := slices.IndexFunc(out, func(o StatementWindow) bool { return o.Fingerprint == g.Fingerprint && o.Source == past.Source })
		if i < 0 {
			out = append(out, w)
			continue
		}
		w.Calls, w.Errors, w.Rows, w.Seconds = w.Calls+out[i].Calls, w.Errors+out[i].Errors, w.Rows+out[i].Rows, w.Seconds+out[i].Seconds
		w.Latency.Merge(out[i].Latency)
		out[i] = w
	}
	slices.SortStableFunc(out, func(a, b StatementWindow) int { return cmp.Compare(b.Latency.Sum(), a.Latency.Sum()) })
	shareTime(out)
	return out
}
