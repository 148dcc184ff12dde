package mysql

import (
	"context"
	"fmt"
	"strings"
	"time"

	"mltop/internal/db"
)

var _ db.Drawer = (*Engine)(nil)

// Draw finds real constants for the placeholders of a normalised text: those
// of the server's own histograms, or of some rows. NULL would be planned as a
// lookup of nothing.
func (e *Engine) Draw(ctx context.Context, query string) (typical, worst []any, err error) {
	text, err := oneStatement(query)
	if err != nil {
		return nil, nil, err
	}
	err = e.read(ctx, "draw", func(c *conn) error {
		known, err := e.catalog(ctx, c)
		if err != nil {
			return err
		}
		shape, err := e.Parse(text, known)
		if err != nil {
			return err
		}
		typical, worst, err = e.drawFor(ctx, c, known, shape)
		return err
	})
	return typical, worst, err
}

// drawFor is Draw of a bound statement; e is locked.
func (e *Engine) drawFor(ctx context.Context, c *conn, known *db.Schema, s *db.Shape) (typical, worst []any, err error) {
	typical, worst, err = s.DrawArgs(func(p db.Placeholder) (db.Values, error) { return e.valuesOf(ctx, c, known.Table(p.Table), p) })
	if err != nil {
		return nil, nil, fmt.Errorf("draw a value for a placeholder: %w", err)
	}
	return typical, worst, nil
}

// drawArgs completes the arguments of a plan. drawn says so in the plan; it is
// "" when q had its own values.
func (e *Engine) drawArgs(ctx context.Context, c *conn, query string, args []any) (_ []any, drawn string, err error) {
	if len(args) > 0 {
		return args, "", nil
	}
	known, err := e.catalog(ctx, c)
	if err != nil {
		return nil, "", err
	}
	shape, err := e.Parse(query, known)
	if err != nil || shape.Params == 0 {
		return nil, "", nil //nolint:nilerr // the server says itself what it does not understand
	}
	args, _, err = e.drawFor(ctx, c, known, shape)
	return args, "planned with typical values drawn from the tables", err
}

// drawnFor is how long values are taken for those of now.
const drawnFor = 10 * time.Minute

type drawnValues struct {
	at     time.Time
	values db.Values
}

// drawnFrom is the SQL of what a placeholder is compared with, in rows of its
// table.
func drawnFrom(p db.Placeholder) string { return or(p.Expr, quoteAlways(p.Column)) }

// bare is the same placeholder beside the column itself.
func bare(p db.Placeholder) db.Placeholder {
	p.Expr = ""
	return p
}

// valuesOf is what is known of the values that a placeholder is compared with.
func (e *Engine) valuesOf(ctx context.Context, c *conn, t *db.Table, p db.Placeholder) (db.Values, error) {
	if t == nil || t.Column(p.Column) == nil {
		return db.Values{}, nil
	}
	key := t.Name + "\x00" + drawnFrom(p)
	if d, ok := e.drawn[key]; ok && time.Since(d.at) < drawnFor {
		return d.values, nil
	}
	v, err := e.readValues(ctx, c, t, p)
	if codeOf(err) != 0 && p.Expr != "" { // not to be asked for by itself
		v, err = e.readValues(ctx, c, t, bare(p))
	}
	if err != nil {
		return v, err
	}
	if e.drawn == nil {
		e.drawn = map[string]drawnValues{}
	}
	e.drawn[key] = drawnValues{time.Now(), v}
	return v, nil
}

// readValues asks the histogram of a column, and where there is none, or not for
// this user, some rows. Of an expression there is none.
func (e *Engine) readValues(ctx context.Context, c *conn, t *db.Table, p db.Placeholder) (db.Values, error) {
	if p.Expr == "" {
		v, err := histogramOf(ctx, c, e.server, t.Name, p.Column)
		if connectionLost(err) != nil || err == nil && len(v.Common)+len(v.Bounds) > 0 {
			return v, err
		}
	}
	return someRows(ctx, c, t, drawnFrom(p))
}

// Where rows are looked at for want of a histogram: so many, at so many places
// of the primary key. It is some milliseconds, whatever the table's size.
const (
	rowPlaces = 10
	rowsThere = 20
)

// someRows reads what a column or an expression is in rows at both ends of the
// primary key, and where that is a number, at places between.
func someRows(ctx context.Context, c *conn, t *db.Table, what string) (db.Values, error) {
	sql, args, err := someRowsText(ctx, c, t, what)
	if err != nil {
		return db.Values{}, err
	}
	var sorted []string
	_, err = c.each(ctx, "SELECT v FROM ("+sql+") s WHERE v IS NOT NULL ORDER BY v", args, func(row []value) error {
		sorted = append(sorted, row[0].s)
		return nil
	})
	return db.SortedValues(sorted), err
}

func someRowsText(ctx context.Context, c *conn, t *db.Table, what string) (sql string, args []any, err error) {
	from := "SELECT " + what + " AS v FROM " + quoteAlways(t.Name) + ownTable
	if len(t.PrimaryKey) == 0 {
		return fmt.Sprintf("%s LIMIT %d", from, rowPlaces*rowsThere), nil, nil
	}
	key := quoteAlways(t.PrimaryKey[0])
	var ends [2]*string
	for i, order := range []string{"", " DESC"} {
		if err := c.row(ctx, &ends[i], fmt.Sprintf("SELECT %s FROM %s ORDER BY %s%s LIMIT 1", key, quoteAlways(t.Name)+ownTable, key, order)); err != nil {
			return "", nil, err
		}
	}
	places := spread(ends[0], ends[1])
	if places == nil {
		half := rowPlaces * rowsThere / 2
		return fmt.Sprintf("(%s ORDER BY %s LIMIT %d) UNION ALL (%s ORDER BY %s DESC LIMIT %d)", from, key, half, from, key, half), nil, nil
	}
	parts := make([]string, len(places))
	for i := range places {
		parts[i] = fmt.Sprintf("(%s WHERE %s >= ? ORDER BY %s LIMIT %d)", from, key, key, rowsThere)
	}
	return strings.Join(parts, " UNION ALL "), places, nil
}

// spread is numbers at even distances between two; nil where these are none.
func spread(first, last *string) []any {
	if first == nil || last == nil {
		return nil
	}
	from, to := number(*first), number(*last)
	if from == nil || to == nil {
		return nil
	}
	out := make([]any, rowPlaces)
	for i := range out {
		out[i] = fmt.Sprintf("%.0f", *from+(*to-*from)*float64(i)/rowPlaces)
	}
	return out
}
