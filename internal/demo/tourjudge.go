package demo

import (
	"fmt"
	"slices"
)

// Seen is all that a tour is judged by.
type Seen struct {
	Before, After, Again              Report // of the outside client
	PlanBefore, PlanAfter, PlanUndone []string
	DumpBefore, DumpAfter             string
	Measured                          float64 // how many times faster mltop measured the statement
	Lock                              *Lock   // nil on an engine without sessions
}

// A Lock is what was seen of the session that others waited for.
type Lock struct {
	Holder       string // by the back office's own word
	Named        string // by mltop's
	Idle         bool
	Waiting      int
	Stuck, Freed Report // of the outside client, while it held and afterwards
}

// A Check is one promise of the tour.
type Check struct {
	What string
	OK   bool
	Got  string
	Kind Kind
}

// A Kind of check says what follows when it is not OK.
type Kind uint8

const (
	Certain Kind = iota // the tour fails
	Latency             // other programs can spoil it: the tour is made once more
	Aim                 // it is said: how far a busy machine lets clients gain is not mltop's doing
)

const (
	// leastGain is what the tour demands beside significance: latencies that
	// share a queue are not independent, so an interval alone says too much.
	leastGain = 2
	// aimedGain is what the demo is built for: of the statement, which mltop
	// measured alone, and of the route, which clients saw.
	aimedGain = 10
)

// Judge checks what was seen; every phase needs calls answers of the star.
func Judge(s Seen, calls int) []Check {
	return append(judgeIndex(s, calls), judgeLock(s.Lock)...)
}

func judgeIndex(s Seen, calls int) []Check {
	before, after, again := s.Before.Route(StarRoute), s.After.Route(StarRoute), s.Again.Route(StarRoute)
	return []Check{
		enough("calls before", before, calls),
		enough("calls after", after, calls),
		enough("calls after the undo", again, calls),
		{
			"the P95 that clients see fell", fell(before, after),
			fmt.Sprintf("%s to %s", millis(before.P95), millis(after.P95)), Latency,
		},
		{
			"mltop measured the statement ten times faster", s.Measured >= aimedGain,
			fmt.Sprintf("%.0f times", s.Measured), Certain,
		},
		{
			"clients see it ten times faster, by their median", gain(before, after) >= aimedGain,
			fmt.Sprintf("%.1f times, %s to %s", gain(before, after), millis(before.P50), millis(after.P50)), Aim,
		},
		{
			"it climbed back after the undo", fell(again, after),
			fmt.Sprintf("%s to %s", millis(after.P95), millis(again.P95)), Latency,
		},
		{
			"the plan changed", len(s.PlanBefore) > 0 && len(s.PlanAfter) > 0 && !slices.Equal(s.PlanBefore, s.PlanAfter),
			fmt.Sprintf("%d lines before, %d after", len(s.PlanBefore), len(s.PlanAfter)), Certain,
		},
		{
			"undo restored the plan", slices.Equal(s.PlanBefore, s.PlanUndone), "compared line by line", Certain,
		},
		{
			"undo restored schema and settings", s.DumpBefore != "" && s.DumpBefore == s.DumpAfter,
			fmt.Sprintf("dumps of %d and %d bytes", len(s.DumpBefore), len(s.DumpAfter)), Certain,
		},
	}
}

// judgeLock checks the scene of the lock.
func judgeLock(l *Lock) []Check {
	if l == nil {
		return nil
	}
	stuck, freed := l.Stuck.slowest(), l.Freed.slowest()
	return []Check{
		{
			"the verdict named the session that all wait for", l.Named == l.Holder && l.Named != "" && l.Idle && l.Waiting > 0,
			fmt.Sprintf("%q of %q, %d waiting", l.Named, l.Holder, l.Waiting), Certain,
		},
		{
			"its end let the others go on", stuck >= leastStuck && l.Freed.count() > 0 && l.Freed.errors() == 0 && freed < stuck,
			fmt.Sprintf("the slowest call took %s with the lock, then %s; %d errors", millis(stuck), millis(freed), l.Freed.errors()), Certain,
		},
	}
}

// leastStuck is how long, in seconds, a call must have waited for a lock to
// have met it: no queue of the demo's own is that long.
const leastStuck = 2

// gain is how many times faster half of a route's calls were: the slowest are
// those that others on the disk held up, in the one phase or in the other.
func gain(slow, fast RouteReport) float64 {
	if slow.Count == 0 || fast.Count == 0 {
		return 0
	}
	return slow.P50 / fast.P50
}

func enough(what string, r RouteReport, calls int) Check {
	return Check{what, r.Count >= calls && r.Errors == 0, fmt.Sprintf("%d, %d errors", r.Count, r.Errors), Certain}
}

// fell reports whether fast's P95 lies below slow's for certain: by a factor
// that is no accident, and with intervals that do not touch.
func fell(slow, fast RouteReport) bool {
	return fast.Count > 0 && slow.P95 >= leastGain*fast.P95 && slow.P95Low > fast.P95High
}
