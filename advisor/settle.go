package advisor

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"mltop/internal/db"
	"mltop/internal/units"
)

// Where the lab runs statements, each was measured beside the indexes that were
// chosen by then. A later one may lead a planner astray, and to wait for what
// comes of that takes time; so a part of it is kept for a look at all statements
// under all that was chosen, and for curing those that got slower.
const (
	// settleShare is that part of a search's time.
	settleShare = 0.2
	// settleRun is the part of what is left of it that one run may take: few
	// statements get slower, and how much slower decides.
	settleRun = 0.2
	// mostCures is how many exchanges are tried for one statement, the likeliest
	// first: each may take as long as the statement did.
	mostCures = 16
)

// settle looks at every statement under the chosen set, and exchanges indexes for
// as long as that cures one; then it takes out what is needless by now.
func (s *search) settle(ctx context.Context) {
	if s.peels() || len(s.chosen) == 0 {
		return
	}
	s.what.phase = phaseSettle
	s.stage("looking at every statement once more", 0.9)
	s.lookAgain(ctx)
	for tried := map[cure]bool{}; ctx.Err() == nil && (s.cureOne(ctx, tried) || s.dropOne(ctx)); {
		clear(tried)
		s.mark()
		s.lookAgain(ctx)
	}
	s.what.phase = phaseAdvice
}

// lookAgain measures all statements under the chosen set. Of most the plan is
// known, and nothing is run.
func (s *search) lookAgain(ctx context.Context) {
	s.unseen = nil
	for _, b := range s.all {
		if _, known := s.base[b]; !known && b.reads() && s.failed[b] == nil && s.replanned(ctx, b) {
			s.unseen = append(s.unseen, b)
		}
	}
	for _, b := range s.measured() {
		s.waitForFirst(ctx, b)
		config := s.config()
		config.Most = s.untilClear(ctx, b)
		m, err := s.measure(ctx, b, config)
		if err != nil {
			s.unseen = append(s.unseen, b)
			continue
		}
		s.now[b] = m
	}
}

// waitForFirst runs a statement longer as it was at first, whose run was ended and
// whose plan is another one now: else nobody could tell what that does to it.
func (s *search) waitForFirst(ctx context.Context, b *bound) {
	if !s.base[b].cut || !s.now[b].cut && s.now[b].value < s.base[b].value || !s.replanned(ctx, b) {
		return
	}
	if m, err := s.what.measure(ctx, b, db.Config{Most: settleRun * secondsLeft(ctx)}); err == nil {
		s.base[b] = m
	}
}

// replanned reports whether the chosen indexes change a statement's plan.
func (s *search) replanned(ctx context.Context, b *bound) bool {
	return slices.ContainsFunc(b.queries, func(q db.Query) bool {
		p, err := s.what.plan(ctx, q, db.Config{Add: relevant(s.config().Add, b)})
		return err != nil || slices.ContainsFunc(s.chosen, func(c *candidate) bool { return uses(p.uses, c.index.Name) })
	})
}

// lost is what one call takes longer than at first; 0 where that is less than
// can be told, or too little to matter.
func (s *search) lost(b *bound) float64 { return s.lostUnder(b, s.now) }

func (s *search) lostUnder(b *bound, now map[*bound]measure) float64 {
	base, m := s.base[b], now[b]
	if d := m.value - base.value; !base.cut && d > minGain*base.value && d > s.noise() {
		return d
	}
	return 0
}

// slowed lists the statements that got slower, the worst first.
func (s *search) slowed() []*bound {
	list := slices.DeleteFunc(s.measured(), func(b *bound) bool { return s.lost(b) == 0 })
	slices.SortStableFunc(list, func(x, y *bound) int { return cmp.Compare(y.load()*s.lost(y), x.load()*s.lost(x)) })
	return list
}

// weighed is what the workload costs under measures, where what a statement loses
// counts twice: nobody asked for that.
func (s *search) weighed(total float64, now map[*bound]measure) float64 {
	for _, b := range s.all {
		if _, known := s.base[b]; known {
			total += b.load() * s.lostUnder(b, now)
		}
	}
	return total
}

// A cure is an exchange after which a statement may be as fast as it was: one
// index in, or out, or one for another.
type cure struct{ out, in *candidate }

func (c cure) outs() []*candidate {
	if c.out == nil {
		return nil
	}
	return []*candidate{c.out}
}

// confirmLoss measures a statement in turns that lost so little that it may be the
// clock, and reports whether it did lose.
func (s *search) confirmLoss(ctx context.Context, b *bound) bool {
	if config := s.config(); s.inTurns(ctx, b, s.now[b], config) {
		if again, err := s.measure(ctx, b, config); err == nil {
			s.now[b] = again
		}
	}
	return s.lost(b) > 0
}

// cureOne makes the first exchange that makes a slower statement as fast again.
func (s *search) cureOne(ctx context.Context, tried map[cure]bool) bool {
	for _, b := range s.slowed() {
		if !s.confirmLoss(ctx, b) {
			continue
		}
		for _, c := range s.cures(ctx, b) {
			if ctx.Err() != nil {
				return false
			}
			if !tried[c] && s.promises(ctx, b, c) && s.exchange(ctx, c.outs(), c.in, s.cured(b, c)) {
				return true
			}
			tried[c] = true
		}
	}
	return false
}

// promises reports whether a cure is one for the statement itself, in a run that
// is ended as soon as it is none.
func (s *search) promises(ctx context.Context, b *bound, by cure) bool {
	config := s.after(by)
	config.Most = max((1+minGain)*s.base[b].ran, leastRun)
	m, err := s.measure(ctx, b, config)
	return err == nil && !m.cut && m.value <= s.base[b].value+s.lost(b)/2
}

// cures lists what may put a statement right: an index more that its plan would
// take, another one in the place of one that it uses now, or one less.
func (s *search) cures(ctx context.Context, b *bound) (out []cure) {
	var more []*candidate
	for _, c := range s.candidates(b) {
		if !s.has(c) && c.refused == "" {
			more = append(more, c)
		}
	}
	for _, c := range more {
		if s.fits(c) && s.plansWith(ctx, b, c) {
			out = append(out, cure{in: c})
		}
	}
	for _, c := range s.inPlanOf(b) {
		for _, other := range more {
			if other.index.Table == c.index.Table && (s.budget <= 0 || s.bytes()-c.bytes+other.bytes <= s.budget) {
				out = append(out, cure{c, other})
			}
		}
	}
	for _, c := range s.inPlanOf(b) {
		out = append(out, cure{out: c})
	}
	slices.SortStableFunc(out, func(x, y cure) int { return cmp.Compare(s.likely(ctx, b, y), s.likely(ctx, b, x)) })
	return out[:min(len(out), mostCures)]
}

// likely is 1 for a cure after which a statement is planned as at first, so that
// what it takes is known; 0 for others, which have to be run.
func (s *search) likely(ctx context.Context, b *bound, by cure) int {
	for _, q := range b.queries {
		first, err1 := s.what.plan(ctx, q, db.Config{})
		p, err2 := s.what.plan(ctx, q, db.Config{Add: relevant(s.after(by).Add, b)})
		if err1 != nil || err2 != nil || first.text != p.text {
			return 0
		}
	}
	return 1
}

// after is the chosen set behind an exchange.
func (s *search) after(by cure) (c db.Config) {
	for _, have := range s.chosen {
		if have != by.out {
			c.Add = append(c.Add, have.index)
		}
	}
	if by.in != nil {
		c.Add = append(c.Add, by.in.index)
	}
	return c
}

// inPlanOf lists the chosen indexes that a statement's plan uses.
func (s *search) inPlanOf(b *bound) (list []*candidate) {
	for _, c := range s.chosen {
		if s.now[b].uses[c.index.Name] {
			list = append(list, c)
		}
	}
	return list
}

// cured reports whether most of what a statement lost is gone, and the workload
// the better for it. An index more has to be worth its place.
func (s *search) cured(b *bound, by cure) verdictOn {
	return func(before standing, _ []*bound) bool {
		was, is := s.lostUnder(b, before.now), s.lost(b)
		if is > was/2 || s.weighed(s.total(), s.now) >= s.weighed(before.total, before.now) {
			return false
		}
		won := b.load() * (was - is + before.now[b].value - s.now[b].value)
		return by.out != nil || s.isWorth(won, b.load()*before.now[b].value, b.load()*s.base[b].value, b.load(), s.bar(by.in))
	}
}

// unseenNotes name the statements of which it is not known what the advice does to
// them.
func (s *search) unseenNotes() []string {
	if len(s.unseen) == 0 {
		return nil
	}
	var names []string
	for _, b := range s.unseen {
		names = append(names, b.Label())
	}
	return []string{fmt.Sprintf("there was no time to look what all the advice together does to %s: %s", units.Plural(len(names), "statement"), strings.Join(names, ", "))}
}
