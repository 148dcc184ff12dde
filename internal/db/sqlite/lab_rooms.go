package sqlite

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// newCopy makes the file that rows are copied to: the tables and views, no
// secondary index yet (building one is faster than keeping it up), and no
// trigger (filling would fire them).
func newCopy(ctx context.Context, dir string, f liveFacts, tables []string, leave func(name, why string)) (*conn, error) {
	uri, err := makeLabFile(dir)
	if err != nil {
		return nil, err
	}
	c, err := openConn(uri, nil)
	if err != nil {
		return nil, err
	}
	if err := setUp(ctx, c, f); err != nil {
		return c, err
	}
	for _, o := range f.objects {
		if o.kind == "table" && wanted(tables, o.name) || o.kind == "view" {
			makeObject(ctx, c, f, o, leave)
		}
	}
	return c, nil
}

// copyCache bounds what a copy keeps in this process to what an application
// has by default; the rest of it is in the system's cache. Sorting for an index
// takes about as much again. Beside a log of 5 million rows 4 MB cost 6 MB more
// at the peak than these 2, and on the sample deployment 16 MB saved no time.
const copyCache = "PRAGMA cache_size = -2000"

// setUp gives a copy the format of the original and no durability: it is
// thrown away anyway.
func setUp(ctx context.Context, c *conn, f liveFacts) error {
	for _, sql := range []string{
		fmt.Sprintf("PRAGMA encoding = '%s'", f.encoding),
		fmt.Sprintf("PRAGMA page_size = %d", f.pageSize),
		"PRAGMA journal_mode = MEMORY", // savepoints need one
		"PRAGMA synchronous = OFF",
		copyCache,
		"PRAGMA temp_store = FILE", // sorting for an index takes as much as the index
		"PRAGMA foreign_keys = OFF",
		"PRAGMA ignore_check_constraints = ON",
		"PRAGMA trusted_schema = ON",
		"PRAGMA busy_timeout = 20",
	} {
		if err := c.exec(ctx, sql); err != nil {
			return fmt.Errorf("%s: %w", sql, err)
		}
	}
	return nil
}

// makeObject creates one object, or leaves it out and says why.
func makeObject(ctx context.Context, c *conn, f liveFacts, o liveObject, leave func(name, why string)) {
	if t := f.schema.Table(o.name); o.kind == "table" && t != nil && t.Unsupported != "" {
		leave(o.name, t.Unsupported)
		return
	}
	if err := c.exec(ctx, o.sql); err != nil {
		leave(o.name, fmt.Sprintf("cannot be created here: %v", err))
	}
}

// loadStats gives a connection the live file's statistics, or none where it
// has none: planning here must see what the application's planner sees.
func loadStats(ctx context.Context, c *conn, f liveFacts) error {
	if !f.hasStats {
		return nil
	}
	n, _, err := intOf(ctx, c, "SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_stat1'")
	if err != nil {
		return err
	}
	if n == 0 {
		// There is no other way to make the table: ANALYZE of the catalog
		// alone gathers nothing and costs nothing.
		if err := c.exec(ctx, "ANALYZE sqlite_schema"); err != nil {
			return err
		}
	}
	for _, r := range f.stats {
		var idx any
		if r[1] != "" {
			idx = r[1]
		}
		if err := c.exec(ctx, "INSERT INTO sqlite_stat1(tbl, idx, stat) VALUES (?, ?, ?)", r[0], idx, r[2]); err != nil {
			return err
		}
	}
	return c.exec(ctx, "ANALYZE sqlite_schema")
}

// openCopy loads the statistics of the empty copy and opens its shelf.
func (l *Lab) openCopy(ctx context.Context) error {
	if err := loadStats(ctx, l.copy, l.facts); err != nil {
		return fmt.Errorf("load statistics: %w", err)
	}
	return l.shelf.open(ctx, l.copy)
}

// finishRooms builds the existing indexes of tables whose rows have come.
// While the copy was filled, the live file waited for it; from here on the
// journal, which grows as large as a trial of writes, is better kept in a file.
func (l *Lab) finishRooms(ctx context.Context, rooms []*room) error {
	if err := l.copy.exec(ctx, "PRAGMA journal_mode = TRUNCATE"); err != nil {
		return fmt.Errorf("move the copy's journal to a file: %w", err)
	}
	for _, o := range l.facts.objects {
		r := l.rooms[strings.ToLower(o.table)]
		if o.kind == "index" && slices.Contains(rooms, r) && l.leftOut[strings.ToLower(o.name)] == "" {
			makeObject(ctx, l.copy, l.facts, o, l.leave)
		}
	}
	if err := l.shelf.restock(ctx); err != nil || !l.facts.hasStats {
		return err
	}
	// The planner reads the rows of new indexes, too.
	return l.copy.exec(ctx, "ANALYZE sqlite_schema")
}
