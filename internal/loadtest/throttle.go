package loadtest

import (
	"time"
)

// A throttle is a pacer whose rates somebody multiplies while it goes on. What
// was due before a change stays due when it was.
type throttle struct {
	pacer  Pacer
	epochs []epoch
}

// An epoch begins with a change.
type epoch struct {
	at     time.Duration
	before float64 // arrivals until then, as they were let through
	plan   float64 // and as the stages have it
	factor float64 // 0 is a pause
}

func newThrottle(p Pacer) *throttle { return &throttle{p, []epoch{{factor: 1}}} }

// change multiplies the rates from an instant on.
func (t *throttle) change(at time.Duration, factor float64) {
	last := t.epochs[len(t.epochs)-1]
	plan := t.pacer.until(at)
	t.epochs = append(t.epochs, epoch{at, last.before + last.factor*(plan-last.plan), plan, factor})
}

// due is the instant of the n-th request, from 0; false where the present
// epoch lets no more through.
func (t *throttle) due(n uint64) (time.Duration, bool) {
	i := len(t.epochs) - 1
	for i > 0 && t.epochs[i].before > float64(n) {
		i--
	}
	e := t.epochs[i]
	if e.factor == 0 {
		return 0, false
	}
	due, ok := t.pacer.at(e.plan + (float64(n)-e.before)/e.factor)
	if !ok {
		return 0, false
	}
	return max(e.at, due), true
}
