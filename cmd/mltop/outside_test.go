package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// A logRow is a request as plain SQL tells it.
type logRow struct {
	seconds float64
	status  int
}

// logRows reads the request log as anybody could, up to an id.
func logRows(t *testing.T, path, where string, args ...any) []logRow {
	t.Helper()
	d, err := sql.Open("sqlite3", "file:"+path+"?mode=ro&_busy_timeout=10000")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	rows, err := d.Query("SELECT process_time_ms / 1000.0, status_code FROM request_logs WHERE "+where, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []logRow
	for rows.Next() {
		var r logRow
		if err := rows.Scan(&r.seconds, &r.status); err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// loggedBetween sums up the rows of the log of a span.
func loggedBetween(t *testing.T, path string, from, to time.Time) struct{ count, mean, p50, p95, p99 float64 } {
	t.Helper()
	const stamp = "2006-01-02T15:04:05"
	rows := logRows(t, path, "timestamp >= ? AND timestamp < ?", from.UTC().Format(stamp), to.UTC().Format(stamp))
	if len(rows) < 20 {
		t.Fatalf("the log gained %d rows in the whole time, too few to compare", len(rows))
	}
	var out struct{ count, mean, p50, p95, p99 float64 }
	out.count = float64(len(rows))
	var times []float64
	for _, r := range rows {
		times = append(times, r.seconds)
		out.mean += r.seconds / float64(len(rows))
	}
	slices.Sort(times)
	out.p50, out.p95, out.p99 = times[len(times)/2], times[len(times)*95/100], times[len(times)*99/100]
	return out
}

// A queryCount is what a query log holds.
type queryCount struct{ calls, seconds float64 }

// queriesLogged reads the query log as anybody could: what ended between two
// instants.
func queriesLogged(t *testing.T, path string, from, to time.Time) (out queryCount) {
	t.Helper()
	text, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(text) {
		var e struct {
			Time    time.Time
			Seconds float64
		}
		if json.Unmarshal(line, &e) == nil && e.Time.After(from) && !e.Time.After(to) {
			out.calls, out.seconds = out.calls+1, out.seconds+e.Seconds
		}
	}
	return out
}

// changeCounter reads bytes 24 to 27 of the file: SQLite adds one for each
// commit of a rollback journal. This process has no SQLite handle on it.
func changeCounter(t *testing.T, path string) uint32 {
	t.Helper()
	head, err := exec.Command("head", "-c", "28", path).Output()
	if err != nil || len(head) != 28 {
		t.Fatalf("read the header of %s: %v", path, err)
	}
	return uint32(head[24])<<24 | uint32(head[25])<<16 | uint32(head[26])<<8 | uint32(head[27])
}

func fileSize(t *testing.T, path string) float64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return float64(info.Size())
}
