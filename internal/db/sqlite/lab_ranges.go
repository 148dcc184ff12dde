package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"
	"strings"

	"mltop/internal/db"
)

// rowsARange is what one random range of rowids holds, about: enough that
// neighbours stay neighbours, so few that some hundred ranges are a sample.
const rowsARange = 1000

// mostRanges bounds the list of ranges of one table.
const mostRanges = 50000

// A span of rowids, both ends included.
type span struct{ from, to int64 }

// fillByRowID copies ranges of rowids in random order, after the rows that
// copied tables refer to: whenever it has to stop, what is there is a sample.
func (f *filler) fillByRowID(ctx context.Context, r *room, spent func() (string, error)) error {
	all, err := f.bounds(ctx, r.table)
	if err != nil || all == nil {
		r.complete = err == nil
		return err
	}
	if f.facts.bytes > f.maxBytes {
		if err := f.follow(ctx, r, spent); err != nil {
			return err
		}
	}
	ranges, rows, err := f.ranges(ctx, r.table, *all)
	if err != nil {
		return err
	}
	r.fullRows = rows
	for _, s := range ranges {
		why, err := spent()
		if err != nil {
			return err
		}
		if why != "" {
			r.why = why
			return nil
		}
		if err := f.copySpan(ctx, r.table, s); err != nil {
			return err
		}
	}
	r.complete = true
	return nil
}

// bounds finds the first and the last rowid; nil for an empty table.
func (f *filler) bounds(ctx context.Context, t *db.Table) (*span, error) {
	var s span
	ok := false
	err := f.live(ctx, func() (err error) {
		// Two statements: SQLite looks at one end of the tree for each.
		for sql, to := range map[string]*int64{"min": &s.from, "max": &s.to} {
			if *to, ok, err = intOf(ctx, f.c, fmt.Sprintf("SELECT %s(%s) FROM live.%s", sql, rowIDOf(t), quoted(t.Name))); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || !ok {
		return nil, err
	}
	return &s, nil
}

// ranges cuts the rowids into spans of some hundred rows in random order, and
// estimates the rows of the table.
func (f *filler) ranges(ctx context.Context, t *db.Table, all span) ([]span, int64, error) {
	rows, err := f.estimateRows(ctx, t, all)
	if err != nil {
		return nil, 0, err
	}
	width := float64(all.to) - float64(all.from) + 1
	n := int64(max(1, min(float64(rows)/rowsARange, mostRanges, width)))
	step := width / float64(n)
	spans := make([]span, n)
	for i := range spans {
		from, to := all.from+int64(float64(i)*step), all.from+int64(float64(i+1)*step)-1
		if i == len(spans)-1 {
			to = all.to
		}
		spans[i] = span{from, to}
	}
	f.rng.Shuffle(len(spans), func(i, j int) { spans[i], spans[j] = spans[j], spans[i] })
	return spans, rows, nil
}

// probes is how many places of a table are looked at to learn how dense its
// rowids are, and rowsAProbe how many rows at each.
const (
	probes     = 24
	rowsAProbe = 64
)

// estimateRows takes the density at random places for that of the whole.
func (f *filler) estimateRows(ctx context.Context, t *db.Table, all span) (int64, error) {
	width := float64(all.to) - float64(all.from) + 1
	sql := fmt.Sprintf("SELECT count(*), max(i) FROM (SELECT %[1]s AS i FROM live.%[2]s WHERE %[1]s >= ? ORDER BY 1 LIMIT %[3]d)",
		rowIDOf(t), quoted(t.Name), rowsAProbe)
	rows, covered := 0.0, 0.0
	err := f.live(ctx, func() error {
		rows, covered = 0, 0
		for range probes {
			from := all.from + int64(f.rng.Float64()*width)
			_, err := f.c.each(ctx, sql, []driver.Value{from}, func(row []driver.Value) error {
				n, _ := row[0].(int64)
				last, ok := row[1].(int64)
				if !ok || n < rowsAProbe {
					last = all.to
				}
				rows, covered = rows+float64(n), covered+float64(last)-float64(from)+1
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || covered <= 0 {
		return int64(width), err
	}
	return int64(max(1, min(width, width*rows/covered))), nil
}

// copySpan copies one range in one statement, or in halves where that would
// hold the lock too long.
func (f *filler) copySpan(ctx context.Context, t *db.Table, s span) error {
	sql := insertSQL(t, rowIDOf(t)+" BETWEEN ? AND ?")
	_, err := f.copyRows(ctx, sql, s.from == s.to, []driver.Value{s.from, s.to})
	if err == nil || s.from == s.to || !cutOff(ctx, err) {
		return err
	}
	middle := s.from + (s.to-s.from)/2
	if err := f.copySpan(ctx, t, span{s.from, middle}); err != nil {
		return err
	}
	return f.copySpan(ctx, t, span{middle + 1, s.to})
}

// follow fetches the rows that rows already copied refer to, so that joins
// meet in a sample.
func (f *filler) follow(ctx context.Context, r *room, spent func() (string, error)) error {
	for _, child := range f.rooms {
		for _, fk := range child.table.ForeignKeys {
			ok := strings.EqualFold(fk.Table, r.table.Name) && len(fk.Columns) == 1 && len(fk.RefColumns) == 1
			if !ok || child == r || child.rows == 0 || child.table.WithoutRowID || !seekable(r.table, fk.RefColumns[0]) {
				continue
			}
			if err := f.followKey(ctx, r.table, child.table, fk, spent); err != nil {
				return err
			}
		}
	}
	return nil
}

// seekable reports whether a row is found by this column without a scan.
func seekable(t *db.Table, column string) bool {
	if strings.EqualFold(t.RowID, column) {
		return true
	}
	for _, ix := range t.Indexes {
		if len(ix.Columns) > 0 && ix.Where == "" && strings.EqualFold(ix.Columns[0].Name, column) {
			return true
		}
	}
	return false
}

func (f *filler) followKey(ctx context.Context, parent, child *db.Table, fk db.ForeignKey, spent func() (string, error)) error {
	key, ref := quoted(fk.Columns[0]), quoted(fk.RefColumns[0])
	if err := f.c.exec(ctx, "DROP TABLE IF EXISTS temp.wanted"); err != nil {
		return err
	}
	gather := fmt.Sprintf("CREATE TEMP TABLE wanted AS SELECT DISTINCT +%s AS k FROM main.%s WHERE %s IS NOT NULL", key, quoted(child.Name), key)
	if err := f.c.exec(ctx, gather); err != nil {
		return err
	}
	n, _, err := intOf(ctx, f.c, "SELECT count(*) FROM temp.wanted")
	if err != nil {
		return err
	}
	sql := insertSQL(parent, ref+" IN (SELECT k FROM temp.wanted WHERE rowid > ? LIMIT ?)")
	for at := int64(0); at < n; {
		if why, err := spent(); err != nil || why != "" {
			return err
		}
		step := int64(f.size)
		if _, err := f.chunk(ctx, sql, at); err != nil {
			return err
		}
		at += min(step, max(int64(f.size), 1)) // a statement that was cut off took fewer
	}
	return f.c.exec(ctx, "DROP TABLE temp.wanted")
}

// fillByKey copies a table without rowids in the order of its key. Above the
// bounds that is its beginning, not a sample: the room says so.
func (f *filler) fillByKey(ctx context.Context, r *room, spent func() (string, error)) error {
	keys := make([]string, len(r.table.PrimaryKey))
	for i, k := range r.table.PrimaryKey {
		keys[i] = quoted(k)
	}
	list := strings.Join(keys, ", ")
	first := insertSQL(r.table, "true ORDER BY "+list+" LIMIT ?")
	next := insertSQL(r.table, fmt.Sprintf("(%s) > (SELECT %s FROM main.%s ORDER BY %s LIMIT 1) ORDER BY %s LIMIT ?",
		list, list, quoted(r.table.Name), strings.Join(descending(keys), ", "), list))
	for sql := first; ; sql = next {
		why, err := spent()
		if err != nil {
			return err
		}
		if why != "" {
			r.why = why + "; only the beginning of the key's order is there"
			r.fullRows = rowsOr(r.table, 0)
			return nil
		}
		if n, err := f.chunk(ctx, sql); err != nil || n == 0 {
			r.complete = err == nil
			return err
		}
	}
}

func descending(keys []string) []string {
	out := make([]string, len(keys))
	for i, k := range keys {
		out[i] = k + " DESC"
	}
	return out
}

func rowsOr(t *db.Table, other int64) int64 {
	if t.Rows != nil {
		return *t.Rows
	}
	return other
}
