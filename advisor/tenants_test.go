package advisor_test

import (
	"slices"
	"strings"
	"testing"

	"mltop/advisor"
	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// A schema for each tenant: tables, and indexes, of the same names in all.
func TestEachTenantsTablesAreAdvisedOnByThemselves(t *testing.T) {
	url := dbtest.Postgres(t).PostgresDatabase(t)
	app := dbtest.OpenPostgres(t, url)
	dbtest.Exec(t, app, `CREATE TABLE orders (id bigint PRIMARY KEY, customer_id integer, ref text);
		INSERT INTO orders SELECT i, i % 5003, 'r' || i FROM generate_series(1, 30000) i; CREATE INDEX orders_customer ON orders (customer_id);
		CREATE SCHEMA b; CREATE TABLE b.orders (LIKE orders); INSERT INTO b.orders SELECT * FROM orders; CREATE INDEX orders_ref ON b.orders (ref);
		CREATE SCHEMA "C d"; CREATE TABLE "C d".orders (LIKE orders) PARTITION BY RANGE (id); CREATE TABLE "C d".orders_1 PARTITION OF "C d".orders FOR VALUES FROM (0) TO (90000);
		INSERT INTO "C d".orders SELECT * FROM orders; ANALYZE`)
	untouched := indexesOf(t, app)
	e := openPostgres(t, url)
	got, a := adviseOnServer(t, e, statements(
		"mine: SELECT * FROM orders WHERE customer_id = 17", "mine by ref: SELECT * FROM public.orders WHERE ref = 'r17'",
		"b: SELECT * FROM b.orders o WHERE o.customer_id = 17", "b's ref: DELETE FROM b.orders WHERE ref = $1", `parted: SELECT * FROM "C d".orders WHERE customer_id = 17`))
	want := []string{`"C d".orders_1 USING btree (customer_id)`, `ONLY "C d".orders USING btree (customer_id)`, "b.orders USING btree (customer_id)", "public.orders USING btree (ref)"}
	if list := created(got); !slices.Equal(list, want) {
		t.Fatalf("advised %q\nwant    %q; declined %+v", list, want, got.Declined)
	}
	for _, r := range got.Recommendations {
		if r.Kind != advisor.KindCreateIndex {
			continue
		}
		if _, err := a.Apply(t.Context(), r.ID, nil); err != nil {
			t.Fatalf("%s: %v", r.Title, err)
		}
	}
	for _, c := range []struct{ sql, table string }{
		{"SELECT * FROM b.orders WHERE customer_id = 17", "b.orders"}, {"SELECT * FROM orders WHERE ref = 'r17'", "orders"}, {`SELECT * FROM "C d".orders WHERE customer_id = 17`, "orders_1"},
	} {
		p, err := e.Explain(t.Context(), db.Query{SQL: c.sql})
		ours := false
		p.Walk(func(n *db.Node, _ int) { ours = ours || n.Table == c.table && strings.HasPrefix(n.Index, "mltop_") })
		if err != nil || !ours {
			t.Errorf("%s: the plan uses no index of ours: %v", c.sql, err)
		}
	}
	for i := range 3 {
		if _, err := a.Undo(t.Context(), []string{"3", "2", "1"}[i], nil); err != nil {
			t.Fatal(err)
		}
	}
	if now := indexesOf(t, app); now != untouched {
		t.Errorf("undone, the indexes are\n%s\nwant\n%s", now, untouched)
	}
}
