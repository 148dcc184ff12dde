package advisor

import (
	"slices"

	"mltop/internal/db"
)

// A wider index answers the same searches from itself alone: that spares
// looking each row up. The planner counts every such row as a page read at
// random, and takes the pages of the table for as visible as the last VACUUM
// left them; on a live server the page is mostly in memory, and its visibility
// gone with the next write. So columns that nothing is searched or ordered by
// have to earn their bytes.
const (
	// widerShare is the part of what statements cost at first, before any index,
	// that has to be saved for each time that the narrower index fits into the
	// bytes that are added. Twice the bytes for the last hundredth are too many.
	widerShare = 0.01
	// mostForWidth is the most that is asked for width.
	mostForWidth = 0.25
)

// widerPart is the part of their cost at first that statements have to save
// more by the candidate wide than by narrow; 0 where it is more than wider.
// None is asked under a budget: the user said what bytes there are to spend.
func (s *search) widerPart(wide, narrow *candidate) float64 {
	if s.budget > 0 || !s.onlyWidens(wide, narrow.index) {
		return 0
	}
	more := max(s.weight(wide)-s.weight(narrow), 0)
	return min(widerShare*per(float64(more), float64(narrow.bytes)), mostForWidth)
}

// onlyWidens reports whether a candidate begins with an index, and nothing is
// searched or ordered by the columns that it has besides.
func (s *search) onlyWidens(wide *candidate, narrow db.Index) bool {
	ix := wide.index
	held := slices.Concat(ix.Columns, named(ix.Include))
	if ix.Table != narrow.Table || ix.Where != narrow.Where || !sameMethod(ix, narrow) || len(held) <= len(narrow.Columns) || !beginsWith(ix.Columns, narrow.Columns) {
		return false
	}
	rest := held[len(narrow.Columns):]
	return !slices.ContainsFunc(wide.users, func(b *bound) bool { return seeks(b, ix.Table, rest, s.schema) })
}

// seeks reports whether a statement searches, joins, groups or orders a table
// by one of some columns.
func seeks(b *bound, table string, columns []db.IndexColumn, schema *db.Schema) (found bool) {
	eachNeed(b, schema, nil, func(n *need) {
		found = found || n.table.ID() == table && slices.ContainsFunc(columns, n.seeks)
	})
	return found
}

func (n *need) seeks(c db.IndexColumn) bool {
	all := slices.Concat(n.eq, n.in, n.joins, n.ranges)
	for _, order := range n.orders {
		all = append(all, order...)
	}
	for _, arms := range n.groups() {
		for _, a := range arms {
			all = append(all, a.columns()...)
		}
	}
	return slices.ContainsFunc(all, func(have db.IndexColumn) bool { return have.Term() == c.Term() })
}

// forWidth is what the gain wide has to save more than the gain narrow to be
// the better choice, in the unit of gains.
func (s *search) forWidth(wide, narrow *gain) float64 {
	if len(wide.team) != 1 || len(narrow.team) != 1 {
		return 0
	}
	return s.widerPart(wide.team[0], narrow.team[0]) * wide.first
}

// earnsWidth reports whether a gain is worth its bytes above the chosen index
// that it widens, and above those of the database.
func (s *search) earnsWidth(g *gain) bool {
	if len(g.team) != 1 {
		return true
	}
	for _, c := range s.chosen {
		if g.net < s.widerPart(g.team[0], c)*g.first {
			return false
		}
	}
	return s.earnsRest(g)
}

// earnsRest asks of a candidate that only widens an index of the database, and
// would take its place, that each call gains what can be told apart several
// times over for each time that the old one fits into the bytes that are added.
func (s *search) earnsRest(g *gain) bool {
	c := g.team[0]
	t := s.schema.Table(c.index.Table)
	if inSeconds(s.unit) || s.budget > 0 || t == nil {
		return true
	}
	for _, old := range t.Indexes {
		if old.Bytes == nil || !succeeds(c.index, old) || !s.onlyWidens(c, *old) {
			continue
		}
		if g.net < clearCall*s.noise()*g.calls*per(float64(s.weight(c)), float64(*old.Bytes)) {
			return false
		}
	}
	return true
}
