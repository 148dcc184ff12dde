package sqlite

import (
	"context"
	"database/sql/driver"
	"fmt"
	"sort"
	"strings"

	"mltop/internal/db"
)

// A draw is a sample of one table's rows, from which values for placeholders
// are taken: for equalities those of one real row, so that they fit together.
type draw struct {
	ids    string // temporary table with the sampled rows' ids; "" without rowids
	values map[string][]driver.Value
}

// drawnRows is how many rows a draw holds: enough for the quantiles and the
// common values that are asked of it.
const drawnRows = 1000

// Where a range begins or ends, as quantiles of the column: a typical one
// takes a tenth of the rows, the worst a half.
const (
	typicalLow, typicalHigh = 0.9, 0.1
	worstLow, worstHigh     = 0.5, 0.5
	betweenLow, betweenHigh = 0.45, 0.55
)

// A page of rows that a user looks at: what an unbound LIMIT is taken for.
const typicalLimit = 50

// arguments answers what q is run with: its own arguments, or typical ones
// and the worst, drawn from the copied rows.
func (l *Lab) arguments(ctx context.Context, q db.Query, s *db.Shape) ([][]any, error) {
	if s.Params == 0 || len(q.Args) >= s.Params {
		return [][]any{q.Args}, nil
	}
	typical, worst := make([]any, s.Params), make([]any, s.Params)
	for i, p := range s.Placeholders {
		if i < len(q.Args) {
			typical[i], worst[i] = q.Args[i], q.Args[i]
			continue
		}
		t, w, err := l.drawFor(ctx, p, s)
		if err != nil {
			return nil, fmt.Errorf("draw a value for placeholder %s: %w", p.Name, err)
		}
		typical[i], worst[i] = t, w
	}
	if s.Kind == db.KindInsert || same(typical, worst) {
		return [][]any{typical}, nil
	}
	return [][]any{typical, worst}, nil
}

// Draw chooses values for the placeholders of a statement from the copied rows.
func (l *Lab) Draw(ctx context.Context, sql string) (typical, worst []any, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	q := db.Query{SQL: sql}
	shape, err := l.admit(q)
	if err != nil {
		return nil, nil, err
	}
	sets, err := on(l, func() ([][]any, error) {
		if err := l.usable(ctx, shape); err != nil {
			return nil, err
		}
		return l.arguments(ctx, q, shape)
	})
	if err != nil {
		return nil, nil, err
	}
	return sets[0], sets[len(sets)-1], nil
}

func same(a, b []any) bool { return fmt.Sprint(a...) == fmt.Sprint(b...) }

// drawFor answers a typical and the worst value of one placeholder.
func (l *Lab) drawFor(ctx context.Context, p db.Placeholder, s *db.Shape) (typical, worst any, err error) {
	switch p.Role {
	case db.RoleLimit:
		return int64(typicalLimit), int64(typicalLimit), nil
	case db.RoleOffset:
		return int64(0), int64(0), nil
	}
	r := l.rooms[strings.ToLower(p.Table)]
	if r == nil || p.Column == "" {
		return int64(1), int64(1), nil
	}
	if s.Kind == db.KindInsert && strings.EqualFold(r.table.RowID, p.Column) {
		return nil, nil, nil // SQLite gives the next one
	}
	vs, err := l.drawn(ctx, r, or(p.Expr, quoted(p.Column)))
	if err != nil || len(vs) == 0 {
		return nil, nil, err
	}
	if s.Kind == db.KindInsert && isKey(r.table, p.Column) {
		v := fresh(vs[0])
		return v, v, nil
	}
	typical, worst = choose(vs, p, closed(s, p))
	return typical, worst, nil
}

// fresh is a value of the same type that no row has, for a column that must
// be unique.
func fresh(like driver.Value) driver.Value {
	switch v := like.(type) {
	case int64:
		return int64(1) << 52
	case string:
		return v + " (mltop)"
	}
	return like
}

// closed reports whether a range has both its ends given.
func closed(s *db.Shape, p db.Placeholder) bool {
	low, high := false, false
	for _, o := range s.Placeholders {
		if o.Table == p.Table && o.Column == p.Column {
			low, high = low || o.Role == db.RoleLow, high || o.Role == db.RoleHigh
		}
	}
	return low && high
}

func choose(vs []driver.Value, p db.Placeholder, closed bool) (typical, worst any) {
	switch p.Role {
	case db.RoleLow:
		if closed {
			return quantile(vs, betweenLow), quantile(vs, 0.25)
		}
		return quantile(vs, typicalLow), quantile(vs, worstLow)
	case db.RoleHigh:
		if closed {
			return quantile(vs, betweenHigh), quantile(vs, 0.75)
		}
		return quantile(vs, typicalHigh), quantile(vs, worstHigh)
	}
	// Rows were drawn at random, so the middle one holds a value in
	// proportion to how often it occurs.
	return vs[len(vs)/2], commonest(vs)
}

func quantile(vs []driver.Value, q float64) driver.Value {
	sorted := make([]driver.Value, 0, len(vs))
	for _, v := range vs {
		if v != nil {
			sorted = append(sorted, v)
		}
	}
	if len(sorted) == 0 {
		return nil
	}
	sort.SliceStable(sorted, func(i, j int) bool { return less(sorted[i], sorted[j]) })
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

// less orders as SQLite does: numbers, then text, then blobs.
func less(a, b driver.Value) bool {
	if x, y := class(a), class(b); x != y {
		return x < y
	}
	switch class(a) {
	case 1:
		x, _ := numberOf(a)
		y, _ := numberOf(b)
		return x < y
	case 0:
		return false
	}
	return asText(a) < asText(b)
}

func class(v driver.Value) int {
	switch v.(type) {
	case nil:
		return 0
	case int64, float64:
		return 1
	case string:
		return 2
	}
	return 3
}

func commonest(vs []driver.Value) driver.Value {
	counts := map[string]int{}
	best := driver.Value(nil)
	most := 0
	for _, v := range vs {
		if v == nil {
			continue
		}
		k := fmt.Sprintf("%T %v", v, v)
		if counts[k]++; counts[k] > most {
			most, best = counts[k], v
		}
	}
	return best
}

// drawn answers what a column or an expression is on the sampled rows, each
// read once.
func (l *Lab) drawn(ctx context.Context, r *room, expr string) ([]driver.Value, error) {
	d, err := l.drawOf(ctx, r)
	if err != nil {
		return nil, err
	}
	if vs, ok := d.values[expr]; ok {
		return vs, nil
	}
	vs, err := l.drawExpr(ctx, r, expr)
	d.values[expr] = vs
	return vs, err
}

// drawExpr evaluates an expression on the sampled rows. The unary plus takes
// a column's declared type off, by which the driver would convert values.
func (l *Lab) drawExpr(ctx context.Context, r *room, expr string) ([]driver.Value, error) {
	d, err := l.drawOf(ctx, r)
	if err != nil {
		return nil, err
	}
	var vs []driver.Value
	_, err = l.copy.each(ctx, "SELECT +("+expr+") "+d.from(r), nil, func(row []driver.Value) error {
		vs = append(vs, row[0])
		return nil
	})
	return vs, err
}

// from names the sampled rows in SQL, in random order.
func (d *draw) from(r *room) string {
	if d.ids == "" {
		return fmt.Sprintf("FROM main.%s LIMIT %d", quoted(r.table.Name), drawnRows)
	}
	id := rowIDOf(r.table)
	return fmt.Sprintf("FROM temp.%s AS lab_ids CROSS JOIN main.%s AS lab_rows ON lab_rows.%s = lab_ids.lab_id",
		d.ids, quoted(r.table.Name), id)
}

// drawOf samples a table once.
func (l *Lab) drawOf(ctx context.Context, r *room) (*draw, error) {
	key := strings.ToLower(r.table.Name)
	if d := l.draws[key]; d != nil {
		return d, nil
	}
	d := &draw{values: map[string][]driver.Value{}}
	if !r.table.WithoutRowID {
		d.ids = fmt.Sprintf("lab_ids_%d", len(l.draws))
		// The order is Knuth's multiplicative hash of the rowid (TAOCP 3, 6.4): it
		// is random to the data, and the same in every run on the same rows.
		sql := fmt.Sprintf("CREATE TEMP TABLE %s AS SELECT lab_id FROM (SELECT %[2]s AS lab_id FROM main.%[3]s NOT INDEXED"+
			" ORDER BY ((%[2]s & 2147483647) * 2654435761) & 4294967295 LIMIT %[4]d)",
			d.ids, rowIDOf(r.table), quoted(r.table.Name), drawnRows)
		if err := l.copy.exec(ctx, sql); err != nil {
			return nil, fmt.Errorf("sample rows of %s: %w", r.table.Name, err)
		}
	}
	l.draws[key] = d
	return d, nil
}
