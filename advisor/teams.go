package advisor

import (
	"context"
	"maps"
	"slices"

	"mltop/internal/db"
)

// An arm is what one arm of an OR compares. It is a search of its own.
type arm struct{ eq, ranges []db.IndexColumn }

// columns are the arm's as one index holds them: of several ranges an index
// serves the first.
func (a arm) columns() []db.IndexColumn {
	return concat(a.eq, a.ranges[:min(1, len(a.ranges))]...)
}

// An armKey is which OR of a block, and which arm of it.
type armKey struct{ group, arm int }

func (n *need) addArm(p db.Predicate, c db.IndexColumn) {
	key := armKey{p.OrGroup, p.OrArm}
	a := n.ors[key]
	switch p.Op {
	case db.PredEq, db.PredIn, db.PredIsNull:
		a.eq = appendColumn(a.eq, c)
	case db.PredRange, db.PredPrefix:
		a.ranges = appendColumn(a.ranges, c)
	}
	n.ors[key] = a
}

// groups lists the ORs with their arms, in the order of the text.
func (n *need) groups() [][]arm {
	keys := slices.SortedFunc(maps.Keys(n.ors), func(a, b armKey) int {
		return slices.Compare([]int{a.group, a.arm}, []int{b.group, b.arm})
	})
	var out [][]arm
	for i, k := range keys {
		if i == 0 || k.group != keys[i-1].group {
			out = append(out, nil)
		}
		out[len(out)-1] = append(out[len(out)-1], n.ors[k])
	}
	return out
}

// teams lists the sets of indexes that serve an OR whole: one for each arm
// that has none yet, by itself and behind what holds for all arms.
func (n *need) teams() (out [][]db.Index) {
	heads := [][]db.IndexColumn{nil, n.eq}
	for _, arms := range n.groups() {
		for _, head := range heads[:1+min(1, len(n.eq))] {
			set := newIndexSet()
			for _, a := range arms {
				n.offer(concat(head, a.columns()...), "", set.add)
			}
			if len(set.list) > 1 {
				out = append(out, set.list)
			}
		}
	}
	return out
}

// A team is a set of indexes of which a statement uses all or none.
type team struct {
	b       *bound
	indexes []db.Index
}

// enlist keeps the teams that a statement's plan would use whole, and answers
// their indexes.
func (s *search) enlist(ctx context.Context, b *bound, usage map[string]int) (out []db.Index) {
	seen := map[string]bool{}
	eachNeed(b, s.schema, usage, func(n *need) {
		for _, list := range n.teams() {
			for i := range list {
				list[i] = unclash(list[i], s.schema)
			}
			key := configKey(db.Config{Add: list})
			if seen[key] || !s.usesAll(ctx, b, list) {
				continue
			}
			seen[key] = true
			s.teams = append(s.teams, team{b, list})
			out = append(out, list...)
		}
	})
	return out
}

// usesAll reports whether some example of a statement is planned with all of
// these indexes.
func (s *search) usesAll(ctx context.Context, b *bound, list []db.Index) bool {
	return slices.ContainsFunc(b.queries, func(q db.Query) bool {
		p, err := s.what.plan(ctx, q, db.Config{Add: list})
		return err == nil && len(only(list, p.uses)) == len(list)
	})
}

// mates reports whether a statement uses an index in one of its teams.
func (s *search) mates(b *bound, ix db.Index) bool {
	return slices.ContainsFunc(s.teams, func(t team) bool {
		return t.b == b && slices.ContainsFunc(t.indexes, func(have db.Index) bool { return have.Signature() == ix.Signature() })
	})
}

// bestTeam finds the team that adds most to what is chosen. It is looked for
// when no index adds anything by itself.
func (s *search) bestTeam(ctx context.Context) *gain {
	var best *gain
	for _, t := range s.teams {
		list := s.recruits(t)
		if len(list) == 0 || !s.free(list...) || ctx.Err() != nil {
			continue
		}
		g, ok := s.gain(ctx, list...)
		if ok && s.beats(g, best) && s.payWrites(ctx, g) && s.beats(g, best) {
			best = g
		}
	}
	return best
}

// recruits are the candidates of a team that are not chosen yet; none where one
// of them cannot be had.
func (s *search) recruits(t team) (list []*candidate) {
	for _, ix := range t.indexes {
		i := slices.IndexFunc(s.pool, func(c *candidate) bool { return c.index.Signature() == ix.Signature() })
		if i < 0 || s.pool[i].refused != "" {
			return nil
		}
		if !s.has(s.pool[i]) {
			list = append(list, s.pool[i])
		}
	}
	return list
}

// ways are what could serve a statement: each index that it uses alone, and
// each team.
func (s *search) ways(b *bound) (out []gain) {
	for _, c := range s.candidates(b) {
		if !s.mates(b, c.index) {
			out = append(out, gain{team: []*candidate{c}})
		}
	}
	for _, t := range s.teams {
		if list := s.recruits(t); t.b == b && len(list) > 0 {
			out = append(out, gain{team: list})
		}
	}
	return out
}
