package advisor

import (
	"cmp"
	"context"
	"slices"
	"time"

	"mltop/internal/db"
)

// lookShare is the part of the time left that one look through the pool may
// take once it has found an index: on a slow machine the first indexes are
// better than the best one that there is no time to find.
const lookShare = 0.25

// lookUntil is when a look that begins now takes what it has.
func lookUntil(ctx context.Context) time.Time {
	now := time.Now()
	end, ok := ctx.Deadline()
	if !ok {
		return now.Add(defaultDuration)
	}
	return now.Add(time.Duration(lookShare * float64(end.Sub(now))))
}

// A prospect is a candidate and the most that it could save beside the chosen
// ones, in seconds a second.
type prospect struct {
	*candidate
	most float64
}

// prospects lists the pool by what each could save at most; for its bytes,
// where these are short.
func (s *search) prospects() []prospect {
	out := make([]prospect, len(s.pool))
	for i, c := range s.pool {
		out[i] = prospect{c, s.bound(c)}
	}
	slices.SortStableFunc(out, func(a, b prospect) int { return cmp.Compare(s.reach(b), s.reach(a)) })
	return out
}

func (s *search) reach(p prospect) float64 {
	if s.budget > 0 && p.bytes > 0 {
		return p.most / float64(p.bytes)
	}
	return p.most
}

// bound is the most that a candidate could save: what its statements cost now,
// less the least that is known of what they cost with it.
func (s *search) bound(c *candidate) float64 {
	most, config := 0.0, s.config(c)
	for _, b := range c.users {
		most += s.potential(b, config)
	}
	return most
}

// potential is the most that a statement could save under some indexes.
func (s *search) potential(b *bound, c db.Config) float64 {
	credit := 1.0
	if s.had != nil {
		credit = 1 - band/2
	}
	return b.load() * max(s.now[b].value-credit*s.what.floor(b, c), 0)
}

// surestFirst puts the statements before others whose plans are known: they
// take no question.
func (s *search) surestFirst(list []*bound, c db.Config) []*bound {
	open := map[*bound]bool{}
	for _, b := range list {
		add := relevant(c.Add, b)
		open[b] = slices.ContainsFunc(b.queries, func(q db.Query) bool { return !s.what.knows(q, add) })
	}
	slices.SortStableFunc(list, func(x, y *bound) int { return cmp.Compare(rankOf(open[x]), rankOf(open[y])) })
	return list
}

func rankOf(later bool) int {
	if later {
		return 1
	}
	return 0
}

// served reports whether it is known, without asking, that a statement would
// gain less than a part of what it costs now.
func (s *search) served(b *bound, c db.Config, part float64) bool {
	return s.had == nil && s.what.floor(b, c) > (1-part)*s.now[b].value
}

// hopeless reports whether a prospect cannot be preferred to the best one found
// so far, whatever it saves.
func (s *search) hopeless(p prospect, best *gain) bool {
	lead, bytes := s.lead(p.candidate, best.team[0]), best.bytes()
	if s.budget > 0 && bytes > 0 && p.bytes > 0 {
		return s.reach(p) <= lead*best.net/float64(bytes)
	}
	if s.weight(p.candidate) < s.weightOf(best) {
		return p.most < best.net-max(nearlyEqual*best.left, s.noise()*loads(p.users))/lead
	}
	return p.most <= best.net
}

// best finds the candidate that adds most. Candidates come by what they could
// save at most, and those that cannot be better than the best one found need no
// measuring.
func (s *search) best(ctx context.Context) *gain {
	if s.pressed(ctx) {
		return s.bestOfRace(ctx)
	}
	var best *gain
	until := lookUntil(ctx)
	for _, p := range s.prospects() {
		if ctx.Err() != nil || best != nil && time.Now().After(until) {
			return best
		}
		if p.most <= 0 || !s.free(p.candidate) || best != nil && s.hopeless(p, best) {
			continue
		}
		hopeless := func(most float64) bool { return best != nil && s.hopeless(prospect{p.candidate, most}, best) }
		g, ok := s.gainUnless(ctx, hopeless, p.candidate)
		if ok && s.beats(g, best) && s.payWrites(ctx, g) && s.beats(g, best) {
			best = g
		}
	}
	return best
}
