package sqlite

import (
	"fmt"
	"strings"
	"testing"

	"mltop/internal/db"
)

// shopSchema is the catalog that the parser's tests bind to.
func shopSchema() *db.Schema {
	table := func(name string, cols ...string) *db.Table {
		t := &db.Table{Schema: "main", Name: name, RowID: "id"}
		for _, c := range cols {
			words := strings.SplitN(c, " ", 2)
			col := db.Column{Name: words[0]}
			if len(words) > 1 {
				col.Type = words[1]
			}
			if n, ok := strings.CutSuffix(col.Type, " NOCASE"); ok {
				col.Type, col.Collation = n, "NOCASE"
			}
			t.Columns = append(t.Columns, col)
		}
		return t
	}
	docs := table("docs", "title", "body")
	docs.Unsupported = "virtual table (fts5)"
	return &db.Schema{
		Tables: []*db.Table{
			table("orders", "id INTEGER", "customer_id INTEGER", "status TEXT", "created_at TEXT", "total REAL", "note TEXT", "data TEXT"),
			table("customers", "id INTEGER", "name TEXT NOCASE", "email TEXT", "city TEXT"),
			table("items", "id INTEGER", "order_id INTEGER", "sku TEXT", "qty INTEGER"),
			table("nodes", "id INTEGER", "parent INTEGER", "label TEXT"),
			table("codes", "id INTEGER", "order_id TEXT", "code"),
			docs,
		},
		Views: []db.View{
			{Name: "paid", SQL: `CREATE VIEW paid AS SELECT id, customer_id AS who, total FROM orders WHERE status = 'paid'`},
			{Name: "totals", SQL: `CREATE VIEW totals(city, total) AS SELECT c.city, sum(o.total) FROM orders o JOIN customers c ON c.id = o.customer_id GROUP BY c.city`},
			{Name: "loop", SQL: `CREATE VIEW loop AS SELECT * FROM loop`},
		},
	}
}

// sketch writes a shape down in a few words for tests to compare.
func sketch(s *db.Shape) string {
	var lines []string
	add := func(f string, a ...any) { lines = append(lines, fmt.Sprintf(f, a...)) }
	for i, b := range s.Blocks {
		add("block %d: %s", i+1, relationsOf(b))
		for _, p := range b.Predicates {
			add("  %s", predicateWords(b, p))
		}
		for _, j := range b.Joins {
			add("  join %s = %s%s", refOf(b, j.Left), refOf(b, j.Right), joinWords(j))
		}
		add2(&lines, "group", b, b.GroupBy, b.GroupOther)
		add2(&lines, "order", b, b.OrderBy, b.OrderOther)
		for _, w := range b.Windows {
			add2(&lines, "window", b, w, false)
		}
	}
	for _, w := range s.Writes {
		add("%s %s %s", w.Kind, w.Table, strings.Join(w.Columns, ","))
	}
	return strings.Join(lines, "\n")
}

func joinWords(j db.Join) string {
	if j.LeftNoIndex+j.RightNoIndex == "" {
		return ""
	}
	return fmt.Sprintf(" [%s|%s]", j.LeftNoIndex, j.RightNoIndex)
}

func add2(lines *[]string, what string, b db.Block, terms []db.OrderTerm, other bool) {
	if len(terms) == 0 && !other {
		return
	}
	var words []string
	for _, t := range terms {
		w := refOf(b, t.Column)
		if t.Collation != "" {
			w += " collate " + t.Collation
		}
		if t.Desc {
			w += " desc"
		}
		words = append(words, w)
	}
	if other {
		words = append(words, "other")
	}
	*lines = append(*lines, "  "+what+" "+strings.Join(words, ", "))
}

func relationsOf(b db.Block) string {
	var words []string
	for _, r := range b.Relations {
		w := r.Table
		if r.Derived {
			w = "(" + r.Alias + ")"
		} else if r.Alias != r.Table {
			w += " " + r.Alias
		}
		if r.Outer {
			w += "?"
		}
		words = append(words, w)
	}
	flags := ""
	for _, f := range []struct {
		on   bool
		name string
	}{{b.Distinct, " distinct"}, {b.Aggregate, " aggregate"}, {b.Limit, " limit"}, {b.Offset, " offset"}} {
		if f.on {
			flags += f.name
		}
	}
	return strings.Join(words, ", ") + flags
}

func refOf(b db.Block, r db.ColumnRef) string {
	name := r.Column
	if r.Expr != "" {
		name = "{" + r.Expr + "}"
	}
	return b.Relations[r.Relation].Alias + "." + name
}

func predicateWords(b db.Block, p db.Predicate) string {
	w := fmt.Sprintf("%s %s", refOf(b, p.Column), p.Op)
	if p.Constant != "" {
		w += " " + p.Constant
	}
	if p.Collation != "" {
		w += " collate " + p.Collation
	}
	if p.OrGroup > 0 {
		w += fmt.Sprintf(" or %d.%d", p.OrGroup, p.OrArm)
	}
	if p.NoIndex != "" {
		w += " [" + p.NoIndex + "]"
	}
	return w
}

func TestParseBindsSelects(t *testing.T) {
	for _, c := range []struct{ name, sql, want string }{
		{"an equality and a range with an order",
			`SELECT id FROM orders WHERE status = 'paid' AND created_at >= '2026-01-01' ORDER BY created_at DESC LIMIT 10`,
			"block 1: orders limit\n  orders.status = 'paid'\n  orders.created_at range '2026-01-01'\n  order orders.created_at desc"},
		{"names in every kind of quotes",
			"SELECT [id], `status` FROM \"orders\" AS 'o' WHERE \"o\".[customer_id] = 5",
			"block 1: orders o\n  o.customer_id = 5"},
		{"a rowid alias is the primary key column",
			`SELECT * FROM orders WHERE _rowid_ = 3`, "block 1: orders\n  orders.id = 3"},
		{"a string in double quotes that is no column",
			`SELECT 1 FROM orders WHERE status = "paid"`, "block 1: orders\n  orders.status = 'paid'"},
		{"a join written with ON",
			`SELECT * FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.city = 'Ulm'`,
			"block 1: orders o, customers c\n  c.city = 'Ulm'\n  join c.id = o.customer_id"},
		{"a join written with commas",
			`SELECT * FROM orders o, items i WHERE i.order_id = o.id AND o.status IN ('a','b')`,
			"block 1: orders o, items i\n  o.status in\n  join i.order_id = o.id"},
		{"a join written with USING, the name unqualified",
			`SELECT id FROM orders JOIN items USING (id) WHERE id > 5`,
			"block 1: orders, items\n  orders.id range 5\n  join orders.id = items.id"},
		{"a natural join", `SELECT 1 FROM nodes NATURAL JOIN codes`,
			"block 1: nodes, codes\n  join nodes.id = codes.id"},
		{"a left join: ON filters the right side only",
			`SELECT 1 FROM orders o LEFT JOIN items i ON i.order_id = o.id AND i.qty > 3 AND o.status = 'x' WHERE i.id IS NULL`,
			"block 1: orders o, items i?\n  i.qty range 3\n  o.status = 'x' [condition of an outer join on the other table]\n  i.id is null [tests the missing side of an outer join]\n  join i.order_id = o.id"},
		{"a right join makes the left side missable",
			`SELECT 1 FROM orders o RIGHT JOIN items i ON i.order_id = o.id`,
			"block 1: orders o?, items i\n  join i.order_id = o.id"},
		{"a correlated subquery sees the outer column as a constant",
			`SELECT (SELECT count(*) FROM items i WHERE i.order_id = o.id) FROM orders o`,
			"block 1: orders o\nblock 2: items i aggregate\n  i.order_id ="},
		{"EXISTS and NOT EXISTS",
			`SELECT 1 FROM orders o WHERE EXISTS (SELECT 1 FROM items WHERE order_id = o.id) AND NOT EXISTS (SELECT 1 FROM codes WHERE code = o.note)`,
			"block 1: orders o\nblock 2: items\n  items.order_id =\nblock 3: codes\n  codes.code ="},
		{"IN with a subquery",
			`SELECT 1 FROM orders WHERE customer_id IN (SELECT id FROM customers WHERE city = 'Ulm')`,
			"block 1: orders\n  orders.customer_id in\nblock 2: customers\n  customers.city = 'Ulm'"},
		{"a subquery in FROM is merged", `SELECT x FROM (SELECT total AS x, status AS s FROM orders) AS q WHERE s = 'paid' ORDER BY x`,
			"block 1: orders\n  orders.status = 'paid'\n  order orders.total"},
		{"a grouped subquery in FROM keeps its block", `SELECT * FROM (SELECT status, count(*) AS n FROM orders GROUP BY status) q WHERE n > 3`,
			"block 1: (q)\n  q.n range 3 [a column of a subquery]\nblock 2: orders aggregate\n  group orders.status"},
		{"a view is expanded", `SELECT total FROM paid WHERE who = 7`,
			"block 1: orders\n  orders.status = 'paid'\n  orders.customer_id = 7"},
		{"a grouped view with named columns", `SELECT total FROM totals WHERE city = 'Ulm'`,
			"block 1: (totals)\n  totals.city = 'Ulm' [a column of a subquery]\nblock 2: orders o, customers c aggregate\n  c.city = 'Ulm'\n  join c.id = o.customer_id\n  group c.city"},
		{"a CTE used once is merged", `WITH p AS (SELECT id, total t FROM orders WHERE status='paid') SELECT id FROM p WHERE t > 5`,
			"block 1: orders\n  orders.status = 'paid'\n  orders.total range 5"},
		{"a CTE used twice is bound once", `WITH p AS (SELECT id, total t FROM orders WHERE status='paid') SELECT a.id FROM p a JOIN p b ON a.id = b.t`,
			"block 1: (a), (b)\n  join a.id = b.t [a column of a subquery|a column of a subquery]\nblock 2: orders\n  orders.status = 'paid'"},
		{"a CTE hides a table of its name", `WITH items(order_id) AS (SELECT customer_id FROM orders) SELECT * FROM items WHERE order_id = 3`,
			"block 1: orders\n  orders.customer_id = 3"},
		{"a condition on a UNION ALL reaches each arm", `SELECT * FROM (SELECT id, total FROM orders UNION ALL SELECT id, qty FROM items) u WHERE total > 3`,
			"block 1: (u)\n  u.total range 3 [a column of a subquery]\nblock 2: orders\n  orders.total range 3\nblock 3: items\n  items.qty range 3"},
		{"a condition does not pass a LIMIT", `SELECT * FROM (SELECT id, total FROM orders ORDER BY id LIMIT 5) u WHERE total > 3`,
			"block 1: (u)\n  u.total range 3 [a column of a subquery]\nblock 2: orders limit\n  order orders.id"},
		{"a recursive CTE", `WITH RECURSIVE up(id, p) AS (SELECT id, parent FROM nodes WHERE id = ? UNION ALL SELECT n.id, n.parent FROM nodes n JOIN up ON n.id = up.p) SELECT * FROM up`,
			"block 1: (up)\nblock 2: nodes\n  nodes.id =\nblock 3: nodes n, (up)\n  join n.id = up.p [|a column of a subquery]"},
		{"a compound: every arm gets the order", `SELECT id, total FROM orders UNION ALL SELECT id, qty FROM items ORDER BY 2 DESC LIMIT 5`,
			"block 1: orders limit\n  order orders.total desc\nblock 2: items limit\n  order items.qty desc"},
		{"grouping by ordinal and ordering by alias", `SELECT status s, count(*) n FROM orders GROUP BY 1 ORDER BY n DESC`,
			"block 1: orders aggregate\n  group orders.status\n  order other"},
		{"ordering by an expression", `SELECT id FROM orders ORDER BY lower(status), id DESC`,
			"block 1: orders\n  order orders.{lower(status)}, orders.id desc"},
		{"NULLS LAST is no index's order", `SELECT id FROM orders ORDER BY status NULLS LAST`, "block 1: orders\n  order other"},
		{"OR on one column is IN", `SELECT 1 FROM orders WHERE status = 'a' OR status = 'b' OR status IN ('c')`, "block 1: orders\n  orders.status in"},
		{"OR on two columns is a group", `SELECT 1 FROM orders WHERE (status = 'a' AND total > 5) OR customer_id = 3`,
			"block 1: orders\n  orders.status = 'a' or 1.1\n  orders.total range 5 or 1.1\n  orders.customer_id = 3 or 1.2"},
		{"OR with an arm that no index serves", `SELECT 1 FROM orders WHERE status = 'a' OR note LIKE '%x'`,
			"block 1: orders\n  orders.status = 'a' or 1.1 [another arm of the OR cannot use an index]\n  orders.note other '%x' or 1.2 [leading wildcard]"},
		{"BETWEEN, also the other way round", `SELECT 1 FROM orders WHERE total BETWEEN 1 AND 2 AND ? BETWEEN created_at AND note`,
			"block 1: orders\n  orders.total range\n  orders.created_at range\n  orders.note range"},
		{"a constant on the left", `SELECT 1 FROM orders WHERE 5 < total`, "block 1: orders\n  orders.total range 5"},
		{"a negative literal", `SELECT 1 FROM orders WHERE total > -5`, "block 1: orders\n  orders.total range -5"},
		{"a function on the column", `SELECT 1 FROM orders o WHERE date(o.created_at) = '2026-01-01'`,
			"block 1: orders o\n  o.{date(created_at)} = '2026-01-01'"},
		{"a function that depends on the time zone", `SELECT 1 FROM orders o WHERE date(o.created_at, 'localtime') = '2026-01-01'`,
			"block 1: orders o\n  o.created_at = '2026-01-01' [non-deterministic use of date()]"},
		{"a clock in the expression", `SELECT 1 FROM orders WHERE julianday('now') - julianday(created_at) < 7`,
			"block 1: orders\n  orders.created_at range 7 [non-deterministic use of julianday()]"},
		{"arithmetic on the column", `SELECT 1 FROM orders WHERE total * 2 > 10`, "block 1: orders\n  orders.{total * 2} range 10"},
		{"a JSON path", `SELECT 1 FROM orders WHERE data ->> '$.kind' = 'x'`,
			"block 1: orders\n  orders.{data ->> '$.kind'} = 'x'"},
		{"a prefix minds the collation", `SELECT 1 FROM customers WHERE name LIKE 'Jo%' AND email LIKE 'jo%' AND email GLOB 'jo*'`,
			"block 1: customers\n  customers.name prefix 'Jo%'\n  customers.email prefix 'jo%' collate NOCASE\n  customers.email prefix 'jo*'"},
		{"an escaped wildcard is no wildcard", `SELECT 1 FROM customers WHERE name LIKE '\%x%' ESCAPE '\'`, "block 1: customers\n  customers.name prefix '\\%x%'"},
		{"LIKE with a placeholder", `SELECT 1 FROM customers WHERE name LIKE ?`, "block 1: customers\n  customers.name other [the pattern is not known before the statement runs]"},
		{"negations", `SELECT 1 FROM orders WHERE status <> 'a' AND NOT total = 3 AND id NOT IN (1,2)`,
			"block 1: orders\n  orders.status <> 'a' [negation]\n  orders.{NOT total = 3} other [negation]\n  orders.id <> [negation]"},
		{"IS with a value is an equality", `SELECT 1 FROM orders WHERE status IS 'a' AND note IS NULL AND data NOT NULL`,
			"block 1: orders\n  orders.status = 'a'\n  orders.note is null\n  orders.data is not null"},
		{"a collation that is not the column's", `SELECT 1 FROM orders WHERE status = 'A' COLLATE NOCASE ORDER BY note COLLATE NOCASE`,
			"block 1: orders\n  orders.status = 'A' collate NOCASE\n  order orders.note collate NOCASE"},
		{"a text column against a number that is cast", `SELECT 1 FROM orders WHERE status = CAST(? AS INTEGER)`, "block 1: orders\n  orders.status = [implicit conversion of status]"},
		{"a text column joined with a number", `SELECT 1 FROM codes c JOIN orders o ON c.order_id = o.id`,
			"block 1: codes c, orders o\n  join c.order_id = o.id [implicit conversion of c.order_id|]"},
		{"a row value", `SELECT 1 FROM orders WHERE (customer_id, status) = (3, 'a') AND (created_at, id) > (?, ?)`,
			"block 1: orders\n  orders.customer_id = 3\n  orders.status = 'a'\n  orders.created_at range"},
		{"a unary plus keeps the index away", `SELECT 1 FROM orders WHERE +status = 'a'`, "block 1: orders\n  orders.status = 'a' [unary + on the column]"},
		{"a window's order", `SELECT row_number() OVER (PARTITION BY status ORDER BY total DESC) FROM orders`,
			"block 1: orders\n  window orders.status, orders.total desc"},
		{"max alone is the first row of an order", `SELECT max(created_at) FROM orders WHERE status = 'a'`,
			"block 1: orders aggregate limit\n  orders.status = 'a'\n  order orders.created_at desc"},
		{"a virtual table", `SELECT rowid FROM docs WHERE docs MATCH 'x' AND title = 'y'`,
			"block 1: docs\n  docs.docs other 'x' [virtual table (fts5)]\n  docs.title = 'y' [virtual table (fts5)]"},
		{"a table-valued function", `SELECT o.id FROM orders o, json_each(o.data) j WHERE j.value = 3`,
			"block 1: orders o, (j)\n  j.value = 3 [not a table]"},
		{"two columns of one table", `SELECT 1 FROM orders WHERE total > id`, "block 1: orders\n  orders.total other [compares two columns]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := Dialect{}.Parse(c.sql, shopSchema())
			if err != nil {
				t.Fatalf("%s\n%v", c.sql, err)
			}
			if got := sketch(s); got != c.want {
				t.Errorf("%s\ngot:\n%s\nwant:\n%s", c.sql, got, c.want)
			}
		})
	}
}

func TestParseBindsWrites(t *testing.T) {
	for _, c := range []struct{ name, sql, want string }{
		{"an update by key", `UPDATE orders SET status = ?, total = total + 1 WHERE id = ?`,
			"block 1: orders\n  orders.id =\nupdate orders status,total"},
		{"an update with FROM", `UPDATE orders AS o SET total = i.qty FROM items i WHERE i.order_id = o.id AND i.sku = 'x'`,
			"block 1: orders o, items i\n  i.sku = 'x'\n  join i.order_id = o.id\nupdate orders total"},
		{"a delete with a range", `DELETE FROM orders WHERE created_at < '2020' RETURNING id`,
			"block 1: orders\n  orders.created_at range '2020'\ndelete orders "},
		{"an insert of values", `INSERT INTO items (order_id, sku) VALUES (?, ?), (3, 'x')`, "insert items "},
		{"an insert of a select", `INSERT INTO items SELECT * FROM items WHERE sku = 'a'`, "block 1: items\n  items.sku = 'a'\ninsert items "},
		{"an upsert writes twice", `INSERT INTO items (id, qty) VALUES (1, 2) ON CONFLICT (id) DO UPDATE SET qty = excluded.qty + qty WHERE items.qty > 1`,
			"insert items \nupdate items qty"},
		{"an update inside WITH", `WITH old AS (SELECT id FROM orders WHERE status = 'x') DELETE FROM items WHERE order_id IN (SELECT id FROM old)`,
			"block 1: items\n  items.order_id in\nblock 2: orders\n  orders.status = 'x'\ndelete items "},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := Dialect{}.Parse(c.sql, shopSchema())
			if err != nil {
				t.Fatalf("%s\n%v", c.sql, err)
			}
			if got := sketch(s); got != c.want {
				t.Errorf("%s\ngot:\n%s\nwant:\n%s", c.sql, got, c.want)
			}
		})
	}
}
