package webhook

import "sync"

// A queue holds the deliveries that wait, and says how many work on them. Both
// bounds may change while it is in use.
type queue struct {
	mu      sync.Mutex
	more    sync.Cond // something waits, or a bound changed
	waiting []delivery
	most    int
	working int
	wanted  int
	closed  bool
}

func newQueue() *queue {
	q := &queue{}
	q.more.L = &q.mu
	return q
}

// follow takes over other bounds, and answers how many workers to begin.
// What waits already stays, also where it is more than may wait from now on.
func (q *queue) follow(most, workers int) (begin int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.most, q.wanted = most, workers
	if !q.closed {
		begin = max(q.wanted-q.working, 0)
		q.working += begin
	}
	q.more.Broadcast()
	return begin
}

// put reports whether there was room.
func (q *queue) put(d delivery) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || len(q.waiting) >= q.most {
		return false
	}
	q.waiting = append(q.waiting, d)
	q.more.Signal()
	return true
}

// take waits for the next; false: this worker is not wanted any more, or
// nothing comes behind close.
func (q *queue) take() (d delivery, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.waiting) == 0 && !q.closed && q.working <= q.wanted {
		q.more.Wait()
	}
	if len(q.waiting) == 0 || q.working > q.wanted && !q.closed {
		q.working--
		q.more.Signal() // what woke this one may be another's
		return d, false
	}
	d, q.waiting[0] = q.waiting[0], delivery{}
	q.waiting = q.waiting[1:]
	return d, true
}

// close lets nothing more in; what waits is taken.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.more.Broadcast()
}

func (q *queue) state() (waiting, most int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting), q.most
}
