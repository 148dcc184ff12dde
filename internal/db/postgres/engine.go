// Package postgres reads and changes PostgreSQL databases, version 13 and
// later.
//
// Watching takes one connection. Every question is one short READ ONLY
// transaction with its limits set inside it, so that it means the same behind
// a pooler that gives each transaction to another session; nothing is
// prepared, and nothing outlives the transaction. Where the session is our own
// it has these limits itself, and what is asked at every tick needs neither
// the transaction nor to be planned again. A second connection, with
// the right to write, is there only while a change runs.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/jmoiron/sqlx"

	"mltop/internal/db"
)

// Options of an engine; the zero value is good.
type Options struct {
	// Password is used when the target names none; "" looks in PGPASSWORD,
	// MLTOP_PASSWORD, PasswordFile and ~/.pgpass, in this order.
	Password     string
	PasswordFile string
	// StatementTimeout bounds each statement of a question; 0 is 5 s.
	StatementTimeout time.Duration
	// LockTimeout is how long a question waits for a lock; 0 is 100 ms.
	LockTimeout time.Duration
	// WriteTimeout bounds how long a change tries to get its lock; 0 is 1 min.
	WriteTimeout time.Duration
	// WriteLockTimeout bounds one of these tries; 0 is 2 s: others who need
	// the table queue behind a waiting change for that long.
	WriteLockTimeout time.Duration
	// SlowLog is a file that the server writes its log to; "" asks the server,
	// where it counts no statements.
	SlowLog string
	// SlowLogFrom: older messages of a log do not count; zero: all do.
	SlowLogFrom time.Time
	// ShowLiterals leaves the literals in the plans of Explain and Measure.
	ShowLiterals bool
	// Trace is told every statement that mltop runs; may be nil.
	Trace func(db.Line)
	// Fault is called behind every statement and wait of a change; may be
	// nil. Tests end the process in it.
	Fault func(point string)
}

const (
	defaultStatementTimeout = 5 * time.Second
	defaultLockTimeout      = 100 * time.Millisecond
	defaultWriteTimeout     = time.Minute
	defaultWriteLockTimeout = 2 * time.Second
)

func (o Options) withDefaults() Options {
	for _, d := range []struct {
		at    *time.Duration
		value time.Duration
	}{
		{&o.StatementTimeout, defaultStatementTimeout}, {&o.LockTimeout, defaultLockTimeout},
		{&o.WriteTimeout, defaultWriteTimeout}, {&o.WriteLockTimeout, defaultWriteLockTimeout},
	} {
		if *d.at <= 0 {
			*d.at = d.value
		}
	}
	return o
}

// An Engine reads one database of a server, and changes it in Run alone. Its
// methods may be called from several goroutines; reads take turns.
type Engine struct {
	Dialect
	db.CatalogMark
	o   Options
	to  target
	cfg *pgx.ConnConfig
	db  *sqlx.DB

	busy, polls atomic.Int64
	connects    atomic.Int64 // rises with each connection
	pooled      atomic.Bool  // a pooler stands between
	ahead       atomic.Int64 // nanoseconds of the server's clock before ours
	clocked     atomic.Bool  // that was measured
	metLock     atomic.Bool  // when last looked, tables were locked
	hushes      atomic.Bool  // see knowledge
	catches     atomic.Bool
	guarded     bool         // the session has the limits; set by Open alone
	activity    *db.Activity // looks at the sessions where nothing counts statements
	log         serverLog    // where nothing counts statements, or one was given

	writing sync.Mutex // held by Run
	mu      sync.Mutex // guards what follows; held while a read runs
	known   knowledge
	slow    slowStats
	part    chosen
	last    lastRead // of the catalog
	own     *ownEnds
	started map[string]string // sessions last listed: pid to when it began
	texts   map[string]string // of statements, by key
	typed   map[string]string // texts whose $n the server cannot type, with types
	// unreadableSince is when the texts of statements could not be read; zero
	// if they could.
	unreadableSince time.Time

	ownIDs []string // of statements of mltop's; nil: not known yet
	builds []string // of statements that build indexes
	learnt float64  // how many entries there were when they were learnt
	// countedSince is when the server began to count statements.
	countedSince time.Time
	sums         statementSums
	beside       *sumsAnswer // of this look, asked with its totals
	late         *db.Schema  // read at lateAt, to bind statements to
	lateAt       time.Time
	closed       bool
}

var (
	_ db.Engine          = (*Engine)(nil)
	_ db.Runner          = (*Engine)(nil)
	_ db.SessionEnder    = (*Engine)(nil)
	_ db.StatementReader = (*Engine)(nil)
	_ db.RequestReader   = (*Engine)(nil)
)

// Open attaches to the database that dsn leads to: postgres://user@host/name.
// It asks the server once, so that what cannot work at all is said at once.
func Open(ctx context.Context, dsn string, o Options) (*Engine, error) {
	to, cfg, err := parseTarget(dsn, o)
	if err != nil {
		return nil, err
	}
	e := &Engine{o: o.withDefaults(), to: to, cfg: cfg, started: map[string]string{}, own: &ownEnds{}}
	cfg.Tracer = e.own
	e.activity = db.NewActivity("pg_stat_activity", e.lookAtSessions)
	e.activity.Read(e.Quotes())
	e.guard(true)
	err = e.firstRead(ctx)
	if refusesParameters(err) { // a pooler; each transaction sets its limits anyway
		e.guard(false)
		err = e.firstRead(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// guard makes the pool of the one connection; with limits in the session, so
// that it cannot write even outside a transaction of ours.
func (e *Engine) guard(session bool) {
	e.guarded = session
	if e.db != nil {
		e.db.Close()
	}
	for name, value := range e.limits() {
		delete(e.cfg.RuntimeParams, name)
		if session {
			e.cfg.RuntimeParams[name] = value
		}
	}
	e.db = sqlx.NewDb(stdlib.OpenDB(*e.cfg, stdlib.OptionAfterConnect(e.connected), stdlib.OptionShouldPing(doubtful)), "pgx")
	e.db.SetMaxOpenConns(1)
}

// limits are those of every question.
func (e *Engine) limits() map[string]string {
	return map[string]string{
		"default_transaction_read_only":       "on",
		"default_transaction_isolation":       "read committed",
		"standard_conforming_strings":         "on",
		"statement_timeout":                   milliseconds(e.o.StatementTimeout),
		"lock_timeout":                        milliseconds(e.o.LockTimeout),
		"idle_in_transaction_session_timeout": milliseconds(2 * e.o.StatementTimeout),
	}
}

func milliseconds(d time.Duration) string { return fmt.Sprint(max(d.Milliseconds(), 1)) }

// connected notes a new connection. A pooler tells a process id of its own,
// which is how it is known. Who is no PostgreSQL that mltop knows is asked no
// further.
func (e *Engine) connected(ctx context.Context, c *pgx.Conn) error {
	var pid int64
	var text string
	if err := c.QueryRow(ctx, "SELECT /* mltop */ pg_backend_pid(), version()").Scan(&pid, &text); err != nil {
		return err
	}
	if p := judgeProduct(c.PgConn().ParameterStatus("server_version"), text); p.Refused != "" {
		return &ServerError{ProblemProduct, e.to.String(), fmt.Sprintf("is %s %s", p.Name, c.PgConn().ParameterStatus("server_version")), p.Refused, nil}
	}
	e.pooled.Store(uint32(pid) != c.PgConn().PID())
	e.connects.Add(1)
	return e.uncount(ctx, c)
}

func (e *Engine) firstRead(ctx context.Context) error {
	return e.read(ctx, "open", func(c *conn) error {
		_, err := e.facts(ctx, c)
		return err
	})
}

// Close closes the connection.
func (e *Engine) Close() error {
	<-e.activity.End()
	e.log.mu.Lock()
	e.log.end()
	e.log.mu.Unlock()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	if err := e.db.Close(); err != nil {
		return fmt.Errorf("close the connection: %w", err)
	}
	return nil
}

// ID answers which database this is: the server's own identifier tells it
// apart from a copy that was made by dump and restore, not from a replica.
func (e *Engine) ID(ctx context.Context) (db.TargetID, error) {
	id := db.TargetID{Engine: dialectName}
	err := e.glance(ctx, "id", func(c *conn) error {
		return c.row(ctx, `SELECT /* mltop */ (SELECT system_identifier::text FROM pg_control_system()) || CASE WHEN pg_is_in_recovery() THEN ' replica' ELSE '' END,
			oid::text || ' ' || datname FROM pg_database WHERE datname = current_database()`, nil, &id.Server, &id.Database)
	})
	return id, err
}
