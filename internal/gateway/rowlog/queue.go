package rowlog

import (
	"sync"
	"time"
)

// A queue holds entries for the one writer, which is woken for the first of
// them and for those that fill a batch: waking it for each would cost more
// than the row does.
type queue struct {
	mu      sync.Mutex
	waiting []*Entry
	taken   int       // from its beginning
	since   time.Time // when the first of them was handed in, or was left by a batch
	wake    chan struct{}
}

func newQueue() *queue { return &queue{wake: make(chan struct{}, 1)} }

// add is bounded by the entries that there are. batch is how many the writer
// takes at once.
func (q *queue) add(e *Entry, batch int) {
	q.mu.Lock()
	q.waiting = append(q.waiting, e)
	n := len(q.waiting) - q.taken
	if n == 1 {
		q.since = time.Now()
	}
	q.mu.Unlock()
	if n == 1 || n >= batch {
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
func (q *queue) take(into []*Entry, batch int, longest time.Duration, now time.Time) ([]*Entry, time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	n := len(q.waiting) - q.taken
	if n == 0 {
		return into, whenWoken
	}
	if wait := longest - now.Sub(q.since); n < batch && wait > 0 {
		return into, wait
	}
	from := q.waiting[q.taken : q.taken+min(n, batch)]
	into = append(into, from...)
	clear(from)
	q.taken += len(from)
	q.since = now
	q.moveUp()
	return into, 0
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
