package ui

import (
	"math"
	"time"

	"mltop/advisor"
	"mltop/collectors"
)

// sampledSettles is how long behind a change looks may still be of the time
// before it: they are added up once a second, and of a second ago.
const sampledSettles = 3 * time.Second

// judgeSampled judges a change by the time that sessions are in a statement.
func judgeSampled(h *collectors.History, label, fingerprint string, at, until time.Time) advisor.Verdict {
	return advisor.JudgeSampled(label, loads(h, fingerprint, at.Add(-judgeBefore), at), loads(h, fingerprint, at.Add(sampledSettles), until))
}

// loads are what was seen of a sampled statement, beside what the server ran.
func loads(h *collectors.History, fingerprint string, from, to time.Time) []advisor.Load {
	looks, served := h.Looks(fingerprint, from, to), servedBy(h, to)
	out := make([]advisor.Load, 0, len(looks))
	for _, b := range looks {
		l := advisor.Load{Start: b.Start, Width: b.Width, Busy: b.Latency.Sum(), Served: math.NaN()}
		if served != "" {
			l.Served = b.Width.Seconds() * h.Series(collectors.Metric{Name: served}, b.Start.Add(b.Width), b.Width, 1)[0]
		}
		out = append(out, l)
	}
	return out
}

// servedBy is what tells how much a server does: its statements, or else its
// transactions; "" where it counts neither.
func servedBy(h *collectors.History, to time.Time) collectors.MetricName {
	for _, m := range []collectors.MetricName{collectors.MetricQueryRate, collectors.MetricCommits} {
		if peak := h.Peak(collectors.Metric{Name: m}, to, judgeBefore); peak > 0 {
			return m
		}
	}
	return ""
}
