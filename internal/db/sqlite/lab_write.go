package sqlite

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mltop/internal/db"
)

// writeRounds is how often inserting is measured, and writtenRows how many
// rows at a time: in processor time, these few scatter little.
const (
	writeRounds = 3
	writtenRows = 250
)

// WriteCost takes sampled rows out of the copy and puts them back, with the
// index and without it. It counts the work in the trees, not the fsync, which
// a commit needs anyway. Of an index that exists it is what it costs now.
func (l *Lab) WriteCost(ctx context.Context, ix db.Index) (db.Estimate, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := db.Estimate{Unit: db.UnitSeconds, Method: db.MethodCopy}
	r, err := l.roomOf(ctx, ix.Table)
	if err != nil {
		return e, err
	}
	if r.rows == 0 {
		return e, db.NotMeasuredf("table %s is empty", ix.Table)
	}
	return on(l, func() (db.Estimate, error) { return l.writeCost(ctx, r, ix, e) })
}

func (l *Lab) writeCost(ctx context.Context, r *room, ix db.Index, e db.Estimate) (db.Estimate, error) {
	asIs, err := l.writesAsIs(ctx, r)
	if err != nil {
		return e, err
	}
	without, with := asIs, asIs
	if _, exists := l.shelf.names[strings.ToLower(ix.Name)]; exists {
		without, err = l.rewrites(ctx, r, db.Config{Hide: []string{ix.Name}})
	} else {
		with, err = l.rewrites(ctx, r, db.Config{Add: []db.Index{ix}})
	}
	if err != nil {
		return e, err
	}
	// Below zero is noise: no index makes a write cheaper.
	last := writeRounds - 1
	e.Value = max(0, with[writeRounds/2]-without[writeRounds/2])
	e.Low, e.High = max(0, with[0]-without[last]), max(0, with[last]-without[0])
	return e, nil
}

// writesAsIs measures a table's inserts once, with the indexes that exist.
func (l *Lab) writesAsIs(ctx context.Context, r *room) (times [writeRounds]float64, err error) {
	if r.inserts == nil {
		if times, err = l.rewrites(ctx, r, db.Config{}); err != nil {
			return times, err
		}
		r.inserts = &times
	}
	return *r.inserts, nil
}

// rewrites answers the seconds that inserting one row takes, sorted.
func (l *Lab) rewrites(ctx context.Context, r *room, c db.Config) (times [writeRounds]float64, err error) {
	for i := range times {
		if times[i], err = l.rewrite(ctx, r, c); err != nil {
			return times, err
		}
	}
	slices.Sort(times[:])
	return times, nil
}

// roomOf answers a table's room, filled.
func (l *Lab) roomOf(ctx context.Context, table string) (*room, error) {
	if l.copy == nil {
		return nil, errLabClosed
	}
	key := strings.ToLower(table)
	if why := l.leftOut[key]; why != "" {
		return nil, db.NotMeasuredf("table %s is not in the copy: %s", table, why)
	}
	r := l.rooms[key]
	if r == nil {
		return nil, db.NotMeasuredf("table %s is not in the copy", table)
	}
	return r, l.need(ctx, table)
}

// rewrite answers the seconds that inserting one row takes.
func (l *Lab) rewrite(ctx context.Context, r *room, c db.Config) (seconds float64, err error) {
	if err := l.shelf.realise(ctx, c); err != nil {
		return 0, err
	}
	if _, err := l.drawOf(ctx, r); err != nil {
		return 0, err
	}
	if err := l.copy.exec(ctx, "SAVEPOINT lab"); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, l.undo(ctx)) }()
	n, err := l.takeOut(ctx, r)
	if err != nil || n == 0 {
		return 0, err
	}
	cols := copiedColumns(r.table)
	took, _, err := l.copy.measured(ctx, fmt.Sprintf("INSERT INTO main.%s(%s) SELECT %s FROM temp.lab_out", quoted(r.table.Name), cols, cols), nil)
	return took.Seconds() / float64(n), err
}

// takeOut moves sampled rows aside and answers how many.
func (l *Lab) takeOut(ctx context.Context, r *room) (int64, error) {
	d := l.draws[strings.ToLower(r.table.Name)]
	table, cols := quoted(r.table.Name), copiedColumns(r.table)
	which := fmt.Sprintf("%s IN (SELECT lab_id FROM temp.%s LIMIT %d)", rowIDOf(r.table), d.ids, writtenRows)
	if d.ids == "" {
		keys := make([]string, len(r.table.PrimaryKey))
		for i, k := range r.table.PrimaryKey {
			keys[i] = quoted(k)
		}
		list := strings.Join(keys, ", ")
		which = fmt.Sprintf("(%s) IN (SELECT %s FROM main.%s LIMIT %d)", list, list, table, writtenRows)
	}
	for _, sql := range []string{
		fmt.Sprintf("CREATE TEMP TABLE lab_out AS SELECT %s FROM main.%s WHERE %s", cols, table, which),
		fmt.Sprintf("DELETE FROM main.%s WHERE %s", table, which),
	} {
		if err := l.copy.exec(ctx, sql); err != nil {
			return 0, err
		}
	}
	n, _, err := intOf(ctx, l.copy, "SELECT changes()")
	return n, err
}
