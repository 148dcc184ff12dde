package mysql

import (
	"fmt"
	"math"
	"strings"

	"mltop/internal/db"
	"mltop/internal/sqltext"
)

// parsePlan reads what the servers answer: the JSON of MariaDB
// (mariadb.com/kb/en/explain-format-json, analyze-format-json), both forms of
// MySQL's (dev.mysql.com/doc/refman/8.4/en/explain.html), and its TREE.
// Literals are masked unless they are asked for: they may be drawn from the
// tables' rows.
func parsePlan(answer string, literals bool) (*db.Node, error) {
	mask := func(s string) string {
		if literals || strings.HasPrefix(s, "Select #") { // MySQL's name of a block: # is no comment there
			return s
		}
		return sqltext.Texts.Mask(s)
	}
	if strings.HasPrefix(strings.TrimSpace(answer), "->") {
		return parseTree(answer, mask), nil
	}
	v, err := parseJSON(answer)
	if err != nil {
		v, err = parseJSON(repaired(answer))
	}
	if err != nil {
		return nil, fmt.Errorf("read the plan: %w", err)
	}
	v = v.masked("", mask)
	if p := v.get("query_plan"); len(p.members) > 0 {
		return rootOf(v, []*db.Node{iteratorNode(p)}), nil
	}
	if p := v.get("inputs"); len(p.items) > 0 || v.word("operation") != "" {
		return rootOf(v, []*db.Node{iteratorNode(v)}), nil
	}
	return blockRoot(v), nil
}

func rootOf(v jsonValue, children []*db.Node) *db.Node {
	root := &db.Node{Op: db.OpQuery, Raw: v.word("query_type"), Children: children}
	if len(children) == 1 {
		root.Cost, root.Actual = children[0].Cost, children[0].Actual
	}
	return root
}

// blockRoot reads the form with a query_block.
func blockRoot(v jsonValue) *db.Node {
	block := v.get("query_block")
	root := &db.Node{Op: db.OpQuery, Raw: "query_block", Children: members(block)}
	root.Cost = block.get("cost_info").number("query_cost")
	if root.Cost == nil {
		root.Cost = block.number("cost")
	}
	if ms := block.number("r_total_time_ms"); ms != nil {
		root.Actual = &db.Actual{Rows: rowsOut(root), Loops: orOne(block.number("r_loops")), Seconds: *ms / 1e3}
	}
	return root
}

// rowsOut is how many rows come out where the plan tells it; NaN elsewhere.
func rowsOut(n *db.Node) float64 {
	if len(n.Children) == 0 {
		return math.NaN()
	}
	last := n.Children[len(n.Children)-1]
	switch {
	case last.Op == db.OpGroup || last.Op == db.OpCompound || last.Op == db.OpDistinct:
		return math.NaN()
	case last.Op == db.OpJoin:
		return rowsOut(last)
	case last.Actual != nil:
		return last.Actual.Rows * last.Actual.Loops
	}
	return math.NaN()
}

func orOne(n *float64) float64 {
	if n == nil {
		return 1
	}
	return *n
}

// A planPart is how a member of a JSON plan becomes a node; an empty op
// passes through to what is inside.
type planPart struct {
	op     db.Op
	detail string
}

// planParts are the members that hold other parts of the plan: of
// sql_explain.cc of MariaDB, opt_explain_json.cc of MySQL.
func planParts() map[string]planPart {
	return map[string]planPart{
		"nested_loop": {db.OpJoin, "nested loop"}, "read_sorted_file": {}, "buffer": {}, "query_block": {},
		"filesort": {db.OpSort, ""}, "temporary_table": {db.OpGroup, "temporary table"},
		"union_result": {db.OpCompound, "union"}, "intersect_result": {db.OpCompound, "intersect"}, "except_result": {db.OpCompound, "except"},
		"unit_result": {db.OpCompound, ""}, "query_specifications": {},
		"subqueries": {db.OpSubquery, ""}, "expression_cache": {db.OpSubquery, "cached"}, "materialized": {db.OpSubquery, "materialized"},
		"materialized_from_subquery": {db.OpSubquery, "materialized"}, "attached_subqueries": {db.OpSubquery, "attached"},
		"select_list_subqueries": {db.OpSubquery, "in the list of columns"}, "having_subqueries": {db.OpSubquery, "having"},
		"order_by_subqueries": {db.OpSubquery, "order by"}, "group_by_subqueries": {db.OpSubquery, "group by"},
		"optimized_away_subqueries": {db.OpSubquery, "worked out while planning"}, "insert_from": {}, "insert_update_subqueries": {db.OpSubquery, "update"},
		"block-nl-join": {db.OpJoin, "block nested loop"}, "duplicates_removal": {db.OpDistinct, ""}, "having_condition": {},
		"ordering_operation": {db.OpSort, "ORDER BY"}, "grouping_operation": {db.OpGroup, "GROUP BY"}, "buffer_result": {db.OpOther, "buffered"},
		"windowing": {db.OpSort, "window"}, "window_functions_computation": {db.OpOther, "window functions"}, "sorts": {},
		"recursive_union": {db.OpCompound, "recursive"}, "update_value_subqueries": {db.OpSubquery, "values"}, "sort": {},
	}
}

// members reads what an object of the plan holds, in order.
func members(v jsonValue) []*db.Node {
	var out []*db.Node
	for _, m := range v.members {
		if m.name == "table" {
			out = append(out, tableNode(m.value))
			continue
		}
		part, known := planParts()[m.name]
		if known && (len(m.value.members) > 0 || m.value.array) {
			out = append(out, partNodes(part, m)...)
		}
	}
	return out
}

// partNodes wraps what is inside, where the part is a step of its own.
func partNodes(part planPart, m jsonMember) []*db.Node {
	var inside []*db.Node
	for _, v := range append([]jsonValue{m.value}, m.value.items...) {
		inside = append(inside, members(v)...)
	}
	if part.op == "" || part.op == db.OpJoin && len(inside) < 2 && part.detail == "nested loop" || !does(m) {
		return inside
	}
	n := &db.Node{Op: part.op, Detail: part.detail, Raw: m.name, Children: inside}
	if part.op == db.OpSort {
		n.Detail = or(m.value.word("sort_key"), part.detail)
	}
	if rows := m.value.number("r_output_rows"); rows != nil {
		n.Actual = &db.Actual{Rows: *rows, Loops: orOne(m.value.number("r_loops")), Seconds: milliseconds(m.value.number("r_total_time_ms"))}
	}
	return []*db.Node{n}
}

// does reports whether a step really happens: MySQL names an ordering or a
// grouping that an index delivers too.
func does(m jsonMember) bool {
	switch m.name {
	case "ordering_operation", "grouping_operation", "duplicates_removal":
		file, temp := m.value.word("using_filesort"), m.value.word("using_temporary_table")
		return file == "true" || temp == "true" || file == "" && temp == ""
	}
	return true
}

func milliseconds(ms *float64) float64 {
	if ms == nil {
		return 0
	}
	return *ms / 1e3
}

// tableNode reads how one table is read.
func tableNode(v jsonValue) *db.Node {
	n := &db.Node{Table: v.word("table_name"), Index: v.word("key"), Rows: v.number("rows"), Raw: strings.TrimSpace(v.word("access_type") + " " + v.word("message"))}
	n.Op = accessOp(v.word("access_type"), n.Table)
	n.Covering = v.word("using_index") == "true" || v.word("using_index") == "1"
	n.Columns = searchColumns(v)
	n.Detail = tableDetail(v)
	if n.Rows == nil {
		n.Rows = v.number("rows_examined_per_scan")
	}
	if n.Cost = v.get("cost_info").number("prefix_cost"); n.Cost == nil {
		n.Cost = v.number("cost")
	}
	readActual(n, v)
	mergedIndexes(n, v)
	if strings.HasPrefix(n.Table, "<") { // <derived2>: of this statement, not of the catalog
		n.Table, n.Alias = "", n.Table
	}
	n.Children = members(v)
	return n
}

func accessOp(access, table string) db.Op {
	switch access {
	case "ALL", "index":
		return db.OpScan
	case "":
		if table == "" {
			return db.OpValues
		}
		return db.OpOther
	}
	return db.OpSearch
}

// searchColumns pairs the parts of the key with what they are compared to.
func searchColumns(v jsonValue) []string {
	if v.word("access_type") == "index" {
		return nil
	}
	parts, refs := v.words("used_key_parts"), v.words("ref")
	out := make([]string, len(parts))
	for i, p := range parts {
		if out[i] = p; i < len(refs) {
			out[i] += " = " + withoutDatabase(refs[i])
		}
	}
	return out
}

// withoutDatabase is a column of another table ("shop.i.product_id") without
// its database: it is the statement's own, or the sample's.
func withoutDatabase(ref string) string {
	if database, rest, ok := strings.Cut(ref, "."); ok && database != "" && strings.Contains(rest, ".") {
		return rest
	}
	return ref
}

// tableDetail joins what the operation alone does not say.
func tableDetail(v jsonValue) string {
	var parts []string
	if m := v.word("message"); m != "" {
		parts = append(parts, m)
	}
	for _, name := range []string{"index_condition", "attached_condition"} {
		if c := v.word(name); c != "" {
			parts = append(parts, strings.ReplaceAll(name, "_", " ")+": "+c)
		}
	}
	if b := v.word("using_join_buffer"); b != "" {
		parts = append(parts, "join buffer: "+b)
	}
	if f := v.number("filtered"); f != nil && *f < 100 {
		parts = append(parts, fmt.Sprintf("keeps %.4g%%", *f))
	}
	return strings.Join(parts, "; ")
}

// readActual takes what ANALYZE measured; the rows are those read, before the
// condition.
func readActual(n *db.Node, v jsonValue) {
	rows, loops := v.number("r_rows"), orOne(v.number("r_loops")) // a write's table has no loops
	if rows == nil {
		return
	}
	n.Rows = rows
	kept := 1.0
	if f := v.number("r_filtered"); f != nil {
		kept = *f / 100
	}
	n.Actual = &db.Actual{Rows: *rows * kept, Loops: loops, Seconds: milliseconds(v.number("r_table_time_ms")) + milliseconds(v.number("r_other_time_ms"))}
}

// mergedIndexes names the indexes of an index merge, as MySQL's EXPLAIN does.
func mergedIndexes(n *db.Node, v jsonValue) {
	merge := v.get("index_merge")
	if len(merge.members) == 0 {
		return
	}
	var keys []string
	for _, kind := range merge.members {
		for _, arm := range kind.value.items {
			keys = append(keys, arm.get("range").word("key"))
		}
		n.Detail = strings.TrimSuffix(kind.name+"; "+n.Detail, "; ")
	}
	n.Op, n.Index = db.OpMultiOr, strings.Join(keys, ",")
}
