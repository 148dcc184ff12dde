package offline

import (
	"math"
	"slices"
	"strings"

	"mltop/internal/db"
)

// reckon adds up the rows that a plan reads, as nested loops: each table once
// for every row of those before it. Nodes of tables get their rows.
func (s statistics) reckon(root *db.Node, shape *db.Shape) float64 {
	w := walker{s: s, shape: shape}
	w.level(root.Children, stops(root, shape))
	return w.read + 1
}

// stops reports a statement that ends with its page: nothing has to be put in
// order, or counted, first.
func stops(root *db.Node, shape *db.Shape) bool {
	if len(shape.Blocks) == 0 {
		return false
	}
	b := shape.Blocks[0]
	if !b.Limit || b.Aggregate || b.Distinct || len(b.GroupBy) > 0 || b.GroupOther {
		return false
	}
	for _, n := range root.Children {
		if n.Op == db.OpSort || n.Op == db.OpGroup || n.Op == db.OpDistinct {
			return false
		}
	}
	return true
}

type walker struct {
	s     statistics
	shape *db.Shape
	read  float64
}

// level walks the loops of one level and answers the rows that come out.
func (w *walker) level(nodes []*db.Node, stop bool) float64 {
	out, before := 1.0, w.read
	for i, n := range nodes {
		switch n.Op {
		case db.OpScan, db.OpSearch:
			rows := w.rows(n)
			n.Rows = &rows
			each := rows
			if n.Op == db.OpSearch && !n.Covering {
				each *= lookup
			}
			w.read += beside(n, each, out)
			out *= math.Max(rows*w.passes(n)*w.meets(n, nodes[:i]), 1e-3)
		case db.OpSort, db.OpGroup, db.OpDistinct:
			w.read += out * (1 + math.Log2(out+1)/8) // a comparison is far less than a row
		case db.OpMultiOr:
			out *= math.Max(w.level(n.Children, false), 1)
		case db.OpSubquery, db.OpCoroutine, db.OpCompound:
			w.inner(n, out)
		default:
			w.level(n.Children, false)
		}
	}
	if stop && out > pageOf {
		w.read = before + (w.read-before)*pageOf/out
	}
	return out
}

// inner walks a subquery: once, or for each row so far where it is correlated.
func (w *walker) inner(n *db.Node, out float64) {
	before := w.read
	w.level(n.Children, false)
	if strings.Contains(n.Detail, "correlated") {
		w.read = before + (w.read-before)*math.Max(out, 1)
	}
}

// rows are those that one loop of a node reads.
func (w *walker) rows(n *db.Node) float64 {
	t := w.s.schema.Table(n.Table)
	switch {
	case t == nil && n.Rows != nil:
		return *n.Rows
	case t == nil:
		return 1
	case n.Op == db.OpScan:
		return rowsOf(t)
	}
	ix := w.s.index(t, n.Index)
	if ix == nil { // the rowid, an automatic index, or one that the file does not list
		return w.bySearchTerms(t, n)
	}
	equal := equalTerms(n)
	return w.s.searched(t, ix, equal, len(n.Columns) > equal)
}

// bySearchTerms judges a search by the columns that it names.
func (w *walker) bySearchTerms(t *db.Table, n *db.Node) float64 {
	rows := rowsOf(t)
	for _, c := range n.Columns {
		name, equal := splitTerm(c)
		switch {
		case !equal:
			rows *= rangeOf
		case strings.EqualFold(name, "rowid"):
			rows = 1
		default:
			rows /= w.s.distinct(t, db.IndexColumn{Name: name})
		}
	}
	return math.Max(rows, 1)
}

// equalTerms are the first terms of a search that are equalities.
func equalTerms(n *db.Node) (k int) {
	for _, c := range n.Columns {
		if _, equal := splitTerm(c); !equal {
			break
		}
		k++
	}
	return k
}

// splitTerm reads "order_id = ?", "at>?".
func splitTerm(c string) (name string, equal bool) {
	i := strings.IndexAny(c, "=<>")
	if i < 0 {
		return c, strings.Contains(strings.ToUpper(c), " IN ") || strings.HasSuffix(strings.ToUpper(c), " IS NULL")
	}
	return strings.TrimSpace(c[:i]), c[i] == '='
}

// passes is the part of a node's rows that its other conditions let through.
func (w *walker) passes(n *db.Node) float64 {
	part := 1.0
	for _, b := range w.shape.Blocks {
		for _, p := range b.Predicates {
			rel := b.Relations[p.Column.Relation]
			if reads(n, rel) && p.OrGroup == 0 && !w.searches(n, p.Column.Column) {
				part *= w.s.selects(rel.Table, p)
			}
		}
	}
	return part
}

// meets is the part of a node's rows that joins with those before it leave, where
// they are no part of its search.
func (w *walker) meets(n *db.Node, before []*db.Node) float64 {
	part := 1.0
	for _, b := range w.shape.Blocks {
		for _, j := range b.Joins {
			for _, side := range [][2]db.ColumnRef{{j.Left, j.Right}, {j.Right, j.Left}} {
				rel, other := b.Relations[side[0].Relation], b.Relations[side[1].Relation]
				there := slices.ContainsFunc(before, func(m *db.Node) bool { return reads(m, other) })
				if t := w.s.schema.Table(rel.Table); t != nil && there && reads(n, rel) && !w.searches(n, side[0].Column) {
					part /= w.s.distinct(t, db.IndexColumn{Name: side[0].Column, Expr: side[0].Expr})
				}
			}
		}
	}
	return part
}

// reads reports a node that reads a relation.
func reads(n *db.Node, rel db.Relation) bool {
	return strings.EqualFold(rel.Table, n.Table) && (n.Alias == "" || strings.EqualFold(rel.Alias, n.Alias) || rel.Alias == "")
}

// searches reports a node that searches by a column, which may be the row id.
func (w *walker) searches(n *db.Node, column string) bool {
	t := w.s.schema.Table(n.Table)
	return slices.ContainsFunc(n.Columns, func(c string) bool {
		name, _ := splitTerm(c)
		return strings.EqualFold(name, column) || t != nil && strings.EqualFold(name, "rowid") && strings.EqualFold(t.RowID, column)
	})
}

// selects is the part of a table's rows that a condition lets through.
func (s statistics) selects(table string, p db.Predicate) float64 {
	t := s.schema.Table(table)
	switch {
	case t == nil:
		return 1
	case p.Op == db.PredEq || p.Op == db.PredIsNull:
		return 1 / s.distinct(t, db.IndexColumn{Name: p.Column.Column, Expr: p.Column.Expr})
	case p.Op == db.PredRange || p.Op == db.PredPrefix:
		return rangeOf
	case p.Op == db.PredNotNull || p.Op == db.PredNotEq:
		return 1
	}
	return someOf
}
