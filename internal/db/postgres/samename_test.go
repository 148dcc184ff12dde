package postgres

import (
	"errors"
	"strings"
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// twoOrders has a table called orders in two schemas, of other sizes and other
// indexes.
func twoOrders(t *testing.T) *Engine {
	t.Helper()
	url, app := dbtest.PostgresOrders(t, 2000)
	dbtest.Exec(t, app, `CREATE INDEX ON orders(customer_id); CREATE SCHEMA tenant_b;
		CREATE TABLE tenant_b.orders AS SELECT i AS id, i % 50 AS customer_id, 'r' || i AS ref FROM generate_series(1, 5000) i;
		CREATE SCHEMA tenant_c; CREATE TABLE tenant_c.tickets (id int); CREATE TABLE tenant_b.tickets (id int);
		CREATE TABLE tenant_b.invoices AS SELECT i AS id, i % 50 AS customer_id FROM generate_series(1, 3000) i; ANALYZE`)
	return open(t, url)
}

func TestAPlanReadsTheTableThatTheStatementNames(t *testing.T) {
	e := twoOrders(t)
	for _, c := range []struct {
		name, sql, table string
		rows             float64
	}{
		{"another schema's", "SELECT count(*) FROM tenant_b.orders WHERE customer_id = 3", "tenant_b.orders", 5000},
		{"another schema's, by an alias and a digest", "SELECT count(*) FROM tenant_b.orders o WHERE ref = $1", "tenant_b.orders", 5000},
		{"that of the bare name", "SELECT count(*) FROM orders WHERE total_cents = 3", "orders", 2000},
		{"that of the bare name, with its schema", "SELECT count(*) FROM public.orders WHERE total_cents = 3", "orders", 2000},
		{"a name that one table has", "SELECT count(*) FROM tenant_b.invoices WHERE customer_id = 3", "invoices", 3000},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := access(t, e, c.sql)
			if n == nil || n.Op != db.OpScan || n.Table != c.table || n.Rows == nil || *n.Rows != c.rows {
				t.Errorf("%s\n got %+v\nwant a scan of %s, %v rows", c.sql, n, c.table, c.rows)
			}
		})
	}
	p, err := e.Explain(t.Context(), query("SELECT 1 FROM orders JOIN tenant_b.orders b ON b.id = orders.total_cents"))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	p.Walk(func(n *db.Node, _ int) {
		if n.Op == db.OpScan && n.Rows != nil {
			got[n.Table] = *n.Rows
		}
	})
	if got["orders"] != 2000 || got["tenant_b.orders"] != 5000 {
		t.Errorf("both in one statement: got %v", got)
	}
}

func TestAdviceOnATableThatItsBareNameDoesNotFindIsDeclined(t *testing.T) {
	e := twoOrders(t)
	s, err := e.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ sql, says string }{
		{"SELECT count(*) FROM tenant_b.orders WHERE customer_id = 3", "two tables are called orders"},
		{"DELETE FROM tenant_b.orders WHERE ref = $1", "this is on tenant_b.orders"},
		{"SELECT 1 FROM tickets WHERE id = $1", "neither is on the search path"},
		{"SELECT count(*) FROM orders WHERE customer_id = 3", ""},
		{"SELECT count(*) FROM public.orders WHERE customer_id = 3", ""},
		{"SELECT count(*) FROM tenant_b.invoices WHERE customer_id = 3", ""},
	} {
		_, err := e.Parse(c.sql, s)
		if c.says == "" && err != nil || c.says != "" && (!errors.Is(err, db.ErrSameName) || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: got %v, want %q", c.sql, err, c.says)
		}
	}
	l, err := e.Lab(t.Context(), db.LabOptions{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if n := l.(*Lab).rows["orders"]; n != 2000 {
		t.Errorf("the what-if room takes orders to have %v rows, want 2000", n)
	}
	if d := l.(*Lab).stats["orders.customer_id"].distinct; d == 50 {
		t.Errorf("the what-if room has the statistics of the other table: %v values", d)
	}
}
