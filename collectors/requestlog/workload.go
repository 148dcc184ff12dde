package requestlog

import (
	"slices"
	"strings"

	"mltop/collectors"
	"mltop/internal/db"
	"mltop/internal/sqltext"
)

// An assumed statement is part of the usual workload of a request log.
type assumed struct {
	name   string
	weight float64 // calls an hour
	sql    string  // $x stands for a column, $t for the table
}

// The weights suppose a dashboard that asks every minute or so and a person
// who asks now and then.
func assumedStatements() []assumed {
	return []assumed{
		{"last requests", 60, "SELECT $id, $time, $method, $path, $status, $duration FROM $t ORDER BY $id DESC LIMIT 100"},
		{"requests of a method since a time", 60, "SELECT $id, $time, $method, $path, $status FROM $t WHERE $method = 'GET' AND $time >= '2026-01-15T00:00:00' ORDER BY $time DESC LIMIT 100"},
		{"requests of a client since a time", 12, "SELECT $id, $time, $method, $path, $status FROM $t WHERE $client = '127.0.0.1' AND $time >= '2026-01-15T00:00:00' AND $method = 'GET' ORDER BY $time DESC LIMIT 100"},
		{"successful requests by path and method", 30, "SELECT $path, $method, COUNT(*), AVG($duration) FROM $t WHERE $status < 400 GROUP BY $path, $method"},
		{"durations of one path", 30, "SELECT $duration FROM $t WHERE $path = '/api/items' AND $method = 'GET' AND $status < 400 ORDER BY $duration"},
		{"errors of a week by status", 12, "SELECT $status, COUNT(*) FROM $t WHERE $status >= 400 AND $time >= '2026-01-15T00:00:00' AND $time < '2026-01-22T00:00:00' GROUP BY $status"},
		{"latest errors", 30, "SELECT $id, $time, $path, $status FROM $t WHERE $status >= 500 ORDER BY $time DESC LIMIT 50"},
		{"slowest requests of an hour", 12, "SELECT $id, $time, $path, $duration FROM $t WHERE $time >= '2026-01-15T00:00:00' AND $time < '2026-01-15T01:00:00' ORDER BY $duration DESC LIMIT 20"},
		{"requests of a group", 6, "SELECT $id, $time, $path, $status FROM $t WHERE $group = 'a' ORDER BY $time"},
	}
}

// AssumedWorkload is what is usually asked of a request log, in our own SQL
// with constant bounds and only the columns that t has, and the INSERT of
// each request itself. The source that carries it is to say that it is
// assumed.
func AssumedWorkload(t db.RequestTable, rowsPerHour float64) []collectors.StatementGroup {
	columns := map[string]string{
		"$id": t.ID, "$time": t.Time, "$method": t.Method, "$path": t.Path, "$status": t.Status,
		"$duration": t.Duration, "$client": t.ClientHost, "$group": t.Group,
	}
	out := []collectors.StatementGroup{assumedGroup("log a request", insertOf(t), rowsPerHour)}
	for _, a := range assumedStatements() {
		if sql, ok := fill(a.sql, columns, tableName(t)); ok {
			out = append(out, assumedGroup(a.name, sql, a.weight))
		}
	}
	return out
}

func assumedGroup(name, sql string, weight float64) collectors.StatementGroup {
	return collectors.StatementGroup{
		Fingerprint: sqltext.Fingerprint(sql), Text: sqltext.Normalize(sql), Example: sql, Name: name, Weight: weight,
	}
}

// fill writes names into a statement; false when the table lacks one.
func fill(sql string, columns map[string]string, table string) (string, bool) {
	pairs := []string{"$t ", table + " "}
	for key, name := range columns {
		if name == "" {
			if strings.Contains(sql, key) {
				return "", false
			}
			continue
		}
		pairs = append(pairs, key, quote(name))
	}
	return strings.NewReplacer(pairs...).Replace(sql), true
}

// quote: standard quotes; a request table of MySQL is read by its own reader.
func quote(name string) string { return sqltext.QuoteIdent(name, "sqlite") }

func tableName(t db.RequestTable) string {
	if t.Schema == "" || t.Schema == "main" {
		return quote(t.Name)
	}
	return quote(t.Schema) + "." + quote(t.Name)
}

func insertOf(t db.RequestTable) string {
	var names, values []string
	for _, c := range []struct{ name, value string }{
		{t.Time, "'2026-01-15T00:00:00'"}, {t.Method, "'GET'"}, {t.Path, "'/api/items'"}, {t.Status, "200"},
		{t.Duration, "5"}, {t.ClientHost, "'127.0.0.1'"}, {t.Size, "512"}, {t.Group, "'a'"},
	} {
		// A group may be one of the other columns.
		if c.name != "" && !slices.Contains(names, quote(c.name)) {
			names, values = append(names, quote(c.name)), append(values, c.value)
		}
	}
	return "INSERT INTO " + tableName(t) + " (" + strings.Join(names, ", ") + ") VALUES (" + strings.Join(values, ", ") + ")"
}
