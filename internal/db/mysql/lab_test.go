package mysql

import (
	"database/sql"
	"slices"
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// scratches lists the scratch databases of a server.
func scratches(t testing.TB, app *sql.DB) []string {
	t.Helper()
	names := texts(t, app, "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE 'mltop%'")
	slices.Sort(names)
	return names
}

func texts(t testing.TB, d *sql.DB, query string) []string {
	t.Helper()
	rows, err := d.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	return out
}

func TestTheLabKeepsItsPromises(t *testing.T) {
	e, app := orders(t, dbtest.MariaDB(t), 20000, Options{})
	dbtest.RunLab(t, dbtest.LabSubject{Engine: e, Options: db.LabOptions{AllowScratch: true}, Left: func(t testing.TB) []string { return scratches(t, app) }})
}

// labOf makes a Lab that ends with the test.
func labOf(t testing.TB, e *Engine, bytes int64) *Lab {
	t.Helper()
	lab, err := e.Lab(t.Context(), db.LabOptions{AllowScratch: true, MaxBytes: bytes, Seed: 3}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := lab.Close(); err != nil {
			t.Error(err)
		}
	})
	return lab.(*Lab)
}

// The truth is what a copy of all rows reads: its counters are not scaled.
func TestASampleTellsWhatTheLiveTablesWouldRead(t *testing.T) {
	e, app := orders(t, dbtest.MariaDB(t), 15000, Options{})
	dbtest.Exec(t, app, "UPDATE orders SET total_cents = CRC32(id) % 10000")
	dbtest.Exec(t, app, "ANALYZE TABLE orders")
	sample, whole := labOf(t, e, 1300<<10), labOf(t, e, 0)
	cents := db.Index{Table: "orders", Columns: []db.IndexColumn{{Name: "total_cents"}}}
	for _, c := range []struct {
		name, sql string
		add       []db.Index
		within    float64 // factor
	}{
		{"a scan reads every row", "SELECT status FROM orders WHERE total_cents = 7", nil, 1.15},
		{"a range is found by its index, each row in index and table", "SELECT status FROM orders WHERE total_cents BETWEEN 100 AND 599", []db.Index{cents}, 1.4},
		{"a covering index is read alone", "SELECT id FROM orders WHERE total_cents BETWEEN 100 AND 599", []db.Index{cents}, 1.4},
		{"a value that is rare is taken from statistics", "SELECT status FROM orders WHERE total_cents = 7", []db.Index{cents}, 3},
		{"rows that sampled rows refer to are there", "SELECT c.name FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.total_cents BETWEEN 100 AND 599", nil, 1.3},
		{"and the other way round", "SELECT o.status FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.city = 'City 3'", nil, 1.6},
		{"three tables", "SELECT i.quantity FROM customers c JOIN orders o ON o.customer_id = c.id JOIN order_items i ON i.order_id = o.id WHERE c.city = 'City 3'", nil, 1.6},
		{"a LIMIT ends it as early as in the live table", "SELECT * FROM orders WHERE status = 'open' LIMIT 5", nil, 1.6},
		{"an order by an index ends early too", "SELECT * FROM orders ORDER BY total_cents DESC LIMIT 10", []db.Index{cents}, 1.3},
		{"what is sorted is read whole", "SELECT * FROM orders ORDER BY total_cents DESC LIMIT 10", nil, 1.3},
		{"groups are gathered", "SELECT status, COUNT(*) FROM orders GROUP BY status", nil, 1.3},
		{"a key that the sample did not draw is fetched", "SELECT o.status, c.name FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.id = 12345", nil, 2},
		{"a write looks for its rows", "UPDATE orders SET status = 'late' WHERE total_cents BETWEEN 100 AND 599", nil, 1.3},
		{"and finds them by an index", "DELETE FROM order_items WHERE order_id = 77", nil, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := must(sample.Cost(t.Context(), db.Query{SQL: c.sql}, db.Config{Add: c.add}))(t)
			want := must(whole.Cost(t.Context(), db.Query{SQL: c.sql}, db.Config{Add: c.add}))(t)
			if got.Value > want.Value*c.within || got.Value*c.within < want.Value || got.Method != db.MethodSample || want.Method != db.MethodCopy || want.Low != want.High {
				t.Errorf("got %.0f (%.0f to %.0f) by %s %v, true %.0f by %s %v", got.Value, got.Low, got.High, got.Method, got.Uses, want.Value, want.Method, want.Uses)
			}
		})
	}
	if got := texts(t, app, "SELECT COUNT(*) FROM orders WHERE status = 'late'"); got[0] != "0" {
		t.Errorf("%s live rows were written", got[0])
	}
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
