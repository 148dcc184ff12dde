package sqlite

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"mltop/internal/db"
)

// makeFile makes a database file by statements.
func makeFile(t *testing.T, statements ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "app.db")
	runOn(t, path, statements...)
	return path
}

// runOn runs statements on a file, as another process would.
func runOn(t *testing.T, path string, statements ...string) {
	t.Helper()
	c, err := openConn(fileURI(path, "rwc"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	for _, s := range statements {
		if err := c.exec(context.Background(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// shop is a small shop: orders of customers, with items.
func shop(orders int) []string {
	n := fmt.Sprint(orders)
	return []string{
		"PRAGMA synchronous = OFF",
		`CREATE TABLE customers(id INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE, email TEXT UNIQUE, city TEXT)`,
		`CREATE TABLE orders(id INTEGER PRIMARY KEY AUTOINCREMENT, customer_id INTEGER REFERENCES customers(id), status TEXT, created_at TIMESTAMP, total REAL, note TEXT)`,
		`CREATE TABLE items(id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL REFERENCES orders(id), sku TEXT, qty INTEGER CHECK (qty > 0))`,
		`CREATE VIEW paid AS SELECT * FROM orders WHERE status = 'paid'`,
		`CREATE INDEX orders_status ON orders(status)`,
		`INSERT INTO customers WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < ` + n + `/10) SELECT i, 'Name ' || (i * 7919 % 1000), 'c' || i || '@example.org', 'City ' || (i % 50) FROM n`,
		`INSERT INTO orders WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < ` + n + `) SELECT i, 1 + i * 7919 % (` + n + `/10), CASE WHEN i % 10 = 0 THEN 'open' ELSE 'paid' END, datetime('2026-01-01', '+' || i || ' minutes'), i % 977 + 0.5, CASE WHEN i % 3 = 0 THEN NULL ELSE printf('note %d ', i) || substr('xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', 1, i % 40) END FROM n`,
		`INSERT INTO items WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < ` + n + `*2) SELECT i, 1 + i * 31 % ` + n + `, 'sku-' || (i % 500), 1 + i % 9 FROM n`,
	}
}

// openLab makes a Lab through the engine, as mltop does.
func openLab(t *testing.T, path string, o db.LabOptions) *Lab {
	t.Helper()
	e, err := Open(context.Background(), path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	o.Dir = t.TempDir()
	lab, err := e.Lab(context.Background(), o, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := lab.Close(); err != nil {
			t.Error(err)
		}
		if left, _ := os.ReadDir(o.Dir); len(left) > 0 {
			t.Errorf("the lab left %s behind", left[0].Name())
		}
	})
	return lab.(*Lab)
}

func index(table string, columns ...string) db.Index {
	ix := db.Index{Table: table}
	for _, c := range columns {
		ix.Columns = append(ix.Columns, db.IndexColumn{Name: c})
	}
	return ix
}

func TestLabAnswersWhatIf(t *testing.T) {
	ctx := context.Background()
	l := openLab(t, makeFile(t, shop(20000)...), db.LabOptions{})
	q := db.Query{SQL: `SELECT id, total FROM orders WHERE customer_id = 17 ORDER BY created_at DESC`}
	add := db.Config{Add: []db.Index{index("orders", "customer_id", "created_at")}}

	for _, s := range l.Shares() {
		if !s.Complete || s.Rows == 0 {
			t.Errorf("table %s: %d of %d rows, complete %v: want all of them", s.Table, s.Rows, s.Of, s.Complete)
		}
	}
	plan, err := l.Plan(ctx, q, add)
	if err != nil {
		t.Fatal(err)
	}
	if got := usesOf(plan); len(got) != 1 || got[0] != "mltop_orders_customer_id_created_at" || plan.Version == "" {
		t.Errorf("hypothetical plan of SQLite %q uses %v, want the new index", plan.Version, got)
	}
	before, err := l.Cost(ctx, q, db.Config{})
	if err != nil {
		t.Fatal(err)
	}
	after, err := l.Cost(ctx, q, add)
	if err != nil {
		t.Fatal(err)
	}
	if after.Work.Steps*10 > before.Work.Steps || after.Work.Sorts != 0 || before.Work.FullscanSteps < 19000 {
		t.Errorf("work before %+v, after %+v: want a tenth, without sort and scan", before.Work, after.Work)
	}
	aliased, err := l.Cost(ctx, db.Query{SQL: "SELECT count(*) FROM orders o WHERE length(o.status) = 3"}, db.Config{})
	if err != nil || aliased.Plan.Root.Children[0].Table != "orders" || aliased.Plan.Root.Children[0].Alias != "o" {
		t.Errorf("the plan of an alias: %s, %v; want the table's name", planText(aliased.Plan), err)
	}
	if before.Method != db.MethodCopy || before.Unit != db.UnitSeconds || len(after.Uses) != 1 {
		t.Errorf("got method %s, unit %s, uses %v", before.Method, before.Unit, after.Uses)
	}
	again, err := l.Cost(ctx, q, db.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if *again.Work != *before.Work {
		t.Errorf("with the index hidden again: work %+v, want %+v as before", again.Work, before.Work)
	}
	hidden, err := l.Cost(ctx, db.Query{SQL: "SELECT count(*) FROM orders WHERE status = 'open'"}, db.Config{Hide: []string{"orders_status"}})
	if err != nil || len(hidden.Uses) != 0 {
		t.Errorf("with orders_status hidden: uses %v, error %v; want none", hidden.Uses, err)
	}
	shown, err := l.Cost(ctx, db.Query{SQL: "SELECT count(*) FROM orders WHERE status = 'open'"}, db.Config{})
	if err != nil || len(shown.Uses) != 1 {
		t.Errorf("with orders_status back: uses %v, error %v; want it", shown.Uses, err)
	}
	if text, _ := textOf(ctx, l.copy, "PRAGMA integrity_check"); text != "ok" {
		t.Errorf("integrity of the copy: %s", text)
	}
}

func TestLabMeasuresWritesAndTakesThemBack(t *testing.T) {
	ctx := context.Background()
	l := openLab(t, makeFile(t, shop(5000)...), db.LabOptions{})
	dump := func() string {
		s, err := textOf(ctx, l.copy, "SELECT count(*) || ' ' || sum(total) || ' ' || max(id) || ' ' || (SELECT count(*) FROM items) FROM orders")
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	before := dump()
	for _, sql := range []string{
		"UPDATE orders SET status = 'x' WHERE customer_id = ?",
		"DELETE FROM items WHERE order_id = ?",
		"INSERT INTO orders(id, customer_id, status) VALUES (?, ?, ?)",
		"UPDATE orders SET total = 0",
		"INSERT INTO customers(id, email) VALUES (?, ?)",
	} {
		e, err := l.Cost(ctx, db.Query{SQL: sql}, db.Config{Add: []db.Index{index("orders", "customer_id")}})
		if err != nil || e.Value <= 0 {
			t.Errorf("%s: cost %v, error %v", sql, e.Value, err)
		}
		if got := dump(); got != before {
			t.Errorf("after %s the copy holds %s, want %s", sql, got, before)
		}
	}
	if _, err := l.Cost(ctx, db.Query{SQL: "INSERT INTO orders(id) VALUES (1)"}, db.Config{}); !errors.As(err, &db.NotMeasured{}) {
		t.Errorf("a row that is there already: error %v, want that it is not measured", err)
	}
	w, err := l.WriteCost(ctx, index("orders", "note"))
	if err != nil || w.High <= 0 || w.Value > 0.001 {
		t.Errorf("write cost %+v, error %v: want something below a millisecond a row", w, err)
	}
	if got := dump(); got != before {
		t.Errorf("after WriteCost the copy holds %s, want %s", got, before)
	}
	if _, err := l.Cost(ctx, db.Query{SQL: "DROP TABLE orders"}, db.Config{}); err == nil {
		t.Error("DROP TABLE was accepted")
	}
}

func TestTryRefusesAnIndexThatBreaksWrites(t *testing.T) {
	ctx := context.Background()
	log := `CREATE TABLE request_logs(id INTEGER PRIMARY KEY, response_status INTEGER, timestamp TEXT NOT NULL)`
	trap := index("request_logs", "response_status", "timestamp")
	trap.Where = "timestamp > datetime('now', '-7 days')"
	fine := index("request_logs", "response_status", "timestamp")
	fine.Where = "response_status >= 500"
	expr := db.Index{Table: "request_logs", Columns: []db.IndexColumn{{Expr: "date(timestamp)"}}}
	for _, c := range []struct {
		name   string
		rows   string
		ix     db.Index
		refuse bool
	}{
		{"a partial index that reads the clock, on an empty table", "", trap, true},
		{"the same on a table with rows", `INSERT INTO request_logs VALUES (1, 500, '2026-11-22T06:08:41'), (2, 200, '2026-11-22T06:08:42')`, trap, true},
		{"a deterministic partial index, on an empty table", "", fine, false},
		{"a deterministic partial index", `INSERT INTO request_logs VALUES (1, 500, '2026-11-22T06:08:41')`, fine, false},
		{"an index on a date", `INSERT INTO request_logs VALUES (1, 500, '2026-11-22T06:08:41')`, expr, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			statements := []string{log}
			if c.rows != "" {
				statements = append(statements, c.rows)
			}
			l := openLab(t, makeFile(t, statements...), db.LabOptions{})
			if err := l.Try(ctx, c.ix); (err != nil) != c.refuse {
				t.Errorf("got error %v, want refused %v", err, c.refuse)
			}
			if n, _, err := intOf(ctx, l.copy, "SELECT count(*) FROM request_logs"); err != nil || n != l.rooms["request_logs"].rows {
				t.Errorf("rows afterwards: %d, error %v; want %d", n, err, l.rooms["request_logs"].rows)
			}
		})
	}
}

func TestSizesAreNearThoseOfBuiltIndexes(t *testing.T) {
	ctx := context.Background()
	l := openLab(t, makeFile(t, shop(30000)...), db.LabOptions{})
	partial := index("orders", "created_at")
	partial.Where = "status = 'open'"
	for _, c := range []struct {
		name string
		ix   db.Index
	}{
		{"a small integer", index("orders", "customer_id")},
		{"a short text", index("orders", "status")},
		{"a date as text", index("orders", "created_at")},
		{"a real", index("orders", "total")},
		{"text of many widths with NULLs", index("orders", "note")},
		{"three columns", index("orders", "customer_id", "status", "created_at")},
		{"a covering index", index("items", "order_id", "sku", "qty")},
		{"a partial index", partial},
		{"an expression", db.Index{Table: "orders", Columns: []db.IndexColumn{{Expr: "date(created_at)"}}}},
		{"a column of a small table", index("customers", "city")},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := l.shelf.realise(ctx, db.Config{}); err != nil {
				t.Fatal(err)
			}
			before, _, _ := intOf(ctx, l.copy, "PRAGMA page_count")
			free, _, _ := intOf(ctx, l.copy, "PRAGMA freelist_count")
			if _, err := l.shelf.build(ctx, withName(c.ix)); err != nil {
				t.Fatal(err)
			}
			after, _, _ := intOf(ctx, l.copy, "PRAGMA page_count")
			freeAfter, _, _ := intOf(ctx, l.copy, "PRAGMA freelist_count")
			built := float64((after - freeAfter - before + free) * l.facts.pageSize)
			got := l.Size(c.ix)
			if off := math.Abs(got.Value-built) / built; off > 0.15 && math.Abs(got.Value-built) > 2*float64(l.facts.pageSize) {
				t.Errorf("estimated %.0f bytes, built %.0f: off by %.0f %%", got.Value, built, 100*off)
			}
		})
	}
}

func TestEquivalentComparesRows(t *testing.T) {
	ctx := context.Background()
	l := openLab(t, makeFile(t, shop(2000)...), db.LabOptions{})
	for _, c := range []struct {
		name, a, b string
		want       bool
	}{
		{"a function on a column and the range it means", `SELECT id, created_at FROM orders WHERE date(created_at) = '2026-01-02'`,
			`SELECT id, created_at FROM orders WHERE created_at >= '2026-01-02' AND created_at < '2026-01-03'`, true},
		{"a range that misses an end", `SELECT id FROM orders WHERE date(created_at) = '2026-01-02'`,
			`SELECT id FROM orders WHERE created_at > '2026-01-02 00:00:00' AND created_at < '2026-01-03'`, false},
		{"the same rows in another order, no order asked", `SELECT id FROM orders WHERE id < 50`, `SELECT id FROM orders WHERE +id < 50`, true},
		{"two orders", `SELECT id FROM orders WHERE id < 50 ORDER BY id`, `SELECT id FROM orders WHERE id < 50 ORDER BY id DESC`, false},
		{"duplicates that UNION removes", `SELECT status FROM orders`, `SELECT status FROM orders UNION SELECT status FROM orders`, false},
		{"a number and its text", `SELECT 1`, `SELECT '1'`, false},
		{"NULL and the empty text", `SELECT NULL`, `SELECT ''`, false},
		{"times that the driver would read as equal", `SELECT created_at FROM orders WHERE id = 1`, `SELECT replace(created_at, ' ', 'T') FROM orders WHERE id = 1`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := l.Equivalent(ctx, db.Query{SQL: c.a}, db.Query{SQL: c.b})
			if err != nil || got != c.want {
				t.Errorf("got %v, error %v; want %v", got, err, c.want)
			}
		})
	}
	if _, err := l.Equivalent(ctx, db.Query{SQL: "DELETE FROM orders"}, db.Query{SQL: "SELECT 1"}); err == nil {
		t.Error("a DELETE was compared")
	}
}

func TestASlowStatementIsCutOff(t *testing.T) {
	l := openLab(t, makeFile(t, shop(3000)...), db.LabOptions{})
	l.runTime = 30 * time.Millisecond
	e, err := l.Cost(context.Background(), db.Query{SQL: "SELECT count(*) FROM items a, items b, items c WHERE a.qty + b.qty + c.qty = 0"}, db.Config{})
	// On a busy machine the run has less of the processor than the clock shows.
	if err != nil || !e.AtLeast || e.Value <= 0 || e.Value > 0.1 {
		t.Errorf("got %+v, error %v; want a run that was cut off", e, err)
	}
}

func TestARunOnTheCopyEndsAfterWhatItIsWorth(t *testing.T) {
	l := openLab(t, makeFile(t, shop(3000)...), db.LabOptions{})
	everyThree := db.Query{SQL: "SELECT count(*) FROM items a, items b, items c WHERE a.qty + b.qty + c.qty = 0"}
	e, err := l.Cost(context.Background(), everyThree, db.Config{Most: 0.05})
	if err != nil || !e.AtLeast || e.Value <= 0 || e.Ran != e.Value {
		t.Errorf("got %+v, error %v; want a run that was ended after what it was given", e, err)
	}
	if e, err := l.Cost(context.Background(), db.Query{SQL: "SELECT * FROM items WHERE id = 1"}, db.Config{Most: 1e-6}); err != nil || e.AtLeast {
		t.Errorf("a run shorter than a clock tells is cut off: %+v, error %v", e, err)
	}
}
