package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"sort"
	"strings"

	"mltop/internal/db"
)

// Equivalent runs two pure SELECTs on the copy and compares their rows: in
// order where both ask for one, else as a bag.
func (l *Lab) Equivalent(ctx context.Context, a, b db.Query) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, q := range []db.Query{a, b} {
		if err := l.comparable(ctx, q); err != nil {
			return false, err
		}
	}
	return on(l, func() (bool, error) { return l.compare(ctx, a, b) })
}

// comparable refuses what is no pure SELECT of copied tables.
func (l *Lab) comparable(ctx context.Context, q db.Query) error {
	shape, err := l.admit(q)
	if err != nil {
		return err
	}
	if !shape.Pure {
		return errors.New("only a SELECT that changes nothing is compared")
	}
	return l.usable(ctx, shape)
}

func (l *Lab) compare(ctx context.Context, a, b db.Query) (bool, error) {
	x, orderedA, err := l.answer(ctx, a)
	if err != nil {
		return false, fmt.Errorf("run the first statement: %w", err)
	}
	y, orderedB, err := l.answer(ctx, b)
	if err != nil {
		return false, fmt.Errorf("run the second statement: %w", err)
	}
	if orderedA != orderedB || len(x) != len(y) {
		return false, nil
	}
	if !orderedA {
		sort.Strings(x)
		sort.Strings(y)
	}
	for i := range x {
		if x[i] != y[i] {
			return false, nil
		}
	}
	return true, nil
}

// mostCompared bounds the rows that two answers are compared by.
const mostCompared = 1_000_000

// answer lists a SELECT's rows as text that tells types apart.
func (l *Lab) answer(ctx context.Context, q db.Query) (rows []string, ordered bool, err error) {
	shape, err := l.admit(q)
	if err != nil {
		return nil, false, err
	}
	sets, err := l.arguments(ctx, q, shape)
	if err != nil {
		return nil, false, err
	}
	sql, err := l.untyped(ctx, q.SQL)
	if err != nil {
		return nil, false, err
	}
	limited, cancel := context.WithTimeout(ctx, l.runTime)
	defer cancel()
	_, err = l.copy.each(limited, sql, values(sets[0]), func(row []driver.Value) error {
		if len(rows) >= mostCompared {
			return db.NotMeasuredf("it answers more than %d rows", mostCompared)
		}
		rows = append(rows, rowText(row))
		return nil
	})
	return rows, isOrdered(shape), err
}

// isOrdered reports whether a statement asks for an order; that of a lone min
// or max is ours (see extreme).
func isOrdered(s *db.Shape) bool {
	if len(s.Blocks) == 0 {
		return false
	}
	b := s.Blocks[0]
	lone := b.Aggregate && len(b.GroupBy) == 0 && !b.GroupOther
	return b.OrderOther || len(b.OrderBy) > 0 && !lone
}

func rowText(row []driver.Value) string {
	var b strings.Builder
	for _, v := range row {
		fmt.Fprintf(&b, "%T %q\x00", v, fmt.Sprint(v))
	}
	return b.String()
}

// untyped wraps a SELECT so that its columns have no declared types: the
// driver would turn columns of some types into times, and so compare other
// things than the values.
func (l *Lab) untyped(ctx context.Context, sql string) (string, error) {
	text, err := oneStatement(sql)
	if err != nil {
		return "", err
	}
	columns, err := l.copy.columns(text)
	if err != nil {
		return "", err
	}
	names, plus := make([]string, columns), make([]string, columns)
	for i := range names {
		names[i] = fmt.Sprintf("c%d", i)
		plus[i] = "+" + names[i]
	}
	return fmt.Sprintf("WITH lab_rows(%s) AS (%s) SELECT %s FROM lab_rows", strings.Join(names, ", "), text, strings.Join(plus, ", ")), nil
}
