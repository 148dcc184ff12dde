package mysql

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"mltop/internal/db"
)

// While a change waits for a metadata lock, everybody behind it waits too:
// it waits for one second, gives up, and lets them through.
const (
	lockWaitSeconds = 1
	firstPause      = 200 * time.Millisecond
	longestPause    = 3 * time.Second
	progressEvery   = 500 * time.Millisecond
	// sweepFor bounds what is done behind a change that was given up.
	sweepFor = 10 * time.Second
)

// Run carries out one step on a connection of its own. The statements of
// these servers commit by themselves: what a failed step leaves is swept.
func (e *Engine) Run(ctx context.Context, s db.Step, progress func(db.Progress)) (db.Result, error) {
	start := time.Now()
	r := runner{e: e, step: s, progress: progress, end: start.Add(e.o.WriteTimeout)}
	err := db.Cancelled(r.run(ctx))
	e.CatalogChanged()
	r.result.Elapsed = time.Since(start)
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
	c        *conn
	result   db.Result
	changed  bool          // a statement of Do has begun
	heldUp   time.Duration // what its tries may have made others wait
	behind   *heldError    // who was in the way of the last try; nil: nobody
}

// writeSession makes a session that gives up soon, and never on its work.
func writeSession() []string {
	return []string{boundedLocks(), unboundedWork, "SET SESSION time_zone = '+00:00'"}
}

func boundedLocks() string {
	return fmt.Sprintf("SET SESSION lock_wait_timeout = %d, innodb_lock_wait_timeout = %d", lockWaitSeconds, lockWaitSeconds)
}

// unboundedWork is in MariaDB's words alone: MySQL bounds no more than reads.
const unboundedWork = "SET SESSION max_statement_time = 0"

func (r *runner) run(ctx context.Context) error {
	r.e.writing.Lock()
	defer r.e.writing.Unlock()
	if err := r.reachable(ctx); err != nil {
		return err
	}
	pool, err := openPool(r.e.target, r.e.o, writeSession())
	if err != nil {
		return err
	}
	err = r.on(ctx, pool)
	return explainError(r.e.target, errors.Join(err, pool.Close()))
}

// reachable refuses to change what a replica has from its primary. Settings
// are its own.
func (r *runner) reachable(ctx context.Context) error {
	if r.step.Object.Kind == db.ObjectSetting {
		return nil
	}
	var p place
	err := r.e.read(ctx, "place", func(c *conn) (err error) {
		p, err = readPlace(ctx, c, r.e.server.flavour)
		return err
	})
	if err != nil {
		return err
	}
	if no := p.refuses(r.e.target); no != nil {
		return no
	}
	return nil
}

func (r *runner) on(ctx context.Context, pool *pool) error {
	var err error
	if r.c, err = take(ctx, pool, "", r.e.o.Trace); err != nil {
		return fmt.Errorf("open for writing: %w", err)
	}
	r.c.writes = true
	r.tell(db.Progress{Stage: "connected", Done: -1, Session: r.c.id})
	r.stage("opened")
	err = r.change(ctx)
	if err != nil && r.changed {
		err = errors.Join(err, r.sweep(ctx))
	}
	return errors.Join(err, r.c.release())
}

// change checks Before, runs Do, and checks After.
func (r *runner) change(ctx context.Context) error {
	var err error
	if r.result.Before, err = r.expect(ctx, r.c, r.step.Before, "before"); err != nil {
		return err
	}
	for i, sql := range r.step.Do {
		r.say(fmt.Sprintf("statement %d of %d", i+1, len(r.step.Do)), -1)
		if err := r.attempts(ctx, sql); err != nil {
			return err
		}
		r.stage(fmt.Sprintf("statement %d", i+1))
	}
	r.result.After, err = r.expect(ctx, r.c, r.step.After, "after")
	return err
}

// expect compares the object with what the step says of it; "" expects
// nothing.
func (r *runner) expect(ctx context.Context, c *conn, want db.State, when string) (db.State, error) {
	got, err := stateOn(ctx, c, r.step.Object)
	if err != nil {
		return got, err
	}
	if want != "" && got != want {
		return got, &db.StateError{When: when, Want: want, Got: got}
	}
	r.stage(when + " checked")
	return got, nil
}

// attempts repeats a statement that met a lock, with longer pauses, until the
// time for it is over.
func (r *runner) attempts(ctx context.Context, sql string) error {
	for pause := firstPause; ; pause = min(pause*2, longestPause) {
		err := r.try(ctx, sql)
		code := codeOf(err)
		if code == codeDuplicateName && strings.HasSuffix(sql, unlessThere) {
			return nil
		}
		met := code == codeLockTimeout || code == codeDeadlock || errors.Is(err, db.ErrBusy)
		switch {
		case err == nil || !met:
			return refused(err)
		case !time.Now().Add(pause).Before(r.end) || errors.Is(err, errSpent):
			return r.gaveUp(err)
		}
		r.say("waiting for a lock on the table", -1)
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(pause):
		}
	}
}

// gaveUp names the one in the way where somebody is.
func (r *runner) gaveUp(err error) error {
	if r.behind != nil {
		err = r.behind
	}
	waited := time.Since(r.end) + r.e.o.WriteTimeout
	return fmt.Errorf("gave up after %s behind a lock on the table, and changed nothing: %w", waited.Round(time.Second), err)
}

// refused adds what to do to the servers' refusal of an online build.
func refused(err error) error {
	if code := codeOf(err); code == codeNoAlgorithm || code == codeNoAlgorithmReason {
		return fmt.Errorf("the server cannot do it beside writers, and mltop does not stop them: %w", err)
	}
	return err
}

// attempt runs one statement, tells how far it is, and stops it in the server
// when ctx ends: the driver alone would only hang up.
func (r *runner) attempt(ctx context.Context, sql string) error {
	r.changed = true
	done := make(chan error, 1)
	go func() { done <- r.c.exec(context.WithoutCancel(ctx), sql) }()
	tick := time.NewTicker(progressEvery)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-tick.C:
			r.look(ctx)
		case <-ctx.Done():
			r.e.stopStatement(r.c.id)
			err := <-done
			if codeOf(err) == codeInterrupted {
				err = nil // that was us
			}
			return errors.Join(ctx.Err(), err)
		}
	}
}

// look asks on the other connection how far the statement is.
func (r *runner) look(ctx context.Context) {
	if !r.e.server.MariaDB {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, progressEvery)
	defer cancel()
	// An answer that does not come leaves the progress unknown, no more.
	_ = r.e.read(ctx, "progress", func(c *conn) error {
		_, err := c.each(ctx, "SELECT STATE, STAGE, MAX_STAGE, PROGRESS FROM information_schema.PROCESSLIST WHERE ID = ?", []any{r.c.id}, func(row []value) error {
			r.say(row[0].s, progressOf(valueOf(row[1].s), valueOf(row[2].s), valueOf(row[3].s)))
			return nil
		})
		return err
	})
}

// progressOf joins a stage and how much of it is done; negative: not known.
func progressOf(stage, stages, percent float64) float64 {
	if stages <= 0 {
		return -1
	}
	return min(1, max(0, (stage-1+percent/100)/stages))
}

// sweep removes what a failed step left. A statement that was cut off may
// have ended well just before: only what is there is removed.
func (r *runner) sweep(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sweepFor)
	defer cancel()
	if len(r.step.Sweep) == 0 {
		return nil
	}
	now, err := r.e.State(ctx, r.step.Object)
	if err != nil {
		return fmt.Errorf("look for what the step left: %w", err)
	}
	if now == r.result.Before {
		return nil
	}
	for _, sql := range r.step.Sweep {
		if err := r.c.exec(ctx, sql); err != nil {
			return fmt.Errorf("clean up: %w", err)
		}
		r.stage("swept")
	}
	return nil
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

// stopStatement ends a statement in the server, on a connection that lives
// for this alone. Where that fails the server's own time limit ends it.
func (e *Engine) stopStatement(id string) {
	if id == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	pool, err := openPool(e.target, e.o, nil)
	if err != nil {
		return
	}
	defer pool.Close()
	_, _ = pool.ExecContext(ctx, mark+"KILL QUERY "+id)
}
