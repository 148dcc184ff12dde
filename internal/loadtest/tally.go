package loadtest

import (
	"sync"
	"time"

	"mltop/internal/stat"
)

// A record is one request that is over.
type record struct {
	due, ready, start, end time.Duration
	connected              time.Duration // 0: over a connection that was open
	bytes                  int64
	fault                  *fault // nil: as it should be
	route                  int32
	status                 int32 // 0: no answer
	again                  bool
}

// latency counts from when the request was due; lag is what mltop itself was
// late; wait is for a connection, all of which were taken.
func (r record) latency() time.Duration { return r.end - r.due }
func (r record) service() time.Duration { return r.end - r.start }
func (r record) lag() time.Duration     { return r.start - r.ready }
func (r record) wait() time.Duration    { return r.ready - r.due }

// measured reports a request whose time says something of the target: it was
// answered, or nobody had the patience to wait on, and then it would have
// taken longer still. One that was refused at once would look fast.
func (r record) measured() bool {
	return r.status != 0 || r.fault == nil || r.fault.kind == kindTimeout
}

// A tally counts all requests that are over.
type tally struct {
	mu      sync.Mutex
	warmup  time.Duration
	length  time.Duration // of the stages
	all     routeTally
	routes  []routeTally
	lag     histogram
	wait    histogram
	connect histogram
	errors  map[errorKey]*errorTally
	series  series
	warmups uint64
	opened  uint64
	again   uint64
	lastEnd time.Duration
}

type routeTally struct {
	sent, failed     uint64
	answered         uint64 // within the time
	bytes            int64
	latency, service histogram
	statuses         map[int32]uint64
}

type errorKey struct {
	route         int32
	kind, message string
}

type errorTally struct {
	count       uint64
	first, last time.Duration
}

// Different messages beyond so many are counted by kind alone.
const mostMessages = 100

func newTally(routes int, warmup, length time.Duration) *tally {
	t := &tally{warmup: warmup, length: length, routes: make([]routeTally, routes), errors: map[errorKey]*errorTally{}, series: newSeries()}
	for i := range t.routes {
		t.routes[i].statuses = map[int32]uint64{}
	}
	t.all.statuses = map[int32]uint64{}
	return t
}

// add counts records.
func (t *tally) add(records []record) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range records {
		t.one(&records[i])
	}
}

func (t *tally) one(r *record) {
	if r.connected > 0 {
		t.opened++
	}
	if r.again {
		t.again++
	}
	t.series.add(r)
	if r.due < t.warmup {
		t.warmups++
		return
	}
	t.lastEnd = max(t.lastEnd, r.end)
	inTime := r.status != 0 && r.end <= t.length
	t.all.add(r, inTime)
	t.routes[r.route].add(r, inTime)
	t.lag.add(r.lag())
	if w := r.wait(); w > 0 {
		t.wait.add(w)
	}
	if r.connected > 0 {
		t.connect.add(r.connected)
	}
	if r.fault != nil {
		t.fail(r)
	}
}

func (t *routeTally) add(r *record, inTime bool) {
	t.sent++
	t.bytes += r.bytes
	if inTime {
		t.answered++
	}
	if r.status != 0 {
		t.statuses[r.status]++
	}
	if r.fault != nil {
		t.failed++
	}
	if r.measured() {
		t.latency.add(r.latency())
		t.service.add(r.service())
	}
}

func (t *tally) fail(r *record) {
	key := errorKey{r.route, r.fault.kind, r.fault.message}
	if _, ok := t.errors[key]; !ok && len(t.errors) >= mostMessages {
		key.message = "other messages"
	}
	e := t.errors[key]
	if e == nil {
		e = &errorTally{first: r.due}
		t.errors[key] = e
	}
	e.count++
	e.first, e.last = min(e.first, r.due), max(e.last, r.due)
}

// A series has a bucket for each stretch of the run: a second at first. When
// there are too many, two and two become one, so that a run of any length
// takes the same memory.
type series struct {
	width   time.Duration
	buckets []bucket
	changed int // the first bucket that is not as it was when a liveView last looked
}

type bucket struct {
	sent, answered, failed uint64
	inFlight               int64 // the most; -1: nobody looked
	latency, lag           stat.Sketch
}

const mostBuckets = 600

func newSeries() series { return series{width: time.Second} }

func (s *series) add(r *record) {
	b := s.at(r.due)
	b.sent++
	if r.fault != nil {
		b.failed++
	}
	if r.measured() {
		b.latency.Add(r.latency().Seconds())
	}
	b.lag.Add(r.lag().Seconds())
	if r.status != 0 {
		s.at(r.end).answered++
	}
}

// at is the bucket of an instant.
func (s *series) at(t time.Duration) *bucket {
	for int(t/s.width) >= mostBuckets {
		s.halve()
	}
	i := int(max(t, 0) / s.width)
	s.changed = min(s.changed, i)
	for len(s.buckets) <= i {
		s.buckets = append(s.buckets, bucket{inFlight: -1})
	}
	return &s.buckets[i]
}

// halve puts two and two buckets together.
func (s *series) halve() {
	half := make([]bucket, (len(s.buckets)+1)/2, mostBuckets)
	for i := range s.buckets {
		b, to := &s.buckets[i], &half[i/2]
		if i%2 == 0 {
			*to = *b
			continue
		}
		to.sent, to.answered, to.failed = to.sent+b.sent, to.answered+b.answered, to.failed+b.failed
		to.inFlight = max(to.inFlight, b.inFlight)
		to.latency.Merge(&b.latency)
		to.lag.Merge(&b.lag)
	}
	s.buckets, s.width, s.changed = half, 2*s.width, 0
}

// seen notes how many requests are in flight at an instant.
func (t *tally) seen(at time.Duration, inFlight int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if at >= t.length {
		return // the last stretch is over
	}
	b := t.series.at(at)
	b.inFlight = max(b.inFlight, inFlight)
}

// dialled notes a connection that users share.
func (t *tally) dialled(took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.opened++
	t.connect.add(took)
}
