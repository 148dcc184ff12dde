// Package db is what all databases have in common: how one is named, read,
// described and changed. It imports no driver; each engine lives in a folder
// below it.
package db

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// A TargetID says which database this is, whatever path or URL led to it.
// Journal and recordings are keyed on it. For SQLite, Server is
// "device:inode" and Database a digest of the file's creation record, so that
// a restored copy is not mistaken for its original.
type TargetID struct {
	Engine   string `json:"engine"` // "sqlite", "mysql", "postgres"
	Server   string `json:"server"`
	Database string `json:"database"`
}

func (id TargetID) String() string {
	return id.Engine + "/" + id.Server + "/" + id.Database
}

// An Engine is a connection to one database.
type Engine interface {
	ID(ctx context.Context) (TargetID, error)
	Observer
	Dialect
	// Run carries out one step: Do, in order, on one connection of its own
	// with the right to write. It is the only method that changes anything.
	// Cancelling ctx stops the step and sweeps what it left.
	Run(ctx context.Context, s Step, progress func(Progress)) (Result, error)
	io.Closer
}

// An Observer reads a database and cannot change it. Every method makes short
// autocommit reads and holds nothing open when it returns.
type Observer interface {
	Stats(ctx context.Context) (Stats, error)
	Sessions(ctx context.Context) ([]Session, error)
	Schema(ctx context.Context) (*Schema, error)
	Settings(ctx context.Context) ([]Setting, error)
	// Explain plans a statement without running it. It accepts exactly one
	// statement that is not itself EXPLAIN or ANALYZE.
	Explain(ctx context.Context, q Query) (*Plan, error)
	// State answers what an object is now, in the words of Step.Before and
	// Step.After.
	State(ctx context.Context, o Object) (State, error)
}

// A Dialect writes SQL and runs none; it needs no connection.
type Dialect interface {
	// Name is "sqlite", "mysql" or "postgres".
	Name() string
	// Parse binds a statement to the catalog. An error means that the
	// statement is to be declined, with the error's text as the reason.
	Parse(sql string, s *Schema) (*Shape, error)
	CreateIndex(ix Index) Step
	DropIndex(ix Index) Step
	SetSetting(now Setting, value string) Step
	Analyze(table string) Step
	QuoteIdent(name string) string
}

// A Query is one text with its literals, or a normalised text whose
// placeholders stand for Args.
type Query struct {
	SQL  string
	Args []any
}

// Rows is the limited answer of a SELECT that a user asked to see.
type Rows struct {
	Columns   []string
	Values    [][]string // raw text: whoever draws it makes it safe
	Truncated bool
	Elapsed   time.Duration
}

// A Runner is an engine that can run a pure SELECT on request: read-only,
// limited, with the context's timeout.
type Runner interface {
	Select(ctx context.Context, q Query, limit int) (Rows, error)
	// Measure runs q and returns its plan with what was measured.
	Measure(ctx context.Context, q Query) (*Plan, time.Duration, error)
}

// A Holder is a process that has the database's file open.
type Holder struct {
	PID     int
	Name    string
	Command string // first words of the command line, secrets removed
}

// A FileHolder is an engine whose database is a file that processes open.
type FileHolder interface {
	Path() string
	Holders(ctx context.Context) ([]Holder, error)
}

// A RequestReader reads a table with one row per HTTP request.
type RequestReader interface {
	// RequestTables lists the tables that look like request logs, best first.
	RequestTables(ctx context.Context) ([]RequestTable, error)
	// MaxRequestID answers the newest row's id; 0 for an empty table.
	MaxRequestID(ctx context.Context, t RequestTable) (int64, error)
	// ReadRequests calls visit for at most limit rows with after < id <= upto
	// (upto 0: no bound), in one short autocommit read, by falling id when
	// newestFirst. Row is reused between calls.
	ReadRequests(ctx context.Context, t RequestTable, after, upto int64, limit int, newestFirst bool, visit func(*RequestRow) error) error
}

// A RequestTable says which column of a table means what; an empty name means
// that the table has no such column.
type RequestTable struct {
	Schema, Name string
	ID           string // integer key that only grows
	Time         string // when the request arrived
	Method       string
	Path         string
	Status       string
	Duration     string        // handler time
	DurationUnit time.Duration // unit of Duration: time.Millisecond for *_ms
	DurationReal bool          // fractions are recorded, not truncated
	Group        string        // column of --group-by
	ClientHost   string
	Size         string
	IsAdmin      string
}

// A RequestRow is one logged request. Fields that were NULL or unreadable
// are marked, never 0.
type RequestRow struct {
	ID          int64
	Time        time.Time // zero: NULL or unreadable
	Method      string
	Path        string
	Status      int // 0: NULL or unreadable
	Duration    time.Duration
	HasDuration bool
	Group       string
}

// ErrBusy means that another process holds a lock that a read needs; it is a
// state, not a failure.
var ErrBusy = errors.New("database is locked by another process")

// ErrGone means that the target vanished, or was replaced by another file.
var ErrGone = errors.New("the database file is gone")

// ErrReplaced means that the path now leads to another database.
var ErrReplaced = errors.New("the database file was replaced by another one")

// A NotMeasured error says why a value cannot be given.
type NotMeasured struct{ Why string }

func (e NotMeasured) Error() string { return "not measured: " + e.Why }

// NotMeasuredf is a NotMeasured with a formatted reason.
func NotMeasuredf(format string, args ...any) error {
	return NotMeasured{Why: fmt.Sprintf(format, args...)}
}
