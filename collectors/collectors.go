// Package collectors turns the world into snapshots. A Collector reads one
// family of metrics, a Sampler runs them all on their intervals, a History
// keeps what they found and answers every question about the past.
package collectors

import (
	"context"
	"slices"
	"time"
)

// A Collector reads one family of metrics. It never runs concurrently with
// itself. A source that needs its own goroutine hands its totals over on
// request; Collect never waits longer than its context allows.
type Collector interface {
	Name() string
	// Collect answers the sections found since the last call. Sections beside
	// an error are kept.
	Collect(ctx context.Context) ([]Section, error)
}

// A Section is one part of a snapshot: what one collector found at one
// instant. The set is closed: *System, *Processes, *Requests, *Database,
// *Statements, *Links, *Plans, *Events, *Gateway. A section is never modified after it is
// returned.
type Section interface {
	// Taken is when the section was finished.
	Taken() time.Time
	section()
}

// A Scheduled collector, its interval and the longest it may take.
type Scheduled struct {
	Collector Collector
	Interval  time.Duration
	Timeout   time.Duration
}

// A Snapshot is everything mltop knows about one target at one instant. It is
// never modified. A nil part was not collected: Errors says why, by
// collector.
type Snapshot struct {
	Time       time.Time
	System     *System
	Processes  *Processes
	Requests   []*Requests // by source; the first one makes the headline
	Database   *Database
	Statements []*Statements // by source
	Links      []Link
	Plans      *Plans
	Events     []Event
	Errors     map[string]string
}

// A Sample is what one tick of the Sampler found: new sections, the errors of
// this moment, and what mltop itself spent.
type Sample struct {
	Time     time.Time
	Sections []Section
	Errors   map[string]string // by collector; all that stand now
	Self     Self
}

// Replaced reports that another file was found in the database's place.
func (s Sample) Replaced() bool {
	return slices.ContainsFunc(s.Sections, func(section Section) bool {
		d, ok := section.(*Database)
		return ok && d.Stats.State == StateReplaced
	})
}

// Self is mltop's own cost.
type Self struct {
	CPURatio   float64 // of one core, since the last sample
	RSSBytes   int64
	Statements float64 // sent to the target, a minute
}
