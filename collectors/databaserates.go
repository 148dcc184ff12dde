package collectors

import (
	"maps"
	"time"

	"mltop/internal/db"
)

// databaseOf turns totals into rates; before is nil the first time. Every
// rate that cannot be given has its reason in Missing.
func databaseOf(before *db.Stats, now db.Stats) *Database {
	d := &Database{At: now.At, Stats: now, Missing: maps.Clone(now.Missing)}
	if d.Missing == nil {
		d.Missing = map[string]string{}
	}
	r := rater{now: now, missing: d.Missing}
	if before != nil && before.Unread {
		before = nil // nothing to compare with
	}
	if before != nil && anewSince(*before, now) {
		before, r.anew = nil, true
	}
	if before != nil {
		r.before, r.dt = *before, now.At.Sub(before.At)
		d.Interval = r.dt
	}
	b, n := r.before, now
	d.QueriesPerSecond = r.rate("queries_per_second", "queries", b.Queries, n.Queries)
	d.CommitsPerSecond = r.rate("commits_per_second", "commits", b.Commits, n.Commits)
	d.FileBytesPerSecond = r.growth(b.FileBytes, n.FileBytes)
	d.MeanQuerySeconds = r.quotient("mean_query_seconds", "query_seconds", "no query in this interval",
		b.QuerySeconds, n.QuerySeconds, b.Queries, n.Queries)
	d.CacheHitRatio = r.quotient("cache_hit_ratio", "cache_hits", "no page was read in this interval",
		b.CacheHits, n.CacheHits, b.CacheReads, n.CacheReads)
	d.BusyRatio = r.quotient("busy_ratio", "busy", "nothing was read in this interval",
		b.Busy, n.Busy, b.Polls, n.Polls)
	d.ConnectionPoolRatio = r.pool()
	d.Counters = counterRates(before, now)
	return d
}

// A rater compares two readings of totals.
type rater struct {
	before, now db.Stats
	dt          time.Duration
	missing     map[string]string
	anew        bool // the totals began again between the two
}

// sinceJitter is how far two readings of one beginning may be apart: MariaDB
// tells its age in whole seconds.
const sinceJitter = 3 * time.Second

// anewSince tells a server that was started again, or reset, whose totals
// may have passed the old ones already.
func anewSince(before, now db.Stats) bool {
	return !before.Since.IsZero() && now.Since.Sub(before.Since) > sinceJitter
}

// reason says why a total is not measured.
func reason(s db.Stats, field string) string {
	if why := s.Missing[field]; why != "" {
		return why
	}
	return "this engine does not count it"
}

// delta is what a total rose by; why is "" if that is known.
func (r rater) delta(field string, before, now *float64) (v float64, why string) {
	switch {
	case now == nil:
		return 0, reason(r.now, field)
	case r.anew:
		return 0, "the counter began anew"
	case before == nil || r.dt <= 0:
		return 0, "first reading: a rate needs two"
	case *now < *before:
		return 0, "the counter began anew"
	}
	return *now - *before, ""
}

func (r rater) rate(name, field string, before, now *float64) *float64 {
	v, why := r.delta(field, before, now)
	if why != "" {
		note(r.missing, name, why)
		return nil
	}
	v /= r.dt.Seconds()
	return &v
}

// quotient divides what one total rose by by what another did.
func (r rater) quotient(name, field, idle string, b1, n1, b2, n2 *float64) *float64 {
	a, why := r.delta(field, b1, n1)
	if why == "" {
		var b float64
		if b, why = r.delta(field, b2, n2); why == "" && b > 0 {
			return ratio(a, b)
		}
	}
	if why == "" {
		why = idle
	}
	note(r.missing, name, why)
	return nil
}

// growth may be negative: a VACUUM makes a file smaller.
func (r rater) growth(before, now *int64) *float64 {
	if before == nil || now == nil || r.dt <= 0 {
		note(r.missing, "file_bytes_per_second", "first reading: a rate needs two")
		return nil
	}
	v := float64(*now-*before) / r.dt.Seconds()
	return &v
}

func (r rater) pool() *float64 {
	used, allowed := r.now.ConnectionsUsed, r.now.ConnectionsAllowed
	if used == nil || allowed == nil || *allowed <= 0 {
		note(r.missing, "connection_pool_ratio", reason(r.now, "connections_used"))
		return nil
	}
	return ratio(*used, *allowed)
}
