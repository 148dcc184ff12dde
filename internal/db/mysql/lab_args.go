package mysql

import (
	"context"
	"fmt"
	"math"
	"strings"

	"mltop/internal/db"
)

// drawnRows is how many sampled rows values are drawn from: enough for the
// quantiles and the common values that are asked for.
const drawnRows = 1000

// arguments answers what a statement is run with: its own arguments, or
// typical ones and the worst, drawn from the sample.
func (l *Lab) arguments(ctx context.Context, s *db.Shape, own []any) (typical, worst []any, err error) {
	if len(own) >= s.Params {
		return own, own, nil
	}
	typical, worst, err = s.DrawArgs(func(p db.Placeholder) (db.Values, error) { return l.values(ctx, p) })
	if err != nil {
		return nil, nil, fmt.Errorf("draw a value for a placeholder: %w", err)
	}
	if err := l.together(ctx, s, typical); err != nil {
		return nil, nil, err
	}
	copy(typical, own)
	copy(worst, own)
	return typical, worst, nil
}

// values are those of a column, or of an expression, in sampled rows. RAND of one
// seed draws the same rows each time.
func (l *Lab) values(ctx context.Context, p db.Placeholder) (db.Values, error) {
	r, err := l.roomOf(p.Table)
	if err != nil {
		return db.Values{}, err
	}
	from := drawnFrom(p)
	key := r.Table.Name + "\x00" + from
	if v, ok := l.drawn[key]; ok {
		return v, nil
	}
	run, cancel := quietly(ctx)
	defer cancel()
	var sorted []string
	_, err = l.c.each(run, fmt.Sprintf("SELECT v FROM (SELECT %s AS v FROM %s WHERE %s IS NOT NULL ORDER BY RAND(1) LIMIT %d) s ORDER BY v", from, quoteAlways(r.Table.Name), from, drawnRows), nil,
		func(row []value) error {
			sorted = append(sorted, row[0].s)
			return nil
		})
	if codeOf(err) != 0 && p.Expr != "" { // not to be asked for by itself
		return l.values(ctx, bare(p))
	}
	v := db.SortedValues(sorted)
	if err == nil {
		l.drawn[key] = v
	}
	return v, err
}

// together makes typical equalities on one table fit each other: they are
// taken from one row, that of the first.
func (l *Lab) together(ctx context.Context, s *db.Shape, args []any) error {
	first := map[string]int{}
	for i, p := range s.Placeholders {
		if p.Role != db.RoleValue || p.Op != db.PredEq || p.Table == "" || p.Column == "" {
			continue
		}
		at, seen := first[p.Table]
		if !seen {
			first[p.Table] = i
			continue
		}
		var v *string
		sql := fmt.Sprintf("SELECT %s FROM %s WHERE %s = ? LIMIT 1", drawnFrom(p), quoteAlways(p.Table), drawnFrom(s.Placeholders[at]))
		if err := l.c.row(ctx, &v, sql, args[at]); err != nil {
			return fmt.Errorf("draw a value for a placeholder: %w", err)
		}
		if v != nil {
			args[i] = *v
		}
	}
	return nil
}

// bring copies the rows that a statement asks for by key.
func (l *Lab) bring(ctx context.Context, shape *db.Shape, args []any) error {
	for _, k := range shape.Lookups(l.schema, args) {
		r := l.Find(k.Table.Name)
		key := fmt.Sprint(k.Table.Name, "\x00", k.Column, "\x00", k.Value, k.Arg)
		if r == nil || r.Complete || l.brought[key] {
			continue
		}
		l.brought[key] = true
		if err := l.bringRow(ctx, r, k); err != nil {
			return err
		}
	}
	return nil
}

func (l *Lab) bringRow(ctx context.Context, r *db.Room, k db.Lookup) error {
	run, cancel := quietly(ctx)
	defer cancel()
	is, args := "= "+k.Value, []any(nil)
	if k.Value == "" {
		is, args = "= ?", []any{k.Arg}
	}
	cols := copiedColumns(r.Table, "")
	n, err := l.c.affected(run, fmt.Sprintf("INSERT IGNORE INTO %s (%s) SELECT %s FROM %s WHERE %s %s LIMIT 1", quoteAlways(r.Table.Name), cols, cols,
		quoteAlways(l.e.server.Database)+"."+quoteAlways(r.Table.Name), quoteAlways(k.Column), is), args...)
	r.Rows += float64(n)
	if codeOf(err) != 0 {
		return nil // the constant is no value of the column's: the run itself will say so
	}
	return err
}

// expected is how many live rows statistics know for one lookup of constants;
// nil where the node is none. An index of the live table that begins with the
// same columns knows it best; else the sample's distinct values tell.
func (t *trial) expected(ctx context.Context, n *db.Node) *float64 {
	r := t.l.Find(n.Table)
	if r == nil || r.Complete || n.Op != db.OpSearch || n.Actual.Loops > 1 || len(n.Columns) == 0 {
		return nil
	}
	var columns []string
	for _, c := range n.Columns {
		name, _, _ := strings.Cut(c, " = ")
		columns = append(columns, name)
	}
	if !strings.HasPrefix(n.Raw, "ref") && !t.equals(n.Table, columns) {
		return nil
	}
	if known := liveStat(r.Table, columns); known != nil {
		return known
	}
	return t.l.distinctStat(ctx, r, columns)
}

// equals reports whether the statement compares all of these columns with one
// constant each: a write's plan calls that a range.
func (t *trial) equals(table string, columns []string) bool {
	for _, c := range columns {
		found := false
		for _, b := range t.shape.Blocks {
			for _, p := range b.Predicates {
				found = found || p.Op == db.PredEq && p.OrGroup == 0 && strings.EqualFold(p.Column.Column, c) && strings.EqualFold(b.Relations[p.Column.Relation].Table, table)
			}
		}
		if !found {
			return false
		}
	}
	return true
}

// liveStat is what the live table's own indexes know.
func liveStat(t *db.Table, columns []string) *float64 {
	for _, ix := range t.Indexes {
		if len(ix.Stat) < len(columns) {
			continue
		}
		same := true
		for i, c := range columns {
			same = same && strings.EqualFold(ix.Columns[i].Name, c) && ix.Columns[i].Prefix == 0
		}
		if same {
			return ptr(ix.Stat[len(columns)-1])
		}
	}
	return nil
}

// distinctStat estimates rows per value from the sample, once for each list of
// columns. Rows drawn along the key hold all rows of one key together: there
// the sample's own mean is the live one's. Rows were drawn by ranges of the key
// (cluster sampling): what counts as drawn is a value in a range, for those that
// lie together in one (the lines of an order) say nothing of how often it comes
// elsewhere.
func (l *Lab) distinctStat(ctx context.Context, r *db.Room, columns []string) *float64 {
	key := r.Table.Name + "\x00" + strings.ToLower(strings.Join(columns, "\x00"))
	if v, ok := l.perValue[key]; ok {
		return v
	}
	quoted := make([]string, len(columns))
	for i, c := range columns {
		quoted[i] = quoteAlways(c)
	}
	run, cancel := quietly(ctx)
	defer cancel()
	drawn := "COUNT(*)"
	if block := l.blocks[r.Table.Name]; block != "" {
		drawn = "COUNT(DISTINCT " + block + ")"
	}
	var n, d, once, units float64
	_, err := l.c.each(run, fmt.Sprintf("SELECT SUM(n), COUNT(*), SUM(u = 1), SUM(u) FROM (SELECT COUNT(*) AS n, %s AS u FROM %s GROUP BY %s) g", drawn, quoteAlways(r.Table.Name), strings.Join(quoted, ", ")), nil,
		func(row []value) error {
			n, d, once, units = valueOf(row[0].s), valueOf(row[1].s), valueOf(row[2].s), valueOf(row[3].s)
			return nil
		})
	l.perValue[key] = nil
	switch {
	case err != nil || d == 0:
	case r.ByKey && strings.EqualFold(keyColumn(r.Table), columns[0]):
		l.perValue[key] = ptr(n / d)
	default:
		l.perValue[key] = ptr(math.Max(1, r.Full/db.Distinct(units, d, once, units*r.Full/n)))
	}
	return l.perValue[key]
}
