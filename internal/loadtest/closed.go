package loadtest

import "time"

// runClosed lets every user go on when it has been answered, until the stages
// are over.
func (r *Run) runClosed() {
	t := time.NewTimer(r.plan.Length() - r.clock.now())
	defer t.Stop()
	for {
		factor, moved := r.lever.look()
		r.hireUpTo(r.plan.Most() * max(factor, 1))
		select {
		case <-moved:
			continue
		case <-t.C:
		case <-r.over:
		}
		r.end()
		return
	}
}

// hireUpTo: a key may ask for more users than the plan, within its bound.
func (r *Run) hireUpTo(n float64) {
	most := max(r.plan.MaxConnections, int(r.plan.Most()+0.5))
	for len(r.everyoneNow()) < min(int(n+0.5), most) {
		r.hire(r.live)
	}
}

// connectRest is how long a user leaves a target alone that it could not
// connect to: short enough to see it come back, and no load on this machine.
const connectRest = 10 * time.Millisecond

// live is the life of a user of a closed model.
func (r *Run) live(u *user) {
	due := r.clock.now()
	for !isClosed(r.over) {
		var ok bool
		if due, ok = u.wanted(due); !ok {
			return
		}
		var think time.Duration
		due, think = u.turn(r.patterns[pick(r.shares, u.scope.rand.Float64())], due, due)
		if u.alone { // else a target that is down would be asked as fast as a processor can
			think = max(think, connectRest)
		}
		if think > 0 {
			due += think
			if !r.alarm.wait(due, r.over) {
				return
			}
		}
	}
}

// wanted lets a user of a closed model wait until stages and lever want it,
// and answers since when they do; false when the run is over before.
func (u *user) wanted(due time.Duration) (time.Duration, bool) {
	r := u.run
	for {
		factor, moved := r.lever.look()
		at, ever := never, false
		if factor > 0 {
			at, ever = rises(r.plan.Stages, due, float64(u.id)/factor)
		}
		switch {
		case ever && at <= r.clock.now():
			return at, true
		case !ever:
			at = never
		}
		switch r.alarm.waitOr(at, moved, r.over) {
		case wokenByOver:
			return due, false
		case wokenByOther: // what is done from here on is due from here on
			due = r.clock.now()
		}
	}
}
