package advisor

import (
	"cmp"
	"maps"
	"slices"
)

// A wave is the statements that a search looks at together. Waves follow each
// other so that the best advice stands early.
type wave struct {
	list    []*bound
	load    float64 // seconds a second that they were seen to take
	assumed bool    // nobody has seen any of them
}

// firstPart is the part of a group's time by whose statements its search
// begins: few statements take most of the time.
const firstPart = 0.7

// waves divides the statements. An index for one group of tables does nothing
// to statements of others, so groups can be searched one after the other and
// lose nothing: the one that takes most time first, what is only assumed last.
// A group begins with its dearest statements. Under a budget all groups
// compete for the same bytes, and are one.
func (s *search) waves() []wave {
	groups := groupsOf(s.all)
	if s.budget > 0 {
		groups = [][]*bound{s.all}
	}
	list := make([]wave, len(groups))
	for i, g := range groups {
		list[i] = newWave(g)
	}
	slices.SortStableFunc(list, func(a, b wave) int {
		if a.assumed != b.assumed {
			return boolOrder(a.assumed)
		}
		return cmp.Compare(b.load, a.load)
	})
	var out []wave
	for _, w := range list {
		if s.budget <= 0 {
			if first, ok := w.first(); ok {
				out = append(out, first)
			}
		}
		out = append(out, w)
	}
	return out
}

func boolOrder(later bool) int {
	if later {
		return 1
	}
	return -1
}

// newWave orders statements: those that were seen before those assumed, the
// dearest first.
func newWave(group []*bound) wave {
	w := wave{assumed: true}
	w.list = slices.Clone(group)
	slices.SortStableFunc(w.list, func(a, b *bound) int {
		if a.Assumed != b.Assumed {
			return boolOrder(a.Assumed)
		}
		return cmp.Compare(b.seenLoad(), a.seenLoad())
	})
	for _, b := range w.list {
		if b.reads() {
			w.load += b.seenLoad()
			w.assumed = w.assumed && b.Assumed
		}
	}
	return w
}

// seenLoad is how many seconds a second a statement was seen to take.
func (b *bound) seenLoad() float64 {
	if !(b.MeanSeconds > 0) || b.Assumed {
		return 0
	}
	return b.load() * b.MeanSeconds
}

// first is the beginning of a wave that takes most of its time.
func (w wave) first() (wave, bool) {
	first := wave{}
	for _, b := range w.list {
		if !b.reads() || b.seenLoad() == 0 || first.load >= firstPart*w.load {
			continue
		}
		first.list, first.load = append(first.list, b), first.load+b.seenLoad()
	}
	return first, first.load > 0 && len(first.list) < len(w.list)
}

// groupsOf puts statements together that share a table, directly or by way of
// others, in the order of the workload.
func groupsOf(all []*bound) [][]*bound {
	var groups [][]*bound
	var tables []map[string]bool
	for _, b := range all {
		group, names := []*bound{b}, maps.Clone(b.tables)
		var restGroups [][]*bound
		var restTables []map[string]bool
		for i, t := range tables {
			if b.reads() && shareAny(t, b.tables) {
				group = append(slices.Clone(groups[i]), group...)
				maps.Copy(names, t)
				continue
			}
			restGroups, restTables = append(restGroups, groups[i]), append(restTables, t)
		}
		groups, tables = append(restGroups, group), append(restTables, names)
	}
	return groups
}

func shareAny(a, b map[string]bool) bool {
	for name := range b {
		if a[name] {
			return true
		}
	}
	return false
}
