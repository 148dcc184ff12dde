package db

import (
	"context"
	"time"
)

// A StatementReader is an engine that keeps totals of the statements it ran,
// or has them counted somewhere.
type StatementReader interface {
	// StatementTotals answers the totals of every statement that is kept.
	// Texts are normalised by the engine; examples hold literals.
	StatementTotals(ctx context.Context) (StatementTotals, error)
}

// StatementTotals are what a server has counted of its statements.
type StatementTotals struct {
	At     time.Time
	Source string    // "pg_stat_statements", "performance_schema", "slow log", …
	Since  time.Time // when counting began; zero when unknown
	// Evicted counts the statements that had to make room for others.
	Evicted *float64
	// Sampled means that Seconds is mean concurrency × time, seen by looking
	// at the sessions again and again; calls are then unknown.
	Sampled bool
	// Least: calls of that many seconds and more are counted alone, as in a log
	// with a threshold; 0: all are.
	Least float64
	// Running is when a look at the sessions last saw a statement, by the
	// fingerprint of its text, where the sessions are looked at besides.
	Running map[string]time.Time
	// Beside is what those looks see of all calls, short ones too.
	Beside  *StatementTotals
	List    []StatementTotal
	Missing map[string]string
}

// A StatementTotal is one statement's totals since Since. Nil was not
// measured.
type StatementTotal struct {
	Key          string // the engine's own: it tells statements apart, and over restarts
	Text         string
	Example      string
	Calls        *float64
	Seconds      float64
	MinSeconds   *float64
	MaxSeconds   *float64
	P95Seconds   *float64 // since Since, where the server keeps quantiles
	Errors       *float64
	Rows         *float64 // sent or changed
	RowsExamined *float64
	TempFiles    *float64 // bytes spilled to disk
	Since        time.Time
}

// A Counter is a total, or a gauge, that an engine keeps beyond those that
// all have in common.
type Counter struct {
	Name  string  `json:"name,omitempty"`  // the engine's own: "Innodb_row_lock_waits"
	Label string  `json:"label,omitempty"` // a user's: "row lock waits"
	Value float64 `json:"value,omitempty"`
	Unit  string  `json:"unit,omitempty"`  // "", "bytes", "seconds"
	Gauge bool    `json:"gauge,omitempty"` // Value is of this instant; else it only grows until a restart
	// Since is when it began, where that differs from Stats.Since.
	Since time.Time `json:"since,omitzero"`
}

// A SessionEnder is an engine whose sessions can be told to stop. Both are
// acts: journaled, without undo.
type SessionEnder interface {
	// Cancel stops the session's statement; the session lives on.
	Cancel(ctx context.Context, session string) error
	// Terminate ends the session; its transaction is rolled back.
	Terminate(ctx context.Context, session string) error
}

// A StatementEnabler is an engine whose server may be able to count
// statements, and does not. It is offered as any other change is: nothing
// runs by itself.
type StatementEnabler interface {
	EnableStatements(ctx context.Context) (StatementOffer, error)
}

// A StatementOffer is how a server is made to count statements; the zero
// value where it does already.
type StatementOffer struct {
	Title  string // what to call it; "" where it has the server count them all
	Change Change // none where Needs says what mltop cannot do
	Brings string // in one sentence
	Costs  string
	Needs  string // what has to be done by hand: a restart, a package
}
