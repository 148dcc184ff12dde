// Package sqlite reads and changes SQLite databases that other processes are
// using.
//
// Watching holds nothing: every question is one short autocommit read. In
// rollback mode the idle connection stays open between questions, which takes
// no lock; in WAL mode it is closed, because an open one would spare the
// application the checkpoint at each of its own closes, and so change what is
// measured.
package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mltop/internal/db"
)

// Options of an engine; the zero value is good.
type Options struct {
	// BusyTimeout is how long a read waits for a lock; 0 is 100 ms. A waiting
	// reader holds no lock itself.
	BusyTimeout time.Duration
	// Child is the start of a command line that calls ServeCounters with the
	// path behind it. Without it the counters in the file are not measured,
	// and a WAL database that nobody has open is not copied before it is read.
	Child []string
	// TempDir is for the copy of a WAL database that nobody has open; "" is
	// the system's.
	TempDir string
	// CopyLimit bounds that copy; 0 is 256 MB.
	CopyLimit int64
	// Trace is told every statement that mltop runs; may be nil.
	Trace func(db.Line)
	// Fault is called behind every statement and wait of a change; may be
	// nil. Tests end the process in it.
	Fault func(point string)
	// WriteTimeout bounds how long a change tries to get the lock; 0 is 5 s.
	WriteTimeout time.Duration

	prepare func(*conn) // sees a change's connection first; for tests
}

const (
	defaultBusyTimeout  = 100 * time.Millisecond
	defaultCopyLimit    = 256 << 20
	defaultWriteTimeout = 5 * time.Second
)

// An Engine reads one database file, and changes it in Run alone. Its methods
// may be called from several goroutines; reads take turns.
type Engine struct {
	Dialect
	path  string
	o     Options
	child *child

	busy, polls atomic.Int64

	writing sync.Mutex // held by Run
	mu      sync.Mutex // guards what follows; held while a read runs
	kept    *session   // nil: none is open
	seen    fileState  // of the last read
	adopted int        // rises each time another file takes the path
	told    map[string]int
	cookie  string // the catalog's version, when Stats was last asked
	head    headerCache
	copy    privateCopy
	commits commitCounter
	// requests is room for rows of a request table; nil until one is read.
	requests *batch

	known        *db.Schema // for names in plans; without sizes
	knownVersion int64
	knownOf      int // adopted at that time
	closed       bool
}

var (
	_ db.Engine        = (*Engine)(nil)
	_ db.Runner        = (*Engine)(nil)
	_ db.FileHolder    = (*Engine)(nil)
	_ db.RequestReader = (*Engine)(nil)
)

// A session is a connection, and what it was opened on.
type session struct {
	c    *conn
	uri  string
	file fileID
}

// Open attaches to the database file at path. It reads the file once, so that
// what cannot be read at all is said at once; a lock or a hot journal is a
// state that passes, and no reason to fail.
func Open(ctx context.Context, path string, o Options) (*Engine, error) {
	if path == "" || strings.IndexByte(path, 0) >= 0 {
		return nil, fmt.Errorf("open %q: not a file name", path)
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("open %q: %w", path, err)
	}
	e := &Engine{path: abs, o: o.withDefaults(), told: map[string]int{}}
	e.child = newChild(o.Child, abs)
	if err := e.firstRead(ctx); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

func (o Options) withDefaults() Options {
	if o.BusyTimeout <= 0 {
		o.BusyTimeout = defaultBusyTimeout
	}
	if o.CopyLimit <= 0 {
		o.CopyLimit = defaultCopyLimit
	}
	if o.WriteTimeout <= 0 {
		o.WriteTimeout = defaultWriteTimeout
	}
	if o.TempDir == "" {
		o.TempDir = os.TempDir()
	}
	return o
}

func (e *Engine) firstRead(ctx context.Context) error {
	err := e.read(ctx, "open", func(c *conn) error {
		_, err := c.each(ctx, "SELECT count(*) FROM sqlite_schema", nil, ignore)
		return err
	})
	var f *FileError
	if errors.As(err, &f) && (f.Problem == ProblemLocked || f.Problem == ProblemHotJournal) {
		return nil
	}
	return err
}

// Path is the file's path, absolute.
func (e *Engine) Path() string { return e.path }

// Sessions is empty: SQLite has no server that would know them.
func (e *Engine) Sessions(context.Context) ([]db.Session, error) { return nil, nil }

// Close ends the child and removes the copy, if there is one.
func (e *Engine) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	e.child.close()
	return errors.Join(e.drop(), e.copy.remove())
}

// ID answers which database this is; it holds no lock and opens nothing
// where the file system keeps a time of birth.
func (e *Engine) ID(ctx context.Context) (db.TargetID, error) {
	s, err := look(e.path)
	if err != nil {
		return db.TargetID{}, err
	}
	if !s.id.born.IsZero() {
		return s.id.target(""), nil
	}
	var first string
	err = e.read(ctx, "id", func(c *conn) error {
		first, err = textOf(ctx, c, "SELECT name || ' ' || sql FROM sqlite_schema ORDER BY rowid LIMIT 1")
		return err
	})
	return s.id.target(first), err
}

// read runs f on a connection that can only read. op names who asks.
func (e *Engine) read(ctx context.Context, op string, f func(*conn) error) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return errors.New("the engine is closed")
	}
	s, err := look(e.path)
	if err != nil {
		return errors.Join(err, e.drop())
	}
	if err := e.notice(s, op); err != nil {
		return err
	}
	e.polls.Add(1)
	err = explainError(s, e.head.last, e.readFrom(ctx, s, func(c *conn) error { c.who = op; return f(c) }))
	if errors.Is(err, db.ErrBusy) {
		e.busy.Add(1)
	}
	e.seen = s
	return err
}

// These follow a table by the last row read, which means nothing in another
// file.
const (
	opMaxRequest = "max request id"
	opRequests   = "requests"
)

// notice compares the file with the one read before. Whoever asks for
// something once is answered from the file that is there now; Stats counts the
// files, and those that keep a place are told, once each.
func (e *Engine) notice(s fileState, op string) error {
	if e.seen.path != "" && !s.id.same(e.seen.id) {
		e.adopted++
		e.seen, e.head, e.commits = s, headerCache{}, commitCounter{}
		if err := errors.Join(e.drop(), e.copy.remove()); err != nil {
			return err
		}
	}
	if op != opMaxRequest && op != opRequests {
		return nil
	}
	before, known := e.told[op]
	e.told[op] = e.adopted
	if known && before != e.adopted {
		return &FileError{ProblemReplaced, e.path, "was replaced by another file", "", nil}
	}
	return nil
}
