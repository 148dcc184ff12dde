package sqlite

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"

	"mltop/internal/db"
)

// writeRounds is how often inserting is measured with and without the index,
// in turns.
const writeRounds = 5

// WriteCost takes sampled rows out of the copy and puts them back, with the
// index and without it. It counts the work in the trees, not the fsync, which
// a commit needs anyway.
func (l *Lab) WriteCost(ctx context.Context, ix db.Index) (db.Estimate, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	e := db.Estimate{Unit: db.UnitSeconds, Method: db.MethodCopy}
	r, err := l.roomOf(ix.Table)
	if err != nil {
		return e, err
	}
	if r.rows == 0 {
		return e, db.NotMeasuredf("table %s is empty", ix.Table)
	}
	var diffs []float64
	for range writeRounds {
		without, err := l.rewrite(ctx, r, db.Config{})
		if err != nil {
			return e, err
		}
		with, err := l.rewrite(ctx, r, db.Config{Add: []db.Index{ix}})
		if err != nil {
			return e, err
		}
		diffs = append(diffs, with-without)
	}
	sort.Float64s(diffs)
	// Below zero is noise: no index makes a write cheaper.
	e.Value, e.Low, e.High = max(0, diffs[len(diffs)/2]), max(0, diffs[0]), max(0, diffs[len(diffs)-1])
	return e, nil
}

func (l *Lab) roomOf(table string) (*room, error) {
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
	return r, nil
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
	which := fmt.Sprintf("%s IN (SELECT lab_id FROM temp.%s)", rowIDOf(r.table), d.ids)
	if d.ids == "" {
		keys := make([]string, len(r.table.PrimaryKey))
		for i, k := range r.table.PrimaryKey {
			keys[i] = quoted(k)
		}
		list := strings.Join(keys, ", ")
		which = fmt.Sprintf("(%s) IN (SELECT %s FROM main.%s LIMIT %d)", list, list, table, drawnRows)
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
