package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"mltop/internal/db"
)

// retry runs one statement until it got its locks in time, or the time is up.
// What an attempt leaves is removed.
func (r *runner) retry(ctx context.Context, sql string) error {
	for pause := lockPause; ; pause = min(2*pause, lockPauseMax) {
		err := r.attempt(ctx, sql)
		if err == nil {
			return nil
		}
		if !waits(err) || time.Now().Add(pause).After(r.end) {
			return r.blamed(ctx, err)
		}
		r.say("waiting for a lock: "+r.blockers(ctx), -1)
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(pause):
		}
	}
}

// errHeld means that a transaction is in the way, and nothing was begun.
var errHeld = errors.New("an older transaction is in the way")

// waits reports whether an error is one of waiting too long.
func waits(err error) bool { return errors.Is(err, errHeld) || codeOf(err) == codeLock }

// attempt begins nothing that an old transaction would hold up: a concurrent
// build leaves an invalid index behind, and that cannot be dropped either
// before the transaction ends.
func (r *runner) attempt(ctx context.Context, sql string) error {
	if err := r.outwait(ctx); err != nil {
		return err
	}
	if err := r.stillMeant(ctx, sql); err != nil {
		return err
	}
	err := r.watched(ctx, sql)
	if err == nil {
		return nil
	}
	return errors.Join(err, r.sweep(ctx))
}

// stillMeant looks once more before a drop, which goes by name and may have
// waited: somebody may have made the index whole meanwhile, or made another one
// of that name, or be at it.
func (r *runner) stillMeant(ctx context.Context, sql string) error {
	if r.step.Object.Kind != db.ObjectIndex || !strings.HasPrefix(sql, "DROP INDEX ") {
		return nil
	}
	got, building, err := indexNow(ctx, r.c, r.step.Object)
	switch {
	case err != nil:
		return err
	case got != r.result.Before:
		return &db.StateError{When: "before", Want: r.result.Before, Got: got}
	case building:
		return errHeld
	}
	return nil
}

// heldPause is between two looks at who is in the way.
const heldPause = 20 * time.Millisecond

// outwait waits, no longer than one attempt, until all transactions have ended
// that were in the way when it began: also a young one may never end.
func (r *runner) outwait(ctx context.Context) error {
	for began := time.Now(); ; time.Sleep(heldPause) {
		held, err := r.held(ctx, time.Since(began))
		if err != nil || !held {
			return err
		}
		if time.Since(began) > r.e.o.WriteLockTimeout {
			return errHeld
		}
	}
}

// heldBySQL finds transactions of some age that hold a lock on the table, or
// an old view of all tables; heldSQL tells whether there are any.
const (
	heldBySQL = `SELECT /* mltop */ a.pid::text FROM pg_stat_activity a WHERE a.pid <> pg_backend_pid() AND a.datname = current_database()
	AND clock_timestamp() - a.xact_start > $1::int8 * interval '1 millisecond' AND (a.backend_xmin IS NOT NULL OR EXISTS (
	SELECT FROM pg_locks l JOIN pg_class r ON r.oid = l.relation WHERE l.pid = a.pid AND l.granted AND (l.relation = to_regclass($2) OR r.relname = $2)
	AND ($3::bool OR l.mode NOT IN ('AccessShareLock', 'RowShareLock'))))`
	heldSQL = `SELECT /* mltop */ EXISTS (` + heldBySQL + `)`
)

func (r *runner) onIndex() bool {
	return r.step.Object.Kind == db.ObjectIndex || r.step.Object.Kind == db.ObjectPart
}

func (r *runner) held(ctx context.Context, age time.Duration) (held bool, err error) {
	if !r.onIndex() {
		return false, nil
	}
	dropping := r.result.Before != db.Absent || r.step.Object.Kind == db.ObjectPart
	return held, r.c.row(ctx, heldSQL, []any{age.Milliseconds(), r.step.Object.Table, dropping}, &held)
}

// blamed names those who held what a statement waited for.
func (r *runner) blamed(ctx context.Context, err error) error {
	if !waits(err) {
		return err
	}
	return &ServerError{ProblemLocked, r.e.to.String(), fmt.Sprintf("no lock within %v: %s", r.e.o.WriteTimeout, r.blockers(ctx)), "end that transaction, or try again later", err}
}

// blockers names the oldest transactions; any of them may hold the lock.
func (r *runner) blockers(ctx context.Context) string {
	if who := r.e.olderTransactions(ctx); who != "" {
		return who
	}
	return "of another session"
}
