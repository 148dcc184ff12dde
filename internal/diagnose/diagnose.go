// Package diagnose says in one line what is wrong, from the history alone.
// Its rules are pure; each names what speaks against it too.
package diagnose

import (
	"time"

	"mltop/advisor"
	"mltop/collectors"
)

// Input is what the rules look at.
type Input struct {
	History    *collectors.History
	Now        time.Time // the end of the window: the time cursor
	Window     time.Duration
	Advice     *advisor.Advice // nil: not run yet
	Entries    []advisor.Entry
	Thresholds Thresholds
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
	View        string  // "requests", "queries", "database", "advisor", "log"
	Weight      float64 // seconds lost a second; orders equal levels
}

// Look applies every rule and answers the findings, worst first; never
// empty: with nothing wrong it says what speaks for that.
func Look(in Input) []Finding { return look(in) }
