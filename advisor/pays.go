package advisor

import (
	"context"
	"slices"
	"strings"

	"mltop/internal/db"
)

// An offer is one piece of advice on indexes: an index, or several that pay
// only together; and the indexes that have to be there before it pays.
type offer struct {
	members []*candidate
	on      []*candidate
}

// offers divides the chosen indexes so that whoever follows one offer after
// the other gains by each. Most indexes pay alone. One that costs the writes
// more than it saves alone is offered beside those that make it pay; those of
// which each needs the other are one offer. What pays in no company is a loss.
func (s *search) offers(ctx context.Context) (list []offer, losses []*candidate) {
	var rest []*candidate
	for _, c := range s.chosen {
		if s.paysAlone(ctx, c) {
			list = append(list, offer{members: []*candidate{c}})
		} else {
			rest = append(rest, c)
		}
	}
	for len(rest) > 0 && ctx.Err() == nil {
		o, ok := s.nextOffer(ctx, rest, list)
		if !ok && ctx.Err() != nil {
			break
		}
		if !ok {
			return list, rest
		}
		list = append(list, o)
		rest = slices.DeleteFunc(rest, func(c *candidate) bool { return slices.Contains(o.members, c) })
	}
	for _, c := range rest { // no time to ask: as it was chosen, beside all
		list = append(list, offer{members: []*candidate{c}, on: related(membersOf(list), c)})
	}
	return list, nil
}

// companyPart is the part of what an index saves beside the others that it has
// to save alone to be no less good advice without them.
const companyPart = 0.5

// paysAlone reports whether an index is worth its place alone, or saves there
// about as much as in company. It spares the measuring where no other chosen
// index could matter.
func (s *search) paysAlone(ctx context.Context, c *candidate) bool {
	group := []*candidate{c}
	others := related(slices.DeleteFunc(slices.Clone(s.chosen), func(o *candidate) bool { return o == c }), c)
	if len(others) == 0 || s.pays(ctx, group, nil, true) {
		return true
	}
	alone, ok1 := s.gainBeside(ctx, group, nil, 0)
	beside, ok2 := s.gainBeside(ctx, group, others, 0)
	return ok1 && ok2 && alone.net > 0 && alone.net >= companyPart*beside.net
}

// nextOffer finds what pays beside the offers before it: one index, else two,
// else all that are left and have statements in common.
func (s *search) nextOffer(ctx context.Context, rest []*candidate, before []offer) (offer, bool) {
	placed := membersOf(before)
	for _, groups := range groupings(rest) {
		for _, worth := range []bool{true, false} {
			for _, group := range groups {
				beside := related(placed, group...)
				if s.pays(ctx, group, closure(beside, before), worth) {
					slices.SortFunc(group, func(a, b *candidate) int { return strings.Compare(a.index.Name, b.index.Name) }) // the ID is of the order
					return offer{members: group, on: s.fewest(ctx, group, beside, before, worth)}, true
				}
			}
		}
	}
	return offer{}, false
}

// groupings lists the groups to try: each index, each two, and all that are
// related.
func groupings(rest []*candidate) [3][][]*candidate {
	var out [3][][]*candidate
	for i, a := range rest {
		out[0] = append(out[0], []*candidate{a})
		others := related(rest[i+1:], a)
		for _, b := range others {
			out[1] = append(out[1], []*candidate{a, b})
		}
		if len(others) > 1 {
			out[2] = append(out[2], append([]*candidate{a}, others...))
		}
	}
	return out
}

// fewest takes out of beside what is not needed for the group to pay. What is
// left needs its own company.
func (s *search) fewest(ctx context.Context, group, beside []*candidate, before []offer, worth bool) []*candidate {
	for i := len(beside) - 1; i >= 0; i-- {
		fewer := slices.Delete(slices.Clone(beside), i, i+1)
		if s.pays(ctx, group, closure(fewer, before), worth) {
			beside = fewer
		}
	}
	return closure(beside, before)
}

// closure adds to indexes those that they build on, in the order of the offers.
func closure(list []*candidate, before []offer) []*candidate {
	needed := map[*candidate]bool{}
	for _, c := range list {
		needed[c] = true
	}
	for i := len(before) - 1; i >= 0; i-- { // an offer builds only on those before it
		o := before[i]
		if !slices.ContainsFunc(o.members, func(c *candidate) bool { return needed[c] }) {
			continue
		}
		for _, c := range slices.Concat(o.members, o.on) {
			needed[c] = true
		}
	}
	return slices.DeleteFunc(membersOf(before), func(c *candidate) bool { return !needed[c] })
}

// pays reports whether indexes save more than they cost, beside others; worth:
// so much that the search would take them.
func (s *search) pays(ctx context.Context, group, beside []*candidate, worth bool) bool {
	g, ok := s.gainBeside(ctx, group, beside, s.bar(group[0])*minGain)
	if !ok || !worth {
		return ok && g.net > 0
	}
	bar := s.bar(group[0])
	return s.isWorth(g.net, g.now, g.first, g.calls, bar) && s.earnsBytes(g.net, (&gain{team: group}).bytes(), bar)
}

// gainBeside measures what a group of indexes adds to others; less than the
// part least of what a statement costs counts for nothing.
func (s *search) gainBeside(ctx context.Context, group, beside []*candidate, least float64) (*gain, bool) {
	g := &gain{}
	before := db.Config{Add: indexesOf(beside)}
	after := db.Config{Add: append(indexesOf(beside), indexesOf(group)...)}
	for _, c := range group {
		g.net -= c.writes()
	}
	for _, b := range usersOfAll(group) {
		now, err := s.measure(ctx, b, before)
		if err != nil {
			return nil, false
		}
		then, err := s.measure(ctx, b, after)
		if err != nil {
			return nil, false
		}
		g.count(b, s.tells(now.saves(then), now, least), now, s.base[b])
	}
	return g, true
}

// related are those of a list that some statement could use beside the group.
func related(list []*candidate, group ...*candidate) []*candidate {
	users := usersOfAll(group)
	return slices.DeleteFunc(slices.Clone(list), func(c *candidate) bool {
		return !slices.ContainsFunc(c.users, func(b *bound) bool { return slices.Contains(users, b) })
	})
}

func membersOf(list []offer) (out []*candidate) {
	for _, o := range list {
		out = append(out, o.members...)
	}
	return out
}

func usersOfAll(list []*candidate) (users []*bound) {
	for _, c := range list {
		users = append(users, c.users...)
	}
	return distinct(users)
}

func indexesOf(list []*candidate) (out []db.Index) {
	for _, c := range list {
		out = append(out, c.index)
	}
	return out
}

// leave takes losses out of what was chosen; their statements stay as they
// were.
func (s *search) leave(ctx context.Context, losses []*candidate) {
	if len(losses) == 0 {
		return
	}
	for _, c := range losses {
		c.refused = "it costs the writes more than it saves, alone and beside the other indexes"
	}
	s.chosen = slices.DeleteFunc(slices.Clone(s.chosen), func(c *candidate) bool { return slices.Contains(losses, c) })
	s.remeasure(ctx, usersOfAll(losses))
}
