// Package diagnose says in one line what is wrong, from the history alone.
// Its rules are pure; each names what speaks against it too.
package diagnose

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"mltop/advisor"
	"mltop/collectors"
)

// Input is what the rules look at.
type Input struct {
	History    *collectors.History
	Now        time.Time // the end of the window: the time cursor
	Window     time.Duration
	Advice     *advisor.Advice // nil: not run yet; what it declined counts too
	Entries    []advisor.Entry
	Thresholds Thresholds // zero fields take the defaults
	// Scans names the tables that a statement's plan reads whole, by
	// fingerprint, beyond what the history's plans and Advice tell.
	Scans map[string][]string
}

// Thresholds separate OK, WARN and CRIT. The defaults are the first system
// document's: P95 1 s, errors 5 %.
type Thresholds struct {
	P95Seconds        float64
	ErrorRatio        float64
	RequestsPerSecond float64
	CPURatio          float64
	MemoryRatio       float64
	DiskFreeRatio     float64
}

// DefaultThresholds are used where none is given.
func DefaultThresholds() Thresholds {
	return Thresholds{P95Seconds: 1, ErrorRatio: 0.05, CPURatio: 0.9, MemoryRatio: 0.95, DiskFreeRatio: 0.1}
}

func (t Thresholds) orDefaults() Thresholds {
	d := DefaultThresholds()
	for _, p := range [...]struct{ v, d *float64 }{
		{&t.P95Seconds, &d.P95Seconds}, {&t.ErrorRatio, &d.ErrorRatio}, {&t.CPURatio, &d.CPURatio},
		{&t.MemoryRatio, &d.MemoryRatio}, {&t.DiskFreeRatio, &d.DiskFreeRatio},
	} {
		if *p.v <= 0 {
			*p.v = *p.d
		}
	}
	return t
}

// A Level is how bad a finding is.
type Level int

// The levels.
const (
	OK Level = iota
	Warn
	Crit
)

// A Finding is one sentence, what leads on from it, and what speaks against.
type Finding struct {
	Rule        string
	Level       Level
	Text        string
	Against     []string
	Route       collectors.Route // where Enter leads; zero if nowhere
	Fingerprint string
	View        string  // "requests", "queries", "database", "advisor", "log", "sessions"
	Weight      float64 // seconds lost a second; orders equal levels
}

// Look applies every rule and answers the findings, worst first; never
// empty: with nothing wrong it says what speaks for that.
func Look(in Input) []Finding {
	f := factsOf(in)
	var all []Finding
	for _, rule := range [...]func(*facts) []Finding{
		gone, unread, broken, hotJournal, slowRoutes, slowAll, failures, requestRate,
		dominant, manyCalls, planFlips, locked, waiting, behindHidden, idleTransaction, orphaned, connections, commitBound, walGrowth, fileGrowth, statistics, keysRunOut, invalidIndexes,
		diskFull, memoryFull, processorFull, failing, leftOut, hidden, adviceWaiting,
	} {
		all = append(all, rule(f)...)
	}
	return rank(all, f)
}

// lift gives a slow route that loses more time than a critical one the same
// level: how many times slower a route is says less than what it costs.
func lift(all []Finding) {
	least := math.Inf(1)
	for _, x := range all {
		if x.Rule == slowRouteRule && x.Level == Crit {
			least = min(least, x.Weight)
		}
	}
	for i := range all {
		if x := &all[i]; x.Rule == slowRouteRule && x.Weight > least {
			x.Level = Crit
		}
	}
}

// blame puts a wait for locks, in which most of the working sessions are, before
// slow routes that no statement explains: these are what it looks like from
// outside, and those who wait for a connection meanwhile are no sessions.
func blame(all []Finding, f *facts) {
	at := slices.IndexFunc(all, func(x Finding) bool { return x.Rule == waitingRule || x.Rule == hiddenWaitRule })
	if at < 0 || !mostWait(f) {
		return
	}
	w := &all[at]
	for _, x := range all {
		if x.Rule == slowRouteRule && x.Fingerprint == "" && x.Level >= w.Level {
			w.Level, w.Weight = x.Level, max(w.Weight, math.Nextafter(x.Weight, math.Inf(1)))
		}
	}
}

// mostWait reports that of the sessions which work at least half wait for a
// lock.
func mostWait(f *facts) bool {
	waiting, working := 0, 0
	for _, s := range f.snap.Database.Sessions {
		switch {
		case s.Waiting():
			waiting++
		case !s.Idle && s.Statement != "" && !strings.HasPrefix(s.State, "idle"):
			working++
		}
	}
	return waiting >= max(working, 1)
}

// rank orders findings, and leaves out what a worse one already says of the
// same route or statement.
func rank(all []Finding, f *facts) []Finding {
	lift(all)
	blame(all, f)
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(b.Level, a.Level), cmp.Compare(b.Weight, a.Weight))
	})
	said := map[string]bool{}
	out := all[:0]
	for _, x := range all {
		if x.Fingerprint != "" && said[x.Fingerprint] && x.Rule == "dominant" {
			continue
		}
		said[x.Fingerprint] = true
		out = append(out, x)
	}
	if len(out) == 0 || out[0].Level == OK {
		out = append([]Finding{nothing(f)}, out...)
	}
	return out
}
