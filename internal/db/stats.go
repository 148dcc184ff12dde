package db

import (
	"context"
	"time"
)

// Stats are totals since some beginning of the engine's own, and gauges of
// this instant. A nil pointer was not measured: Missing says why, by the
// field's JSON name.
type Stats struct {
	At      time.Time `json:"at,omitzero"`
	Version string    `json:"version,omitempty"` // "3.46.1"; of the library that reads for SQLite
	Name    string    `json:"name,omitempty"`    // what a user calls it: "app.db"
	Label   string    `json:"label,omitempty"`   // "SQLite", "MariaDB", "PostgreSQL"

	Queries            *float64 `json:"queries,omitempty"`       // statements run, total
	QuerySeconds       *float64 `json:"query_seconds,omitempty"` // time spent in them, total, in seconds
	Commits            *float64 `json:"commits,omitempty"`       // write transactions, total
	ConnectionsUsed    *float64 `json:"connections_used,omitempty"`
	ConnectionsAllowed *float64 `json:"connections_allowed,omitempty"`
	CacheHits          *float64 `json:"cache_hits,omitempty"`  // page reads served from cache, total
	CacheReads         *float64 `json:"cache_reads,omitempty"` // all page reads, total
	Busy               *float64 `json:"busy,omitempty"`        // our reads that met a lock, total
	Polls              *float64 `json:"polls,omitempty"`       // all our reads, total

	FileBytes     *int64     `json:"file_bytes,omitempty"`
	WALBytes      *int64     `json:"wal_bytes,omitempty"`
	SHMBytes      *int64     `json:"shm_bytes,omitempty"`
	DiskFreeBytes *int64     `json:"disk_free_bytes,omitempty"`
	PageSize      *int64     `json:"page_size,omitempty"`
	Pages         *int64     `json:"pages,omitempty"`
	FreePages     *int64     `json:"free_pages,omitempty"`
	JournalMode   string     `json:"journal_mode,omitempty"`
	StatisticsAt  *time.Time `json:"statistics_at,omitempty"` // when statistics were last gathered, if known
	State         string     `json:"state,omitempty"`         // "ok", or a named state: "hot journal", "locked", …
	Unread        bool       `json:"unread,omitempty"`        // a server did not answer: State says what is wrong, and no number is of now
	Replaced      int        `json:"replaced,omitempty"`      // how often another file has taken the path since mltop came

	// Started is when the server was; zero where there is none.
	Started time.Time `json:"started,omitzero"`
	// Since is when the totals began: the server's start, or its last reset.
	Since time.Time `json:"since,omitzero"`
	// Counters are what this engine counts beside the above.
	Counters []Counter `json:"counters,omitempty"`

	Missing map[string]string `json:"missing,omitempty"`
}

// MissingOthers is the reason in Stats.Missing that what other users do is
// hidden from ours, with the grant that shows it.
const MissingOthers = "others"

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
	Prepared    *Prepared     // it is a prepared transaction, and no session; nil: a session
}

// Waiting reports that others hold the session up, whether or not the server
// names them.
func (s Session) Waiting() bool { return s.Locked || len(s.BlockedBy) > 0 }

// A Setting is a server variable or a PRAGMA.
type Setting struct {
	Name    string `json:"name,omitempty"`
	Value   string `json:"value,omitempty"`
	Default string `json:"default,omitempty"`
	Unit    string `json:"unit,omitempty"`
	Source  string `json:"source,omitempty"` // where the value comes from
	Set     bool   `json:"set,omitempty"`    // somebody gave it another value than the default
	Scope   Scope  `json:"scope,omitempty"`
	Reaches string `json:"reaches,omitempty"` // whom a change reaches, in one sentence
	Pending string `json:"pending,omitempty"` // a value that waits for a restart already; "" for none
}

// SettingLines is a dialect that can write a setting as the lines of the
// server's file, for what no statement changes.
type SettingLines interface {
	SettingLines(now Setting, value string) string
}

// An IndexHider is a dialect that can keep the planner from an index that stays
// up to date; ok is false where the version, or this index, does not allow it.
type IndexHider interface {
	HideIndex(ix Index) (s Step, ok bool)
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
