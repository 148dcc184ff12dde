package postgres

import (
	"errors"
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

func TestTheSizeModelIsNearTheRealSizes(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 40000)
	e := open(t, url)
	for _, ix := range []db.Index{
		{Table: "orders", Columns: []db.IndexColumn{{Name: "customer_id"}}},
		{Table: "orders", Columns: []db.IndexColumn{{Name: "status"}}},
		{Table: "orders", Columns: []db.IndexColumn{{Name: "placed_at"}}},
		{Table: "orders", Columns: []db.IndexColumn{{Name: "customer_id"}, {Name: "placed_at"}}, Include: []string{"total_cents"}},
		{Table: "customers", Columns: []db.IndexColumn{{Name: "email"}, {Name: "city"}}},
	} {
		ix.Name = IndexName(ix)
		lab, err := e.Lab(t.Context(), db.LabOptions{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		size := lab.Size(ix)
		dbtest.Exec(t, app, CreateIndexText(ix, false))
		var real float64
		if err := app.QueryRow("SELECT pg_relation_size($1::regclass)::float8", ix.Name).Scan(&real); err != nil {
			t.Fatal(err)
		}
		if size.Value < real*0.8 || size.Value > real*1.25 {
			t.Errorf("%s: estimated %.0f, real %.0f", ix.Name, size.Value, real)
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
