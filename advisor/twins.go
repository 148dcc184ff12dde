package advisor

import (
	"slices"
	"strings"

	"mltop/internal/db"
)

// oneOrder keeps one of the candidates of a statement that differ only in the
// order of their first columns, where all of these are searched for one value:
// they find the same rows in the same order. What tells them apart is whose
// work they do besides: that of an index which can then go, or that of other
// statements. A planner that charges them differently goes by how the first
// column alone lies on the disk.
func (s *search) oneOrder(b *bound, list []db.Index, common map[string]int) []db.Index {
	equal := s.equalities(b)
	at := map[string]int{}
	var out []db.Index
	for _, ix := range list {
		key := anyOrder(ix, equal)
		i, seen := at[key]
		switch {
		case !seen:
			at[key] = len(out)
			out = append(out, ix)
		case s.shares(ix, out[i], common):
			out[i] = ix
		}
	}
	return out
}

// equalities are the terms that a statement searches for one value each, by
// table.
func (s *search) equalities(b *bound) map[string]bool {
	out := map[string]bool{}
	eachNeed(b, s.schema, nil, func(n *need) {
		for _, c := range n.eq {
			out[usageKey(n.table, c)] = true
		}
	})
	return out
}

// anyOrder is an index's signature with its leading equalities sorted.
func anyOrder(ix db.Index, equal map[string]bool) string {
	n := 0
	for n < len(ix.Columns) && equal[strings.ToLower(ix.Table)+"."+ix.Columns[n].Term()] {
		n++
	}
	cols := slices.Clone(ix.Columns)
	slices.SortFunc(cols[:n], func(a, b db.IndexColumn) int { return strings.Compare(a.Term(), b.Term()) })
	ix.Columns = cols
	return ix.Signature()
}

// shares reports whether a does more than b for others.
func (s *search) shares(a, b db.Index, common map[string]int) bool {
	if na, nb := s.replaces(a), s.replaces(b); na != nb {
		return na > nb
	}
	return asked(a, common) > asked(b, common)
}

// asked counts how often statements ask for an index or for what it begins
// with.
func asked(ix db.Index, common map[string]int) (n int) {
	for k := range ix.Columns {
		first := ix
		first.Columns = ix.Columns[:k+1]
		n += common[first.Signature()]
	}
	return n
}
