package postgres

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

func TestAHypotheticalIndexChangesThePlanAndNothingElse(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 20000)
	e := open(t, url)
	lab, err := e.Lab(t.Context(), db.LabOptions{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	ix := db.Index{Table: "orders", Name: "mltop_orders_customer_id", Columns: []db.IndexColumn{{Name: "customer_id"}}}
	for _, q := range []db.Query{{SQL: slow}, {SQL: "SELECT total_cents FROM orders WHERE customer_id = $1"}, {SQL: "SELECT total_cents FROM orders WHERE customer_id = $1", Args: []any{7}}} {
		before, err := lab.Cost(t.Context(), q, db.Config{})
		if err != nil {
			t.Fatal(err)
		}
		after, err := lab.Cost(t.Context(), q, db.Config{Add: []db.Index{ix}})
		if err != nil {
			t.Fatal(err)
		}
		if after.Value > before.Value/3 || !slices.Equal(after.Uses, []string{ix.Name}) || after.Method != db.MethodHypothetical {
			t.Errorf("%s: from %v to %v by %v", q.SQL, before.Value, after.Value, after.Uses)
		}
	}
	if n := access(t, e, slow); n.Op != db.OpScan {
		t.Errorf("the hypothetical index stayed in the session: %+v", n)
	}
	if _, err := lab.Cost(t.Context(), db.Query{SQL: "SELECT nothing FROM orders"}, db.Config{Add: []db.Index{ix}}); err == nil {
		t.Error("a statement that makes no sense has a cost")
	}
	if n := access(t, e, slow); n.Op != db.OpScan {
		t.Errorf("it stayed behind an error: %+v", n)
	}
	var none db.NotMeasured
	if _, err := lab.Cost(t.Context(), db.Query{SQL: slow}, db.Config{Hide: []string{"orders_pkey"}}); !errors.As(err, &none) {
		t.Errorf("HypoPG before 1.4 hid an index: %v", err)
	}
	var left int
	if err := app.QueryRow("SELECT count(*) FROM pg_indexes WHERE indexname LIKE '%mltop%'").Scan(&left); err != nil || left != 0 {
		t.Errorf("%d indexes are left, %v", left, err)
	}
}

const slow = "SELECT o.total_cents FROM orders o WHERE o.customer_id = 7"

func access(t *testing.T, e *Engine, sql string) *db.Node {
	t.Helper()
	p, err := e.Explain(t.Context(), db.Query{SQL: sql})
	if err != nil {
		t.Fatal(err)
	}
	var found *db.Node
	p.Walk(func(n *db.Node, _ int) {
		if found == nil && (n.Op == db.OpScan || n.Op == db.OpSearch) {
			found = n
		}
	})
	return found
}

// Sizes are held to a sixth, or one page: a small index is a few pages, and each
// of them is full or not.
func TestTheSizeModelIsNearTheRealSizes(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 40000)
	dbtest.Exec(t, app, `CREATE TABLE notes (id bigint, word text, price numeric, tag text, kind int)`)
	dbtest.Exec(t, app, `INSERT INTO notes SELECT i, repeat('x', 1 + i * 7919 % 40), i % 10, CASE WHEN i % 10 = 0 THEN 'tag ' || i END, CASE WHEN i % 100 < 90 THEN 1 ELSE i % 3000 END FROM generate_series(1, 20000) i`)
	dbtest.Exec(t, app, "ANALYZE notes")
	e := open(t, url)
	lab, err := e.Lab(t.Context(), db.LabOptions{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	on := func(table string, columns ...string) db.Index {
		ix := db.Index{Table: table}
		for _, c := range columns {
			ix.Columns = append(ix.Columns, db.IndexColumn{Name: c})
		}
		return ix
	}
	covering := on("orders", "customer_id", "placed_at")
	covering.Include = []string{"total_cents"}
	for _, c := range []struct {
		name string
		ix   db.Index
	}{
		{"ten rows a key", on("orders", "customer_id")},
		{"two keys", on("orders", "status")},
		{"all keys differ", on("orders", "placed_at")},
		{"columns that are only held along", covering},
		{"words", on("customers", "email", "city")},
		{"few pages", on("customers", "city")},
		{"pairs of which some come more than once", on("order_items", "product_id", "line")},
		{"words of all lengths", on("notes", "word")},
		{"a type whose equal values may not look alike", on("notes", "price")},
		{"mostly NULL", on("notes", "tag")},
		{"one value for most rows, and many for the rest", on("notes", "kind")},
		{"the same beside a column of few values", on("notes", "kind", "price")},
	} {
		c.ix.Name = IndexName(c.ix)
		size := lab.Size(c.ix).Value
		dbtest.Exec(t, app, CreateIndexText(c.ix, false))
		var real float64
		if err := app.QueryRow("SELECT pg_relation_size($1::regclass)::float8", c.ix.Name).Scan(&real); err != nil {
			t.Fatal(err)
		}
		if off := math.Abs(size - real); off > max(pageBytes, 0.15*real) {
			t.Errorf("%s: estimated %.0f pages, real %.0f", c.name, size/pageBytes, real/pageBytes)
		}
	}
}

func TestIndexesThatTheServerWouldNotTakeAreRefused(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 100)
	e := open(t, url)
	lab, err := e.Lab(t.Context(), db.LabOptions{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := lab.Try(t.Context(), db.Index{Table: "orders", Columns: []db.IndexColumn{{Expr: "lower(status)"}, {Name: "placed_at", Desc: true}}}); err != nil {
		t.Errorf("a sound index was refused: %v", err)
	}
	if err := lab.Try(t.Context(), db.Index{Table: "orders", Columns: []db.IndexColumn{{Name: "nowhere"}}}); err == nil {
		t.Error("an index of a column that is not there was taken")
	}
	dbtest.Exec(t, app, "DROP EXTENSION hypopg")
	e2 := open(t, url)
	if _, err := e2.Lab(t.Context(), db.LabOptions{}, nil); err == nil || !strings.Contains(err.Error(), "CREATE EXTENSION hypopg") {
		t.Errorf("got %v", err)
	}
}
