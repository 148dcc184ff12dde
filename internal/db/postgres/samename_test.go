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
		CREATE SCHEMA tenant_c; CREATE TABLE tenant_c.tickets (id int); CREATE TABLE tenant_c."Orders" (id int); CREATE TABLE tenant_c."tenant_c.odd" (id int); CREATE TABLE tenant_b.tickets (id int);
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

func TestATableThatItsBareNameDoesNotFindHasItsSchemasBefore(t *testing.T) {
	e := twoOrders(t)
	s, err := e.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ sql, is, says string }{
		{"SELECT count(*) FROM tenant_b.orders WHERE customer_id = 3", "tenant_b.orders", ""},
		{"DELETE FROM tenant_b.orders WHERE ref = $1", "tenant_b.orders", ""},
		{"SELECT 1 FROM tickets WHERE id = $1", "", "neither is on the search path"},
		{"SELECT 1 FROM tenant_c.tickets WHERE id = $1", "tenant_c.tickets", ""},
		{"SELECT 1 FROM tenant_b.tickets WHERE id = $1", "tickets", ""},
		{"SELECT count(*) FROM orders WHERE customer_id = 3", "orders", ""},
		{"SELECT count(*) FROM public.orders WHERE customer_id = 3", "orders", ""},
		{"SELECT count(*) FROM tenant_b.invoices WHERE customer_id = 3", "invoices", ""},
		{`SELECT count(*) FROM tenant_c."Orders" WHERE id = 3`, "", "two tables are called Orders"},
		{`SELECT count(*) FROM tenant_c."tenant_c.odd" WHERE id = 3`, "", "begins like that of a table in the schema tenant_c"},
	} {
		shape, err := e.Parse(c.sql, s)
		if c.says != "" {
			if !errors.Is(err, db.ErrSameName) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s: got %v, want %q", c.sql, err, c.says)
			}
			continue
		}
		if err != nil || shape.Blocks[0].Relations[0].Table != c.is || s.Table(c.is) == nil {
			t.Errorf("%s: got %+v, %v, want the table %s", c.sql, shape, err, c.is)
		}
	}
	l, err := e.Lab(t.Context(), db.LabOptions{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if n := l.(*Lab).rows["orders"]; n != 2000 {
		t.Errorf("the what-if room takes orders to have %v rows, want 2000", n)
	}
	if n := l.(*Lab).rows["tenant_b.orders"]; n != 5000 {
		t.Errorf("the what-if room takes tenant_b.orders to have %v rows, want 5000", n)
	}
	if d, other := l.(*Lab).stats["orders.customer_id"].distinct, l.(*Lab).stats["tenant_b.orders.customer_id"].distinct; d == 50 || other != 50 {
		t.Errorf("the what-if room has the statistics of the other table: %v values, and %v", d, other)
	}
}
