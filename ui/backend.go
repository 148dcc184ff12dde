// Package ui is the dashboard: Bubble Tea and Lip Gloss over a History of
// snapshots. It reads nothing itself; Backend is its only door.
package ui

import (
	"context"
	"time"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/db"
)

// A Backend is what the dashboard can ask and do. Methods may take their
// time: they are only called from commands, never from Update or View.
type Backend interface {
	// Next waits for the next sample.
	Next(ctx context.Context) (collectors.Sample, error)
	SetTick(d time.Duration)
	Refresh()

	Explain(ctx context.Context, q db.Query) (Explanation, error)
	// Analyze runs a pure SELECT, read-only, and measures its plan.
	Analyze(ctx context.Context, q db.Query) (Explanation, error)
	// Select runs a pure SELECT, read-only, for at most limit rows.
	Select(ctx context.Context, q db.Query, limit int) (db.Rows, error)

	// Advise runs the advisor; progress is called with the best so far.
	Advise(ctx context.Context, progress func(advisor.Advice, db.Progress)) (advisor.Advice, error)
	// Outdated answers which advice does not hold any more on the database as it
	// is now, and why, by ID; tables are those of the schema, nil: not looked at.
	Outdated(ctx context.Context, list []advisor.Recommendation, schema *db.Schema) (map[string]string, error)
	Preview(ctx context.Context, id string) (advisor.Preview, error)
	Apply(ctx context.Context, id string, progress func(db.Progress)) (advisor.Entry, error)
	// Confirm passes on what was typed to confirm the next change.
	Confirm(ctx context.Context, name string) error
	PreviewUndo(ctx context.Context, entry string) (advisor.Preview, error)
	Undo(ctx context.Context, entry string, progress func(db.Progress)) (advisor.Entry, error)
	Journal(ctx context.Context) ([]advisor.Entry, error)
	Dismiss(ctx context.Context, id, why string) error
	// Record keeps a verdict in the journal.
	Record(ctx context.Context, entry string, v advisor.Verdict) error

	// Log lists the statements that mltop itself ran, newest last.
	Log() []LogLine
	// Export writes text that could not be copied to the clipboard, and
	// answers where.
	Export(name, text string) (string, error)
}

// An Explanation is what is known of one statement.
type Explanation struct {
	Fingerprint     string
	Plan            *db.Plan
	Worst           *db.Plan      // with the constants that find the most rows, where that is another plan
	Elapsed         time.Duration // of Analyze
	Recommendations []advisor.Recommendation
	Declined        []advisor.Declined
}

// A LogLine is one statement mltop ran on the target.
type LogLine struct {
	At      time.Time
	Who     string        // "requests", "explain", "apply"
	SQL     string        // masked
	Elapsed time.Duration // the mean, of several
	Times   int           // how often it ran within a second; 0 is once
	Error   string
}

// A Target is what the header says of the deployment.
type Target struct {
	Name       string // "orders-api", or the file's name
	Label      string // "SQLite 3.46.1"
	Path       string
	Production bool
	ReadOnly   bool // changes need :unlock first
	Forbidden  bool // --read-only: they cannot be unlocked
	Sessions   bool // it is a server with sessions
}
