package gateway

import (
	"sync"
	"time"
)

// A QueueRule bounds the requests that are under way at once.
type QueueRule struct {
	InFlight int           // 0: no bound
	Size     int           // that may wait for a place
	Wait     time.Duration // the longest
}

// An admission lets in so many requests at once; others wait in the order in
// which they came.
type admission struct {
	mu      sync.Mutex
	rule    QueueRule
	inside  int
	first   *waiter
	last    *waiter
	depth   int
	deepest int
	// Counted since the start.
	waited, overflowed, expired uint64
}

type waiter struct {
	let  chan struct{}
	next *waiter
	in   bool // let in
	gone bool // waited too long
}

// Refusals of admission.
var (
	errQueueFull = &refusal{503, "too many requests are waiting"}
	errQueueLong = &refusal{503, "the request waited too long for its turn"}
)

// enter waits for a place; leave gives it back.
func (a *admission) enter() *refusal {
	a.mu.Lock()
	if a.free() {
		a.inside++
		a.mu.Unlock()
		return nil
	}
	if a.depth >= a.rule.Size {
		a.overflowed++
		a.mu.Unlock()
		return errQueueFull
	}
	w := a.join()
	longest := a.rule.Wait
	a.mu.Unlock()
	timer := time.NewTimer(longest)
	defer timer.Stop()
	select {
	case <-w.let:
		return nil
	case <-timer.C:
		return a.giveUp(w)
	}
}

func (a *admission) free() bool {
	return a.rule.InFlight == 0 || a.inside < a.rule.InFlight && a.depth == 0
}

func (a *admission) join() *waiter {
	w := &waiter{let: make(chan struct{})}
	if a.last == nil {
		a.first = w
	} else {
		a.last.next = w
	}
	a.last = w
	a.depth++
	a.waited++
	a.deepest = max(a.deepest, a.depth)
	return w
}

// giveUp leaves the queue, unless its place came at the same instant.
func (a *admission) giveUp(w *waiter) *refusal {
	a.mu.Lock()
	defer a.mu.Unlock()
	if w.in {
		return nil
	}
	w.gone = true
	a.depth--
	a.expired++
	a.sweep()
	return errQueueLong
}

// leave gives a place back.
func (a *admission) leave() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.inside--
	a.admit()
}

// admit lets in as many as there is room for.
func (a *admission) admit() {
	for a.sweep(); a.first != nil && (a.rule.InFlight == 0 || a.inside < a.rule.InFlight); a.sweep() {
		w := a.first
		a.pop()
		a.depth--
		a.inside++
		w.in = true
		close(w.let)
	}
}

func (a *admission) pop() {
	if a.first = a.first.next; a.first == nil {
		a.last = nil
	}
}

// sweep takes those who gave up from the front: they go in the order in which
// they came.
func (a *admission) sweep() {
	for a.first != nil && a.first.gone {
		a.pop()
	}
}

// follow takes over a new rule.
func (a *admission) follow(r QueueRule) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.rule = r
	a.admit()
}
