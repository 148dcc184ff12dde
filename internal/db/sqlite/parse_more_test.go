package sqlite

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"mltop/internal/db"
)

func TestParseDeclinesVisibly(t *testing.T) {
	for _, c := range []struct{ name, sql, want string }{
		{"an unknown table", "SELECT * FROM nowhere", "no such table: nowhere"},
		{"a table of another database", "SELECT * FROM other.orders", "no such table: other.orders"},
		{"an unknown column", "SELECT missing FROM orders", "no such column: missing"},
		{"an unknown qualified column", "SELECT o.missing FROM orders o", "no such column: o.missing"},
		{"an alias hides the table's name", "SELECT orders.id FROM orders o", "no such column: orders.id"},
		{"an ambiguous column", "SELECT id FROM orders, items", "ambiguous column name: id"},
		{"a column that USING cannot find", "SELECT 1 FROM orders JOIN items USING (sku)", "cannot join using column sku"},
		{"an ordinal out of range", "SELECT id FROM orders ORDER BY 3", "ORDER BY term 3 is out of range"},
		{"a syntax error", "SELEKT 1", `near "SELEKT": syntax error`},
		{"two statements", "SELECT 1; SELECT 2", "2 statements instead of one"},
		{"nothing", " -- only a comment", "no statement"},
		{"a view of itself", "SELECT * FROM loop", "too deeply nested"},
		{"a write to a view", "DELETE FROM paid", "writes to view paid"},
		{"too few values", "INSERT INTO items (id, sku) VALUES (1)", "1 values for 2 columns"},
		{"an unknown column in SET", "UPDATE items SET size = 3", "no such column: items.size"},
		{"a placeholder out of range", "SELECT ?99999999", "placeholder ?99999999 is out of range"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Dialect{}.Parse(c.sql, shopSchema())
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s\ngot error %v, want %q in it", c.sql, err, c.want)
			}
		})
	}
}

func TestOnlyHarmlessSelectsArePure(t *testing.T) {
	for sql, want := range map[string]bool{
		"SELECT lower(name), count(*) FROM customers GROUP BY 1":                          true,
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n": true,
		"SELECT value FROM orders, json_each(orders.data)":                                true,
		"VALUES (1), (2)":                            true,
		"SELECT load_extension('x')":                 false,
		"SELECT my_function(id) FROM orders":         false,
		"SELECT * FROM my_table_function(3)":         false,
		"SELECT 1 FROM orders WHERE note REGEXP 'x'": false,
		"INSERT INTO items(sku) SELECT 'x'":          false,
		"DELETE FROM items RETURNING id":             false,
		"PRAGMA journal_mode = WAL":                  false,
		"EXPLAIN SELECT 1":                           false,
	} {
		s, err := Dialect{}.Parse(sql, shopSchema())
		if err != nil {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		if s.Pure != want {
			t.Errorf("%s: pure %v, want %v", sql, s.Pure, want)
		}
	}
	for _, sql := range []string{"PRAGMA foreign_keys", "CREATE TABLE x(a)", "BEGIN", "VACUUM", "ATTACH 'x' AS y"} {
		if s, err := (Dialect{}).Parse(sql, shopSchema()); err != nil || s.Kind != db.KindOther {
			t.Errorf("%s: kind %v, error %v; want other", sql, s, err)
		}
	}
}

func TestPlaceholdersSayWhatTheyStandFor(t *testing.T) {
	for _, c := range []struct{ name, sql, want string }{
		{"a page of a range", "SELECT * FROM orders WHERE status = :s AND total >= ? AND ? > created_at LIMIT ? OFFSET ?",
			":s orders.status = value; ? orders.total range low; ? orders.created_at range high; ? .  limit; ? .  offset"},
		{"BETWEEN and IN", "SELECT * FROM orders WHERE total BETWEEN ?1 AND ?2 AND status IN (?3, ?)",
			"?1 orders.total range low; ?2 orders.total range high; ?3 orders.status in value; ? orders.status in value"},
		{"through a view and its alias", "SELECT * FROM paid WHERE who = ?", "? orders.customer_id = value"},
		{"an insert", "INSERT INTO items(order_id, sku) VALUES (?, ?)", "? items.order_id other value; ? items.sku other value"},
		{"an update by a numbered one", "UPDATE items SET qty = ?2 WHERE id = ?1", "?1 items.id = value; ?2 items.qty other value"},
		{"one that nothing is compared with", "SELECT ?", "? .  "},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := Dialect{}.Parse(c.sql, shopSchema())
			if err != nil {
				t.Fatal(err)
			}
			var words []string
			for _, p := range s.Placeholders {
				words = append(words, fmt.Sprintf("%s %s.%s %s %s", p.Name, p.Table, p.Column, p.Op, p.Role))
			}
			if got := strings.Join(words, "; "); got != c.want {
				t.Errorf("%s\ngot  %s\nwant %s", c.sql, got, c.want)
			}
		})
	}
}

// TestNoIndexAgreesWithSQLite builds for each predicate the index that the
// shape suggests and asks SQLite whether it uses it.
func TestNoIndexAgreesWithSQLite(t *testing.T) {
	ctx := context.Background()
	c, err := openConn("file::memory:?cache=private", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	create := `CREATE TABLE t(id INTEGER PRIMARY KEY, txt TEXT, num INTEGER, rea REAL, any, nc TEXT COLLATE NOCASE)`
	if err := c.exec(ctx, create); err != nil {
		t.Fatal(err)
	}
	schema, err := readSchema(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	columns := []string{"txt", "num", "rea", "any", "nc", "t.txt", "[num]"}
	forms := []string{
		"%s = 5", "%s = '5'", "%s = ?", "%s = CAST('5' AS INTEGER)", "%s = CAST(5 AS TEXT)", "5 < %s", "%s > '5'", "%s >= 2.5",
		"%s IN (1, 'a')", "%s IN (SELECT num FROM t)", "%s IN (SELECT txt FROM t)", "%s NOT IN (1, 2)", "%s BETWEEN 1 AND 'b'", "%s NOT BETWEEN 1 AND 2",
		"%s LIKE 'abc%%'", "%s LIKE '%%abc'", "%s LIKE '1%%'", "%s LIKE 'abc'", "%s GLOB 'abc*'", "%s GLOB '*abc'", "%s GLOB '1*'", "%s LIKE '_b'", "%s NOT LIKE 'a%%'",
		"%s IS NULL", "%s IS 5", "%s IS NOT 5", "%s <> 5", "+%s = 5", "-%s = 5", "%s + 0 = 5", "lower(%s) = 'a'", "%s || 'x' = 'ax'", "abs(random()) = %s",
		"%s = 'a' COLLATE NOCASE", "%s COLLATE BINARY = 'a'", "substr(%s, 1, 3) IN ('a', 'b')", "NOT (%s = 5)", "%s", "coalesce(%s, 0) > 3",
		"CASE WHEN %s THEN 1 ELSE 2 END = 1", "(%s, rea) = (1, 2)", "(%s, id) > (1, 2)", "%s = 1 OR %[1]s = 2", "date(%s) = '2026-01-01'",
	}
	for _, col := range columns {
		for _, form := range forms {
			predicateTruth(t, c, schema, fmt.Sprintf(form, col))
		}
	}
}

func predicateTruth(t *testing.T, c *conn, schema *db.Schema, where string) {
	t.Helper()
	ctx := context.Background()
	sql := "SELECT * FROM t WHERE " + where
	s, err := Dialect{}.Parse(sql, schema)
	if err != nil {
		t.Errorf("%s: %v", sql, err)
		return
	}
	if len(s.Blocks[0].Predicates) == 0 {
		return
	}
	p := s.Blocks[0].Predicates[0]
	suggested := db.IndexColumn{Name: p.Column.Column, Expr: p.Column.Expr, Collation: p.Collation}
	claims := p.NoIndex == "" || p.Column.Expr != "" && p.Op != db.PredOther && p.Op != db.PredNotEq
	ix := CreateIndexText(db.Index{Table: "t", Name: "probe", Columns: []db.IndexColumn{suggested}})
	if err := c.exec(ctx, ix); err != nil {
		t.Errorf("%s\nsuggests %s\n%v", sql, ix, err)
		return
	}
	defer func() {
		if err := c.exec(ctx, "DROP INDEX probe"); err != nil {
			t.Fatal(err)
		}
	}()
	plan, err := explainOn(ctx, c, sql, nil)
	if err != nil {
		t.Errorf("%s: %v", sql, err)
		return
	}
	uses := false
	plan.Walk(func(n *db.Node, depth int) {
		uses = uses || n.Op == db.OpSearch && n.Index == "probe" && depth == 1
	})
	if uses != claims {
		t.Errorf("%s\nwith %s\nthe shape says %q (index %v), SQLite uses it: %v\n%s", sql, ix, p.NoIndex, claims, uses, plan.Root.Children[0].Raw)
	}
}

func FuzzParse(f *testing.F) {
	for _, sql := range []string{
		"SELECT 1", "SELECT * FROM orders o WHERE o.id = ? ORDER BY 1 LIMIT 3", "WITH a AS (SELECT 1) SELECT * FROM a, a b",
		"UPDATE items SET (qty, sku) = (SELECT 1, 'x') FROM orders WHERE items.order_id = orders.id RETURNING *",
		"INSERT INTO items VALUES (1,2,3,4) ON CONFLICT DO UPDATE SET qty = excluded.qty",
		"SELECT sum(total) OVER w FROM orders WINDOW w AS (PARTITION BY status), v AS (w ORDER BY id)",
		"SELECT * FROM (SELECT * FROM paid) NATURAL JOIN totals GROUP BY 1 HAVING count(*) > 1",
		"SELECT (((((1))))), `x", "SELECT * FROM orders WHERE (a,b) IN (SELECT 1, 2) OR x LIKE 'a\\%' ESCAPE '\\'",
		"VALUES (1) UNION SELECT 2 ORDER BY 1", "SELECT x'00', \"'\", [a]]", "\x00", "SELECT * FROM loop",
	} {
		f.Add(sql)
	}
	schema := shopSchema()
	f.Fuzz(func(t *testing.T, sql string) {
		s, err := Dialect{}.Parse(sql, schema)
		if err != nil {
			if strings.Contains(err.Error(), "runtime error") {
				t.Fatalf("%q: %v", sql, err)
			}
			return
		}
		for _, b := range s.Blocks {
			inRange := func(r db.ColumnRef) {
				if r.Relation < 0 || r.Relation >= len(b.Relations) {
					t.Fatalf("%q: relation %d of %d", sql, r.Relation, len(b.Relations))
				}
				if r.Column == "" && r.Expr == "" {
					t.Fatalf("%q: a reference to nothing", sql)
				}
			}
			for _, p := range b.Predicates {
				inRange(p.Column)
				if p.Op == db.PredOther && p.NoIndex == "" {
					t.Fatalf("%q: %q has no reason", sql, p.Text)
				}
			}
			for _, j := range b.Joins {
				inRange(j.Left)
				inRange(j.Right)
			}
			for _, o := range append(append([]db.OrderTerm{}, b.OrderBy...), b.GroupBy...) {
				inRange(o.Column)
			}
			for _, r := range b.Reads {
				inRange(r)
			}
		}
	})
}
