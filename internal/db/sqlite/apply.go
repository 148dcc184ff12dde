package sqlite

import (
	"context"
	"errors"
	"fmt"
	"time"

	"mltop/internal/db"
)

// While a change waits for its lock it holds none.
const (
	lockWait  = 100 * time.Millisecond // inside SQLite, at one attempt
	lockPause = 20 * time.Millisecond  // between attempts, and then longer
	// commitFor bounds a commit that waits for readers to end: new readers
	// are kept out all the while.
	commitFor = 2 * time.Second
)

// Run carries out one step on a connection of its own. Inside a transaction
// nothing is left of a step that fails, is cancelled, or finds its object
// otherwise than Before and After say; an empty step only lets SQLite roll
// back what a crash left.
func (e *Engine) Run(ctx context.Context, s db.Step, progress func(db.Progress)) (db.Result, error) {
	start := time.Now()
	r := runner{e: e, step: s, progress: progress, end: start.Add(e.o.WriteTimeout)}
	err := r.run(ctx)
	r.result.Elapsed = time.Since(start)
	if err != nil && len(s.Do) > 0 {
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
	file     fileState
	c        *conn
	result   db.Result
}

func (r *runner) run(ctx context.Context) error {
	r.e.writing.Lock()
	defer r.e.writing.Unlock()
	if r.step.Mode == db.OutsideTransaction {
		// Leaving WAL mode needs the file alone: our own reads wait too.
		r.e.mu.Lock()
		defer r.e.mu.Unlock()
		if err := r.e.drop(); err != nil {
			return err
		}
		defer r.e.noteOwnWrite()
	} else {
		defer func() {
			r.e.mu.Lock()
			defer r.e.mu.Unlock()
			r.e.noteOwnWrite()
		}()
	}
	if err := r.open(ctx); err != nil {
		return err
	}
	err := r.carryOut(ctx)
	if err != nil {
		err = errors.Join(err, r.sweep(ctx))
		r.readBack(ctx)
	}
	r.stage("closing")
	return explainError(r.file, nil, errors.Join(err, r.c.close()))
}

// readBack lets SQLite roll back what a commit wrote before it failed, on a full
// disk: it does so at the next read. What stands in its way is met again when
// the state of the object is looked at.
func (r *runner) readBack(ctx context.Context) {
	_, _, _ = intOf(context.WithoutCancel(ctx), r.c, "SELECT count(*) FROM sqlite_schema")
}

// noteOwnWrite keeps what we wrote from being taken for a sign that an
// application is at work; e.mu is held.
func (e *Engine) noteOwnWrite() {
	e.head = headerCache{}
	if s, err := look(e.path); err == nil && s.id.same(e.seen.id) {
		e.seen = s
	}
}

// open opens for writing. SQLite rolls a hot journal back at the first read.
func (r *runner) open(ctx context.Context) error {
	var err error
	if r.file, err = look(r.e.path); err != nil {
		return err
	}
	if !writable(r.file.path) {
		return &FileError{ProblemPermission, r.file.path, "no permission to write it", "run mltop as the user that runs the application", nil}
	}
	err = r.retry(ctx, r.end, func() error {
		r.c, err = openConn(writeURI(r.file.path, lockWait), r.e.o.Trace)
		return err
	})
	if err != nil {
		return explainError(r.file, nil, fmt.Errorf("open for writing: %w", err))
	}
	r.c.writes = true
	now, err := look(r.e.path)
	if err == nil && !now.id.same(r.file.id) {
		err = &FileError{ProblemReplaced, r.e.path, "was replaced by another file", "", nil}
	}
	if err != nil {
		return errors.Join(err, r.c.close())
	}
	if r.e.o.prepare != nil {
		r.e.o.prepare(r.c)
	}
	r.stage("opened")
	return nil
}

func (r *runner) carryOut(ctx context.Context) error {
	if r.step.Object.Kind == db.ObjectStatistics && len(r.step.Do) > 0 {
		if err := canAnalyze(ctx, r.c); err != nil {
			return err
		}
	}
	if r.step.Mode == db.OutsideTransaction {
		return r.change(ctx, func(sql string) error {
			return r.retry(ctx, r.end, func() error {
				return r.within(ctx, func(ctx context.Context) error { return r.c.exec(ctx, sql) })
			})
		})
	}
	if err := r.retry(ctx, r.end, func() error { return r.c.exec(ctx, "BEGIN IMMEDIATE") }); err != nil {
		return err
	}
	r.stage("begun")
	err := r.within(ctx, r.changeAndCommit)
	if err != nil && !r.c.autocommit() {
		err = errors.Join(err, r.c.exec(context.WithoutCancel(ctx), "ROLLBACK"))
		r.stage("rolled back")
	}
	return err
}

func (r *runner) changeAndCommit(ctx context.Context) error {
	if err := r.change(ctx, func(sql string) error { return r.c.exec(ctx, sql) }); err != nil {
		return err
	}
	return r.commit(ctx)
}

// errOverrun means that a step held its lock for longer than it may: the
// estimate was wrong, or the disk is busy. Nobody need have waited.
var errOverrun = errors.New("it held its lock for as long as it may")

// within runs what holds a lock, for no longer than the step allows.
func (r *runner) within(ctx context.Context, f func(context.Context) error) error {
	limit := r.step.Blocks.Limit
	if limit <= 0 {
		return f(ctx)
	}
	held, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := f(held)
	if err != nil && held.Err() != nil && ctx.Err() == nil {
		return fmt.Errorf("%w (%v), and was not done: a longer --max-block gives it more time", errOverrun, limit.Round(time.Millisecond))
	}
	return err
}

// change checks Before, runs Do, and checks After.
func (r *runner) change(ctx context.Context, exec func(sql string) error) error {
	var err error
	if r.result.Before, err = r.expect(ctx, r.step.Before, "before"); err != nil {
		return err
	}
	for i, sql := range r.step.Do {
		r.say(fmt.Sprintf("statement %d of %d", i+1, len(r.step.Do)))
		if err := exec(sql); err != nil {
			return err
		}
		r.stage(fmt.Sprintf("statement %d", i+1))
	}
	r.result.After, err = r.expect(ctx, r.step.After, "after")
	if err == nil && r.progress != nil && r.step.Mode == db.InTransaction {
		r.progress(db.Progress{Stage: "to be committed", Done: -1, After: r.result.After})
	}
	return err
}

// expect compares the object with what the step says of it; "" expects
// nothing.
func (r *runner) expect(ctx context.Context, want db.State, when string) (db.State, error) {
	if len(r.step.Do) == 0 && want == "" {
		return "", r.c.exec(ctx, "SELECT count(*) FROM sqlite_schema")
	}
	got, err := stateOn(ctx, r.c, r.step.Object)
	if err != nil {
		return got, err
	}
	if want != "" && got != want {
		return got, &db.StateError{When: when, Want: want, Got: got}
	}
	r.stage(when + " checked")
	return got, nil
}

// commit waits for readers to end, but not for long.
func (r *runner) commit(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	r.say("committing")
	patience := commitFor
	if r.step.Blocks.Commit > 0 {
		patience = r.step.Blocks.Commit
	}
	err := r.retry(ctx, time.Now().Add(patience), func() error {
		// A commit that has begun is not interrupted: it would be undone.
		return r.c.exec(context.WithoutCancel(ctx), "COMMIT")
	})
	if err == nil {
		r.stage("committed")
	}
	return err
}

// retry repeats what met a lock until end.
func (r *runner) retry(ctx context.Context, end time.Time, f func() error) error {
	for pause := lockPause; ; pause = min(pause*2, time.Second/4) {
		err := f()
		code := resultCode(err) & 0xff
		if err == nil || code != codeBusy && code != codeLocked || !time.Now().Add(pause).Before(end) {
			return err
		}
		r.say("waiting for a lock")
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(pause):
		}
	}
}

// sweep removes what a failed step left outside a transaction.
func (r *runner) sweep(ctx context.Context) error {
	for _, sql := range r.step.Sweep {
		if err := r.c.exec(context.WithoutCancel(ctx), sql); err != nil {
			return fmt.Errorf("clean up: %w", err)
		}
		r.stage("swept")
	}
	return nil
}

// stage is a place where a test may end the process.
func (r *runner) stage(name string) {
	r.say(name)
	if r.e.o.Fault != nil {
		r.e.o.Fault(name)
	}
}

func (r *runner) say(stage string) {
	if r.progress != nil {
		r.progress(db.Progress{Stage: stage, Done: -1})
	}
}
