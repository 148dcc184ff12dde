package advisor

import (
	"context"
	"slices"

	"mltop/internal/db"
)

// mostByOne is how many candidates of a statement are asked about one by one:
// to ask about all at once takes about as many questions.
const mostByOne = 3

// narrow shows the planner all candidates of a statement at once beside what is
// chosen, takes away those that it uses, and asks again until the rest gains
// nothing that counts. What is in that rest needs no question of its own; in a
// join, where each candidate might matter to each statement, that is most.
func (s *search) narrow(ctx context.Context, b *bound) {
	if !s.peels() {
		return
	}
	chosen := relevant(s.config().Add, b)
	key := configKey(db.Config{Add: chosen})
	if s.narrowed[b] == key {
		return
	}
	s.narrowed[b] = key
	open := s.open(b, chosen)
	if len(open) <= mostByOne {
		return
	}
	for _, q := range b.queries {
		if s.what.standIn(q).SQL == q.SQL {
			s.peelBeside(ctx, q, chosen, open, mostPeeled)
		}
	}
}

// open are the candidates of a statement of which it is not known what they
// would do beside the chosen ones.
func (s *search) open(b *bound, chosen []db.Index) (out []db.Index) {
	for _, c := range s.pool {
		if c.refused != "" || s.has(c) || !s.fits(c) || !slices.Contains(c.users, b) {
			continue
		}
		with := append(slices.Clone(chosen), c.index)
		unknown := func(q db.Query) bool { return !s.what.knows(q, with) }
		if slices.ContainsFunc(b.queries, unknown) && !s.served(b, db.Config{Add: with}, minGain) {
			out = append(out, c.index)
		}
	}
	return out[:min(len(out), mostAtOnce)]
}

// peelBeside peels one example beside indexes that stay, until what is left
// gains less than counts, and answers the indexes that are chosen together.
func (s *search) peelBeside(ctx context.Context, q db.Query, stay, rest []db.Index, depth int) (teams []db.Index) {
	now, ok := s.knownPrice(q, stay)
	for range depth {
		p, err := s.what.plan(ctx, q, db.Config{Add: slices.Concat(stay, rest)})
		if err != nil {
			return teams
		}
		used := only(rest, p.uses)
		if len(used) > 1 {
			teams = append(teams, used...)
		}
		e, priced := s.priceOf(p)
		if len(used) == 0 || ok && priced && e > (1-minGain)*now {
			return teams
		}
		rest = lacking(rest, used)
	}
	return teams
}

// knownPrice is what an example costs by the planner with some indexes, where
// that is known already.
func (s *search) knownPrice(q db.Query, with []db.Index) (float64, bool) {
	p, ok := s.what.foreseen(q, with)
	if !ok {
		return 0, false
	}
	return s.priceOf(p)
}

func (s *search) priceOf(p planned) (float64, bool) {
	lab, ok := s.what.lab.(db.Pricer)
	if !ok {
		return 0, false
	}
	e, ok := lab.Price(p.plan)
	return e.Value, ok
}
