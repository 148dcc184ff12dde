package sqlite

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

func TestEveryLineOfAPlanIsUnderstood(t *testing.T) {
	for _, c := range []struct {
		line string
		want db.Node
	}{
		{"SCAN t", db.Node{Op: db.OpScan, Table: "t"}},
		{"SCAN t LEFT-JOIN", db.Node{Op: db.OpScan, Table: "t", Detail: "left-join"}},
		{"SCAN TABLE t", db.Node{Op: db.OpScan, Table: "t"}},
		{"SCAN TABLE orders AS o", db.Node{Op: db.OpScan, Table: "orders", Alias: "o"}},
		{"SCAN TABLE t (~1000000 rows)", db.Node{Op: db.OpScan, Table: "t"}},
		{"SCAN SUBQUERY 1 AS z", db.Node{Op: db.OpScan, Table: "1", Alias: "z"}},
		{"SCAN t USING INDEX i", db.Node{Op: db.OpScan, Table: "t", Index: "i"}},
		{"SCAN t USING COVERING INDEX i", db.Node{Op: db.OpScan, Table: "t", Index: "i", Covering: true}},
		{"SCAN a table USING INDEX an index", db.Node{Op: db.OpScan, Table: "a table", Index: "an index"}},
		{"SCAN CONSTANT ROW", db.Node{Op: db.OpValues, Detail: "constant row"}},
		{"SCAN 3-ROW VALUES CLAUSE", db.Node{Op: db.OpValues, Detail: "3-ROW VALUES CLAUSE"}},
		{"SCAN f VIRTUAL TABLE INDEX 3:", db.Node{Op: db.OpScan, Table: "f", Index: "virtual 3:", Detail: "virtual table"}},
		{"SEARCH t USING INTEGER PRIMARY KEY (rowid=?)", db.Node{Op: db.OpSearch, Table: "t", Index: "rowid", Columns: []string{"rowid = ?"}}},
		{"SEARCH TABLE t USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)", db.Node{Op: db.OpSearch, Table: "t", Index: "rowid", Columns: []string{"rowid > ?", "rowid < ?"}}},
		{"SEARCH t USING PRIMARY KEY (a=? AND b>?)", db.Node{Op: db.OpSearch, Table: "t", Index: "primary key", Covering: true, Columns: []string{"a = ?", "b > ?"}}},
		{"SEARCH t USING INDEX i (a=? AND b=?)", db.Node{Op: db.OpSearch, Table: "t", Index: "i", Columns: []string{"a = ?", "b = ?"}}},
		{"SEARCH t USING INDEX i (ANY(a) AND b=?)", db.Node{Op: db.OpSearch, Table: "t", Index: "i", Columns: []string{"ANY(a)", "b = ?"}}},
		{"SEARCH t USING INDEX i ((a,b)>(?,?))", db.Node{Op: db.OpSearch, Table: "t", Index: "i", Columns: []string{"(a,b) > (?,?)"}}},
		{"SEARCH t USING INDEX i (<expr>=? AND <expr><?)", db.Node{Op: db.OpSearch, Table: "t", Index: "i", Columns: []string{"<expr> = ?", "<expr> < ?"}}},
		{"SEARCH t USING COVERING INDEX i (a=?) LEFT-JOIN", db.Node{Op: db.OpSearch, Table: "t", Index: "i", Covering: true, Columns: []string{"a = ?"}, Detail: "left-join"}},
		{"SEARCH i EXISTS USING PRIMARY KEY (a=?)", db.Node{Op: db.OpSearch, Table: "i", Index: "primary key", Covering: true, Columns: []string{"a = ?"}, Detail: "exists"}},
		{"SEARCH b USING AUTOMATIC COVERING INDEX (x=?)", db.Node{Op: db.OpSearch, Table: "b", Covering: true, Automatic: true, Columns: []string{"x = ?"}, Detail: "automatic covering index"}},
		{"SEARCH b USING AUTOMATIC PARTIAL COVERING INDEX (x=?) LEFT-JOIN", db.Node{Op: db.OpSearch, Table: "b", Covering: true, Automatic: true, Columns: []string{"x = ?"}, Detail: "automatic partial covering index left-join"}},
		{"SEARCH SUBQUERY 1 AS z USING AUTOMATIC COVERING INDEX (x=?)", db.Node{Op: db.OpSearch, Table: "1", Alias: "z", Covering: true, Automatic: true, Columns: []string{"x = ?"}, Detail: "automatic covering index"}},
		{"CO-ROUTINE z", db.Node{Op: db.OpCoroutine, Alias: "z"}},
		{"MATERIALIZE z", db.Node{Op: db.OpSubquery, Alias: "z", Detail: "materialized"}},
		{"SCALAR SUBQUERY 2", db.Node{Op: db.OpSubquery, Alias: "2", Detail: "scalar"}},
		{"CORRELATED SCALAR SUBQUERY 1", db.Node{Op: db.OpSubquery, Alias: "1", Detail: "correlated, scalar"}},
		{"EXECUTE CORRELATED SCALAR SUBQUERY 1", db.Node{Op: db.OpSubquery, Alias: "1", Detail: "correlated, scalar"}},
		{"EXECUTE LIST SUBQUERY 1", db.Node{Op: db.OpSubquery, Alias: "1", Detail: "list"}},
		{"LIST SUBQUERY 1", db.Node{Op: db.OpSubquery, Alias: "1", Detail: "list"}},
		{"REUSE LIST SUBQUERY 1", db.Node{Op: db.OpSubquery, Alias: "1", Detail: "list, used again"}},
		{"COMPOUND QUERY", db.Node{Op: db.OpCompound}},
		{"COMPOUND SUBQUERIES 1 AND 2 USING TEMP B-TREE (UNION)", db.Node{Op: db.OpCompound, Detail: "union, temp b-tree"}},
		{"LEFT-MOST SUBQUERY", db.Node{Op: db.OpSubquery, Detail: "left-most"}},
		{"UNION ALL", db.Node{Op: db.OpCompound, Detail: "union all"}},
		{"UNION USING TEMP B-TREE", db.Node{Op: db.OpCompound, Detail: "union, temp b-tree"}},
		{"EXCEPT USING TEMP B-TREE", db.Node{Op: db.OpCompound, Detail: "except, temp b-tree"}},
		{"INTERSECT USING TEMP B-TREE", db.Node{Op: db.OpCompound, Detail: "intersect, temp b-tree"}},
		{"MERGE (UNION)", db.Node{Op: db.OpCompound, Detail: "merge, union"}},
		{"LEFT", db.Node{Op: db.OpSubquery, Detail: "left"}},
		{"RIGHT", db.Node{Op: db.OpSubquery, Detail: "right"}},
		{"RIGHT-JOIN a2", db.Node{Op: db.OpJoin, Table: "a2", Detail: "right join"}},
		{"MULTI-INDEX OR", db.Node{Op: db.OpMultiOr}},
		{"INDEX 1", db.Node{Op: db.OpOther, Detail: "arm of an OR"}},
		{"USE TEMP B-TREE FOR ORDER BY", db.Node{Op: db.OpSort, Detail: "ORDER BY"}},
		{"USE TEMP B-TREE FOR RIGHT PART OF ORDER BY", db.Node{Op: db.OpSort, Detail: "RIGHT PART OF ORDER BY"}},
		{"USE TEMP B-TREE FOR LAST 2 TERMS OF ORDER BY", db.Node{Op: db.OpSort, Detail: "LAST 2 TERMS OF ORDER BY"}},
		{"USE TEMP B-TREE FOR GROUP BY", db.Node{Op: db.OpGroup, Detail: "GROUP BY"}},
		{"USE TEMP B-TREE FOR DISTINCT", db.Node{Op: db.OpDistinct, Detail: "DISTINCT"}},
		{"USE TEMP B-TREE FOR count(DISTINCT)", db.Node{Op: db.OpDistinct, Detail: "count(DISTINCT)"}},
		{"BLOOM FILTER ON b (x=?)", db.Node{Op: db.OpOther, Table: "b", Columns: []string{"x = ?"}, Detail: "bloom filter"}},
		{"CREATE BLOOM FILTER", db.Node{Op: db.OpOther, Detail: "bloom filter"}},
		{"SEARCH new\nline AS n\nl USING COVERING INDEX i\n1 (c\n1=?)", db.Node{Op: db.OpSearch, Table: "new\nline", Alias: "n\nl", Index: "i\n1", Covering: true, Columns: []string{"c\n1 = ?"}}},
		{"SCAN v\nt VIRTUAL TABLE INDEX 0:", db.Node{Op: db.OpScan, Table: "v\nt", Index: "virtual 0:", Detail: "virtual table"}},
		{"SETUP", db.Node{Op: db.OpSubquery, Detail: "setup"}},
		{"RECURSIVE STEP", db.Node{Op: db.OpSubquery, Detail: "recursive step"}},
		{"SOMETHING OF A LATER VERSION", db.Node{Op: db.OpOther}},
	} {
		got := *parseDetail(c.line)
		c.want.Raw = c.line
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", c.line, got, c.want)
		}
	}
}

func TestALineOfAnUnknownParentHangsOnTheRoot(t *testing.T) {
	root := parsePlan([]planRow{{5, 99, "SCAN a"}, {6, 5, "SCAN b"}})
	if len(root.Children) != 1 || len(root.Children[0].Children) != 1 || root.Children[0].Children[0].Table != "b" {
		t.Errorf("got %+v", root)
	}
}

func TestPlansNameTheTablesOfTheCatalog(t *testing.T) {
	path := dbtest.Path(t)
	dbtest.Orders(t, path, 3000)
	e := open(t, path)
	for _, c := range []struct{ sql, want string }{
		{"SELECT * FROM orders o WHERE o.total_cents = 5", "scan orders o 3000"},
		{"SELECT * FROM customers WHERE lower(email) = ?", "search customers via customers_lower [lower(email) = ?]"},
		{"SELECT * FROM open_orders", "scan orders o via orders_open; search customers c via rowid [rowid = ?]"},
		{"SELECT * FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.status = :s", "scan orders o 3000; search customers c via rowid [rowid = ?]"},
		{"SELECT * FROM (SELECT * FROM orders o WHERE total_cents = 1) JOIN (SELECT * FROM products o WHERE title = 'x')", "scan o; other o [total_cents = ?]; search o [total_cents = ?]"},
		{"UPDATE orders SET status = 'x' WHERE total_cents = 1", "scan orders 3000"},
		{"SELECT 1", "values"},
	} {
		p, err := e.Explain(background(), db.Query{SQL: c.sql})
		if err != nil {
			t.Errorf("%s: %v", c.sql, err)
			continue
		}
		if got := planText(p); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.sql, got, c.want)
		}
	}
}

func TestTheLargestOfAColumnIsASearchOnlyWhereAnOrderHelps(t *testing.T) {
	path := dbtest.Path(t)
	dbtest.Exec(t, dbtest.Open(t, path), `CREATE TABLE o (id INTEGER PRIMARY KEY, total, at); CREATE INDEX o_at ON o(at);
		CREATE VIEW dearest AS SELECT max(total) FROM o; CREATE VIEW newest AS SELECT max(id) FROM o;
		CREATE TABLE w (k TEXT PRIMARY KEY, v) WITHOUT ROWID; INSERT INTO o VALUES (1, 2, 3), (2, 3, 4); INSERT INTO w VALUES ('a', 1)`)
	e := open(t, path)
	for _, c := range []struct{ sql, want string }{
		{"SELECT max(total) FROM o", "scan o 2"},
		{"SELECT min(total) FROM o WHERE at > ''||?", "search o via o_at [at > ?]"},
		{"SELECT * FROM dearest", "scan o 2"},
		{"SELECT max(id) FROM o", "search o"},
		{"SELECT min(id) FROM o", "search o"},
		{"SELECT * FROM newest", "search o"},
		{"SELECT max(at) FROM o", "search o via o_at"},
		{"SELECT max(k) FROM w", "search w via primary key"},
		{"SELECT max(v) FROM w", "scan w"},
	} {
		p, err := e.Explain(background(), db.Query{SQL: c.sql})
		if err != nil {
			t.Errorf("%s: %v", c.sql, err)
			continue
		}
		if got := planText(p); !slices.Contains(strings.Split(got, "; "), c.want) {
			t.Errorf("%s: got %s, want %s", c.sql, got, c.want)
		}
	}
}

// planText is a plan's lines in few words.
func planText(p *db.Plan) string {
	var out []string
	p.Walk(func(n *db.Node, depth int) {
		if depth == 0 {
			return
		}
		s := strings.TrimSpace(fmt.Sprint(n.Op, " ", n.Table, " ", n.Alias))
		if n.Index != "" {
			s += " via " + n.Index
		}
		if n.Columns != nil {
			s += " " + fmt.Sprint(n.Columns)
		}
		if n.Rows != nil {
			s += fmt.Sprintf(" %.0f", *n.Rows)
		}
		out = append(out, s)
	})
	return strings.Join(out, "; ")
}
