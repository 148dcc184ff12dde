package advisor

import (
	"context"
	"slices"
	"sort"

	"mltop/internal/db"
)

// improve drops what the others have made needless, puts smaller indexes in
// the place of larger ones that are no better, swaps what another
// candidate does better, and merges two to one, until nothing changes or ctx
// ends.
func (s *search) improve(ctx context.Context) {
	for round := 0; round < len(s.pool) && ctx.Err() == nil; round++ {
		s.stage("improving", 0.8)
		if !s.improveOnce(ctx) {
			return
		}
		s.mark()
	}
}

// improveOnce makes the first exchange that is any good.
func (s *search) improveOnce(ctx context.Context) bool {
	for _, way := range []struct {
		phase string
		try   func(context.Context) bool
	}{{phaseDrop, s.dropOne}, {phaseShrink, s.shrinkOne}, {phaseSwap, s.swapOne}, {phaseMerge, s.mergeTwo}} {
		s.what.phase = way.phase
		if way.try(ctx) {
			return true
		}
	}
	return false
}

// dropOne removes an index that is not worth its place any more.
func (s *search) dropOne(ctx context.Context) bool {
	for _, c := range s.chosen {
		if s.exchange(ctx, []*candidate{c}, nil, s.harmless(s.bar(c))) {
			return true
		}
	}
	return false
}

// shrinkOne replaces an index by the smallest one that is as good.
func (s *search) shrinkOne(ctx context.Context) bool {
	for _, c := range s.chosen {
		for _, other := range s.smaller(c) {
			if s.exchange(ctx, []*candidate{c}, other, s.alike(s.lead(other, c), s.widerPart(c, other))) {
				return true
			}
		}
	}
	return false
}

// alike reports whether no statement takes longer than before by more than
// can be told apart, or than the part spared of what it cost at first: what
// smaller indexes may lose.
func (s *search) alike(lead, spared float64) verdictOn {
	return func(before standing, affected []*bound) bool {
		for _, b := range affected {
			near := nearlyEqual*before.now[b].value + s.noise()
			if s.now[b].value > before.now[b].value+max(near, spared*s.base[b].value)/lead {
				return false
			}
		}
		lost := cheaper(affected, before.now, s.now)
		return lead*s.total() <= before.total+spared*cost(lost, s.base) || s.harmless(1/lead)(before, affected)
	}
}

// smaller lists the smaller candidates that all statements of c would use,
// the smallest first.
func (s *search) smaller(c *candidate) []*candidate {
	var out []*candidate
	for _, other := range s.pool {
		if s.weight(other) < s.weight(c) && other.index.Table == c.index.Table && !s.has(other) && other.refused == "" && includes(other.users, s.using(c)) {
			out = append(out, other)
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return s.weight(out[i]) < s.weight(out[j]) })
	return out
}

// using lists the statements whose plans now use c.
func (s *search) using(c *candidate) []*bound {
	var list []*bound
	for _, b := range c.users {
		if s.now[b].uses[c.index.Name] {
			list = append(list, b)
		}
	}
	return list
}

func includes(list, all []*bound) bool {
	for _, b := range all {
		if !slices.Contains(list, b) {
			return false
		}
	}
	return true
}

// swapOne replaces an index by another one of the same table that saves more.
func (s *search) swapOne(ctx context.Context) bool {
	for _, c := range s.chosen {
		for _, other := range s.pool {
			if s.couldSwap(c, other) && s.exchange(ctx, []*candidate{c}, other, s.betters(s.lead(other, c), s.widerPart(other, c))) {
				return true
			}
		}
	}
	return false
}

// couldSwap reports whether a swap is allowed, and enough is left to save for
// it to matter.
func (s *search) couldSwap(c, other *candidate) bool {
	if other.index.Table != c.index.Table || s.has(other) || other.refused != "" {
		return false
	}
	if s.budget > 0 && s.bytes()-c.bytes+other.bytes > s.budget {
		return false
	}
	left := c.writes() + cost(other.users, s.now)
	return s.isWorth(left, left, cost(other.users, s.base), loads(other.users), s.lead(other, c))
}

// mergeTwo puts one index in the place of two where that is as good.
func (s *search) mergeTwo(ctx context.Context) bool {
	for _, a := range s.chosen {
		for _, b := range s.chosen {
			if a == b {
				continue
			}
			for _, ix := range s.mergedOf(a, b) {
				both := s.newCandidate(ctx, ix)
				if s.exchange(ctx, []*candidate{a, b}, both, s.alike(max(s.lead(both, a), s.lead(both, b)), 0)) {
					s.pool = append(s.pool, both)
					return true
				}
			}
		}
	}
	return false
}

func (s *search) mergedOf(a, b *candidate) []db.Index {
	ix, ok := merged(a.index, b.index)
	if !ok || s.schema.Table(ix.Table) == nil || (&need{table: s.schema.Table(ix.Table)}).exists(ix) {
		return nil
	}
	if slices.ContainsFunc(s.using(b), func(user *bound) bool { return !user.couldLead(ix) }) {
		return nil // it would be none for what b serves
	}
	return []db.Index{unclash(ix, s.schema)}
}

// A state of the search that an exchange may go back to.
type standing struct {
	chosen []*candidate
	now    map[*bound]measure
	total  float64
}

// A verdictOn an exchange says whether it may stay.
type verdictOn func(before standing, affected []*bound) bool

// harmless reports whether what is lost since before is not worth an index.
func (s *search) harmless(bar float64) verdictOn {
	return func(before standing, affected []*bound) bool {
		lost := cheaper(affected, before.now, s.now)
		return !s.isWorth(s.total()-before.total, cost(lost, s.now), cost(lost, s.base), loads(lost), bar)
	}
}

// betters reports whether what is won since before is worth an index, and more
// than the part wider of what the statements cost at first.
func (s *search) betters(bar, wider float64) verdictOn {
	return func(before standing, affected []*bound) bool {
		won, saved := cheaper(affected, s.now, before.now), before.total-s.total()
		return saved > wider*cost(won, s.base) && s.isWorth(saved, cost(won, before.now), cost(won, s.base), loads(won), bar)
	}
}

// exchange takes indexes out and puts another in (nil: none), and goes back
// unless the outcome is good and the engine takes the new one.
func (s *search) exchange(ctx context.Context, out []*candidate, in *candidate, good verdictOn) bool {
	before := standing{s.chosen, s.now, s.total()}
	if in == nil || s.knowWrites(ctx, in) {
		affected, ok := s.replace(ctx, out, in)
		if ok && good(before, affected) && s.knowLosses(ctx, before, affected) && good(before, affected) && (in == nil || s.accept(ctx, in)) {
			return true
		}
	}
	s.chosen, s.now = before.chosen, before.now
	return false
}

// replace changes the chosen set and measures the statements that it touches.
func (s *search) replace(ctx context.Context, out []*candidate, in *candidate) ([]*bound, bool) {
	var chosen []*candidate
	var affected []*bound
	for _, c := range s.chosen {
		if slices.Contains(out, c) {
			affected = append(affected, c.users...)
		} else {
			chosen = append(chosen, c)
		}
	}
	if in != nil {
		chosen, affected = append(chosen, in), append(affected, in.users...)
	}
	s.chosen = chosen
	affected = distinct(affected)
	return affected, s.remeasure(ctx, affected)
}

func distinct(list []*bound) []*bound {
	var out []*bound
	for _, b := range list {
		if !slices.Contains(out, b) {
			out = append(out, b)
		}
	}
	return out
}

// cheaper lists the statements that cost less under a than under b.
func cheaper(list []*bound, a, b map[*bound]measure) []*bound {
	var out []*bound
	for _, st := range list {
		if a[st].value < b[st].value {
			out = append(out, st)
		}
	}
	return out
}
