package sqlite

import (
	"context"
	"database/sql/driver"
	"math"
	"strconv"
	"strings"
	"time"

	"mltop/internal/db"
)

// maxPath cuts what is kept of a path: a route is known by far less, and one
// row must not cost a megabyte.
const maxPath = 4096

// MaxRequestID answers the newest row's id; 0 for an empty table.
func (e *Engine) MaxRequestID(ctx context.Context, t db.RequestTable) (int64, error) {
	var id int64
	err := e.read(ctx, "max request id", func(c *conn) error {
		var err error
		id, _, err = intOf(ctx, c, "SELECT max(t."+quoted(t.ID)+") FROM "+tableName(t)+" t")
		return err
	})
	return id, err
}

// ReadRequests reads rows by their id in one short autocommit read. What a
// row does not tell, or not in a form that can be read, is marked so.
func (e *Engine) ReadRequests(ctx context.Context, t db.RequestTable, after, upto int64, limit int, newestFirst bool, visit func(*db.RequestRow) error) error {
	if upto == 0 {
		upto = math.MaxInt64
	}
	sql := requestSQL(t, newestFirst)
	args := []driver.Value{after, upto, int64(limit)}
	r := requestScan{unit: t.DurationUnit}
	if r.unit == 0 {
		r.unit = time.Millisecond
	}
	return e.read(ctx, "requests", func(c *conn) error {
		// limit bounds the read: a context that can end would cost two locks a
		// row in the driver.
		_, err := c.each(context.WithoutCancel(ctx), sql, args, func(v []driver.Value) error {
			if err := ctx.Err(); err != nil {
				return err
			}
			r.scan(v)
			return visit(&r.row)
		})
		return err
	})
}

// requestSQL selects the seven columns of requestScan. A leading + hides a
// column's declared type from the driver, which would turn text into times
// and numbers into booleans by it. The table's name before each column keeps
// SQLite from reading a missing one as a string.
func requestSQL(t db.RequestTable, newestFirst bool) string {
	var b strings.Builder
	id := "t." + quoted(t.ID)
	b.WriteString("SELECT " + id)
	for _, name := range []string{t.Time, t.Method, t.Path, t.Status, t.Duration, t.Group} {
		if name == "" {
			b.WriteString(", NULL")
		} else {
			b.WriteString(", +t." + quoted(name))
		}
	}
	b.WriteString(" FROM " + tableName(t) + " t WHERE " + id + " > ?1 AND " + id + " <= ?2 ORDER BY " + id)
	if newestFirst {
		b.WriteString(" DESC")
	}
	return b.String() + " LIMIT ?3"
}

func tableName(t db.RequestTable) string {
	if t.Schema == "" {
		return quoted(t.Name)
	}
	return quoted(t.Schema) + "." + quoted(t.Name)
}

// quoted always quotes: a name may be a keyword of another version.
func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// A requestScan turns rows into one db.RequestRow, used again for each.
type requestScan struct {
	row   db.RequestRow
	unit  time.Duration
	clock clock
}

func (r *requestScan) scan(v []driver.Value) {
	r.row.ID, _ = v[0].(int64)
	r.row.Time = r.clock.read(v[1])
	r.row.Method = asText(v[2])
	r.row.Path = cut(asText(v[3]))
	r.row.Status = statusOf(v[4])
	r.row.Duration, r.row.HasDuration = durationOf(v[5], r.unit)
	r.row.Group = cut(asText(v[6]))
}

func cut(s string) string {
	if len(s) <= maxPath {
		return s
	}
	return strings.Clone(s[:maxPath])
}

// statusOf reads an HTTP status; 0 for anything that is none.
func statusOf(v driver.Value) int {
	n, ok := numberOf(v)
	if !ok || n < 100 || n > 999 || n != math.Trunc(n) {
		return 0
	}
	return int(n)
}

// durationOf reads a time that passed; false for what is none: NULL, words,
// negative or endless times.
func durationOf(v driver.Value, unit time.Duration) (time.Duration, bool) {
	if n, ok := v.(int64); ok && n >= 0 && n <= int64(math.MaxInt64/unit) {
		return time.Duration(n) * unit, true
	}
	n, ok := numberOf(v)
	d := n * float64(unit)
	if !ok || !(d >= 0 && d < math.MaxInt64) {
		return 0, false
	}
	return time.Duration(d), true
}

// numberOf reads numbers, and text that holds one.
func numberOf(v driver.Value) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, !math.IsNaN(v)
	case string:
		n, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
		return n, err == nil && !math.IsNaN(n)
	case []byte:
		return numberOf(string(v))
	}
	return 0, false
}
