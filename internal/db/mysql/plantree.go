package mysql

import (
	"strings"

	"mltop/internal/db"
	"mltop/internal/pattern"
)

// iteratorNode reads MySQL's second JSON form (explain_json_format_version=2):
// dev.mysql.com/doc/refman/8.4/en/explain.html, "Obtaining Execution Plan
// Information"; member names from explain_access_path.cc's documentation.
func iteratorNode(v jsonValue) *db.Node {
	n := &db.Node{Op: iteratorOp(v), Table: v.word("table_name"), Index: v.word("index_name"), Raw: v.word("operation"),
		Covering: v.word("covering") == "true", Rows: v.number("estimated_rows"), Cost: v.number("estimated_total_cost"), Detail: v.word("condition")}
	if alias := v.word("alias"); alias != n.Table {
		n.Alias = alias
	}
	if rows := v.number("actual_rows"); rows != nil {
		n.Actual = &db.Actual{Rows: *rows, Loops: orOne(v.number("actual_loops")), Seconds: milliseconds(v.number("actual_last_row_ms"))}
		n.Rows = rows
	}
	if n.Op == db.OpSearch {
		n.Columns = v.words("lookup_condition")
		if c := v.word("lookup_condition"); c != "" {
			n.Columns = []string{c}
		}
	}
	for _, in := range append(append([]jsonValue{}, v.get("inputs").items...), v.get("inputs_from_select_list").items...) {
		n.Children = append(n.Children, iteratorNode(in))
	}
	return n
}

func iteratorOp(v jsonValue) db.Op {
	switch v.word("access_type") {
	case "table":
		return db.OpScan
	case "index":
		if t := v.word("index_access_type"); t == "index_scan" || t == "" {
			return db.OpScan
		}
		return db.OpSearch
	case "join":
		return db.OpJoin
	case "sort":
		return db.OpSort
	case "aggregate", "temp_table_aggregate":
		return db.OpGroup
	case "union", "append":
		return db.OpCompound
	case "rows_fetched_before_execution", "single_row", "const":
		return db.OpValues
	}
	return treeOp(v.word("operation"))
}

// parseTree reads FORMAT=TREE and EXPLAIN ANALYZE of MySQL 8: four spaces to
// a level, "-> what  (cost=1.2 rows=3) (actual time=0.1..0.2 rows=3 loops=1)".
func parseTree(text string, mask func(string) string) *db.Node {
	root := &db.Node{Op: db.OpQuery, Raw: "tree"}
	open := []*db.Node{root}
	for _, line := range strings.Split(text, "\n") {
		at := strings.Index(line, "-> ")
		if at < 0 || strings.TrimSpace(line[:at]) != "" {
			continue
		}
		n := treeNode(strings.TrimSpace(line[at+3:]), mask)
		depth := min(at/4+1, len(open))
		open = append(open[:depth], n)
		parent := open[depth-1]
		parent.Children = append(parent.Children, n)
	}
	if len(root.Children) == 1 {
		root.Cost, root.Actual = root.Children[0].Cost, root.Children[0].Actual
	}
	return root
}

var (
	treeEstimate = pattern.Late(`\(cost=([0-9.e+]+)(?:\.\.[0-9.e+]+)? rows=([0-9.e+]+)\)`)
	treeActual   = pattern.Late(`\(actual time=([0-9.e+-]+)\.\.([0-9.e+-]+) rows=([0-9.e+]+) loops=([0-9]+)\)`)
	treeTable    = pattern.Late(`(?i)\bon ([^ ]+)(?: using ([^ ]+))?(?: \((.*)\))?`)
)

// treeNode reads one line.
func treeNode(line string, mask func(string) string) *db.Node {
	what, _, _ := strings.Cut(line, "  (")
	what = mask(what)
	n := &db.Node{Op: treeOp(what), Raw: what}
	if m := treeEstimate().FindStringSubmatch(line); m != nil {
		n.Cost, n.Rows = number(m[1]), number(m[2])
	}
	if m := treeActual().FindStringSubmatch(line); m != nil {
		n.Actual = &db.Actual{Rows: *number(m[3]), Loops: *number(m[4]), Seconds: milliseconds(number(m[2]))}
		n.Rows = number(m[3])
	}
	if n.Op == db.OpScan || n.Op == db.OpSearch {
		treeAccess(n, what)
	} else if _, rest, ok := strings.Cut(what, ": "); ok {
		n.Detail = rest
	}
	return n
}

func treeAccess(n *db.Node, what string) {
	n.Covering = strings.HasPrefix(what, "Covering ")
	m := treeTable().FindStringSubmatch(what)
	if m == nil {
		return
	}
	n.Table, n.Index = m[1], m[2]
	if n.Op == db.OpSearch && m[3] != "" {
		n.Columns = strings.Split(m[3], ", ")
	}
	if strings.HasPrefix(n.Table, "<") {
		n.Table, n.Alias = "", n.Table
	}
}

// treeOp knows how a line begins, in the words of MySQL 8.0 to 9.
func treeOp(what string) db.Op {
	what = strings.TrimPrefix(what, "Covering ")
	for _, p := range []struct {
		prefix string
		op     db.Op
	}{
		{"Table scan", db.OpScan}, {"Index scan", db.OpScan}, {"index scan", db.OpScan},
		{"Index lookup", db.OpSearch}, {"index lookup", db.OpSearch}, {"Single-row index lookup", db.OpSearch}, {"single-row index lookup", db.OpSearch},
		{"Single-row covering index lookup", db.OpSearch}, {"Index range scan", db.OpSearch}, {"index range scan", db.OpSearch}, {"Multi-range index lookup", db.OpSearch},
		{"index skip scan", db.OpSearch}, {"Full-text index search", db.OpSearch}, {"Constant row", db.OpSearch},
		{"Intersect rows sorted by row ID", db.OpMultiOr}, {"Sort-deduplicate by row ID", db.OpMultiOr}, {"Deduplicate rows sorted by row ID", db.OpMultiOr},
		{"Nested loop", db.OpJoin}, {"Inner hash join", db.OpJoin}, {"Left hash join", db.OpJoin}, {"Hash", db.OpJoin}, {"Batched key access", db.OpJoin},
		{"Sort", db.OpSort}, {"Aggregate", db.OpGroup}, {"Group aggregate", db.OpGroup}, {"Temporary table", db.OpGroup}, {"Aggregate using temporary table", db.OpGroup},
		{"Union", db.OpCompound}, {"Append", db.OpCompound}, {"Intersect", db.OpCompound}, {"Except", db.OpCompound},
		{"Materialize", db.OpSubquery}, {"Select #", db.OpSubquery}, {"Deduplicate", db.OpDistinct}, {"Remove duplicate", db.OpDistinct},
		{"Rows fetched before execution", db.OpValues},
	} {
		if strings.HasPrefix(what, p.prefix) {
			return p.op
		}
	}
	return db.OpOther
}
