package sqlite

import (
	"context"
	"database/sql/driver"
	"math/rand/v2"
	"time"

	"mltop/internal/db"
)

// A Source says where the live rows are read. It is asked again before each
// short read, since what may be opened can change under us: the file, or a
// private copy of it.
type Source interface {
	URI(ctx context.Context) (string, error)
}

// liveFacts is what the Lab knows of the live file before it copies rows.
type liveFacts struct {
	schema   *db.Schema
	objects  []liveObject
	stats    [][3]string // rows of sqlite_stat1
	hasStats bool
	encoding string
	pageSize int64
	bytes    int64 // pages in use
}

// A liveObject is one row of sqlite_schema that has a text.
type liveObject struct{ kind, name, table, sql string }

// readLive reads the catalog and the statistics over one short connection.
func readLive(ctx context.Context, src Source) (facts liveFacts, err error) {
	err = patient(ctx, time.Now().Add(5*time.Second), func() error {
		facts = liveFacts{}
		return withLive(ctx, src, func(c *conn) error { return facts.read(ctx, c) })
	})
	return facts, err
}

func withLive(ctx context.Context, src Source, f func(*conn) error) error {
	uri, err := src.URI(ctx)
	if err != nil {
		return err
	}
	c, err := openConn(uri, nil)
	if err != nil {
		return err
	}
	if err := f(c); err != nil {
		_ = c.close() // the read's own error says more
		return err
	}
	return c.close()
}

func (f *liveFacts) read(ctx context.Context, c *conn) (err error) {
	if f.schema, err = readSchema(ctx, c); err != nil {
		return err
	}
	if f.encoding, err = textOf(ctx, c, "PRAGMA encoding"); err != nil {
		return err
	}
	if err := f.readPages(ctx, c); err != nil {
		return err
	}
	if err := f.readObjects(ctx, c); err != nil {
		return err
	}
	return f.readStats(ctx, c)
}

func (f *liveFacts) readPages(ctx context.Context, c *conn) error {
	var pages, free int64
	for sql, to := range map[string]*int64{"PRAGMA page_size": &f.pageSize, "PRAGMA page_count": &pages, "PRAGMA freelist_count": &free} {
		n, _, err := intOf(ctx, c, sql)
		if err != nil {
			return err
		}
		*to = n
	}
	f.bytes = (pages - free) * f.pageSize
	return nil
}

func (f *liveFacts) readObjects(ctx context.Context, c *conn) error {
	sql := `SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY rowid`
	_, err := c.each(ctx, sql, nil, func(row []driver.Value) error {
		f.objects = append(f.objects, liveObject{asText(row[0]), asText(row[1]), asText(row[2]), asText(row[3])})
		return nil
	})
	return err
}

func (f *liveFacts) readStats(ctx context.Context, c *conn) error {
	n, _, err := intOf(ctx, c, "SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_stat1'")
	if err != nil || n == 0 {
		return err
	}
	f.hasStats = true
	_, err = c.each(ctx, "SELECT tbl, idx, stat FROM sqlite_stat1", nil, func(row []driver.Value) error {
		f.stats = append(f.stats, [3]string{asText(row[0]), asText(row[1]), asText(row[2])})
		return nil
	})
	return err
}

// Waits between tries while another process holds a lock: short at first,
// since a writer's own lock is short, and never in step with it.
const (
	firstWait = 2 * time.Millisecond
	lastWait  = 80 * time.Millisecond
)

// patient repeats f while the file is locked, until the deadline.
func patient(ctx context.Context, deadline time.Time, f func() error) error {
	wait := firstWait
	for {
		err := f()
		if !isBusy(err) || time.Now().After(deadline) || ctx.Err() != nil {
			return err
		}
		pause(ctx, wait/2+rand.N(wait))
		wait = min(2*wait, lastWait)
	}
}

// pause waits, but not longer than the context lives.
func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

func isBusy(err error) bool {
	c := resultCode(err) & 0xff
	return err != nil && (c == codeBusy || c == codeLocked)
}

func isInterrupt(err error) bool { return err != nil && resultCode(err)&0xff == codeInterrupt }
