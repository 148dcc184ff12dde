package postgres

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"mltop/internal/db"
)

// maxPath cuts what is kept of a path: a route is known by far less, and one
// row must not cost a megabyte.
const maxPath = 4096

// logTablesSQL lists the columns of tables that have one with a name like a
// path: few, however many tables there are. A key is the only column of the
// primary key, or the first beside the one that partitions the table.
const logTablesSQL = `SELECT /* mltop */ n.nspname::text AS schema, r.relname::text AS name, a.attname::text AS col, format_type(a.atttypid, NULL) AS type,
	coalesce((SELECT i.indkey[0] = a.attnum FROM pg_index i WHERE i.indrelid = r.oid AND i.indisprimary), false) AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype) AS key
	FROM pg_class r JOIN pg_namespace n ON n.oid = r.relnamespace JOIN pg_attribute a ON a.attrelid = r.oid
	WHERE r.relkind IN ('r', 'p') AND NOT r.relispartition AND a.attnum > 0 AND NOT a.attisdropped AND has_table_privilege(r.oid, 'select') AND ` + ours + `
	AND EXISTS (SELECT FROM pg_attribute p WHERE p.attrelid = r.oid AND p.attnum > 0 AND p.attname ~* 'path|ur[il]|endpoint|route')
	ORDER BY pg_table_is_visible(r.oid) DESC, n.nspname, r.relname, a.attnum`

// RequestTables lists the tables that look like request logs, best first.
func (e *Engine) RequestTables(ctx context.Context) ([]db.RequestTable, error) {
	var rows []struct {
		Schema string `db:"schema"`
		Name   string `db:"name"`
		Column string `db:"col"`
		Type   string `db:"type"`
		Key    bool   `db:"key"`
	}
	err := e.glance(ctx, "request tables", func(c *conn) error { rows = rows[:0]; return c.list(ctx, &rows, logTablesSQL) })
	if err != nil {
		return nil, fmt.Errorf("look for request tables: %w", err)
	}
	var tables []db.LogTable
	for _, r := range rows {
		if n := len(tables); n == 0 || tables[n-1].Schema != r.Schema || tables[n-1].Name != r.Name {
			tables = append(tables, db.LogTable{Schema: r.Schema, Name: r.Name})
		}
		t := &tables[len(tables)-1]
		t.Columns = append(t.Columns, db.LogColumn{Name: r.Column, Type: r.Type})
		if r.Key {
			t.Key = r.Column
		}
	}
	return db.RecogniseRequestTables(tables), nil
}

// MaxRequestID answers the newest row's id; 0 for an empty table.
func (e *Engine) MaxRequestID(ctx context.Context, t db.RequestTable) (int64, error) {
	var id int64
	err := e.glance(ctx, "max request id", func(c *conn) error {
		return c.row(ctx, "SELECT /* mltop */ coalesce(max("+quote(t.ID)+"), 0)::int8 FROM "+qualified(t.Schema, t.Name), nil, &id)
	})
	return id, err
}

// ReadRequests reads rows by their id, in one statement. What
// a row does not tell, or not in a form that can be read, is marked so.
func (e *Engine) ReadRequests(ctx context.Context, t db.RequestTable, after, upto int64, limit int, newestFirst bool, visit func(*db.RequestRow) error) error {
	if upto == 0 {
		upto = math.MaxInt64
	}
	r := requestScan{unit: t.DurationUnit}
	if r.unit == 0 {
		r.unit = time.Millisecond
	}
	return e.glance(ctx, "requests", func(c *conn) error {
		_, err := c.each(ctx, requestSQL(t, newestFirst), []any{after, upto, int64(limit)}, func(v []any) error {
			r.scan(v)
			return visit(&r.row)
		})
		return err
	})
}

// requestSQL selects the seven columns of requestScan, as text but for the id
// and the time: a log may keep a status as a number or as words.
func requestSQL(t db.RequestTable, newestFirst bool) string {
	var b strings.Builder
	id := "t." + quote(t.ID)
	b.WriteString("SELECT /* mltop */ " + id + "::int8")
	for i, name := range []string{t.Time, t.Method, t.Path, t.Status, t.Duration, t.Group} {
		switch {
		case name == "":
			b.WriteString(", NULL")
		case i == 0:
			b.WriteString(", t." + quote(name))
		default:
			b.WriteString(", left(t." + quote(name) + "::text, " + strconv.Itoa(maxPath) + ")")
		}
	}
	b.WriteString(" FROM " + qualified(t.Schema, t.Name) + " t WHERE " + id + " > $1::int8 AND " + id + " <= $2::int8 ORDER BY " + id)
	if newestFirst {
		b.WriteString(" DESC")
	}
	return b.String() + " LIMIT $3::int8"
}

// A requestScan turns rows into one db.RequestRow, used again for each.
type requestScan struct {
	row  db.RequestRow
	unit time.Duration
}

func (r *requestScan) scan(v []any) {
	r.row.ID, _ = v[0].(int64)
	r.row.Time = timeOf(v[1])
	r.row.Method, r.row.Path, r.row.Group = textOf(v[2]), textOf(v[3]), textOf(v[6])
	r.row.Status = statusOf(textOf(v[4]))
	r.row.Duration, r.row.HasDuration = durationOf(textOf(v[5]), r.unit)
}

func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []byte:
		return string(v)
	}
	return ""
}

// timeOf reads a timestamp, or text that holds one; a time without a zone is
// UTC.
func timeOf(v any) time.Time {
	if t, ok := v.(time.Time); ok {
		return t.UTC()
	}
	text := strings.TrimSpace(textOf(v))
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// statusOf reads an HTTP status; 0 for anything that is none.
func statusOf(text string) int {
	n, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || n < 100 || n > 999 || n != math.Trunc(n) {
		return 0
	}
	return int(n)
}

// durationOf reads a time that passed; false for what is none: NULL, words,
// negative or endless times. An interval reads as "00:00:01.5".
func durationOf(text string, unit time.Duration) (time.Duration, bool) {
	var h, m int64
	var s float64
	if n, _ := fmt.Sscanf(text, "%d:%d:%g", &h, &m, &s); n == 3 {
		return time.Duration((float64(h*3600+m*60) + s) * float64(time.Second)), true
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	d := n * float64(unit)
	if err != nil || !(d >= 0 && d < math.MaxInt64) {
		return 0, false
	}
	return time.Duration(d), true
}
