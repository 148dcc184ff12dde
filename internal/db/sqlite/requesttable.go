package sqlite

import (
	"context"
	"database/sql/driver"
	"sort"
	"strings"
	"time"

	"mltop/internal/db"
)

// The names under which request logs keep a thing, best first. Those of
// MockLoop's servers and of its documentation come first.
func namesOf() map[string][]string {
	return map[string][]string{
		"time":   {"timestamp", "created_at", "requested_at", "request_time", "started_at", "logged_at", "time", "ts", "datetime", "date"},
		"method": {"method", "http_method", "request_method", "verb"},
		"path":   {"path", "request_path", "url_path", "uri", "request_uri", "url", "endpoint", "route"},
		"status": {"status_code", "response_status", "http_status", "response_code", "response_status_code", "status", "code"},
		"host":   {"client_host", "client_ip", "remote_addr", "remote_ip", "ip_address", "ip"},
		"size":   {"response_size", "response_size_bytes", "bytes_sent", "body_bytes_sent", "size_bytes", "size"},
		"admin":  {"is_admin"},
	}
}

// durationNames are the columns of handler time, with their units.
func durationNames() []unitName {
	var out []unitName
	for _, stem := range []string{"process_time", "response_time", "duration", "latency", "elapsed", "request_time", "took", "time_taken"} {
		out = append(out, unitName{stem + "_ms", time.Millisecond}, unitName{stem + "_us", time.Microsecond},
			unitName{stem + "_ns", time.Nanosecond}, unitName{stem + "_seconds", time.Second}, unitName{stem + "_s", time.Second})
	}
	for _, stem := range []string{"process_time", "response_time", "duration", "latency", "elapsed"} {
		out = append(out, unitName{stem, 0})
	}
	return out
}

// A unitName is a column's name and the unit it tells; 0: it tells none.
type unitName struct {
	name string
	unit time.Duration
}

// A logTable is a table that may be a request log.
type logTable struct {
	name    string
	columns []logColumn
	noRowID bool
}

type logColumn struct {
	name, kind string
	pk         int64
}

// RequestTables lists the tables that look like request logs, best first.
func (e *Engine) RequestTables(ctx context.Context) ([]db.RequestTable, error) {
	var tables []logTable
	err := e.read(ctx, "request tables", func(c *conn) error {
		var err error
		tables, err = readLogTables(ctx, c)
		return err
	})
	if err != nil {
		return nil, err
	}
	return rankRequestTables(tables), nil
}

// readLogTables reads the columns of the tables whose definitions mention a
// status or a time, and a path: few, however many tables there are.
func readLogTables(ctx context.Context, c *conn) ([]logTable, error) {
	const sql = `SELECT m.name, x.name, x.type, x.pk, m.sql FROM sqlite_schema m, pragma_table_xinfo(m.name) x
		WHERE m.type = 'table' AND m.sql NOT LIKE 'CREATE VIRTUAL%' AND m.name NOT LIKE 'sqlite\_%' ESCAPE '\'
		AND (m.sql LIKE '%path%' OR m.sql LIKE '%ur_%' OR m.sql LIKE '%endpoint%' OR m.sql LIKE '%route%')
		ORDER BY m.rowid, x.cid`
	var out []logTable
	_, err := c.each(ctx, sql, nil, func(row []driver.Value) error {
		name := asText(row[0])
		if len(out) == 0 || out[len(out)-1].name != name {
			out = append(out, logTable{name: name, noRowID: withoutRowID(asText(row[4]))})
		}
		t := &out[len(out)-1]
		pk, _ := row[3].(int64)
		t.columns = append(t.columns, logColumn{asText(row[1]), asText(row[2]), pk})
		return nil
	})
	return out, err
}

func rankRequestTables(tables []logTable) []db.RequestTable {
	type ranked struct {
		t     db.RequestTable
		score int
	}
	var found []ranked
	for _, lt := range tables {
		if t, ok := matchRequestTable(lt); ok {
			found = append(found, ranked{t, scoreRequestTable(t)})
		}
	}
	sort.SliceStable(found, func(i, j int) bool { return found[i].score > found[j].score })
	out := make([]db.RequestTable, len(found))
	for i, f := range found {
		out[i] = f.t
	}
	return out
}

// scoreRequestTable prefers names that say what they are, then tables that
// tell more.
func scoreRequestTable(t db.RequestTable) int {
	score := 0
	for _, c := range []string{t.Time, t.Method, t.Path, t.Status, t.Duration, t.ClientHost, t.Size} {
		if c != "" {
			score++
		}
	}
	name := strings.ToLower(t.Name)
	switch {
	case name == "request_logs":
		score += 100
	case strings.Contains(name, "admin"): // traffic of the server's own interface
		score -= 10
	case strings.Contains(name, "request"), strings.Contains(name, "access"), strings.Contains(name, "http"):
		score += 20
	case strings.Contains(name, "log"):
		score += 10
	}
	return score
}

// matchRequestTable finds what each column means. A request log has at least
// a path, a key that grows, and a status or a time taken.
func matchRequestTable(lt logTable) (db.RequestTable, bool) {
	t := db.RequestTable{Schema: "main", Name: lt.name}
	names := namesOf()
	t.Time, t.Method = lt.find(names["time"]), lt.find(names["method"])
	t.Path, t.Status = lt.find(names["path"]), lt.find(names["status"])
	t.ClientHost, t.Size, t.IsAdmin = lt.find(names["host"]), lt.find(names["size"]), lt.find(names["admin"])
	lt.matchDuration(&t)
	t.ID = lt.key()
	ok := t.Path != "" && t.ID != "" && (t.Status != "" || t.Duration != "") && (t.Method != "" || t.Time != "")
	return t, ok
}

func (lt logTable) matchDuration(t *db.RequestTable) {
	for _, u := range durationNames() {
		c := lt.column(u.name)
		if c == nil {
			continue
		}
		t.Duration, t.DurationUnit, t.DurationReal = c.name, u.unit, isReal(c.kind)
		if u.unit == 0 { // by custom: fractions are seconds, whole numbers milliseconds
			t.DurationUnit = time.Millisecond
			if t.DurationReal {
				t.DurationUnit = time.Second
			}
		}
		return
	}
}

// key is the integer column that new rows count up.
func (lt logTable) key() string {
	var pks []logColumn
	for _, c := range lt.columns {
		if c.pk > 0 {
			pks = append(pks, c)
		}
	}
	if len(pks) == 1 && strings.EqualFold(pks[0].kind, "INTEGER") {
		return pks[0].name
	}
	if !lt.noRowID {
		for _, name := range []string{"rowid", "_rowid_", "oid"} {
			if lt.column(name) == nil {
				return name
			}
		}
	}
	return ""
}

func (lt logTable) column(name string) *logColumn {
	for i := range lt.columns {
		if strings.EqualFold(lt.columns[i].name, name) {
			return &lt.columns[i]
		}
	}
	return nil
}

func (lt logTable) find(names []string) string {
	for _, n := range names {
		if c := lt.column(n); c != nil {
			return c.name
		}
	}
	return ""
}

// isReal follows SQLite's rule for a column's affinity.
func isReal(kind string) bool {
	k := strings.ToUpper(kind)
	return strings.Contains(k, "REAL") || strings.Contains(k, "FLOA") || strings.Contains(k, "DOUB") ||
		strings.HasPrefix(k, "NUMERIC") || strings.HasPrefix(k, "DECIMAL")
}

func withoutRowID(sql string) bool {
	i := strings.LastIndexByte(sql, ')')
	return i >= 0 && strings.Contains(strings.Join(strings.Fields(strings.ToUpper(sql[i:])), " "), "WITHOUT ROWID")
}
