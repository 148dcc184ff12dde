package postgres

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/jmoiron/sqlx"

	"mltop/internal/db"
)

// Between attempts to get a lock a change waits, and then longer; meanwhile
// nobody queues behind it.
const (
	lockPause    = 200 * time.Millisecond
	lockPauseMax = 5 * time.Second
	// sweepFor bounds the removal of what an interrupted build left.
	sweepFor = 30 * time.Second
)

// Run carries out one step on a connection of its own. A statement that waits
// for a lock gives up in time and is tried again: nobody queues behind it for
// long. What an interrupted build leaves is removed.
func (e *Engine) Run(ctx context.Context, s db.Step, progress func(db.Progress)) (db.Result, error) {
	e.writing.Lock()
	defer e.writing.Unlock()
	start := time.Now()
	r := &runner{e: e, step: s, progress: progress, end: start.Add(e.o.WriteTimeout)}
	err := e.askOwner(ctx, s.Object.Table, db.Cancelled(e.to.explain(r.run(ctx))))
	e.CatalogChanged()
	r.result.Elapsed = time.Since(start)
	if s.Object.Kind == db.ObjectExtension {
		e.forgetFacts()
	}
	if err != nil {
		err = fmt.Errorf("change %s %s: %w", s.Object.Kind, s.Object.Name, err)
	}
	return r.result, err
}

// A runner is one Run.
type runner struct {
	e        *Engine
	step     db.Step
	progress func(db.Progress)
	end      time.Time // of waiting for locks
	pool     *sqlx.DB
	c        *conn
	pid      int64
	ran      bool // all its statements
	result   db.Result
}

func (r *runner) run(ctx context.Context) error {
	if err := r.open(ctx); err != nil {
		return err
	}
	defer r.close()
	var err error
	if r.result.Before, err = r.expect(ctx, r.step.Before, "before"); err != nil {
		return err // nothing was done: there is nothing to sweep
	}
	if err = r.carryOut(ctx); err == nil {
		r.ran = true
		r.result.After, err = r.expect(ctx, r.step.After, "after")
	}
	return err
}

// open opens for writing. Its limits are the session's: a concurrent build
// takes no transaction that could hold them. So it needs the server itself;
// what needs no such limits goes through a pooler too.
func (r *runner) open(ctx context.Context) error {
	if err := r.reachable(ctx); err != nil {
		return err
	}
	cfg := r.e.cfg.Copy()
	if !r.e.pooled.Load() {
		cfg.RuntimeParams["default_transaction_read_only"] = "off"
		cfg.RuntimeParams["statement_timeout"] = "0" // a build takes as long as it takes
		cfg.RuntimeParams["lock_timeout"] = milliseconds(r.e.o.WriteLockTimeout)
		cfg.RuntimeParams["idle_in_transaction_session_timeout"] = "0"
	}
	r.pool = sqlx.NewDb(stdlib.OpenDB(*cfg), "pgx")
	r.pool.SetMaxOpenConns(1)
	if err := r.connect(ctx); err != nil {
		return errors.Join(err, r.pool.Close())
	}
	r.stage("opened")
	return nil
}

// reachable refuses what this way, or this server, cannot do.
func (r *runner) reachable(ctx context.Context) error {
	var p place
	err := r.e.read(ctx, "place", func(c *conn) (err error) {
		p, err = readPlace(ctx, c, r.e.to.database)
		return err
	})
	switch {
	case err != nil:
		return err
	case p.Replica && r.step.Object.Kind != db.ObjectSetting: // settings are its own
		return &ServerError{ProblemReplica, r.e.to.String(), "the server is a replica in recovery, which nobody can change", primary(p), nil}
	case r.e.pooled.Load() && r.onIndex():
		return &ServerError{ProblemPooler, r.e.to.String(), "a pooler stands between, and building or dropping an index takes a session of its own", "apply needs a direct connection: " + direct(p), nil}
	}
	return nil
}

func (r *runner) connect(ctx context.Context) error {
	raw, err := r.pool.Connx(ctx)
	if err != nil {
		return fmt.Errorf("open for writing: %w", err)
	}
	r.c = &conn{c: raw, trace: r.e.o.Trace, writes: true}
	if err := r.c.row(ctx, "SELECT /* mltop */ pg_backend_pid()", nil, &r.pid); err != nil {
		return err
	}
	r.tell(db.Progress{Stage: "connected", Done: -1, Session: strconv.FormatInt(r.pid, 10)})
	return nil
}

func (r *runner) close() {
	_ = r.c.c.Close()  // a broken connection was told of already
	_ = r.pool.Close() // and this closes nothing else
	r.stage("closed")
}

func (r *runner) carryOut(ctx context.Context) error {
	analyze := r.step.Object.Kind == db.ObjectStatistics // may run inside, where a pooler lets it have its limits
	if r.step.Mode == db.OutsideTransaction && !(analyze && r.e.pooled.Load()) {
		return r.statements(ctx, func(sql string) error { return r.retry(ctx, sql) })
	}
	if err := r.c.script(ctx, "BEGIN READ WRITE; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = "+milliseconds(r.e.o.WriteLockTimeout)); err != nil {
		return err
	}
	err := r.statements(ctx, func(sql string) error { return r.c.do(ctx, sql) })
	if err == nil {
		return r.c.script(ctx, "COMMIT")
	}
	clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), sweepFor)
	defer cancel()
	return errors.Join(err, r.c.script(clean, "ROLLBACK"))
}

func (r *runner) statements(ctx context.Context, exec func(string) error) error {
	for i, sql := range r.step.Do {
		r.say(fmt.Sprintf("statement %d of %d", i+1, len(r.step.Do)), -1)
		if err := exec(sql); err != nil {
			return err
		}
		r.stage(fmt.Sprintf("statement %d", i+1))
	}
	return nil
}

// progressEvery is how often the server's own view of the build is read.
const progressEvery = 500 * time.Millisecond

// watched runs a statement while the reading connection tells how far it is.
func (r *runner) watched(ctx context.Context, sql string) error {
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		r.watch(ctx, stop)
	}()
	err := r.c.do(ctx, sql)
	close(stop)
	<-done
	return err
}

func (r *runner) watch(ctx context.Context, stop <-chan struct{}) {
	if r.progress == nil || r.step.Object.Kind != db.ObjectIndex {
		return
	}
	tick := time.NewTicker(progressEvery)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
			r.tellProgress(ctx)
		}
	}
}

const progressSQL = `SELECT /* mltop */ phase, CASE WHEN blocks_total > 0 THEN blocks_done::float8 / blocks_total WHEN tuples_total > 0 THEN tuples_done::float8 / tuples_total ELSE -1 END,
	current_locker_pid::int8 FROM pg_stat_progress_create_index WHERE pid = $1::int`

func (r *runner) tellProgress(ctx context.Context) {
	var phase string
	var part float64
	var locker int64
	err := r.e.read(ctx, "progress", func(c *conn) error { return c.row(ctx, progressSQL, []any{r.pid}, &phase, &part, &locker) })
	if err != nil {
		return // between two phases there is no row; the end of the build tells how it went
	}
	if locker != 0 {
		phase += fmt.Sprintf(" (pid %d)", locker)
	}
	r.say(phase, part)
}

// sweep removes an index that a failed build left invalid, on a connection
// that still stands, or a new one. An index that was there before, or is
// whole, is not touched.
func (r *runner) sweep(ctx context.Context) error {
	if len(r.sweeps()) == 0 || r.result.Before != db.Absent {
		return nil
	}
	clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), sweepFor)
	defer cancel()
	for pause := lockPause; ; pause = min(2*pause, lockPauseMax) {
		err := r.sweepOnce(clean)
		if err == nil {
			return nil
		}
		select {
		case <-clean.Done():
			return fmt.Errorf("clean up: %w: %s is left invalid", err, r.step.Object.Name)
		case <-time.After(pause):
		}
	}
}

// sweeps are the statements for it: an index that is built again, as it was
// dropped, goes as it went.
func (r *runner) sweeps() []string {
	undo := r.step.Undo
	if len(r.step.Sweep) == 0 && r.step.Object.Kind == db.ObjectIndex && len(undo) == 1 && strings.HasPrefix(undo[0], "DROP INDEX ") {
		return undo
	}
	return r.step.Sweep
}

func (r *runner) sweepOnce(ctx context.Context) error {
	now, err := stateOn(ctx, r.c, r.step.Object)
	if err != nil { // the cancelled statement took the connection with it
		_ = r.c.c.Close()
		if err := r.connect(ctx); err != nil {
			return err
		}
		now, err = stateOn(ctx, r.c, r.step.Object)
	}
	if err != nil || !strings.HasPrefix(string(now), invalidMark) {
		return err
	}
	for _, sql := range r.sweeps() {
		if err := r.c.do(ctx, sql); err != nil {
			return err
		}
	}
	r.stage("swept")
	return nil
}

// expect compares the object with what the step says of it; "" expects
// nothing. Statistics have no state to compare: the server writes them down
// when it likes.
func (r *runner) expect(ctx context.Context, want db.State, when string) (db.State, error) {
	got, err := stateOn(ctx, r.c, r.step.Object)
	if err != nil {
		return got, err
	}
	same := got == want || r.ran && want.Met(got) // what is to be dropped as half made must be so still
	if want != "" && !same && r.step.Object.Kind != db.ObjectStatistics {
		return got, &db.StateError{When: when, Want: want, Got: got}
	}
	r.stage(when + " checked")
	return got, nil
}

// stage is a place where a test may end the process.
func (r *runner) stage(name string) {
	r.say(name, -1)
	if r.e.o.Fault != nil {
		r.e.o.Fault(name)
	}
}

func (r *runner) say(stage string, done float64) {
	r.tell(db.Progress{Stage: stage, Done: done})
}

func (r *runner) tell(p db.Progress) {
	if r.progress != nil {
		r.progress(p)
	}
}
