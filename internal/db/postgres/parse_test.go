package postgres

import (
	"fmt"
	"strings"
	"testing"

	"mltop/internal/db"
)

// catalog is the orders schema as Parse needs it.
func catalog() *db.Schema {
	table := func(name string, columns ...string) *db.Table {
		t := &db.Table{Schema: "public", Name: name}
		for _, c := range columns {
			n, kind, _ := strings.Cut(c, " ")
			t.Columns = append(t.Columns, db.Column{Name: n, Type: kind})
		}
		return t
	}
	return &db.Schema{
		Tables: []*db.Table{
			table("customers", "id bigint", "email text", "name text", "city text", "created_at date"),
			table("orders", "id bigint", "customer_id bigint", "status text", "placed_at timestamp", "total_cents integer", "paid boolean"),
			table("order_items", "order_id bigint", "line integer", "product_id bigint", "quantity integer"),
		},
		Views: []db.View{{Name: "open_orders", SQL: "SELECT o.id, c.name FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.status = 'open'::text"}},
	}
}

// summary writes a shape down in a few words.
func summary(s *db.Shape) string {
	var lines []string
	for _, b := range s.Blocks {
		var parts []string
		name := func(c db.ColumnRef) string {
			r := b.Relations[c.Relation]
			text := c.Column
			if c.Expr != "" {
				text = c.Expr
			}
			return r.Alias + strings.TrimSuffix(r.Table[:min(len(r.Table), max(0, 99*(1-len(r.Alias))))], "") + "." + text
		}
		for _, p := range b.Predicates {
			text := name(p.Column) + " " + string(p.Op) + " " + p.Constant
			if p.OrGroup != 0 {
				text += fmt.Sprintf(" or%d.%d", p.OrGroup, p.OrArm)
			}
			if p.NoIndex != "" {
				text += " [" + p.NoIndex + "]"
			}
			parts = append(parts, strings.TrimSpace(text))
		}
		for _, j := range b.Joins {
			parts = append(parts, name(j.Left)+" = "+name(j.Right))
		}
		for _, t := range b.GroupBy {
			parts = append(parts, "group "+name(t.Column))
		}
		for _, t := range b.OrderBy {
			parts = append(parts, "order "+name(t.Column)+map[bool]string{true: " desc"}[t.Desc]+map[bool]string{true: " nulls " + t.Nulls}[t.Nulls != ""])
		}
		for flag, on := range map[string]bool{"order other": b.OrderOther} {
			if on {
				parts = append(parts, flag)
			}
		}
		if b.Limit {
			parts = append(parts, "limit")
		}
		lines = append(lines, strings.Join(parts, "; "))
	}
	return strings.Join(lines, " | ")
}

func TestAStatementIsBoundToTheCatalog(t *testing.T) {
	for _, c := range []struct{ name, sql, want string }{
		{"an equality, an order and a limit", "SELECT id FROM orders WHERE customer_id = $1 ORDER BY placed_at DESC LIMIT $2", "orders.customer_id =; order orders.placed_at desc; limit"},
		{"a range by BETWEEN", "SELECT * FROM orders WHERE placed_at BETWEEN '2025-01-01' AND '2025-02-01'", "orders.placed_at range"},
		{"a constant on the left", "SELECT 1 FROM orders WHERE 500 < total_cents", "orders.total_cents range 500"},
		{"a literal with a type", "SELECT 1 FROM orders WHERE placed_at > '2025-01-01'::timestamp AND status = 'open'", "orders.placed_at range '2025-01-01'::timestamp; orders.status = 'open'"},
		{"the clock is a constant", "SELECT 1 FROM orders WHERE placed_at > now() - interval '7 days'", "orders.placed_at range"},
		{"chance is none", "SELECT 1 FROM orders WHERE total_cents > random() * 5", "orders.total_cents other  [no comparison with a constant]"},
		{"a join with ON", "SELECT c.name FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.status = 'open'", "o.status = 'open'; c.id = o.customer_id"},
		{"a join in WHERE", "SELECT 1 FROM orders o, customers c WHERE o.customer_id = c.id AND c.city = 'X'", "c.city = 'X'; o.customer_id = c.id"},
		{"a join with USING", "SELECT 1 FROM orders JOIN (SELECT order_id AS id FROM order_items WHERE product_id = 3) x USING (id)", "orders.id = x.id | order_items.product_id = 3"},
		{"IN with a list", "SELECT 1 FROM orders WHERE status IN ('a', 'b')", "orders.status in"},
		{"ANY of an array", "SELECT 1 FROM orders WHERE id = ANY($1)", "orders.id in"},
		{"OR of one column is IN", "SELECT 1 FROM orders WHERE status = 'a' OR status = 'b'", "orders.status in"},
		{"OR of two columns", "SELECT 1 FROM orders WHERE status = 'a' OR customer_id = 5", "orders.status = 'a' or1.1; orders.customer_id = 5 or1.2"},
		{"a prefix", "SELECT 1 FROM customers WHERE email LIKE 'bob%'", "customers.email prefix 'bob%'"},
		{"a leading wildcard", "SELECT 1 FROM customers WHERE email LIKE '%bob'", "customers.email prefix '%bob' [leading wildcard]"},
		{"an expression that an index can hold", "SELECT 1 FROM customers c WHERE lower(c.email) = 'x'", "c.lower(email) = 'x'"},
		{"one that it cannot", "SELECT 1 FROM orders WHERE date_trunc('day', placed_at) = '2025-01-01'", "orders.placed_at = '2025-01-01' [a function of the column: date_trunc]"},
		{"a fraction against whole numbers", "SELECT 1 FROM orders WHERE total_cents = 1.5", "orders.total_cents = 1.5 [implicit conversion]"},
		{"a boolean column alone", "SELECT 1 FROM orders WHERE paid AND NOT paid", "orders.paid = true; orders.paid = false"},
		{"a correlated EXISTS", "SELECT 1 FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id)", " | o.customer_id ="},
		{"IN with a subquery", "SELECT 1 FROM customers WHERE id IN (SELECT customer_id FROM orders WHERE status = 'open')", "customers.id in | orders.status = 'open'"},
		{"a CTE", "WITH x AS (SELECT customer_id FROM orders WHERE status = 'open') SELECT * FROM x JOIN customers c ON c.id = x.customer_id", "orders.status = 'open' | c.id = x.customer_id"},
		{"a recursive CTE", "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9) SELECT i FROM n", " | n.i range 9 [a column of a subquery] | "},
		{"a view", "SELECT name FROM open_orders WHERE id = 4", "open_orders.id = 4 [a column of a subquery] | o.status = 'open'::text; c.id = o.customer_id"},
		{"a keyset by row values", "SELECT id FROM orders WHERE (placed_at, id) > ($1, $2) ORDER BY placed_at, id LIMIT 20", "orders.placed_at range; order orders.placed_at; order orders.id; limit"},
		{"ORDER BY a result's number and name", "SELECT status AS s, placed_at FROM orders ORDER BY 2, s", "order orders.placed_at; order orders.status"},
		{"NULLs out of place", "SELECT id FROM orders ORDER BY placed_at DESC NULLS LAST", "order orders.placed_at desc nulls last"},
		{"NULLs where they come anyway", "SELECT id FROM orders ORDER BY placed_at DESC NULLS FIRST, id NULLS LAST", "order orders.placed_at desc; order orders.id"},
		{"GROUP BY", "SELECT status, count(*) FROM orders GROUP BY status ORDER BY count(*)", "group orders.status; order other"},
		{"an UPDATE", "UPDATE orders SET status = $1 WHERE id = $2", "orders.id ="},
		{"a DELETE with USING", "DELETE FROM order_items i USING orders o WHERE i.order_id = o.id AND o.status = 'x'", "o.status = 'x'; i.order_id = o.id"},
		{"a system table is let through", "SELECT 1 FROM pg_class k JOIN orders o ON o.status = k.relname", "o.status = k.relname"},
	} {
		shape, err := Dialect{}.Parse(c.sql, catalog())
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		got := strings.ReplaceAll(summary(shape), " ;", ";")
		if got != c.want {
			t.Errorf("%s: %s\ngot  %q\nwant %q", c.name, c.sql, got, c.want)
		}
	}
}

func TestWritesAndPlaceholdersAreKnown(t *testing.T) {
	shape, err := Dialect{}.Parse("INSERT INTO customers (id, email) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET email = excluded.email, city = $3", catalog())
	if err != nil {
		t.Fatal(err)
	}
	if len(shape.Writes) != 2 || shape.Writes[0].Kind != db.KindInsert || strings.Join(shape.Writes[1].Columns, " ") != "email city" || shape.Pure || len(shape.Blocks) != 0 {
		t.Errorf("got %+v", shape)
	}
	if p := shape.Placeholders; len(p) != 3 || p[1].Column != "email" || p[2].Column != "city" || p[2].Name != "$3" {
		t.Errorf("got %+v", p)
	}
	shape, err = Dialect{}.Parse("SELECT 1 FROM orders WHERE placed_at >= $1 AND placed_at < $2 LIMIT $3", catalog())
	if err != nil || !shape.Pure || shape.Placeholders[0].Role != db.RoleLow || shape.Placeholders[1].Role != db.RoleHigh || shape.Placeholders[2].Role != db.RoleLimit {
		t.Errorf("got %+v, %v", shape, err)
	}
	for sql, pure := range map[string]bool{"SELECT 1 FROM orders FOR UPDATE": false, "WITH x AS (DELETE FROM orders RETURNING id) SELECT id FROM x": false, "SELECT 1": true} {
		if shape, err := (Dialect{}).Parse(sql, catalog()); err != nil || shape.Pure != pure {
			t.Errorf("%s: got %+v, %v", sql, shape, err)
		}
	}
}

func TestWhatCannotBeBoundIsDeclinedWithItsReason(t *testing.T) {
	for sql, want := range map[string]string{
		"SELEC 1": "could not be parsed", "": "no statement", "SELECT 1; SELECT 2": "2 statements",
		"SELECT 1 FROM nowhere": "no such table: nowhere", "SELECT missing FROM orders": "no such column: missing",
		"SELECT id FROM orders, customers":                                              "ambiguous",
		"MERGE INTO orders o USING customers c ON o.id = c.id WHEN MATCHED THEN DELETE": "MERGE",
		"SELECT '\xff\xfe' FROM":                                                        "could not be parsed",
	} {
		if shape, err := (Dialect{}).Parse(sql, catalog()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %+v, %v, want %q", sql, shape, err, want)
		}
	}
}

func FuzzParseNeverPanics(f *testing.F) {
	for _, sql := range []string{"SELECT * FROM orders o LEFT JOIN customers c USING (id) WHERE o.id IN (1,2)", "UPDATE orders SET (status, paid) = ('x', true)", "SELECT (o).id FROM orders o", "\xff", "SELECT $99999999999"} {
		f.Add(sql)
	}
	s := catalog()
	f.Fuzz(func(t *testing.T, sql string) {
		shape, err := Dialect{}.Parse(sql, s)
		if (shape == nil) == (err == nil) {
			t.Errorf("got %v and %v", shape, err)
		}
	})
}

func TestFunctionsInFromAreRowsLikeAnyOther(t *testing.T) {
	for _, c := range []struct{ name, sql, want string }{
		{"an array of keys is joined", "SELECT o.total_cents FROM unnest($1::int[]) u JOIN orders o ON o.customer_id = u", "o.customer_id = u.u"},
		{"a series is joined from the other side", "SELECT count(*) FROM orders o, generate_series(1, 9) AS s(n) WHERE o.total_cents = s.n AND o.status = 'open'", "o.status = 'open'; o.total_cents = s.n"},
		{"two arrays side by side", "SELECT 1 FROM unnest($1::int[], $2::text[]) AS k(id, st), orders o WHERE o.customer_id = k.id AND o.status = k.st", "o.customer_id = k.id; o.status = k.st"},
		{"rows of JSON with their columns", "SELECT o.id FROM jsonb_to_recordset($1) AS x(id bigint, city text) JOIN orders o ON o.customer_id = x.id WHERE paid", "o.paid = true; o.customer_id = x.id"},
		{"ROWS FROM", "SELECT 1 FROM ROWS FROM (generate_series(1, 3), unnest($1::text[])) WITH ORDINALITY AS f(a, b, n) JOIN customers c ON c.email = f.b", "c.email = f.b"},
		{"a function of a row before it", "SELECT o.id, part FROM orders o, LATERAL regexp_split_to_table(o.status, ',') part WHERE o.customer_id = 7", "o.customer_id = 7"},
		{"a function inside a subquery", "SELECT id FROM orders WHERE customer_id IN (SELECT g FROM generate_series(1, 4) g)", "orders.customer_id in | "},
		{"a table from XML", "SELECT x.name FROM orders o, XMLTABLE('/r' PASSING ('<r/>'::xml) COLUMNS name text) AS x WHERE o.id = 5", "o.id = 5"},
	} {
		s, err := Dialect{}.Parse(c.sql, catalog())
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := summary(s); got != c.want {
			t.Errorf("%s:\ngot  %q\nwant %q", c.name, got, c.want)
		}
	}
}
