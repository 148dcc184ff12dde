package mysql

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"mltop/internal/db"
)

// scratchMark is a table that only our databases hold.
const scratchMark = "mltop_mark"

// scratchTarget is the server without a database.
func (e *Engine) scratchTarget() target {
	t := e.target
	t.database = ""
	return t
}

// labSession makes a session that works on the scratch database. READ
// COMMITTED makes INSERT … SELECT read the live rows without locks.
func labSession() []string {
	return []string{
		"SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
		"SET SESSION lock_wait_timeout = 1, innodb_lock_wait_timeout = 1",
		fmt.Sprintf("SET SESSION max_statement_time = %.3f", labRunTime.Seconds()),
		fmt.Sprintf("SET SESSION max_execution_time = %d", labRunTime.Milliseconds()),
		"SET SESSION foreign_key_checks = 0",
		"SET SESSION time_zone = '+00:00'",
		"SET SESSION slow_query_log = OFF",
		"SET SESSION query_cache_type = OFF", // a kept answer reads no row
	}
}

// A scratchFacts is what decides whether a server may hold a scratch database.
type scratchFacts struct{ logBin, unlogged, cluster, readOnly bool }

// refuseScratch says why not; nil when it may. What we write must stay on this
// server: replicas and cluster nodes would all build it.
func refuseScratch(t target, f scratchFacts) error {
	switch {
	case f.cluster:
		return db.NotMeasuredf("the server is a node of a cluster: what a scratch database does would be done, and waited for, on every node")
	case f.logBin && !f.unlogged:
		return db.NotMeasuredf("the sample would go to the replicas, and this user may not keep it out of the binary log: GRANT BINLOG ADMIN ON *.* TO %s (MariaDB), SYSTEM_VARIABLES_ADMIN (MySQL)", grantee(t, ""))
	case f.readOnly:
		return db.NotMeasuredf("the server is read only, perhaps a replica: attach to another one for a sample")
	}
	return nil
}

// keepPrivate switches the binary log off for our session, and answers what
// the server is.
func keepPrivate(ctx context.Context, c *conn) (scratchFacts, error) {
	v, err := c.variables(ctx, "log_bin", "wsrep_on", "read_only", "super_read_only")
	if err != nil {
		return scratchFacts{}, err
	}
	f := scratchFacts{logBin: yes(v["log_bin"]), cluster: yes(v["wsrep_on"]), readOnly: yes(v["read_only"]) || yes(v["super_read_only"])}
	if f.logBin {
		f.unlogged = c.exec(ctx, "SET SESSION sql_log_bin = 0") == nil // refused: see refuseScratch
	}
	return f, nil
}

// makeScratch makes the database. The lock comes first: whoever sees the
// database and finds the lock free knows that its owner is gone.
func (l *Lab) makeScratch(ctx context.Context) error {
	f, err := keepPrivate(ctx, l.c)
	if err == nil {
		err = refuseScratch(l.e.target, f)
	}
	if err != nil {
		return err
	}
	name, err := db.NewScratchName()
	if err != nil {
		return err
	}
	if ok, err := lockScratch(ctx, l.c, name); err != nil || !ok {
		return errors.Join(err, map[bool]error{false: errors.New("the lock of a new scratch database is taken")}[ok])
	}
	l.name = name
	for _, sql := range []string{
		"CREATE DATABASE " + quoteAlways(name),
		"USE " + quoteAlways(name),
		"CREATE TABLE " + scratchMark + " (made_by_mltop INT) COMMENT = 'a sample that mltop tries indexes on; mltop drops it'",
	} {
		if err := l.c.exec(ctx, sql); err != nil {
			return fmt.Errorf("make the scratch database: %w", err)
		}
	}
	return nil
}

func lockScratch(ctx context.Context, c *conn, name string) (bool, error) {
	var got *string
	err := c.row(ctx, &got, "SELECT GET_LOCK(?, 0)"+ownTable, name)
	return got != nil && *got == "1", err
}

// explainScratch names the grant that a scratch database needs, and no more.
func explainScratch(t target, err error) error {
	if code := codeOf(err); code == codeDatabaseDenied || code == codeTableDenied {
		return &ServerError{ProblemDenied, t.String(), "does not let this user keep a sample (" + err.Error() + ")",
			"GRANT ALL ON `mltop\\_scratch\\_%`.* TO " + grantee(t, err.Error()) + ", and SELECT on the application's tables", err}
	}
	return explainError(t, err)
}

// SweepScratch drops the scratch databases whose owners are gone: those of
// mltops that were killed. One that is in use is never touched, nor is one
// that does not carry our mark. It answers the names of those that it dropped.
func (e *Engine) SweepScratch(ctx context.Context) ([]string, error) {
	names, err := e.scratchNames(ctx)
	if err != nil || len(names) == 0 {
		return nil, err
	}
	var dropped []string
	err = e.onScratch(ctx, func(c *conn) error {
		for _, name := range names {
			ours, err := ownerless(ctx, c, name)
			if err == nil && ours {
				err = dropOn(ctx, c, name)
			}
			if err != nil {
				return fmt.Errorf("drop %s, which a killed mltop left: %w", name, err)
			}
			if ours {
				dropped = append(dropped, name)
			}
		}
		return nil
	})
	return dropped, err
}

// LeftScratch names the databases that SweepScratch would drop, by the
// statements that do it. It takes no lock.
func (e *Engine) LeftScratch(ctx context.Context) ([]string, error) {
	names, err := e.scratchNames(ctx)
	if err != nil {
		return nil, err
	}
	var drops []string
	err = e.read(ctx, "scratch", func(c *conn) error {
		for _, name := range names {
			var left *string
			if err := c.row(ctx, &left, "SELECT IS_FREE_LOCK(?) AND ("+ourScratch+")", name, scratchMark, name); err != nil {
				return err
			}
			if left != nil && *left == "1" {
				drops = append(drops, "DROP DATABASE "+quoteAlways(name))
			}
		}
		return nil
	})
	return drops, err
}

// scratchNames lists databases that are named as ours are.
func (e *Engine) scratchNames(ctx context.Context) ([]string, error) {
	var names []string
	err := e.read(ctx, "scratch", func(c *conn) error {
		_, err := c.each(ctx, "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE 'mltop\\_scratch\\_%'", nil, func(row []value) error {
			if db.IsScratchName(row[0].s) {
				names = append(names, row[0].s)
			}
			return nil
		})
		return err
	})
	return names, err
}

// ourScratch asks whether a database carries our mark, or nothing yet.
const ourScratch = "SELECT COUNT(*) = 0 OR SUM(TABLE_NAME = ?) = 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = ?"

// ownerless takes a database's lock, and reports whether it was free and the
// database is ours. One without any table was cut off in its making.
func ownerless(ctx context.Context, c *conn, name string) (bool, error) {
	free, err := lockScratch(ctx, c, name)
	if err != nil || !free {
		return false, err
	}
	var marked *string
	err = c.row(ctx, &marked, ourScratch, scratchMark, name)
	return marked != nil && *marked == "1", err
}

// onScratch runs f on a connection that may write, and ends it.
func (e *Engine) onScratch(ctx context.Context, f func(*conn) error) error {
	pool, err := openPool(e.scratchTarget(), e.o, labSession())
	if err != nil {
		return err
	}
	c, err := take(ctx, pool, "scratch", e.o.Trace)
	if err != nil {
		return errors.Join(explainError(e.target, err), pool.Close())
	}
	c.writes = true
	if _, err = keepPrivate(ctx, c); err == nil {
		err = f(c)
	}
	return errors.Join(explainScratch(e.target, err), c.release(), pool.Close())
}

// dropScratch drops a database of ours.
func (e *Engine) dropScratch(name string) error {
	ctx, cancel := context.WithTimeout(context.Background(), sweepFor)
	defer cancel()
	err := e.onScratch(ctx, func(c *conn) error { return dropOn(ctx, c, name) })
	if err != nil {
		return fmt.Errorf("drop the scratch database %s: %w", name, err)
	}
	return nil
}

// dropOn drops a database, again and again while a statement of ours that was
// cut off still holds it.
func dropOn(ctx context.Context, c *conn, name string) error {
	if !strings.HasPrefix(name, db.ScratchPrefix) {
		return fmt.Errorf("%s is no scratch database", name)
	}
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		err := c.exec(ctx, "DROP DATABASE IF EXISTS "+quoteAlways(name))
		if codeOf(err) != codeLockTimeout {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}
