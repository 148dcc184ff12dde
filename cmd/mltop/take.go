package main

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/db"
)

// take keeps of a sample what the advisor needs later: small sums, not their
// past, which is History's.
func (a *app) take(s collectors.Sample) {
	for _, section := range s.Sections {
		switch section := section.(type) {
		case *collectors.Statements:
			a.work.put(section)
		case *collectors.Links:
			a.work.putLinks(section)
		case *collectors.Requests:
			a.totals.put(section)
		case *collectors.Database:
			a.seen.putDatabase(section)
		}
	}
}

// seenPast is how much of the log weighs rates: the last hour stands for the
// hours to come.
const seenPast = time.Hour

// seenRates sums up what the deployment tells beside its workload.
type seenRates struct {
	mu          sync.Mutex
	source      collectors.RequestSource // the headline's
	cut         time.Time                // older requests do not count
	first, last time.Time
	requests    uint64
	new         uint64 // since the start: what the commit counter may be divided by
	began       time.Time
	commits     *float64 // a request
	diskFree    *int64
	table       db.RequestTable // the log, once it is known
	oldest      time.Time       // its first row
	before      *db.Stats       // the first that were read, under the work_mem of now
	workMem     string
	peak        float64 // connections
}

// putTable takes in which table is the log.
func (r *seenRates) putTable(t db.RequestTable) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.table = t
}

func (r *seenRates) putRequests(s *collectors.Requests) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.began.IsZero() {
		r.began, r.cut, r.source = s.At, s.At.Add(-seenPast), s.Source
	}
	if s.Source.Name != r.source.Name {
		return
	}
	r.oldest = s.Source.First
	for _, b := range s.Buckets {
		if b.Start.Before(r.cut) || b.Start.After(s.At) {
			continue
		}
		r.requests += b.Total.Count
		if !b.Start.Before(r.began) {
			r.new += b.Total.Count
		}
		if r.first.IsZero() || b.Start.Before(r.first) {
			r.first = b.Start
		}
		if end := b.Start.Add(b.Width); end.After(r.last) {
			r.last = end
		}
	}
}

func (r *seenRates) putDatabase(d *collectors.Database) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if d.CommitsPerRequest != nil {
		r.commits = d.CommitsPerRequest
	}
	if !d.Stats.Unread {
		if r.before == nil || r.workMemChanged(d.Settings) {
			first := d.Stats
			r.before = &first
		}
		if used := d.Stats.ConnectionsUsed; used != nil {
			r.peak = max(r.peak, *used)
		}
	}
	if d.Stats.DiskFreeBytes != nil {
		r.diskFree = d.Stats.DiskFreeBytes
	}
}

// workMemChanged: from here on temporary files are counted anew, because those
// of before say nothing of the value now.
func (r *seenRates) workMemChanged(settings []db.Setting) bool {
	i := slices.IndexFunc(settings, func(s db.Setting) bool { return s.Name == "work_mem" })
	if i < 0 {
		return false
	}
	was := r.workMem
	r.workMem = settings[i].Value
	return was != "" && was != r.workMem
}

// seen answers the sums in the advisor's words.
func (r *seenRates) seen() advisor.Seen {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := nothingSeen()
	if span := r.last.Sub(r.first); span > 0 {
		s.RequestsPerSecond, s.Watched = float64(r.requests)/span.Seconds(), span
	}
	if r.commits != nil {
		s.CommitsPerRequest = *r.commits
	}
	s.DiskFree, s.Before, s.PeakConnections = r.diskFree, r.before, r.peak
	if t := r.table; t.Name != "" {
		s.Logs = []advisor.LogTable{{Table: t.Name, Time: t.Time, ID: t.ID, First: r.oldest}}
		if s.RequestsPerSecond > 0 {
			s.RowsPerHour = map[string]float64{strings.ToLower(t.Name): s.RequestsPerSecond * time.Hour.Seconds()}
		}
	}
	return s
}

// count is how many requests came in since mltop attached.
func (r *seenRates) count() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.new
}

// perHour is how many rows the log gains; a log that nobody writes to now
// counts as one row.
func (r *seenRates) perHour() float64 {
	if rate := r.seen().RequestsPerSecond * time.Hour.Seconds(); rate > 1 {
		return rate
	}
	return 1
}

func nothingSeen() advisor.Seen {
	return advisor.Seen{RequestsPerSecond: math.NaN(), CommitsPerRequest: math.NaN()}
}

// fill reads the log back as far as the purpose needs, if it is one.
func (a *app) fill(ctx context.Context, h *collectors.History) error {
	errs := h.Latest().Errors
	for ctx.Err() == nil {
		read, cancel := context.WithTimeout(ctx, a.o.timeout)
		sections, err := patient{a.requests}.Collect(read)
		cancel()
		s := collectors.Sample{Time: time.Now(), Sections: sections, Errors: errs}
		a.take(s)
		h.Put(s)
		if err != nil || filled(sections) {
			break // an error comes again in the next sample, with its reason
		}
	}
	return ctx.Err()
}

// filled reports whether a source has nothing more to tell of its past, or
// cannot be read now: as its last section says.
func filled(sections []collectors.Section) bool {
	for _, section := range slices.Backward(sections) {
		if r, ok := section.(*collectors.Requests); ok {
			return r.Backfilled == 1 || r.State == "busy" || r.State == "gone" || r.State == "replaced"
		}
	}
	return true
}

// sayUnread says how much of the past is known, where it is not all that was
// asked for.
func (r reasons) sayUnread(now collectors.Snapshot) {
	for _, q := range now.Requests {
		if q.Backfilled < 1 {
			r.say("requests.history", fmt.Sprintf("%.0f %% of the past of %s was read, and the numbers are of that part: another process held the lock, or --timeout was over", 100*q.Backfilled, q.Source.Name))
		}
	}
}
