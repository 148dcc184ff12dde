package collectors

import (
	"maps"
	"math"
	"slices"
	"time"

	"mltop/internal/db"
	"mltop/internal/stat"
)

// Latest answers the newest snapshot.
func (h *History) Latest() Snapshot {
	_, newest := h.Range()
	return h.At(newest.Add(time.Second))
}

// At answers the snapshot as it stood at t: for each part the newest section
// taken no later than t. Numbers of buckets are left to Window. Where a whole
// section is no longer kept, System and Database hold the means that are.
func (h *History) At(t time.Time) Snapshot {
	s := Snapshot{
		Time:      t,
		System:    h.systemAt(t),
		Processes: h.processes.at(t),
		Database:  h.withQueries(h.databaseAt(t), t),
		Plans:     h.plans.at(t),
		Errors:    h.errors.at(t),
		Events:    h.Events(t, 0),
	}
	if l := h.links.at(t); l != nil {
		s.Links = l.List
	}
	for _, r := range h.requests {
		if sec := r.sectionAt(t); sec != nil {
			s.Requests = append(s.Requests, sec)
		}
	}
	for _, st := range h.statements {
		if sec := st.sectionAt(t); sec != nil {
			s.Statements = append(s.Statements, sec)
		}
	}
	return s
}

// sectionAt is the source's section as it stood at t. Of a moment before mltop
// attached, of which the source itself has rows, it is made of those.
func (r *requestStream) sectionAt(t time.Time) *Requests {
	sec := r.sections.at(t)
	if sec == nil {
		if !r.started || seconds(t) < float64(r.first) {
			return nil
		}
		sec = &Requests{At: t, Source: r.source, Backfilled: 1, State: "ok"}
	}
	out := *sec
	out.Last = r.recent.at(t)
	return &out
}

// atHand is how old a whole section may be before the finer means replace its
// numbers.
const atHand = 2 * time.Second

func (h *History) systemAt(t time.Time) *System {
	s := h.systems.at(t)
	if s != nil && (t.Sub(s.At) < atHand || s == h.systems.newest()) {
		return s
	}
	out := System{At: t, Missing: map[string]string{}}
	if s != nil {
		out = *s
	}
	known := h.fill(t, map[MetricName]**float64{
		MetricCPU: &out.CPURatio, MetricDiskRead: &out.DiskRead, MetricDiskWrite: &out.DiskWrite,
		MetricNetReceive: &out.NetReceive, MetricNetTransmit: &out.NetTransmit,
	})
	if s == nil && !known {
		return nil
	}
	if newest := h.systems.newest(); s == nil && newest != nil {
		out.Host, out.Local, out.MemTotal = newest.Host, newest.Local, newest.MemTotal
	}
	if m := h.gaugeAt(MetricMemory, t); !math.IsNaN(m) {
		out.MemUsed = uint64(m * float64(out.MemTotal))
	}
	return &out
}

// queriesOver is how much of the past tells the queries of this moment.
const queriesOver = 10 * time.Second

// withQueries gives a database that counts no queries the numbers that a live
// source of statements has.
func (h *History) withQueries(d *Database, t time.Time) *Database {
	if d == nil || d.QueriesPerSecond != nil || d.Stats.Unread {
		return d
	}
	rate, mean := h.queriesAt(t)
	if math.IsNaN(rate) {
		return d
	}
	out := *d
	out.Missing = maps.Clone(d.Missing)
	out.QueriesPerSecond = &rate
	delete(out.Missing, string(MetricQueryRate))
	if !math.IsNaN(mean) {
		out.MeanQuerySeconds = &mean
		delete(out.Missing, string(MetricMeanQuery))
	}
	return &out
}

// queriesAt adds up what the live sources saw in the last seconds; NaN where
// there is none.
func (h *History) queriesAt(t time.Time) (rate, mean float64) {
	rate, all := math.NaN(), tally{}
	for _, s := range h.statements {
		if !s.source.Live || s.source.Sampled {
			continue
		}
		m := s.merged(seconds(t)-queriesOver.Seconds(), seconds(t))
		if m.seconds <= 0 {
			continue
		}
		if math.IsNaN(rate) {
			rate = 0
		}
		rate += float64(m.total.n[0]) / m.seconds
		all.merge(&m.total)
	}
	return rate, all.lat.Mean()
}

func (h *History) databaseAt(t time.Time) *Database {
	d := h.databases.at(t)
	if d != nil && (t.Sub(d.At) < atHand || d == h.databases.newest()) {
		return d
	}
	out := Database{At: t, Missing: map[string]string{}}
	if d != nil {
		out = *d
	}
	known := h.fill(t, map[MetricName]**float64{
		MetricQueryRate: &out.QueriesPerSecond, MetricMeanQuery: &out.MeanQuerySeconds,
		MetricPool: &out.ConnectionPoolRatio, MetricCacheHit: &out.CacheHitRatio,
		MetricCommits: &out.CommitsPerSecond, MetricBusy: &out.BusyRatio,
	})
	if d == nil && !known {
		return nil
	}
	if newest := h.databases.newest(); d == nil && newest != nil {
		out.Stats = db.Stats{At: t, Version: newest.Stats.Version, Name: newest.Stats.Name, Label: newest.Stats.Label}
	}
	return &out
}

// fill sets the numbers that gauges have at t and reports whether any had.
func (h *History) fill(t time.Time, fields map[MetricName]**float64) (known bool) {
	for name, p := range fields {
		if v := h.gaugeAt(name, t); !math.IsNaN(v) {
			*p, known = &v, true
		}
	}
	return known
}

func (h *History) gaugeAt(m MetricName, t time.Time) float64 {
	g := h.gauges.byKey[gaugeKey{m, ""}]
	if g == nil {
		return math.NaN()
	}
	v, _ := g.merge(float64(t.Unix()), float64(t.Unix()+1), h.now)
	return v
}

func (s *stream[K]) list(id uint32, from, to time.Time) []stat.Bucket {
	var out []stat.Bucket
	s.cellsOf(id, from, to, func(start time.Time, width time.Duration, t *tally) {
		out = append(out, stat.Bucket{Start: start, Width: width, Latency: &t.lat})
	})
	slices.SortStableFunc(out, func(a, b stat.Bucket) int { return a.Start.Compare(b.Start) })
	return out
}

// cellsOf calls f with what each cell that lies in [from, to) knows of a name.
func (s *stream[K]) cellsOf(id uint32, from, to time.Time, f func(start time.Time, width time.Duration, t *tally)) {
	lo, hi := seconds(from), seconds(to)
	s.walk(lo, hi, func(start, w int64, data []byte) {
		var t tally
		if float64(start) >= lo && float64(start+w) <= hi && findPacked(data, id, &t) {
			f(time.Unix(start, 0).UTC(), time.Duration(w)*time.Second, &t)
		}
	})
}
