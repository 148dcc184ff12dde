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

// MaxRequestID answers the newest row's id; 0 for an empty table.
func (e *Engine) MaxRequestID(ctx context.Context, t db.RequestTable) (int64, error) {
	var id int64
	err := e.read(ctx, opMaxRequest, func(c *conn) error {
		var err error
		id, _, err = intOf(ctx, c, "SELECT max(t."+quoted(t.ID)+") FROM "+tableName(t)+" t")
		return err
	})
	return id, err
}

// ReadRequests reads rows by their id in one short autocommit read. What a
// row does not tell, or not in a form that can be read, is marked so. Rows
// arrive by the batch: those ahead of an error need not all be visited.
func (e *Engine) ReadRequests(ctx context.Context, t db.RequestTable, after, upto int64, limit int, newestFirst bool, visit func(*db.RequestRow) error) error {
	sql, args := requestSQL(t, upto != 0, newestFirst), []int64{after, int64(limit)}
	if upto != 0 {
		args = append(args, upto)
	}
	r := newRequestScan(t.DurationUnit)
	return e.read(ctx, opRequests, func(c *conn) error {
		if e.requests == nil {
			e.requests = newBatch(requestColumns)
		}
		return c.batches(ctx, e.requests, sql, args, func(b *batch) error {
			for i := range b.rows {
				r.scan(b, b.row(i))
				if err := visit(&r.row); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// requestColumns is how many columns requestSQL selects.
const requestColumns = 7

// requestSQL selects the seven columns of requestScan. A leading + hides a
// column's declared type from the driver, which would turn text into times
// and numbers into booleans by it. The table's name before each column keeps
// SQLite from reading a missing one as a string. Without an upper end no row is
// compared with one.
func requestSQL(t db.RequestTable, bounded, newestFirst bool) string {
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
	b.WriteString(" FROM " + tableName(t) + " t WHERE " + id + " > ?1")
	if bounded {
		b.WriteString(" AND " + id + " <= ?3")
	}
	b.WriteString(" ORDER BY " + id)
	if newestFirst {
		b.WriteString(" DESC")
	}
	return b.String() + " LIMIT ?2"
}

func tableName(t db.RequestTable) string {
	if t.Schema == "" {
		return quoted(t.Name)
	}
	return quoted(t.Schema) + "." + quoted(t.Name)
}

// quoted always quotes: a name may be a keyword of another version.
func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// A requestScan turns rows into one db.RequestRow, used again for each. What
// most rows hold, text and whole numbers, it reads as it lies; the rest goes
// the way of the driver's values.
type requestScan struct {
	row   db.RequestRow
	unit  time.Duration
	most  int64 // units that fit into a time.Duration
	clock clock
}

func newRequestScan(unit time.Duration) *requestScan {
	if unit == 0 {
		unit = time.Millisecond
	}
	return &requestScan{unit: unit, most: int64(math.MaxInt64 / unit)}
}

func (r *requestScan) scan(b *batch, c []cell) {
	r.row.ID = 0
	if c[0].kind == kindInteger {
		r.row.ID = c[0].n
	}
	r.row.Time = r.time(b, c[1])
	r.row.Method = b.asText(c[2])
	r.row.Path = b.asText(c[3])
	r.row.Status = r.status(b, c[4])
	r.row.Duration, r.row.HasDuration = r.duration(b, c[5])
	r.row.Group = b.asText(c[6])
}

func (r *requestScan) time(b *batch, c cell) time.Time {
	if c.hasText() {
		return r.clock.readText(b.text(c))
	}
	return r.clock.read(b.value(c))
}

func (r *requestScan) status(b *batch, c cell) int {
	switch {
	case c.kind != kindInteger:
		return statusOf(b.value(c))
	case c.n < 100 || c.n > 999:
		return 0
	}
	return int(c.n)
}

func (r *requestScan) duration(b *batch, c cell) (time.Duration, bool) {
	switch {
	case c.kind != kindInteger:
		return durationOf(b.value(c), r.unit)
	case c.n < 0 || c.n > r.most:
		return 0, false
	}
	return time.Duration(c.n) * r.unit, true
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
