package loadtest

import (
	"container/heap"
	"math"
	"runtime"
	"sync"
	"time"
)

// A clock counts from the beginning of the run by the monotonic clock: when
// somebody sets the machine's time, nothing changes here.
type clock struct{ began time.Time }

func (c clock) now() time.Duration { return time.Since(c.began) }

// longestRest is how long a pacing thread may sleep without looking whether
// the run is over; longestNap, without looking for new sleepers.
const (
	longestRest = 20 * time.Millisecond
	longestNap  = time.Millisecond
)

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// An alarm wakes virtual users when they have thought, from one thread that
// sleeps in the kernel: users that sleep by themselves wake up half a
// millisecond late.
type alarm struct {
	clock clock
	mu    sync.Mutex
	queue sleepers
}

type sleeper struct {
	at   time.Duration
	wake chan struct{}
}

// wait sleeps until an instant; false when the run was over before.
func (a *alarm) wait(at time.Duration, over <-chan struct{}) bool {
	return a.waitOr(at, nil, over) != wokenByOver
}

// never is an instant that nobody is woken at.
const never = time.Duration(math.MaxInt64)

// What ended a sleep.
type woken int

const (
	wokenInTime woken = iota
	wokenByOther
	wokenByOver
)

// waitOr sleeps until an instant, or something else happens.
func (a *alarm) waitOr(at time.Duration, other, over <-chan struct{}) woken {
	if a.clock.now() >= at {
		return wokenInTime
	}
	s := sleeper{at, make(chan struct{})}
	if at != never {
		a.mu.Lock()
		heap.Push(&a.queue, s)
		a.mu.Unlock()
	}
	select {
	case <-s.wake:
		return wokenInTime
	case <-other:
		return wokenByOther
	case <-over:
		return wokenByOver
	}
}

// run wakes sleepers until the run is over.
func (a *alarm) run(over <-chan struct{}) {
	runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
	steady()
	for !isClosed(over) {
		rest(max(a.ring(), 0))
	}
}

// ring wakes all whose time has come, and answers how long to sleep now.
func (a *alarm) ring() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.clock.now()
	for len(a.queue) > 0 && a.queue[0].at <= now {
		close(heap.Pop(&a.queue).(sleeper).wake)
	}
	if len(a.queue) == 0 {
		return longestNap
	}
	return min(a.queue[0].at-now, longestNap)
}

// sleepers are a heap by the time to wake up.
type sleepers []sleeper

func (s sleepers) Len() int           { return len(s) }
func (s sleepers) Less(i, j int) bool { return s[i].at < s[j].at }
func (s sleepers) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }
func (s *sleepers) Push(x any)        { *s = append(*s, x.(sleeper)) }
func (s *sleepers) Pop() any {
	old := *s
	last := old[len(old)-1]
	*s = old[:len(old)-1]
	return last
}
