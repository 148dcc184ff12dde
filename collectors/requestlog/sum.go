package requestlog

import (
	"slices"
	"time"

	"mltop/collectors"
	"mltop/internal/db"
	"mltop/internal/stat"
)

// A summer counts rows into buckets of time.
type summer struct {
	now    int64 // unix seconds
	router *router
	byTime map[span]*bucket
	last   *bucket  // where the row before went
	recent []recent // by route
	groups int      // in all buckets
	values [valuesKept]value
}

// A recent is where the row before of a route went; neighbours go to one
// bucket.
type recent struct {
	bucket *bucket
	group  *collectors.Group
}

// A value is a duration and what a sketch has to know of it. Logs hold few
// different ones: whole milliseconds, or microseconds with a cluster.
type value struct {
	d time.Duration
	v stat.Value
}

// valuesKept is a power of two.
const valuesKept = 256

type span struct{ start, width int64 } // seconds

type bucket struct {
	span
	routes map[int32]*collectors.Group
}

func newSummer(r *router) *summer { return &summer{router: r} }

// begin empties s for the rows of one tick. What it knows of values stands.
func (s *summer) begin(now time.Time) {
	s.now, s.byTime, s.last, s.groups = now.Unix(), map[span]*bucket{}, nil, 0
	clear(s.recent)
}

// newGroup makes a group and its sketch as one object: a tick makes some for
// every route.
func newGroup() *collectors.Group {
	g := &struct {
		collectors.Group
		latency stat.Sketch
	}{}
	g.Latency = &g.latency
	return &g.Group
}

// widthFor is what History keeps of a time so many seconds ago; beyond its day
// an hour is fine enough for totals.
func widthFor(age int64) int64 {
	switch {
	case age <= 600:
		return 1
	case age <= 3600:
		return 10
	case age <= 86400:
		return 60
	}
	return 3600
}

func (s *summer) add(r *item, route int32) {
	if int(route) >= len(s.recent) {
		s.recent = append(s.recent, make([]recent, len(s.router.routes)-len(s.recent))...)
	}
	h := &s.recent[route]
	if b := s.bucket(r.at.Unix()); h.bucket != b {
		*h = recent{b, s.group(b, route)}
	}
	s.count(h.group, &r.RequestRow)
}

func (s *summer) group(b *bucket, route int32) *collectors.Group {
	g := b.routes[route]
	if g == nil {
		g = newGroup()
		b.routes[route] = g
		s.groups++
	}
	return g
}

func (s *summer) bucket(t int64) *bucket {
	w := widthFor(s.now - t)
	if b := s.last; b != nil && t >= b.start && t < b.start+b.width && b.width == w {
		return b
	}
	key := span{t - t%w, w}
	b := s.byTime[key]
	if b == nil {
		b = &bucket{span: key, routes: map[int32]*collectors.Group{}}
		s.byTime[key] = b
	}
	s.last = b
	return b
}

func (s *summer) count(g *collectors.Group, r *db.RequestRow) {
	g.Count++
	if r.Status != 0 {
		g.StatusCount++
	}
	switch r.Status / 100 {
	case 4:
		g.ClientErrors++
	case 5:
		g.ServerErrors++
	}
	if r.HasDuration {
		g.Latency.AddValue(s.value(r.Duration))
	}
}

// value works out what a sketch has to know, unless it did so for the same
// duration a moment ago.
func (s *summer) value(d time.Duration) stat.Value {
	k := &s.values[uint64(d)*0x9E3779B97F4A7C15>>56] // Knuth's multiplicative hash
	if k.d != d || d == 0 {
		*k = value{d, stat.NewValue(d.Seconds())}
	}
	return k.v
}

func addGroup(sum, g *collectors.Group) {
	sum.Count += g.Count
	sum.StatusCount += g.StatusCount
	sum.ClientErrors += g.ClientErrors
	sum.ServerErrors += g.ServerErrors
	sum.Latency.Merge(g.Latency)
}

func (s *summer) buckets() []collectors.RequestBucket {
	out := make([]collectors.RequestBucket, 0, len(s.byTime))
	for _, b := range s.byTime {
		rb := collectors.RequestBucket{
			Start: time.Unix(b.start, 0).UTC(), Width: time.Duration(b.width) * time.Second, Total: *newGroup(),
			Routes: make([]collectors.RouteGroup, 0, len(b.routes)),
		}
		for id, g := range b.routes {
			rb.Routes = append(rb.Routes, collectors.RouteGroup{Route: s.router.route(id), Group: *g})
			addGroup(&rb.Total, g)
		}
		out = append(out, rb)
	}
	slices.SortFunc(out, func(a, b collectors.RequestBucket) int {
		if c := a.Start.Compare(b.Start); c != 0 {
			return c
		}
		return int(a.Width - b.Width)
	})
	return out
}
