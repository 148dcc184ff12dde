package db

import (
	"context"
	"time"
)

// Stats are totals since some beginning of the engine's own, and gauges of
// this instant. A nil pointer was not measured: Missing says why, by the
// field's JSON name.
type Stats struct {
	At      time.Time
	Version string // "3.46.1"; of the library that reads for SQLite
	Name    string // what a user calls it: "app.db"
	Label   string // "SQLite", "MariaDB", "PostgreSQL"

	Queries            *float64 // statements run, total
	QuerySeconds       *float64 // time spent in them, total, in seconds
	Commits            *float64 // write transactions, total
	ConnectionsUsed    *float64
	ConnectionsAllowed *float64
	CacheHits          *float64 // page reads served from cache, total
	CacheReads         *float64 // all page reads, total
	Busy               *float64 // our reads that met a lock, total
	Polls              *float64 // all our reads, total

	FileBytes, WALBytes, SHMBytes *int64
	DiskFreeBytes                 *int64
	PageSize, Pages, FreePages    *int64
	JournalMode                   string
	StatisticsAt                  *time.Time // when statistics were last gathered, if known
	State                         string     // "ok", or a named state: "hot journal", "locked", …
	Unread                        bool       // a server did not answer: State says what is wrong, and no number is of now
	Replaced                      int        // how often another file has taken the path since mltop came

	// Started is when the server was; zero where there is none.
	Started time.Time
	// Since is when the totals began: the server's start, or its last reset.
	Since time.Time
	// Counters are what this engine counts beside the above.
	Counters []Counter

	Missing map[string]string
}

// A Session is one connection of the server and what it does.
type Session struct {
	ID          string
	Started     string // tells it from another of the same ID; "" where IDs are never used twice
	User        string
	Application string
	Host        string
	State       string
	Statement   string
	For         time.Duration // in this state
	Waits       string        // what it waits for, in the engine's words
	Locked      bool          // that is a lock, whoever holds it
	Transaction time.Duration // age of its open transaction; 0 for none
	Idle        bool          // in a transaction and running nothing
	BlockedBy   []string      // sessions that hold what it waits for
	Inferred    bool          // the server names none: BlockedBy is who must hold it, by ages
	Dies        string        // what ending it throws away: "14 min of work"
}

// Waiting reports that others hold the session up, whether or not the server
// names them.
func (s Session) Waiting() bool { return s.Locked || len(s.BlockedBy) > 0 }

// A Setting is a server variable or a PRAGMA.
type Setting struct {
	Name    string
	Value   string
	Default string
	Unit    string
	Source  string // where the value comes from
	Scope   Scope
	Reaches string // whom a change reaches, in one sentence
	Pending string // a value that waits for a restart already; "" for none
}

// SettingLines is a dialect that can write a setting as the lines of the
// server's file, for what no statement changes.
type SettingLines interface {
	SettingLines(now Setting, value string) string
}

// A TableSetter is a dialect whose tables have settings of their own. An empty
// value takes the table's own away.
type TableSetter interface {
	SetTableSetting(t *Table, name, value string) Step
}

// A ServerProcess is where a server says that it runs.
type ServerProcess struct {
	PID   int      // of a process of its, on its machine; 0: it does not say
	Names []string // what such a process is called
	Host  string   // what the server calls its machine; "" where it does not say
}

// A ProcessTeller is a server that says as which process it runs.
type ProcessTeller interface {
	ServerProcess(ctx context.Context) (ServerProcess, error)
}

// A Scope says where a setting lives, and so whether mltop can change it.
type Scope string

// The scopes.
const (
	ScopeFile       Scope = "file"       // kept in the database file: reaches everybody
	ScopeConnection Scope = "connection" // of the application's own connection: out of our reach
	ScopeServer     Scope = "server"     // new sessions of the server
	ScopeRestart    Scope = "restart"    // needs a restart
)
