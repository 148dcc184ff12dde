package collectors

import (
	"time"

	"mltop/internal/db"
)

// A CounterRate is what one of a server's own counters does now, beside what
// it did since it began. Gauges have neither.
type CounterRate struct {
	db.Counter
	Now  *float64 // a second, since the section before; nil at first
	Mean *float64 // a second, since the totals began
}

// counterRates sets a server's counters beside those of the look before.
func counterRates(before *db.Stats, now db.Stats) []CounterRate {
	list := serverTotals(now)
	if len(now.Counters) == 0 {
		return nil // a file counts nothing of its own
	}
	old := map[string]db.Counter{}
	dt := 0.0
	if before != nil {
		dt = now.At.Sub(before.At).Seconds()
		for _, c := range serverTotals(*before) {
			old[c.Name] = c
		}
	}
	out := make([]CounterRate, 0, len(list))
	for _, c := range list {
		out = append(out, rateOf(c, old, dt, now.At.Sub(now.Since)))
	}
	return out
}

// serverTotals are what all servers count, and behind that what this one does.
func serverTotals(s db.Stats) []db.Counter {
	var out []db.Counter
	for _, t := range []struct {
		name, label, unit string
		total             *float64
	}{{"queries", "statements", "", s.Queries}, {"query_seconds", "time in statements", "seconds", s.QuerySeconds}, {"commits", "transactions", "", s.Commits}} {
		if t.total != nil {
			out = append(out, db.Counter{Name: t.name, Label: t.label, Unit: t.unit, Value: *t.total})
		}
	}
	return append(out, s.Counters...)
}

func rateOf(c db.Counter, old map[string]db.Counter, dt float64, since time.Duration) CounterRate {
	r := CounterRate{Counter: c}
	if c.Gauge {
		return r
	}
	if b, ok := old[c.Name]; ok && dt > 0 && c.Value >= b.Value {
		r.Now = ratio(c.Value-b.Value, dt)
	}
	if s := since.Seconds(); s > 0 && s < longestSince.Seconds() {
		r.Mean = ratio(c.Value, s)
	}
	return r
}

// longestSince: no server has run for so long; its beginning is not known.
const longestSince = 50 * 365 * 24 * time.Hour
