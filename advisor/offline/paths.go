package offline

import (
	"math"
	"slices"
	"strings"

	"mltop/internal/db"
)

// plan plans every block by rule, as Selinger et al. (SIGMOD 1979) weigh access
// paths, without trying all orders.
func (s statistics) plan(shape *db.Shape) *db.Node {
	root := &db.Node{Op: db.OpQuery, Raw: "QUERY"}
	for i := range shape.Blocks {
		b := &shape.Blocks[i]
		if i == 0 {
			root.Children = append(root.Children, s.block(b)...)
			continue
		}
		root.Children = append(root.Children, &db.Node{Op: db.OpSubquery, Raw: "SUBQUERY", Children: s.block(b)})
	}
	return root
}

func costOf(n *db.Node) float64 {
	if n.Op == db.OpSearch && !n.Covering {
		return *n.Rows * lookup
	}
	return *n.Rows
}

// lookup is what a row found through an index costs more than one of a scan:
// the entry, then the row, wherever it lies.
const lookup = 2

// access is the cheapest way to the rows of a relation.
func (s statistics) access(b *db.Block, r int, t *db.Table, placed map[int]bool) *db.Node {
	var best *db.Node
	for _, n := range s.ways(b, r, t, placed) {
		if best == nil || costOf(n) < costOf(best) || costOf(n) == costOf(best) && n.Covering && !best.Covering {
			best = n
		}
	}
	return best
}

// ways are all ways to the rows of a relation, the first of which reads all.
func (s statistics) ways(b *db.Block, r int, t *db.Table, placed map[int]bool) []*db.Node {
	rows, alias := rowsOf(t), b.Relations[r].Alias
	all := &db.Node{Op: db.OpScan, Table: t.Name, Alias: alias, Rows: &rows, Raw: "SCAN " + t.Name}
	if joins(b, r, placed) {
		all.Detail = s.joined
	}
	out := []*db.Node{all}
	c := compared(b, r, placed)
	for _, ix := range append(s.indexes(t), keyOf(t)...) {
		n := s.through(t, &ix, c)
		if n == nil {
			n = s.inOrder(b, r, t, &ix)
		}
		if n != nil {
			n.Alias, n.Covering = alias, covers(b, r, t, &ix)
			out = append(out, n)
		}
	}
	return out
}

// keyOf is the table's own order, where it has one that is not listed.
func keyOf(t *db.Table) []db.Index {
	if t.RowID == "" {
		return nil
	}
	return []db.Index{{Table: t.Name, Name: "rowid", Unique: true, Columns: []db.IndexColumn{{Name: t.RowID}}}}
}

// comparisons are what a relation's columns are compared with, once some other
// relations are read.
type comparisons struct{ equal, ranged, where map[string]bool }

func compared(b *db.Block, r int, placed map[int]bool) comparisons {
	c := comparisons{map[string]bool{}, map[string]bool{}, map[string]bool{}}
	for _, p := range b.Predicates {
		if p.Column.Relation != r || p.OrGroup != 0 {
			continue
		}
		c.where[p.Text] = true
		switch {
		case p.NoIndex != "":
		case p.Op == db.PredEq, p.Op == db.PredIn, p.Op == db.PredIsNull:
			c.equal[term(p.Column)] = true
		case p.Op == db.PredRange, p.Op == db.PredPrefix:
			c.ranged[term(p.Column)] = true
		}
	}
	for _, j := range b.Joins {
		if j.Left.Relation == r && placed[j.Right.Relation] && j.LeftNoIndex == "" {
			c.equal[term(j.Left)] = true
		}
		if j.Right.Relation == r && placed[j.Left.Relation] && j.RightNoIndex == "" {
			c.equal[term(j.Right)] = true
		}
	}
	return c
}

func term(c db.ColumnRef) string { return db.IndexColumn{Name: c.Column, Expr: c.Expr}.Term() }

// through searches an index by as many of its first columns as are compared;
// nil where the first is not, or where it does not hold all rows asked for.
func (s statistics) through(t *db.Table, ix *db.Index, c comparisons) *db.Node {
	if ix.Where != "" && !c.where[ix.Where] {
		return nil
	}
	n, equal := &db.Node{Op: db.OpSearch, Table: t.Name, Index: ix.Name}, 0
	ranged := false
	for _, col := range ix.Columns {
		if c.equal[col.Term()] {
			n.Columns = append(n.Columns, col.Key()+" = ?")
			equal++
			continue
		}
		if ranged = c.ranged[col.Term()]; ranged {
			n.Columns = append(n.Columns, col.Key()+" > ?")
		}
		break
	}
	if len(n.Columns) == 0 && ix.Where == "" {
		return nil
	}
	rows := s.searched(t, ix, equal, ranged)
	n.Rows = &rows
	n.Raw = "SEARCH " + t.Name + " USING " + ix.Name + " (" + strings.Join(n.Columns, " AND ") + ")"
	return n
}

// searched are the rows that a search of an index reads.
func (s statistics) searched(t *db.Table, ix *db.Index, equal int, ranged bool) float64 {
	rows := s.matched(t, ix, equal)
	if ranged {
		rows *= rangeOf
	}
	if ix.Where != "" && equal == 0 {
		rows *= someOf
	}
	return math.Max(rows, 1)
}

// inOrder reads a whole index because it delivers the order that a page of
// rows is asked in.
func (s statistics) inOrder(b *db.Block, r int, t *db.Table, ix *db.Index) *db.Node {
	if ix.Where != "" || !b.Limit || len(b.Relations) > 1 || len(b.GroupBy) > 0 || b.Aggregate || !orders(b, r, ix, 0) {
		return nil
	}
	rows := math.Min(rowsOf(t), pageOf)
	return &db.Node{Op: db.OpScan, Table: t.Name, Index: ix.Name, Rows: &rows, Raw: "SCAN " + t.Name + " USING " + ix.Name}
}

// pageOf are the rows that a LIMIT of unknown size stands for, as in
// db.DrawArgs.
const pageOf = 50

// delivers reports whether the first node reads in the order that is wanted.
func (s statistics) delivers(b *db.Block, r int, n *db.Node) bool {
	t := s.schema.Table(n.Table)
	if n.Index == "" || t == nil {
		return false
	}
	ix := s.index(t, n.Index)
	if ix == nil && len(keyOf(t)) > 0 && n.Index == "rowid" {
		ix = &keyOf(t)[0]
	}
	return ix != nil && orders(b, r, ix, equalTerms(n))
}

// orders reports whether an index, behind its first columns that are fixed,
// goes on as the block wants its rows.
func orders(b *db.Block, r int, ix *db.Index, fixed int) bool {
	want := b.OrderBy
	if len(want) == 0 {
		want = b.GroupBy
	}
	if b.OrderOther || b.GroupOther || len(want) == 0 || len(b.OrderBy) > 0 && len(b.GroupBy) > 0 {
		return false
	}
	rest := ix.Columns[min(fixed, len(ix.Columns)):]
	if len(rest) < len(want) {
		return false
	}
	turned := want[0].Desc != rest[0].Desc
	for i, w := range want {
		if w.Column.Relation != r || term(w.Column) != rest[i].Term() || (w.Desc != rest[i].Desc) != turned || (w.Nulls == "") != (rest[i].Nulls == "") {
			return false
		}
	}
	return true
}

// covers reports whether an index holds all that the block needs of a relation.
func covers(b *db.Block, r int, t *db.Table, ix *db.Index) bool {
	if slices.Contains(b.Star, r) {
		return false
	}
	has := map[string]bool{strings.ToLower(t.RowID): t.RowID != ""}
	for _, c := range ix.Columns {
		has[strings.ToLower(c.Name)] = has[strings.ToLower(c.Name)] || c.Prefix == 0
	}
	for _, name := range ix.Include {
		has[strings.ToLower(name)] = true
	}
	for _, c := range b.Reads {
		if c.Relation == r && !has[strings.ToLower(c.Column)] {
			return false
		}
	}
	return true
}
