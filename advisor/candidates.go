package advisor

import (
	"sort"
	"strings"

	"mltop/internal/db"
)

// maxWidth bounds an index's columns. Kossmann et al. (PVLDB 13(12), 2020)
// find little gain beyond it, and candidates grow with its factorial.
const maxWidth = 4

// maxPermuted is how many equality columns are tried in every order; more
// are kept in the order in which the workload uses them.
const maxPermuted = 3

// A need is what one occurrence of a table in one block asks of an index.
type need struct {
	table  *db.Table
	eq     []db.IndexColumn // equal to a constant: they may stand in any order
	in     []db.IndexColumn // one of a list: like eq, but it breaks an order
	ranges []db.IndexColumn
	joins  []db.IndexColumn // equal to a column of another table
	orders [][]db.IndexColumn
	ors    map[armKey]arm
	reads  []string // other columns that the block reads
	fixed  []db.Predicate
	// includes: an index may hold columns that it is not sorted by.
	includes bool
}

// candidatesOf lists the indexes that could serve one statement, each once.
func candidatesOf(b *bound, s *db.Schema, usage map[string]int) []db.Index {
	set := newIndexSet()
	eachNeed(b, s, usage, func(n *need) { n.propose(set.add) })
	return set.list
}

// eachNeed visits what every table of every example asks of an index.
func eachNeed(b *bound, s *db.Schema, usage map[string]int, visit func(*need)) {
	for _, shape := range b.shapes {
		for i := range shape.Blocks {
			for r := range shape.Blocks[i].Relations {
				if n := needOf(&shape.Blocks[i], r, s, b.fixed); n != nil {
					n.includes = b.includes
					n.sortByUsage(usage)
					visit(n)
				}
			}
		}
	}
}

// needOf gathers what relation r of a block asks for; nil when no index can
// be built there.
func needOf(block *db.Block, r int, s *db.Schema, fixed map[string]bool) *need {
	t := s.Table(block.Relations[r].Table)
	if t == nil || block.Relations[r].Derived || !t.Indexable() {
		return nil
	}
	n := &need{table: t, ors: map[armKey]arm{}}
	for _, p := range block.Predicates {
		if p.Column.Relation == r {
			n.addPredicate(p, fixed)
		}
	}
	for _, j := range block.Joins {
		if j.Left.Relation == r && j.LeftNoIndex == "" {
			n.joins = appendColumn(n.joins, indexColumn(j.Left))
		}
		if j.Right.Relation == r && j.RightNoIndex == "" {
			n.joins = appendColumn(n.joins, indexColumn(j.Right))
		}
	}
	n.addOrder(block.OrderBy, r)
	n.addOrder(block.GroupBy, r)
	for _, w := range block.Windows {
		n.addOrder(w, r)
	}
	n.addReads(block, r)
	return n
}

func (n *need) addPredicate(p db.Predicate, fixed map[string]bool) {
	if p.OrGroup == 0 && fixed[p.Text] && isConstant(p) {
		n.fixed = append(n.fixed, p)
	}
	if p.NoIndex != "" {
		return
	}
	c := indexColumn(p.Column)
	c.Collation = p.Collation
	if p.OrGroup != 0 {
		n.addArm(p, c)
		return
	}
	switch p.Op {
	case db.PredEq, db.PredIsNull:
		n.eq = appendColumn(n.eq, c)
	case db.PredIn:
		n.in = appendColumn(n.in, c)
	case db.PredPrefix:
		c.Class = n.likeClass(c)
		n.ranges = appendColumn(n.ranges, c)
	case db.PredRange, db.PredNotNull: // the few rows that have a value lie together
		n.ranges = appendColumn(n.ranges, c)
	}
}

// likeClass is the operator class by which an index serves LIKE 'x%'; that of
// an expression is its first text column's.
func (n *need) likeClass(c db.IndexColumn) string {
	for _, col := range n.table.Columns {
		if col.LikeClass != "" && (strings.EqualFold(col.Name, c.Name) || mentions(c.Expr, col.Name)) {
			return col.LikeClass
		}
	}
	return ""
}

// addOrder keeps the leading terms that are all of relation r.
func (n *need) addOrder(terms []db.OrderTerm, r int) {
	var cols []db.IndexColumn
	for _, t := range terms {
		if t.Column.Relation != r {
			break
		}
		c := indexColumn(t.Column)
		c.Desc, c.Nulls, c.Collation = t.Desc, t.Nulls, t.Collation
		cols = append(cols, c)
	}
	if len(cols) > 0 {
		n.orders = append(n.orders, evenDirections(cols))
	}
}

// evenDirections drops the directions where an index can be read backwards:
// only a mixed order needs a descending column.
func evenDirections(cols []db.IndexColumn) []db.IndexColumn {
	for _, c := range cols {
		if c.Desc != cols[0].Desc {
			return cols
		}
	}
	for i := range cols {
		if cols[i].Desc {
			cols[i] = turned(cols[i])
		}
	}
	return cols
}

// turned is a column as an index has it that is read the other way.
func turned(c db.IndexColumn) db.IndexColumn {
	c.Desc = !c.Desc
	switch c.Nulls {
	case "first":
		c.Nulls = "last"
	case "last":
		c.Nulls = "first"
	}
	return c
}

func (n *need) addReads(block *db.Block, r int) {
	for _, star := range block.Star {
		if star == r {
			return // covering would copy the table
		}
	}
	for _, c := range block.Reads {
		if c.Relation == r && c.Column != "" {
			n.reads = append(n.reads, c.Column)
		}
	}
}

func indexColumn(c db.ColumnRef) db.IndexColumn {
	if c.Expr != "" {
		return db.IndexColumn{Expr: c.Expr}
	}
	return db.IndexColumn{Name: c.Column}
}

// appendColumn adds a column that is not there yet.
func appendColumn(list []db.IndexColumn, c db.IndexColumn) []db.IndexColumn {
	if holds(list, c) || c.Key() == "()" {
		return list
	}
	return append(list, c)
}

func holds(list []db.IndexColumn, c db.IndexColumn) bool {
	for _, have := range list {
		if have.Term() == c.Term() {
			return true
		}
	}
	return false
}

// sortByUsage puts the columns first that most statements compare, so that
// indexes of different statements share their beginnings.
func (n *need) sortByUsage(usage map[string]int) {
	by := func(cols []db.IndexColumn) {
		sort.SliceStable(cols, func(i, j int) bool {
			return usage[usageKey(n.table, cols[i])] > usage[usageKey(n.table, cols[j])]
		})
	}
	by(n.eq)
	by(n.joins)
}

func usageKey(t *db.Table, c db.IndexColumn) string {
	return strings.ToLower(t.ID()) + "." + c.Term()
}

// usageOf counts the statements that compare each column for equality.
func usageOf(all []*bound, s *db.Schema) map[string]int {
	usage := map[string]int{}
	for _, b := range all {
		seen := map[string]bool{}
		for _, shape := range b.shapes {
			for i := range shape.Blocks {
				for r := range shape.Blocks[i].Relations {
					n := needOf(&shape.Blocks[i], r, s, nil)
					if n == nil {
						continue
					}
					for _, c := range append(append([]db.IndexColumn(nil), n.eq...), n.joins...) {
						seen[usageKey(n.table, c)] = true
					}
				}
			}
		}
		for key := range seen {
			usage[key]++
		}
	}
	return usage
}
