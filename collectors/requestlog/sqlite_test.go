package requestlog

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/jmoiron/sqlx"

	"mltop/collectors"
	"mltop/internal/db/sqlite"
)

const mockloopDDL = `CREATE TABLE request_logs (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp TEXT, type TEXT, method TEXT, path TEXT,
	status_code INTEGER, process_time_ms INTEGER, client_host TEXT, client_port TEXT, headers TEXT, query_params TEXT, request_body TEXT,
	response_body TEXT, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, session_id TEXT, test_scenario TEXT, correlation_id TEXT,
	user_agent TEXT, response_size INTEGER, is_admin BOOLEAN DEFAULT 0)`

// mockloopFile is a request log as MockLoop writes it, n rows over a day.
func mockloopFile(t testing.TB, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "request_logs.db")
	d, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := d.Exec(mockloopDDL); err != nil {
		t.Fatal(err)
	}
	_, err = d.Exec(`WITH RECURSIVE s(i) AS (SELECT 0 UNION ALL SELECT i+1 FROM s WHERE i+1 < ?1)
		INSERT INTO request_logs (timestamp, type, method, path, status_code, process_time_ms, client_host, client_port, headers, user_agent, response_size)
		SELECT strftime('%Y-%m-%dT%H:%M:%S', unixepoch('now') - 80000 + i*79990/?1, 'unixepoch'), 'request', 'GET',
			CASE i % 4 WHEN 0 THEN '/pet/' || (i % 5000) WHEN 1 THEN '/users/' || i || '/orders' WHEN 2 THEN '/store/inventory' ELSE '/pets?limit=' || i END,
			CASE WHEN i % 50 = 0 THEN 500 ELSE 200 END, i % 37, '127.0.0.1', '5', '{"accept":"*/*"}', 'curl/8', i % 900 FROM s`, n)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func openEngine(t testing.TB, path string) *sqlite.Engine {
	t.Helper()
	e, err := sqlite.Open(context.Background(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

func TestARealFile(t *testing.T) {
	const n = 30_000
	path := mockloopFile(t, n)
	c := New(openEngine(t, path), Options{})
	routes := map[string]uint64{}
	collectAll := func() *collectors.Requests {
		sections, err := c.Collect(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		r := sections[0].(*collectors.Requests)
		for _, b := range r.Buckets {
			for _, g := range b.Routes {
				routes[g.Route.String()] += g.Count
			}
		}
		return r
	}
	r := collectAll()
	for i := 0; r.Backfilled < 1 && i < 200; i++ {
		r = collectAll()
	}
	d, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for _, row := range []string{
		"(strftime('%Y-%m-%dT%H:%M:%S','now'), 'GET', '/pet/7', 200, 3)", "(NULL, 'GET', '/pet/8', 'teapot', NULL)", "('soon', 'GET', x'2f7065742f39', NULL, 'slow')",
	} {
		if _, err := d.Exec("INSERT INTO request_logs (timestamp, method, path, status_code, process_time_ms) VALUES " + row); err != nil {
			t.Fatal(err)
		}
	}
	r = collectAll()
	want := map[string]uint64{"GET /pet/{id}": n/4 + 3, "GET /users/{id}/orders": n / 4, "GET /store/inventory": n / 4, "GET /pets": n / 4}
	if fmt.Sprint(routes) != fmt.Sprint(want) || r.Source.Total != n+3 || r.State != "ok" {
		t.Errorf("got %v, total %d, state %s; want %v", routes, r.Source.Total, r.State, want)
	}
	for _, key := range []string{"status", "latency", "time"} {
		if r.Missing[key] == "" {
			t.Errorf("nothing is said of rows without %s: %v", key, r.Missing)
		}
	}
}

// BenchmarkBackfill and BenchmarkStructScan read the same rows: the ratio is
// what matters.
func BenchmarkBackfill(b *testing.B) {
	const n = 300_000
	e := openEngine(b, mockloopFile(b, n))
	for b.Loop() {
		c := New(e, Options{All: true})
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		if _, err := c.Collect(ctx); err != nil || c.total != n {
			b.Fatal(c.total, err)
		}
		cancel()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/row")
}

func BenchmarkStructScan(b *testing.B) {
	const n = 300_000
	d, err := sqlx.Open("sqlite3", mockloopFile(b, n))
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	type row struct {
		ID        int64  `db:"id"`
		Timestamp string `db:"timestamp"`
		Method    string `db:"method"`
		Path      string `db:"path"`
		Status    int    `db:"status_code"`
		Duration  int    `db:"process_time_ms"`
	}
	for b.Loop() {
		rows, err := d.Queryx("SELECT id, timestamp, method, path, status_code, process_time_ms FROM request_logs")
		if err != nil {
			b.Fatal(err)
		}
		seen := 0
		for rows.Next() {
			var r row
			if err := rows.StructScan(&r); err != nil {
				b.Fatal(err)
			}
			seen++
		}
		if rows.Close(); seen != n {
			b.Fatal(seen)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/row")
}
