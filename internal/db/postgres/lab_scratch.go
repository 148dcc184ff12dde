package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"mltop/internal/db"
)

// scratchMark is the comment that only our schemas have.
const scratchMark = "a sample that mltop tries indexes on; mltop drops it"

// makeScratch makes the schema and its mark in one transaction. The lock comes
// first: whoever sees the schema and finds the lock free knows that its owner
// is gone.
func (l *sampleLab) makeScratch(ctx context.Context) error {
	name, err := db.NewScratchName()
	if err != nil {
		return err
	}
	var replica bool
	if err := l.c.row(ctx, "SELECT /* mltop */ pg_is_in_recovery()", nil, &replica); err != nil {
		return err
	}
	if replica {
		return db.NotMeasuredf("rules only: a replica takes no sample: attach to the primary")
	}
	if ok, err := lockScratch(ctx, l.c, name); err != nil || !ok {
		return errors.Join(err, errors.New("the lock of a new scratch schema cannot be had"))
	}
	l.name = name
	schema := quote(name)
	return l.c.script(ctx, "BEGIN; CREATE SCHEMA "+schema+"; COMMENT ON SCHEMA "+schema+" IS '"+scratchMark+"'; COMMIT; "+
		"SELECT set_config('search_path', '"+schema+", ' || current_setting('search_path'), false)")
}

// lockScratch takes the lock of a schema's name for the session.
func lockScratch(ctx context.Context, c *conn, name string) (ok bool, err error) {
	return ok, c.row(ctx, "SELECT /* mltop */ pg_try_advisory_lock(hashtext('mltop scratch'), hashtext($1))", []any{name}, &ok)
}

// explainScratch names the right that a scratch schema needs.
func explainScratch(t target, err error) error {
	if codeOf(err) == codeDenied {
		return &ServerError{ProblemDenied, t.String(), "does not let " + t.user + " keep a sample (" + err.Error() + ")",
			"GRANT CREATE ON DATABASE " + quote(t.database) + " TO " + quote(t.user) + ", and SELECT on the application's tables", err}
	}
	return t.explain(err)
}

// SweepScratch drops the scratch schemas whose owners are gone: those of
// mltops that were killed. One that is in use is never touched, nor is one
// that does not carry our mark. It answers the names of those that it dropped.
// Through a pooler, whose sessions hold no lock of ours, it drops none.
func (e *Engine) SweepScratch(ctx context.Context) ([]string, error) {
	if e.pooled.Load() {
		return nil, nil
	}
	var names []string
	err := e.read(ctx, "scratch", func(c *conn) error {
		return c.list(ctx, &names, `SELECT /* mltop */ nspname::text FROM pg_namespace WHERE nspname LIKE 'mltop\_scratch\_%' AND obj_description(oid, 'pg_namespace') = $1`, scratchMark)
	})
	if err != nil || len(names) == 0 {
		return nil, err
	}
	var dropped []string
	return dropped, e.onScratch(ctx, func(c *conn) error {
		for _, name := range names {
			if !db.IsScratchName(name) {
				continue
			}
			free, err := lockScratch(ctx, c, name)
			if err == nil && free {
				dropped = append(dropped, name)
				err = dropOn(ctx, c, name)
			}
			if err != nil {
				return fmt.Errorf("drop %s, which a killed mltop left: %w", name, err)
			}
		}
		return nil
	})
}

// leftSQL finds scratch schemas whose lock nobody holds: pg_locks shows the two
// keys of lockScratch as unsigned numbers.
const leftSQL = `SELECT /* mltop */ nspname::text FROM pg_namespace WHERE nspname LIKE 'mltop\_scratch\_%' AND obj_description(oid, 'pg_namespace') = $1
	AND NOT EXISTS (SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.objsubid = 2 AND l.granted AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
	AND l.classid::int8 = (hashtext('mltop scratch')::int8 & 4294967295) AND l.objid::int8 = (hashtext(nspname::text)::int8 & 4294967295)) ORDER BY 1`

// LeftScratch names the schemas that SweepScratch would drop, by the statements
// that do it. It takes no lock.
func (e *Engine) LeftScratch(ctx context.Context) ([]string, error) {
	var names, drops []string
	err := e.read(ctx, "scratch", func(c *conn) error { return c.list(ctx, &names, leftSQL, scratchMark) })
	for _, name := range names {
		if db.IsScratchName(name) {
			drops = append(drops, "DROP SCHEMA "+quote(name)+" CASCADE")
		}
	}
	return drops, err
}

// onScratch runs f on a connection that may write, and ends it.
func (e *Engine) onScratch(ctx context.Context, f func(*conn) error) error {
	pool, c, err := e.openScratch(ctx)
	if err != nil {
		return err
	}
	err = f(c)
	_ = c.c.Close() // one that broke was told of already
	return errors.Join(explainScratch(e.to, err), pool.Close())
}

func (e *Engine) dropScratch(name string) error {
	ctx, cancel := context.WithTimeout(context.Background(), sweepFor)
	defer cancel()
	if err := e.onScratch(ctx, func(c *conn) error { return dropOn(ctx, c, name) }); err != nil {
		return fmt.Errorf("drop the scratch schema %s: %w", name, err)
	}
	return nil
}

// dropOn drops a schema, again and again while a statement of ours that was
// cut off still holds it.
func dropOn(ctx context.Context, c *conn, name string) error {
	if !db.IsScratchName(name) {
		return fmt.Errorf("%s is no scratch schema", name)
	}
	for pause := lockPause; ; pause = min(2*pause, lockPauseMax) {
		err := c.script(ctx, "SET client_min_messages = warning; DROP SCHEMA IF EXISTS "+quote(name)+" CASCADE")
		if codeOf(err) != codeLock {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}
