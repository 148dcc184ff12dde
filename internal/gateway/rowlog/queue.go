package rowlog

import (
	"sync"
	"time"
)

// A queue holds entries for the one writer, which is woken for the first of
// them, for the one that fills a batch and for those that end its rest: waking it
// for each would cost more than the row does.
type queue struct {
	mu      sync.Mutex
	waiting []*Entry
	taken   int       // from its beginning
	since   time.Time // when the first of them was handed in, or was left by a batch
	last    time.Time // when a batch was taken
	wake    chan struct{}
}

func newQueue() *queue { return &queue{wake: make(chan struct{}, 1)} }

// add is bounded by the entries that there are.
func (q *queue) add(e *Entry, r *Rule) {
	q.mu.Lock()
	q.waiting = append(q.waiting, e)
	n := len(q.waiting) - q.taken
	if n == 1 {
		q.since = time.Now()
	}
	q.mu.Unlock()
	if n == 1 || n == r.Batch || n >= r.enough() {
		q.rouse()
	}
}

// rouse has the writer look.
func (q *queue) rouse() {
	select {
	case q.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// take moves a batch to into: a full one, or what has waited so long. Where
// there is none it says when to look again.
func (q *queue) take(into []*Entry, r *Rule, longest time.Duration, now time.Time) ([]*Entry, time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := len(q.waiting) - q.taken
	if n == 0 {
		return into, whenWoken
	}
	if wait := q.growing(n, r, longest, now); wait > 0 {
		return into, wait
	}
	from := q.waiting[q.taken : q.taken+min(n, r.Largest)]
	into = append(into, from...)
	clear(from)
	q.taken += len(from)
	q.since, q.last = now, now
	q.moveUp()
	return into, 0
}

// rest is what the writer takes between two batches, unless enough has come for
// the second: a commit costs as much as forty rows, and a batch that is full in
// less than this time is followed by others.
const rest = 25 * time.Millisecond

// growing is how long n entries that wait may become more.
func (q *queue) growing(n int, r *Rule, longest time.Duration, now time.Time) time.Duration {
	wait := longest - now.Sub(q.since)
	switch {
	case n >= r.enough():
		return 0
	case n >= r.Batch:
		return min(wait, rest-now.Sub(q.last))
	}
	return wait
}

// moveUp makes room at the end, when most of it is at the beginning.
func (q *queue) moveUp() {
	if 2*q.taken < len(q.waiting) {
		return
	}
	left := copy(q.waiting, q.waiting[q.taken:])
	clear(q.waiting[left:])
	q.waiting, q.taken = q.waiting[:left], 0
}

// whenWoken: the first entry wakes the writer.
const whenWoken = time.Hour

func (q *queue) len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting) - q.taken
}

// oldest is when the first request came that waits; the zero time: none does.
func (q *queue) oldest() time.Time {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.taken == len(q.waiting) {
		return time.Time{}
	}
	return q.waiting[q.taken].At
}
