package mysql

import (
	"fmt"
	"strings"
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// outline writes a plan in one line: op table/index with rows, children in
// parentheses.
func outline(n *db.Node) string {
	s := string(n.Op)
	if name := n.Table; name != "" || n.Alias != "" {
		if n.Alias != "" {
			name += ":" + n.Alias
		}
		s += " " + name
	}
	if n.Index != "" {
		s += "/" + n.Index
	}
	if len(n.Columns) > 0 {
		s += fmt.Sprint(n.Columns)
	}
	if n.Rows != nil {
		s += fmt.Sprintf(" %v", *n.Rows)
	}
	if n.Actual != nil {
		s += fmt.Sprintf(" actual %vx%v", n.Actual.Rows, n.Actual.Loops)
	}
	var inside []string
	for _, c := range n.Children {
		inside = append(inside, outline(c))
	}
	if len(inside) > 0 {
		s += " (" + strings.Join(inside, ", ") + ")"
	}
	return s
}

// The answers are shaped by hand after the manuals: none comes from a live
// MySQL. Their forms: dev.mysql.com/doc/refman/8.0/en/explain-output.html
// ("EXPLAIN FORMAT=JSON"), dev.mysql.com/doc/refman/8.4/en/explain.html
// (version 2, TREE and EXPLAIN ANALYZE).
func TestThePlansOfMySQLAreRead(t *testing.T) {
	for name, c := range map[string]struct{ answer, want string }{
		"JSON, version 1: an ordered join": {`{"query_block": {"select_id": 1, "cost_info": {"query_cost": "25.40"}, "ordering_operation": {"using_filesort": true, "nested_loop": [
			{"table": {"table_name": "o", "access_type": "ALL", "rows_examined_per_scan": 200, "rows_produced_per_join": 20, "filtered": "10.00", "cost_info": {"read_cost": "18.40", "eval_cost": "2.00", "prefix_cost": "20.40", "data_read_per_join": "3K"}, "used_columns": ["id"], "attached_condition": "(o.total > 5)"}},
			{"table": {"table_name": "c", "access_type": "eq_ref", "possible_keys": ["PRIMARY"], "key": "PRIMARY", "used_key_parts": ["id"], "key_length": "4", "ref": ["app.o.customer_id"], "rows_examined_per_scan": 1, "filtered": "100.00", "using_index": true}}]}}}`,
			"query (sort (join (scan o 200, search c/PRIMARY[id = o.customer_id] 1)))"},
		"JSON, version 1: an index delivers the order": {`{"query_block": {"select_id": 1, "ordering_operation": {"using_filesort": false, "table": {"table_name": "o", "access_type": "index", "key": "placed", "rows_examined_per_scan": 10}}}}`,
			"query (scan o/placed 10)"},
		"JSON, version 1: a derived table and a subquery": {`{"query_block": {"select_id": 1, "table": {"table_name": "d", "access_type": "ALL", "rows_examined_per_scan": 5, "materialized_from_subquery": {"using_temporary_table": true, "query_block": {"select_id": 2, "grouping_operation": {"using_temporary_table": true, "using_filesort": false, "table": {"table_name": "o", "access_type": "ALL", "rows_examined_per_scan": 200}}}}, "attached_subqueries": [{"dependent": true, "query_block": {"select_id": 3, "table": {"table_name": "c", "access_type": "ref", "key": "city", "rows_examined_per_scan": 2}}}]}}}`,
			"query (scan d 5 (subquery (group (scan o 200)), subquery (search c/city 2)))"},
		"JSON, version 2": {`{"query": "...", "query_type": "select", "json_schema_version": "2.0", "query_plan": {"operation": "Nested loop inner join", "access_type": "join", "join_type": "inner join", "estimated_rows": 20.0, "estimated_total_cost": 27.4, "inputs": [
			{"operation": "Filter: (o.total > 5)", "access_type": "filter", "condition": "(o.total > 5)", "inputs": [{"operation": "Table scan on o", "access_type": "table", "table_name": "orders", "alias": "o", "estimated_rows": 200.0, "estimated_total_cost": 20.4}]},
			{"operation": "Single-row index lookup on c using PRIMARY (id = o.customer_id)", "access_type": "index", "index_access_type": "index_lookup", "index_name": "PRIMARY", "table_name": "customers", "alias": "c", "lookup_condition": "id = o.customer_id", "covering": false, "estimated_rows": 1.0}]}}`,
			"query (join 20 (other (scan orders:o 200), search customers:c/PRIMARY[id = o.customer_id] 1))"},
		"TREE with what was measured": {"-> Limit: 5 row(s)  (cost=4.7 rows=5) (actual time=0.1..0.2 rows=5 loops=1)\n    -> Nested loop inner join  (cost=4.7 rows=9) (actual time=0.1..0.2 rows=5 loops=1)\n        -> Table scan on o  (cost=1.2 rows=200) (actual time=0.05..0.06 rows=180 loops=1)\n        -> Covering index lookup on c using city (city='x')  (cost=0.3 rows=1) (actual time=0.001..0.002 rows=1 loops=180)\n",
			"query actual 5x1 (other 5 actual 5x1 (join 5 actual 5x1 (scan o 180 actual 180x1, search c/city[city=?] 1 actual 1x180)))"},
	} {
		t.Run(name, func(t *testing.T) {
			root, err := parsePlan(c.answer, false)
			if err != nil {
				t.Fatal(err)
			}
			if got := outline(root); got != c.want {
				t.Errorf("\ngot  %s\nwant %s", got, c.want)
			}
		})
	}
	if _, err := parsePlan(`{"query_block": {`, false); err == nil {
		t.Error("half a plan was read")
	}
}

func TestThePlansOfMariaDBAreRead(t *testing.T) {
	e, app := orders(t, dbtest.MariaDB(t), 2000, Options{})
	dbtest.Exec(t, app, "CREATE INDEX by_status ON orders (status)")
	for sql, want := range map[string]string{
		"SELECT id FROM orders WHERE id = 5":                                                  "query (search orders/PRIMARY[id = const] 1)",
		"SELECT c.name FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.id = 5": "query (join (search orders:o/PRIMARY[id = const] 1, search customers:c/PRIMARY[id = const] 1))",
		"SELECT total_cents FROM orders ORDER BY total_cents LIMIT 3":                         "query (sort (scan orders 2000))",
		"UPDATE orders SET total_cents = 1 WHERE id = 7":                                      "query (search orders/PRIMARY[id] 1)",
		"SELECT id FROM orders WHERE id = 1 UNION SELECT id FROM products WHERE id = 2":       "query (compound (search orders/PRIMARY[id = const] 1, search products/PRIMARY[id = const] 1))",
		"SELECT total_cents FROM orders WHERE status = 'a' OR customer_id = 900":              "query (multi-or orders/",
		"SELECT 1": "query (values)",
	} {
		p, err := e.Explain(t.Context(), db.Query{SQL: sql})
		if err != nil {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		if got := outline(p.Root); !strings.HasPrefix(got, want) {
			t.Errorf("%s\ngot  %s\nwant %s", sql, got, want)
		}
	}
	p, took, err := e.Measure(t.Context(), db.Query{SQL: "SELECT total_cents FROM orders WHERE status = ?", Args: []any{"open"}})
	if err != nil || took <= 0 || !strings.Contains(outline(p.Root), "orders/by_status[status = const] 100 actual 100x1") {
		t.Errorf("got %s in %v, %v", outline(p.Root), took, err)
	}
	p, err = e.Explain(t.Context(), db.Query{SQL: "SELECT total_cents FROM orders WHERE status = ? ORDER BY id LIMIT ?"})
	if err != nil || !strings.Contains(p.Root.Detail, "drawn") || !strings.Contains(outline(p.Root), "orders/") {
		t.Errorf("a normalised text: got %+v, %v", p, err)
	}
}
