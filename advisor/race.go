package advisor

import (
	"cmp"
	"context"
	"slices"
	"time"

	"mltop/internal/db"
)

// quickPart is the part of what a dear statement takes now to which its runs are
// bounded at first: what is worth an index mostly makes it far less, and each
// index that does not would take as long as the statement does today.
const quickPart = 0.125

// dearShare is the part of the time left from which on a run is dear: some
// hundred runs are what a search needs.
const dearShare = 1.0 / 200

// A racer is a candidate, and the statements whose plan would use it now.
type racer struct {
	*candidate
	users []*bound
	most  float64 // that it could save, in seconds a second
}

// pressed reports whether running every statement with every index that it might
// use takes longer than one look through the pool may.
func (s *search) pressed(ctx context.Context) bool {
	if s.peels() {
		return false
	}
	sum, most := 0.0, lookShare*secondsLeft(ctx)
	for _, c := range s.pool {
		for _, b := range c.users {
			sum += s.now[b].ran
		}
		if sum > most {
			return true
		}
	}
	return false
}

// bestOfRace finds a candidate that adds much where there is no time to run all.
// Runs end as soon as they cannot win; the one that wins is measured whole, with
// what it costs other statements, before it is believed.
func (s *search) bestOfRace(ctx context.Context) *gain {
	until := lookUntil(ctx)
	list := s.racers(ctx)
	for _, part := range []float64{quickPart, 1} {
		lost := map[*candidate]bool{}
		for ctx.Err() == nil {
			front := s.front(ctx, list, part, lost, until)
			if front == nil {
				break
			}
			g, ok := s.gainWhole(ctx, front)
			if ok && s.beats(g, nil) && s.payWrites(ctx, g) && s.beats(g, nil) {
				return g
			}
			lost[front.team[0]] = true
		}
	}
	return nil
}

// lossShare is the part of the time left for which one statement may run that an
// index makes slower.
const lossShare = 0.05

// untilLost is how long runs are waited for that are slower with an index: until
// what they lose is all that it gains. How bad a plan is that a planner takes for
// better decides on the index, and on what is to be put right next.
func (s *search) untilLost(ctx context.Context, g *gain) func(*bound) float64 {
	return func(b *bound) float64 {
		base, gained, least := s.base[b], per(g.net, b.load()), 0.0
		if m := g.after[b]; s.losesOpen(b, m) { // the net has a part of its loss already
			gained, least = gained+m.value-s.now[b].value, deeper*m.ran*(1+minGain)
		}
		return max(base.patience(), base.ran+min(gained, lossShare*secondsLeft(ctx)), least)
	}
}

// racers asks the planner alone: an index that no plan would use needs no run.
func (s *search) racers(ctx context.Context) (list []racer) {
	for _, c := range s.pool {
		if ctx.Err() != nil {
			break
		}
		if !s.free(c) {
			continue
		}
		r := racer{candidate: c}
		for _, b := range c.users {
			if s.plansWith(ctx, b, c) {
				r.users, r.most = append(r.users, b), r.most+s.costsNow(b)
			}
		}
		if r.most > 0 {
			slices.SortStableFunc(r.users, func(a, b *bound) int { return cmp.Compare(s.costsNow(b), s.costsNow(a)) })
			list = append(list, r)
		}
	}
	slices.SortStableFunc(list, func(a, b racer) int { return cmp.Compare(b.most, a.most) })
	return list
}

// costsNow is what a statement costs now, in seconds a second.
func (s *search) costsNow(b *bound) float64 { return b.load() * s.now[b].value }

// plansWith reports whether a statement's plan uses a candidate beside those
// chosen.
func (s *search) plansWith(ctx context.Context, b *bound, c *candidate) bool {
	config := db.Config{Add: relevant(s.config(c).Add, b)}
	return slices.ContainsFunc(b.queries, func(q db.Query) bool {
		p, err := s.what.plan(ctx, q, config)
		return err == nil && uses(p.uses, c.index.Name)
	})
}

// front is the candidate that gains most in bounded runs. Once there is one, the
// look ends in time.
func (s *search) front(ctx context.Context, list []racer, part float64, lost map[*candidate]bool, until time.Time) *gain {
	var best *gain
	for _, r := range list {
		if ctx.Err() != nil || best != nil && time.Now().After(until) {
			return best
		}
		if lost[r.candidate] || r.refused != "" || best != nil && s.hopeless(prospect{r.candidate, r.most}, best) {
			continue
		}
		if g := s.gainBounded(ctx, r, part, best); g != nil && s.beats(g, best) {
			best = g
		}
	}
	return best
}

// gainBounded is what a candidate gains at least; nil where it cannot be better
// than the best one. What it costs others is not in it.
func (s *search) gainBounded(ctx context.Context, r racer, part float64, best *gain) *gain {
	g, rest := &gain{team: []*candidate{r.candidate}, net: -r.writes()}, r.most
	config := s.config(r.candidate)
	for _, b := range r.users {
		rest -= s.costsNow(b)
		if best != nil && s.hopeless(prospect{r.candidate, g.net + rest + s.costsNow(b)}, best) {
			return nil
		}
		config.Most = s.worthWaiting(ctx, b, part)
		m, err := s.measure(ctx, b, config)
		if err != nil {
			return nil
		}
		if d := s.tells(s.now[b].saves(m), s.now[b], s.bar(r.candidate)*minGain); d > 0 {
			g.count(b, d, s.now[b], s.base[b])
		}
	}
	return g
}

// worthWaiting is how long a run is waited for that is to be faster than now.
func (s *search) worthWaiting(ctx context.Context, b *bound, part float64) float64 {
	now := s.now[b].ran
	if now > dearShare*secondsLeft(ctx) {
		now *= part
	}
	return max(now, leastRun)
}

// patience is how many seconds a run is worth of a statement that took this at
// first. One whose run was ended then is to be faster than that.
func (base measure) patience() float64 {
	if base.cut {
		return base.ran
	}
	return slowest * base.ran
}

// bound completes a measure whose runs were ended after most seconds: it costs as
// much more than at first. Of what costs at least so much at first no more is
// known with indexes.
func (base measure) bound(m measure, most float64) measure {
	if m.cut && base.ran > 0 {
		m.value = max(m.value, base.value*min(most, m.ran)/base.ran)
	}
	if base.cut && m.value >= base.value {
		m.value, m.cut = base.value, true
	}
	if m.cut {
		m.low, m.high = m.value, m.value
	}
	return m
}
