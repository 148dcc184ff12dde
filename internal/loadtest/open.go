package loadtest

import (
	"runtime"
	"time"
)

// A job is an arrival that somebody has to serve.
type job struct {
	n          uint64
	due, ready time.Duration
	waited     bool // for a user: it is ready once one has it
}

// runOpen hands arrivals out at the instants at which they are due. The thread
// that keeps time sleeps in the kernel with one of Go's processors, and what
// it has just made ready waits there until the scheduler takes that processor
// away: one more lets all others go on meanwhile. On two cores that halves the
// lag at 20,000 a second, and keeps its P99 below a millisecond.
func (r *Run) runOpen() {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 1))
	for range r.plan.Connections {
		r.hire(func(u *user) { r.serve(u) })
	}
	paced := make(chan struct{})
	go func() {
		defer close(paced)
		r.pace(NewPacer(r.plan.Stages))
	}()
	<-paced
	close(r.jobs)
	r.end()
}

// serve takes arrivals until there are no more.
func (r *Run) serve(u *user, first ...job) {
	for _, j := range first {
		r.arrive(u, j)
	}
	for j := range r.jobs {
		r.arrive(u, j)
	}
}

// arrive is one arrival: whoever serves it begins as a new user.
func (r *Run) arrive(u *user, j job) {
	if len(u.scope.vars) > 0 || u.jar != nil {
		u.begin()
	}
	if j.waited {
		j.ready = r.clock.now()
	}
	u.turn(r.patterns[pick(r.shares, chance(r.plan.Seed, j.n))], j.due, j.ready)
}

// pace is the loop of the thread that keeps time.
func (r *Run) pace(p Pacer) {
	runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
	steady()
	t := newThrottle(p)
	var free time.Duration // since then somebody has been there to take the next
	for n := uint64(0); ; {
		due, ok := r.next(t, n)
		if !ok {
			return
		}
		if due > r.clock.now() {
			continue // the rate was changed
		}
		if !r.handOut(job{n: n, due: due}, &free) {
			r.drop(t, n)
			return
		}
		n++
	}
}

// next sleeps until the n-th request is due, or somebody changes the rate;
// false when the run is over.
func (r *Run) next(t *throttle, n uint64) (time.Duration, bool) {
	factor := r.lever.at()
	if factor != t.epochs[len(t.epochs)-1].factor {
		t.change(r.clock.now(), factor)
	}
	due, ok := t.due(n)
	if !ok {
		due = r.plan.Length()
	}
	for {
		now := r.clock.now()
		switch left := due - now; {
		case isClosed(r.over), !ok && left <= 0:
			return 0, false
		case left <= 0, r.lever.at() != factor:
			return due, true
		default:
			rest(min(left, longestRest))
		}
	}
}

// handOut gives a job to a user that waits for one, else to a new one, else
// to the first that has time: its lateness is then the target's, not ours.
// It gives up when the run is stopped, or all of it should have been over for
// as long as one request may take.
func (r *Run) handOut(j job, free *time.Duration) bool {
	j.ready = max(j.due, *free)
	select {
	case r.jobs <- j:
		return true
	default:
	}
	if len(r.everyoneNow()) < r.plan.MaxConnections {
		r.hire(func(u *user) { r.serve(u, j) })
		return true
	}
	late := time.NewTimer(r.plan.Length() + r.plan.Timeout - r.clock.now())
	defer late.Stop()
	j.waited = true
	select {
	case r.jobs <- j:
		*free = r.clock.now()
		return true
	case <-r.over:
	case <-late.C:
	}
	return false
}

// everyoneNow is for the one goroutine that hires.
func (r *Run) everyoneNow() []*user { return r.users }

// drop counts what was due and is not sent any more.
func (r *Run) drop(t *throttle, n uint64) {
	until := min(r.clock.now(), r.plan.Length())
	for ; ; n++ {
		due, ok := t.due(n)
		if !ok || due > until {
			return
		}
		r.dropped.Add(1)
	}
}
