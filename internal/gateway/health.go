package gateway

import (
	"fmt"
	"time"
)

// A HealthRule says when an upstream counts as well.
type HealthRule struct {
	Path     string        // "": a connection is enough
	Interval time.Duration // of the checks
	Timeout  time.Duration // of one
	Rise     int           // checks in a row that have to pass
	Fall     int           // … that may fail
	Failures int           // requests in a row that may fail
	Ejection time.Duration // the first; each further one takes twice as long
	// MostEjected is the share of a route's upstreams that failing requests may
	// take out: if all fail, it is hardly their fault.
	MostEjected float64
	SlowStart   time.Duration // 0: at once
}

// A Standing is where an upstream stands.
type Standing string

// The standings.
const (
	Unchecked Standing = "unchecked" // no check has answered yet
	Up        Standing = "up"
	Starting  Standing = "starting" // it is well again, and gets more and more
	Trial     Standing = "trial"    // one request at a time, to see
	Ejected   Standing = "ejected"  // requests failed
	Down      Standing = "down"     // checks failed
)

// A health is what is known of one upstream. It is pure: times are given.
type health struct {
	rule    HealthRule
	known   bool // a check has answered
	down    bool
	passes  int // in a row
	fails   int
	failed  int // requests, in a row
	times   int // ejections in a row
	until   time.Time
	ejected bool
	began   time.Time // of the slow start; zero: none
	why     string
}

// longestEjection ends the doubling: an upstream that came back is found
// within half a minute.
const longestEjection = 30 * time.Second

// standing is where it stands now.
func (h *health) standing(now time.Time) Standing {
	switch {
	case h.down:
		return Down
	case h.ejected && now.Before(h.until):
		return Ejected
	case h.ejected:
		return Trial
	case !h.known:
		return Unchecked
	case h.ramp(now) < 1:
		return Starting
	}
	return Up
}

// leastRamp is what an upstream gets at the start of a slow start: with less
// it would not be seen to work.
const leastRamp = 0.1

// ramp is the share of its weight that an upstream gets.
func (h *health) ramp(now time.Time) float64 {
	if h.began.IsZero() || h.rule.SlowStart <= 0 {
		return 1
	}
	return min(1, max(leastRamp, float64(now.Sub(h.began))/float64(h.rule.SlowStart)))
}

// checked takes in a check, and says what it changed; "" if nothing.
func (h *health) checked(err error, now time.Time) string {
	first := !h.known
	h.known = true
	if err != nil {
		h.passes, h.fails = 0, h.fails+1
		if h.down || h.fails < h.rule.Fall && !first {
			return ""
		}
		h.down, h.why = true, err.Error()
		return fmt.Sprintf("down: %s failed: %v", checks(h.fails), err)
	}
	h.passes, h.fails = h.passes+1, 0
	if !h.down || h.passes < h.rule.Rise {
		return ""
	}
	h.recover(now)
	return fmt.Sprintf("up: %s passed%s", checks(h.passes), h.slowly())
}

func checks(n int) string {
	if n == 1 {
		return "a check"
	}
	return fmt.Sprintf("%d checks in a row", n)
}

func (h *health) recover(now time.Time) {
	h.down, h.ejected, h.failed, h.times, h.why = false, false, 0, 0, ""
	if h.rule.SlowStart > 0 {
		h.began = now
	}
}

func (h *health) slowly() string {
	if h.rule.SlowStart <= 0 {
		return ""
	}
	return fmt.Sprintf("; it gets its share within %v", h.rule.SlowStart)
}

// served takes in a request that was answered.
func (h *health) served(now time.Time) string {
	h.failed = 0
	if !h.ejected || now.Before(h.until) || h.down {
		return ""
	}
	h.recover(now)
	return "back: the request on trial was answered" + h.slowly()
}

// failedOnce takes in a request that failed. may says whether one more may be
// ejected.
func (h *health) failedOnce(err error, now time.Time, may func() bool) string {
	h.failed++
	trial := h.ejected && !now.Before(h.until)
	if h.down || h.ejected && !trial || h.failed < h.rule.Failures && !trial {
		return ""
	}
	if !trial && !may() {
		h.why = err.Error()
		return ""
	}
	pause := min(h.rule.Ejection<<min(h.times, 10), longestEjection)
	h.ejected, h.until, h.times, h.why = true, now.Add(pause), h.times+1, err.Error()
	if trial {
		return fmt.Sprintf("ejected again: the request on trial failed: %v; the next is in %v", err, pause)
	}
	return fmt.Sprintf("ejected: %s failed, the last one: %v; one on trial in %v", inARow(h.failed), err, pause)
}

func inARow(n int) string {
	if n == 1 {
		return "a request"
	}
	return fmt.Sprintf("%d requests in a row", n)
}
