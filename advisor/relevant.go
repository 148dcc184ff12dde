package advisor

import (
	"slices"
	"strings"

	"mltop/internal/db"
)

// relevant are those of some indexes that a statement's plan could use.
func relevant(list []db.Index, b *bound) []db.Index {
	var out []db.Index
	for _, ix := range list {
		if b.tables[strings.ToLower(ix.Table)] && b.couldUse(ix) {
			out = append(out, ix)
		}
	}
	return out
}

// couldUse reports whether any planner could make use of an index: by a column
// that is searched by, in the order of the first one, or by reading nothing but
// the index. What is read otherwise than through the statement's own FROM is
// not known, and counts as yes.
func (b *bound) couldUse(ix db.Index) bool {
	key := identity(ix)
	if known, ok := b.useful[key]; ok {
		return known
	}
	if b.useful == nil {
		b.useful = map[string]bool{}
	}
	b.useful[key] = slices.ContainsFunc(b.shapes, func(s *db.Shape) bool { return mayServe(s, ix) })
	return b.useful[key]
}

// couldLead reports whether the first column of an index is one by which a
// statement searches or sorts.
func (b *bound) couldLead(ix db.Index) bool {
	ix.Columns, ix.Include, ix.Name = ix.Columns[:1], nil, ""
	return b.couldUse(ix)
}

func mayServe(s *db.Shape, ix db.Index) bool {
	named := false
	for i := range s.Blocks {
		for r, rel := range s.Blocks[i].Relations {
			switch {
			case rel.Derived && rel.Table != "":
				return true
			case !strings.EqualFold(rel.Table, ix.Table):
			case mayServeBlock(&s.Blocks[i], r, ix):
				return true
			default:
				named = true
			}
		}
	}
	return !named
}

func mayServeBlock(b *db.Block, r int, ix db.Index) bool {
	searched, ordered := usedBy(b, r)
	if anyIn(searched, indexTerms(ix)) || anyIn(ordered, indexTerms(ix)[:1]) {
		return true
	}
	return !slices.Contains(b.Star, r) && !slices.ContainsFunc(b.Reads, func(c db.ColumnRef) bool {
		return c.Relation == r && !slices.ContainsFunc(keysOf(ix), func(k string) bool { return strings.EqualFold(k, c.Column) })
	})
}

// usedBy lists the columns and expressions of a relation that its block searches
// by, and those whose order it could use. An aggregate finds the least and the
// greatest by an order.
func usedBy(b *db.Block, r int) (searched, ordered []string) {
	put := func(list *[]string, c db.ColumnRef) {
		if c.Relation == r {
			*list = append(*list, strings.ToLower(c.Column+" "+c.Expr))
		}
	}
	for _, p := range b.Predicates {
		put(&searched, p.Column)
	}
	for _, j := range b.Joins {
		put(&searched, j.Left)
		put(&searched, j.Right)
	}
	for _, terms := range append(slices.Clone(b.Windows), b.OrderBy, b.GroupBy) {
		for _, t := range terms {
			put(&ordered, t.Column)
		}
	}
	if b.Aggregate || b.Distinct {
		for _, c := range b.Reads {
			put(&ordered, c)
		}
	}
	return searched, ordered
}

// indexTerms are an index's keys, the first one first, and its condition.
func indexTerms(ix db.Index) []string {
	var out []string
	for _, c := range ix.Columns {
		out = append(out, strings.ToLower(c.Name+" "+c.Expr))
	}
	if ix.Where != "" {
		out = append(out, " "+strings.ToLower(ix.Where))
	}
	return out
}

func keysOf(ix db.Index) []string { return append(ix.ColumnNames(), ix.Include...) }

// anyIn reports whether two lists of terms may have a column in common.
func anyIn(a, b []string) bool {
	return slices.ContainsFunc(a, func(x string) bool {
		return slices.ContainsFunc(b, func(y string) bool { return shareColumn(x, y) })
	})
}

// shareColumn compares a column or an expression with another. Of two
// expressions, which may be written differently, it errs towards yes.
func shareColumn(a, b string) bool {
	columnA, exprA, _ := strings.Cut(a, " ")
	columnB, exprB, _ := strings.Cut(b, " ")
	switch {
	case columnA == "" && columnB == "":
		return exprA != "" && exprB != ""
	case columnA == "":
		return strings.Contains(exprA, columnB)
	case columnB == "":
		return strings.Contains(exprB, columnA)
	}
	return columnA == columnB
}
