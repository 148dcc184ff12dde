package mysql

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
// path. A key is the first column of the primary key: the second of a
// partitioned log is the time.
const logTablesSQL = `SELECT c.TABLE_NAME, c.COLUMN_NAME, c.DATA_TYPE, k.COLUMN_NAME IS NOT NULL AND c.DATA_TYPE IN ('int', 'bigint', 'mediumint', 'integer') AS is_key
	FROM information_schema.COLUMNS c
	JOIN (SELECT DISTINCT TABLE_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND COLUMN_NAME REGEXP 'path|ur[il]|endpoint|route') p ON p.TABLE_NAME = c.TABLE_NAME
	JOIN information_schema.TABLES t ON t.TABLE_SCHEMA = c.TABLE_SCHEMA AND t.TABLE_NAME = c.TABLE_NAME AND t.TABLE_TYPE = 'BASE TABLE'
	LEFT JOIN information_schema.STATISTICS k ON k.TABLE_SCHEMA = c.TABLE_SCHEMA AND k.TABLE_NAME = c.TABLE_NAME AND k.INDEX_NAME = 'PRIMARY' AND k.SEQ_IN_INDEX = 1 AND k.COLUMN_NAME = c.COLUMN_NAME
	WHERE c.TABLE_SCHEMA = DATABASE() ORDER BY c.TABLE_NAME, c.ORDINAL_POSITION`

// RequestTables lists the tables that look like request logs, best first.
func (e *Engine) RequestTables(ctx context.Context) ([]db.RequestTable, error) {
	var tables []db.LogTable
	err := e.read(ctx, "request tables", func(c *conn) error {
		tables = nil
		_, err := c.each(ctx, logTablesSQL, nil, func(row []value) error {
			if n := len(tables); n == 0 || tables[n-1].Name != row[0].s {
				tables = append(tables, db.LogTable{Schema: e.server.Database, Name: row[0].s})
			}
			t := &tables[len(tables)-1]
			t.Columns = append(t.Columns, db.LogColumn{Name: row[1].s, Type: row[2].s})
			if yes(row[3].s) {
				t.Key = row[1].s
			}
			return nil
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("look for request tables: %w", err)
	}
	return db.RecogniseRequestTables(tables), nil
}

// MaxRequestID answers the newest row's id; 0 for an empty table.
func (e *Engine) MaxRequestID(ctx context.Context, t db.RequestTable) (int64, error) {
	var v *string
	err := e.read(ctx, "max request id", func(c *conn) error {
		return c.row(ctx, &v, "SELECT MAX("+quoteAlways(t.ID)+") FROM "+tableName(t)+ownTable)
	})
	if err != nil || v == nil {
		return 0, err
	}
	return strconv.ParseInt(*v, 10, 64)
}

func tableName(t db.RequestTable) string {
	if t.Schema == "" {
		return quoteAlways(t.Name)
	}
	return quoteAlways(t.Schema) + "." + quoteAlways(t.Name)
}

// ReadRequests reads rows by their id in one short autocommit read. What a row
// does not tell, or not in a form that can be read, is marked so.
func (e *Engine) ReadRequests(ctx context.Context, t db.RequestTable, after, upto int64, limit int, newestFirst bool, visit func(*db.RequestRow) error) error {
	if upto == 0 {
		upto = math.MaxInt64
	}
	r := requestScan{unit: t.DurationUnit}
	if r.unit == 0 {
		r.unit = time.Millisecond
	}
	return e.read(ctx, "requests", func(c *conn) error {
		_, err := c.each(ctx, requestSQL(t, newestFirst), []any{after, upto, limit}, func(v []value) error {
			r.scan(v)
			return visit(&r.row)
		})
		return err
	})
}

// requestSQL selects the seven columns of requestScan.
func requestSQL(t db.RequestTable, newestFirst bool) string {
	var b strings.Builder
	id := "mltop." + quoteAlways(t.ID)
	b.WriteString("SELECT " + id)
	for _, name := range []string{t.Time, t.Method, t.Path, t.Status, t.Duration, t.Group} {
		if name == "" {
			b.WriteString(", NULL")
		} else {
			b.WriteString(", LEFT(mltop." + quoteAlways(name) + ", " + strconv.Itoa(maxPath) + ")")
		}
	}
	b.WriteString(" FROM " + tableName(t) + ownTable + " WHERE " + id + " > ? AND " + id + " <= ? ORDER BY " + id)
	if newestFirst {
		b.WriteString(" DESC")
	}
	return b.String() + " LIMIT ?"
}

// A requestScan turns rows into one db.RequestRow, used again for each.
type requestScan struct {
	row  db.RequestRow
	unit time.Duration
}

func (r *requestScan) scan(v []value) {
	r.row.ID, _ = strconv.ParseInt(v[0].s, 10, 64) // the column holds integers
	r.row.Time = timeOf(v[1].s)
	r.row.Method, r.row.Path, r.row.Group = v[2].s, v[3].s, v[6].s
	r.row.Status = statusOf(v[4].s)
	r.row.Duration, r.row.HasDuration = durationOf(v[5].s, r.unit)
}

// timeOf reads a DATETIME, a TIMESTAMP (our session is in UTC) or text that
// holds one; a time without a zone is UTC.
func timeOf(s string) time.Time {
	for _, layout := range []string{"2006-01-02 15:04:05.999999999", time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// statusOf reads an HTTP status; 0 for anything that is none.
func statusOf(s string) int {
	n := number(s)
	if n == nil || !(*n >= 100 && *n <= 999) || *n != math.Trunc(*n) {
		return 0
	}
	return int(*n)
}

// durationOf reads a time that passed; false for what is none: NULL, words,
// negative or endless times.
func durationOf(s string, unit time.Duration) (time.Duration, bool) {
	if strings.Count(s, ":") == 2 { // TIME
		return seconds(clockSeconds(s)), !strings.HasPrefix(s, "-")
	}
	n := number(s)
	if n == nil {
		return 0, false
	}
	d := *n * float64(unit)
	if !(d >= 0 && d < math.MaxInt64) {
		return 0, false
	}
	return time.Duration(d), true
}
