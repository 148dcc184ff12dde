// Package dbtest makes throw-away databases shaped like those that mltop
// meets, and checks that every engine keeps the same promises.
package dbtest

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3" // the driver that makes the files
)

// A Family is a set of names for the columns of a request log.
type Family string

// The families of MockLoop's request logs.
const (
	Served     Family = "served"     // as its servers make it
	First      Family = "first"      // as version 2.0.0 made it: fewer columns
	Documented Family = "documented" // as its documentation describes it
)

// DDL is the family's CREATE TABLE.
func (f Family) DDL(table string) string {
	switch f {
	case First:
		return "CREATE TABLE " + table + ` (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp TEXT, type TEXT, method TEXT, path TEXT,
			status_code INTEGER, process_time_ms INTEGER, client_host TEXT, client_port TEXT, headers TEXT, query_params TEXT,
			request_body TEXT, response_body TEXT, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, is_admin BOOLEAN DEFAULT 0)`
	case Documented:
		return "CREATE TABLE " + table + ` (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp DATETIME DEFAULT CURRENT_TIMESTAMP, method TEXT NOT NULL,
			path TEXT NOT NULL, query_params TEXT, headers TEXT, request_body TEXT, response_status INTEGER, response_headers TEXT,
			response_body TEXT, response_time_ms REAL, client_ip TEXT, user_agent TEXT, server_id TEXT, session_id TEXT,
			scenario_name TEXT, correlation_id TEXT, request_id TEXT, is_admin BOOLEAN DEFAULT FALSE, updated_at TIMESTAMP)`
	}
	return "CREATE TABLE " + table + ` (id INTEGER PRIMARY KEY AUTOINCREMENT, timestamp TEXT, type TEXT, method TEXT, path TEXT,
		status_code INTEGER, process_time_ms INTEGER, client_host TEXT, client_port TEXT, headers TEXT, query_params TEXT,
		request_body TEXT, response_body TEXT, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, session_id TEXT, test_scenario TEXT,
		correlation_id TEXT, user_agent TEXT, response_size INTEGER, is_admin BOOLEAN DEFAULT 0)`
}

// names are the family's columns for status, handler time and client.
func (f Family) names() (status, took, client string) {
	if f == Documented {
		return "response_status", "response_time_ms", "client_ip"
	}
	return "status_code", "process_time_ms", "client_host"
}

// InsertSQL inserts one request: its time, method, path, status, handler time
// and client, in this order.
func (f Family) InsertSQL(table string) string {
	status, took, client := f.names()
	return fmt.Sprintf("INSERT INTO %s (timestamp, method, path, %s, %s, %s) VALUES (?, ?, ?, ?, ?, ?)", table, status, took, client)
}

// Path is a new database's path in the test's folder.
func Path(t testing.TB) string { return filepath.Join(t.TempDir(), "app.db") }

// Open opens path for writing, as an application would.
func Open(t testing.TB, path string) *sql.DB {
	t.Helper()
	uri := "file:" + strings.NewReplacer("%", "%25", "?", "%3F", "#", "%23").Replace(path) + "?_busy_timeout=5000"
	d, err := sql.Open("sqlite3", uri)
	if err != nil {
		t.Fatalf("open %s: %v", path, err)
	}
	d.SetMaxOpenConns(1) // PRAGMAs stay with the connection
	t.Cleanup(func() { d.Close() })
	return d
}

// Exec runs a script.
func Exec(t testing.TB, d *sql.DB, script string, args ...any) {
	t.Helper()
	if _, err := d.Exec(script, args...); err != nil {
		t.Fatalf("%.200s: %v", script, err)
	}
}

// Start is the time of the first row that RequestLog writes; the next ones
// follow at ten a second.
func Start() time.Time { return time.Date(2026, 11, 22, 6, 0, 0, 0, time.UTC) }

// RequestLog makes a request log of n rows in path; seed fixes its values.
func RequestLog(t testing.TB, path string, f Family, n int) {
	t.Helper()
	d := Open(t, path)
	Exec(t, d, f.DDL("request_logs"))
	FillRequestLog(t, d, f, "request_logs", n)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

// FillRequestLog adds n rows.
func FillRequestLog(t testing.TB, d *sql.DB, f Family, table string, n int) {
	t.Helper()
	tx, err := d.Begin()
	if err != nil {
		t.Fatal(err)
	}
	insert, err := tx.Prepare(f.InsertSQL(table))
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		if _, err := insert.Exec(requestValues(r, i)...); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

func requestValues(r *rand.Rand, i int) []any {
	at := Start().Add(time.Duration(i) * 100 * time.Millisecond).Format("2006-01-02T15:04:05")
	method := []string{"GET", "GET", "GET", "POST", "DELETE"}[r.IntN(5)]
	path := fmt.Sprintf([]string{"/pet/%d", "/store/order/%d", "/user/u%d", "/health?x=%d"}[r.IntN(4)], r.IntN(1000))
	status := []int{200, 200, 200, 200, 200, 200, 201, 404, 422, 500}[r.IntN(10)]
	return []any{at, method, path, status, int(r.ExpFloat64() * 20), "127.0.0.1"}
}

// OrdersDDL is an application's schema of four joined tables.
const OrdersDDL = `
CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, name TEXT COLLATE NOCASE, city TEXT, created_at TEXT);
CREATE TABLE products (id INTEGER PRIMARY KEY, sku TEXT NOT NULL, title TEXT, price_cents INTEGER, category TEXT);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers(id), status TEXT NOT NULL, placed_at TEXT NOT NULL, total_cents INTEGER);
CREATE TABLE order_items (order_id INTEGER NOT NULL REFERENCES orders, line INTEGER NOT NULL, product_id INTEGER NOT NULL REFERENCES products(id), quantity INTEGER, PRIMARY KEY (order_id, line)) WITHOUT ROWID;
CREATE INDEX products_category ON products(category);
CREATE INDEX orders_open ON orders(placed_at DESC) WHERE status = 'open';
CREATE INDEX customers_lower ON customers(lower(email), city COLLATE NOCASE DESC);
CREATE VIEW open_orders AS SELECT o.id, c.name FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.status = 'open';
`

// Orders makes the application's schema in path with n orders.
func Orders(t testing.TB, path string, n int) {
	t.Helper()
	d := Open(t, path)
	Exec(t, d, OrdersDDL)
	FillOrders(t, d, n)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

// FillOrders adds n orders of two lines each, a tenth as many customers, and
// 200 products.
func FillOrders(t testing.TB, d *sql.DB, n int) {
	t.Helper()
	customers := max(n/10, 1)
	upTo := "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < ?1) "
	Exec(t, d, "INSERT INTO customers SELECT i, 'user'||i||'@example.com', 'User '||i, 'City '||(i%50), date('2024-01-01', '+'||(i%700)||' days') FROM ("+upTo+"SELECT i FROM n)", customers)
	Exec(t, d, "INSERT INTO products SELECT i, 'SKU-'||i, 'Product '||i, 100+i*7%9000, 'category '||(i%12) FROM ("+upTo+"SELECT i FROM n)", 200)
	Exec(t, d, "INSERT INTO orders SELECT i, 1+(i*7919)%?2, CASE i%20 WHEN 0 THEN 'open' ELSE 'done' END, datetime('2025-01-01', '+'||i||' minutes'), (i*37)%10000 FROM ("+upTo+"SELECT i FROM n)", n, customers)
	Exec(t, d, "INSERT INTO order_items SELECT i, l.line, 1+(i*31+l.line)%200, 1+i%5 FROM ("+upTo+"SELECT i FROM n), (SELECT 1 AS line UNION ALL SELECT 2) l", n)
}
