package mysql

import (
	"fmt"
	"strings"
	"testing"

	"mltop/internal/db"
)

func catalog() *db.Schema {
	table := func(name string, columns ...string) *db.Table {
		t := &db.Table{Schema: "app", Name: name}
		for _, c := range columns {
			n, kind, _ := strings.Cut(c, " ")
			col := db.Column{Name: n, Type: kind}
			if strings.HasPrefix(kind, "varchar") {
				col.Collation = "utf8mb4_general_ci"
			}
			t.Columns = append(t.Columns, col)
		}
		return t
	}
	return &db.Schema{
		Tables: []*db.Table{
			table("customers", "id int(11)", "email varchar(200)", "city varchar(50)"),
			table("orders", "id int(11)", "customer_id int(11)", "status varchar(20)", "placed_at datetime", "total int(11)"),
		},
		Views: []db.View{{Name: "open_orders", SQL: "CREATE VIEW `open_orders` AS select `app`.`o`.`id` AS `id` from `app`.`orders` `o` where `o`.`status` = 'open'"}},
	}
}

// describe writes a shape in one line a block.
func describe(s *db.Shape) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s pure=%v params=%d", s.Kind, s.Pure, s.Params)
	for _, w := range s.Writes {
		fmt.Fprintf(&b, " writes %s %s%v", w.Kind, w.Table, w.Columns)
	}
	for _, bl := range s.Blocks {
		b.WriteString(" |")
		describeBlock(&b, bl)
	}
	for _, p := range s.Placeholders {
		fmt.Fprintf(&b, " ?%s.%s:%s", p.Table, p.Column, p.Role)
	}
	return b.String()
}

func describeBlock(b *strings.Builder, bl db.Block) {
	for _, r := range bl.Relations {
		fmt.Fprintf(b, " %s", r.Table+":"+r.Alias)
		if r.Outer {
			b.WriteString("(outer)")
		}
	}
	for _, p := range bl.Predicates {
		fmt.Fprintf(b, " [%d.%s %s %s", p.Column.Relation, p.Column.Column, p.Op, p.Constant)
		if p.OrGroup > 0 {
			fmt.Fprintf(b, " or%d.%d", p.OrGroup, p.OrArm)
		}
		if p.NoIndex != "" {
			b.WriteString(" no: " + p.NoIndex)
		}
		b.WriteString("]")
	}
	for _, j := range bl.Joins {
		fmt.Fprintf(b, " join %d.%s=%d.%s", j.Left.Relation, j.Left.Column, j.Right.Relation, j.Right.Column)
		if why := j.LeftNoIndex + j.RightNoIndex; why != "" {
			b.WriteString(" no: " + why)
		}
	}
	for name, terms := range map[string][]db.OrderTerm{"order": bl.OrderBy, "group": bl.GroupBy} {
		for _, t := range terms {
			fmt.Fprintf(b, " %s %d.%s", name, t.Column.Relation, t.Column.Column)
			if t.Desc {
				b.WriteString(" desc")
			}
		}
	}
	for name, is := range map[string]bool{"limit": bl.Limit, "order-other": bl.OrderOther} {
		if is {
			b.WriteString(" " + name)
		}
	}
}

func TestAStatementIsBoundToTheCatalog(t *testing.T) {
	for name, c := range map[string]struct{ sql, want string }{
		"a lookup by a placeholder": {"SELECT id FROM orders WHERE customer_id = ?",
			"select pure=true params=1 | orders:orders [0.customer_id = ] ?orders.customer_id:value"},
		"an order with a limit": {"SELECT id FROM orders o WHERE o.status = 'open' ORDER BY placed_at DESC LIMIT 5",
			"select pure=true params=0 | orders:o [0.status =  'open'] order 0.placed_at desc limit"},
		"a join with USING's like": {"SELECT c.city FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.total BETWEEN 1 AND ?",
			"select pure=true params=1 | orders:o customers:c [0.total range ] join 1.id=0.customer_id ?orders.total:high"},
		"an outer join": {"SELECT o.id FROM customers c LEFT JOIN orders o ON o.customer_id = c.id AND c.city = 'x' WHERE o.id IS NULL",
			"select pure=true params=0 | customers:c orders:o(outer) [0.city =  'x' no: condition of an outer join on the other table] [1.id is null  no: tests the missing side of an outer join] join 1.customer_id=0.id"},
		"a list": {"SELECT id FROM orders WHERE customer_id IN (1,2,3)",
			"select pure=true params=0 | orders:orders [0.customer_id in 1, 2, 3]"},
		"an OR with two arms": {"SELECT id FROM orders WHERE total > 5 AND (customer_id = 1 OR status = 'a' AND total < 3)",
			"select pure=true params=0 | orders:orders [0.total range 5] [0.customer_id = 1 or1.1] [0.status =  'a' or1.2] [0.total range 3 or1.2]"},
		"text compared with a number": {"SELECT id FROM orders WHERE status = 5",
			"select pure=true params=0 | orders:orders [0.status = 5 no: implicit conversion of status]"},
		"a function on the column": {"SELECT id FROM orders WHERE DATE(placed_at) = '2025-01-01'",
			"select pure=true params=0 | orders:orders [0.placed_at =  '2025-01-01' no: MariaDB has no indexes on expressions: a generated column of DATE(placed_at) with an index would serve, once the statement compares that column]"},
		"patterns": {"SELECT id FROM customers WHERE email LIKE 'a%' AND city LIKE '%b'",
			"select pure=true params=0 | customers:customers [0.email prefix  'a%'] [0.city prefix  '%b' no: leading wildcard]"},
		"a correlated subquery": {"SELECT id FROM customers c WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id)",
			"select pure=true params=0 | customers:c | orders:o [0.customer_id = ]"},
		"a derived table": {"SELECT d.n FROM (SELECT customer_id, COUNT(*) n FROM orders GROUP BY customer_id) d ORDER BY d.n",
			"select pure=true params=0 | :d order-other | orders:orders group 0.customer_id"},
		"a view": {"SELECT id FROM open_orders",
			"select pure=true params=0 | :open_orders | orders:o [0.status =  'open']"},
		"a lock is not pure": {"SELECT id FROM orders WHERE id = 1 FOR UPDATE",
			"select pure=false params=0 | orders:orders [0.id = 1]"},
		"an update": {"UPDATE orders SET total = total + ? WHERE customer_id = ? ORDER BY id LIMIT ?",
			"update pure=false params=3 writes update orders[total] | orders:orders [0.customer_id = ] order 0.id limit ?orders.total:value ?orders.customer_id:value ?.:limit"},
		"a delete from one of two": {"DELETE o FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.city = 'x'",
			"delete pure=false params=0 writes delete orders[] | orders:o customers:c [1.city =  'x'] join 1.id=0.customer_id"},
		"an insert": {"INSERT INTO orders (customer_id, total) VALUES (?, ?) ON DUPLICATE KEY UPDATE total = VALUES(total)",
			"insert pure=false params=2 writes insert orders[customer_id total] writes update orders[total] ?orders.customer_id:value ?orders.total:value"},
		"a common table expression": {"WITH x AS (SELECT id FROM orders WHERE total = 1) SELECT * FROM x JOIN customers c USING (id)",
			"select pure=true params=0 | orders:orders [0.total = 1] | :x customers:c join 0.id=1.id no: a column of a subquery"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Dialect{flavour: flavour{MariaDB: true}}.Parse(c.sql, catalog())
			if err != nil {
				t.Fatal(err)
			}
			if got, want := strings.Join(strings.Fields(describe(s)), " "), strings.Join(strings.Fields(c.want), " "); got != want {
				t.Errorf("\ngot  %s\nwant %s", got, want)
			}
		})
	}
}

func TestWhatIsNotUnderstoodIsDeclined(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT nothing FROM orders":                                   "no such column: nothing",
		"SELECT 1 FROM nowhere":                                        "no such table: nowhere",
		"SELECT id FROM orders, customers":                             "ambiguous column name: id",
		"SELECT * FROM other.t":                                        "it reads other.t, a table of another database: mltop is attached to app, and advises on its tables alone; attached to other it advises on those",
		"SELECT * FROM other.orders":                                   "it reads other.orders, a table of another database",
		"SELECT o.id FROM orders o JOIN other.orders p ON p.id = o.id": "it reads other.orders",
		"UPDATE other.orders SET status = 'x' WHERE id = 7":            "other.orders, a table of another database",
		"DELETE FROM other.orders WHERE id = 7":                        "other.orders, a table of another database",
		"INSERT INTO other.orders (id) VALUES (7)":                     "other.orders, a table of another database",
		"REPLACE INTO other.orders (id) VALUES (7)":                    "other.orders, a table of another database",
		"INSERT INTO other.orders SELECT * FROM orders":                "other.orders, a table of another database",
		"SELEC 1":            "could not be parsed",
		"SELECT 1; SELECT 2": "2 statements",
		"":                   "no statement",
		"SELECT " + strings.Repeat("(", 5000) + "1":        "could not be parsed",
		"SELECT id FROM orders o, orders o WHERE o.id = 1": "not unique",
	} {
		if s, err := (Dialect{}).Parse(sql, catalog()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40s: got %+v, %v; want %q", sql, s, err, want)
		}
	}
}
