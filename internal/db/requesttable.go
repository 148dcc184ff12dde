package db

import (
	"sort"
	"strings"
	"time"
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

// A LogTable is a table that may be a request log.
type LogTable struct {
	Schema, Name string
	Columns      []LogColumn
	Key          string // an integer column that new rows count up; "" for none
}

// A LogColumn is a column and its type's name.
type LogColumn struct {
	Name, Type string
}

// RecogniseRequestTables finds the request logs among tables, best first.
func RecogniseRequestTables(tables []LogTable) []RequestTable {
	type ranked struct {
		t     RequestTable
		score int
	}
	var found []ranked
	for _, lt := range tables {
		if t, ok := RecogniseRequestTable(lt); ok {
			found = append(found, ranked{t, scoreRequestTable(t)})
		}
	}
	sort.SliceStable(found, func(i, j int) bool { return found[i].score > found[j].score })
	out := make([]RequestTable, len(found))
	for i, f := range found {
		out[i] = f.t
	}
	return out
}

// scoreRequestTable prefers names that say what they are, then tables that
// tell more.
func scoreRequestTable(t RequestTable) int {
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

// RecogniseRequestTable finds what each column means. A request log has at least
// a path, a key that grows, and a status or a time taken.
func RecogniseRequestTable(lt LogTable) (RequestTable, bool) {
	t := RequestTable{Schema: lt.Schema, Name: lt.Name, ID: lt.Key}
	names := namesOf()
	t.Time, t.Method = lt.find(names["time"]), lt.find(names["method"])
	t.Path, t.Status = lt.find(names["path"]), lt.find(names["status"])
	t.ClientHost, t.Size, t.IsAdmin = lt.find(names["host"]), lt.find(names["size"]), lt.find(names["admin"])
	lt.matchDuration(&t)
	ok := t.Path != "" && t.ID != "" && (t.Status != "" || t.Duration != "") && (t.Method != "" || t.Time != "")
	return t, ok
}

func (lt LogTable) matchDuration(t *RequestTable) {
	for _, u := range durationNames() {
		c := lt.column(u.name)
		if c == nil {
			continue
		}
		t.Duration, t.DurationUnit, t.DurationReal = c.Name, u.unit, KeepsFractions(c.Type)
		if u.unit == 0 { // by custom: fractions are seconds, whole numbers milliseconds
			t.DurationUnit = time.Millisecond
			if t.DurationReal {
				t.DurationUnit = time.Second
			}
		}
		return
	}
}

func (lt LogTable) column(name string) *LogColumn {
	for i := range lt.Columns {
		if strings.EqualFold(lt.Columns[i].Name, name) {
			return &lt.Columns[i]
		}
	}
	return nil
}

func (lt LogTable) find(names []string) string {
	for _, n := range names {
		if c := lt.column(n); c != nil {
			return c.Name
		}
	}
	return ""
}

// KeepsFractions reports whether a type keeps fractions; the names are those of all
// databases, read as SQLite does.
func KeepsFractions(kind string) bool {
	k := strings.ToUpper(kind)
	return strings.Contains(k, "REAL") || strings.Contains(k, "FLOA") || strings.Contains(k, "DOUB") ||
		strings.HasPrefix(k, "NUMERIC") || strings.HasPrefix(k, "DECIMAL")
}
