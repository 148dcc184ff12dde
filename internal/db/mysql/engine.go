// Package mysql reads and changes databases of MariaDB and MySQL servers.
//
// Watching is one connection, whose session can only read and gives up what
// takes long. A change has a connection of its own, for as long as it runs.
// Statements go to the server as text with their values written in by the
// driver: nothing is left prepared in the server, and a proxy that hands
// sessions around has nothing to lose.
package mysql

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mltop/internal/db"
)

// Options of an engine; the zero value is good.
type Options struct {
	// Password is used when the address has none; cmd fills it from
	// MLTOP_PASSWORD or a prompt.
	Password string
	// PasswordFile holds the password in its first line; it comes first.
	PasswordFile string
	// Home is where .my.cnf is; "" is the user's.
	Home string
	// ReadTimeout bounds each of our questions, in the server too; 0 is 5 s.
	ReadTimeout time.Duration
	// WriteTimeout bounds how long a change tries to get its locks; 0 is 30 s.
	WriteTimeout time.Duration
	// MaxBlock bounds how long the tries of a change may hold up others, added
	// up; 0 is 5 s, negative is without end.
	MaxBlock time.Duration
	// SlowLog is a file that the server writes its slow log to; "" asks the
	// server.
	SlowLog string
	// SlowLogFrom: older entries of a slow log do not count; zero: all do.
	SlowLogFrom time.Time
	// ShowLiterals leaves the literals in the plans of Explain and Measure.
	ShowLiterals bool
	// Trace is told every statement that mltop runs; may be nil.
	Trace func(db.Line)
	// Fault is called behind every statement and wait of a change; may be
	// nil. Tests end the process, or the server, in it.
	Fault func(point string)

	own *ownSessions // of the engine
}

const (
	defaultReadTimeout  = 5 * time.Second
	defaultWriteTimeout = 30 * time.Second
	defaultMaxBlock     = 5 * time.Second // as --max-block
	dialTimeout         = 5 * time.Second
)

// An Engine watches one database of a server, and changes it in Run alone.
// Its methods may be called from several goroutines; reads take turns.
type Engine struct {
	Dialect
	db.CatalogMark
	o      Options
	target target
	db     *pool

	activity *db.Activity // looks at the sessions where nothing counts statements

	busy, polls atomic.Int64

	writing sync.Mutex // held by Run
	mu      sync.Mutex // held while a read runs; guards what follows
	server  server
	known   *db.Schema // for names in plans
	closed  bool
	slow    *slowLog               // nil: the slow log was not read yet
	refused map[string]time.Time   // what the server did not let us read, and when it was last asked for
	drawn   map[string]drawnValues // of columns, for placeholders

	programs map[string]string // of the sessions last listed, by number
	listedIn string            // the session that listed them
	part     chosen
	slower   slowFacts     // read now and then
	ahead    time.Duration // of the server's clock before ours, at clockAt
	clockAt  time.Time
	texts    map[string]digestText // of statements, by key
	beyond   elsewhere             // those of other default databases that are on our tables
	spelled  map[string]string     // names of the catalog, by their capitals; nil: not known yet
	sizes    sizeFacts             // read now and then
	way      baseline              // to the server and back
}

// A server is what was learnt of it at the attach, and again after a restart.
type server struct {
	flavour
	ID       string // server_uuid, or of the data folder where there is none
	Database string
	Account  string // as a GRANT names us
	Started  time.Time
	UserStat bool
	PerfOn   bool
}

var (
	_ db.Engine       = (*Engine)(nil)
	_ db.Runner       = (*Engine)(nil)
	_ db.SessionEnder = (*Engine)(nil)
)

// Open attaches to the database that dsn names: mysql://user@host:3306/db,
// mariadb:///db?socket=…. It asks the server who it is, so that what cannot
// be read at all is said at once.
func Open(ctx context.Context, dsn string, o Options) (*Engine, error) {
	t, err := parseTarget(dsn)
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	o = o.withDefaults()
	if t, err = resolve(t, o); err != nil {
		return nil, fmt.Errorf("open %s: %w", t, err)
	}
	o.own = &ownSessions{}
	e := &Engine{o: o, target: t}
	e.activity = db.NewActivity("PROCESSLIST", e.lookAtSessions)
	pool, err := openPool(t, o, readSession(o))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", t, err)
	}
	e.db = pool
	if err := e.meet(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", t, err), pool.Close())
	}
	e.target.account = e.server.Account
	e.Dialect = Dialect{flavour: e.server.flavour}
	e.activity.Read(e.Quotes())
	return e, nil
}

func (o Options) withDefaults() Options {
	if o.ReadTimeout <= 0 {
		o.ReadTimeout = defaultReadTimeout
	}
	if o.WriteTimeout <= 0 {
		o.WriteTimeout = defaultWriteTimeout
	}
	if o.MaxBlock == 0 {
		o.MaxBlock = defaultMaxBlock
	}
	if o.Password == "" {
		o.Password = os.Getenv("MLTOP_PASSWORD")
	}
	if o.Home == "" {
		o.Home, _ = os.UserHomeDir() // without a home there is no option file
	}
	return o
}

// meet asks the server who it is.
func (e *Engine) meet(ctx context.Context) error {
	return e.read(ctx, "open", func(c *conn) error {
		s, err := readServer(ctx, c)
		if err == nil && s.Database == "" {
			err = errors.New("the address names no database: add /name (" + strings.Join(databases(ctx, c), ", ") + ")")
		}
		e.server = s
		return err
	})
}

func readServer(ctx context.Context, c *conn) (server, error) {
	v, err := c.variables(ctx, "version", "version_comment", "server_uuid", "server_uid", "server_id", "hostname", "port", "datadir", "userstat", "performance_schema", "sql_mode")
	if err != nil {
		return server{}, fmt.Errorf("ask the server who it is: %w", err)
	}
	f, ok := parseVersion(v["version"], v["version_comment"])
	if !ok {
		return server{}, fmt.Errorf("the server says it is %q, which is no version of MariaDB or MySQL", v["version"])
	}
	f.AnsiQuotes = strings.Contains(v["sql_mode"], "ANSI_QUOTES") // the server writes ANSI and the like out
	s := server{flavour: f, UserStat: v["userstat"] == "ON" || v["userstat"] == "1", PerfOn: v["performance_schema"] == "ON"}
	// MariaDB's own id is of the machine and the port: two servers of sockets share it.
	machine := or(v["server_uid"], fmt.Sprintf("%s:%s:%s", v["hostname"], v["port"], v["server_id"]))
	s.ID = or(v["server_uuid"], machine+":"+v["datadir"])
	var name *string
	if err := c.row(ctx, &name, "SELECT DATABASE()"); err != nil {
		return s, err
	}
	if name != nil {
		s.Database = *name
	}
	var user *string
	if err := c.row(ctx, &user, "SELECT CURRENT_USER()"); err != nil {
		return s, err
	}
	if user != nil {
		s.Account = accountOf(*user)
	}
	return s, nil
}

// databases lists what the user may choose from; errors leave it empty.
func databases(ctx context.Context, c *conn) []string {
	var names []string
	_, err := c.each(ctx, "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN ('mysql','sys','information_schema','performance_schema') ORDER BY 1 LIMIT 20", nil,
		func(row []value) error { names = append(names, row[0].s); return nil })
	if err != nil || len(names) == 0 {
		return []string{"there is none that this user may see"}
	}
	return names
}

// ID answers which database of which server this is.
func (e *Engine) ID(context.Context) (db.TargetID, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return db.TargetID{Engine: dialectName, Server: e.server.ID, Database: e.server.Database}, nil
}

// Close ends the connection.
func (e *Engine) Close() error {
	<-e.activity.End()
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	if e.slow != nil {
		e.slow.Close()
	}
	return e.db.Close()
}

// read runs f on the connection that watches.
func (e *Engine) read(ctx context.Context, op string, f func(*conn) error) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.readLocked(ctx, op, f)
}

// readLocked is read for those who hold e.mu.
func (e *Engine) readLocked(ctx context.Context, op string, f func(*conn) error) error {
	if e.closed {
		return errors.New("the engine is closed")
	}
	ctx, cancel := context.WithTimeout(ctx, e.o.ReadTimeout+dialTimeout)
	defer cancel()
	e.polls.Add(1)
	err := e.onConn(ctx, op, f)
	if errors.Is(err, db.ErrBusy) {
		e.busy.Add(1)
	}
	return err
}

// onConn takes the connection, dialling again where the server has ended it.
func (e *Engine) onConn(ctx context.Context, op string, f func(*conn) error) error {
	c, err := take(ctx, e.db, op, e.o.Trace)
	if err != nil {
		return explainError(e.target, err)
	}
	err = f(c)
	if ctx.Err() != nil && err != nil {
		e.stopStatement(c.id)
		err = errors.Join(ctx.Err(), err)
	}
	return explainError(e.target, errors.Join(err, c.release()))
}
