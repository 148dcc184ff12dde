package advisor

import (
	"context"
	"errors"
	"math"
	"time"

	"mltop/internal/db"
)

// A gain is what one candidate, or a team of them, adds to the chosen set.
type gain struct {
	team  []*candidate
	net   float64 // seconds saved a second, less what writing costs
	fair  float64 // the same without credit
	now   float64 // what the statements that it speeds up cost before it
	first float64 // and without any index
	left  float64 // and with it
	calls float64 // how often they are called, a second
	after map[*bound]measure
}

// greedy adds the best candidate until none is worth its place.
func (s *search) greedy(ctx context.Context) {
	for ctx.Err() == nil {
		s.stage("searching", 0.4+0.4*float64(len(s.chosen))/float64(len(s.chosen)+2))
		g := s.best(ctx)
		if g == nil {
			g = s.bestTeam(ctx)
		}
		if g == nil {
			return
		}
		if g, ok := s.withLosses(ctx, g); ok && s.acceptInTime(ctx, g.team) {
			s.take(g)
		}
	}
}

// grace is for the engine's word on an index that was measured just in time:
// that is one build, of which the measurement was another.
const grace = 2 * time.Second

// acceptInTime accepts also what was found just before time was up.
func (s *search) acceptInTime(ctx context.Context, team []*candidate) bool {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		more, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
		defer cancel()
		ctx = more
	}
	return s.accept(ctx, team...)
}

// beats reports whether a gain is worth an index, and more than the best one
// found so far.
func (s *search) beats(g, best *gain) bool {
	return s.earnsPlace(g) && (best == nil || s.preferred(g, best))
}

// payWrites takes off what the index costs the writes. That is measured only
// for an index that would be chosen otherwise.
func (s *search) payWrites(ctx context.Context, g *gain) bool {
	for _, c := range g.team {
		known := c.evaluated
		if !s.knowWrites(ctx, c) {
			return false
		}
		if !known {
			g.net -= c.writes()
		}
	}
	return true
}

func (g *gain) bytes() (sum int64) {
	for _, c := range g.team {
		sum += c.bytes
	}
	return sum
}

func (s *search) weightOf(g *gain) (sum int64) {
	for _, c := range g.team {
		sum += s.weight(c)
	}
	return sum
}

// writes is what the team costs in seconds a second.
func (g *gain) writes() (sum float64) {
	for _, c := range g.team {
		sum += c.writes()
	}
	return sum
}

// Two gains are nearly equal, and the smaller index wins, when they lie apart
// by less than a part of what is left of the cost, or than a clock can tell.
const (
	nearlyEqual = 0.25
	clockNoise  = 20e-6 // seconds a call
)

// noise is what two calls cannot be told apart by, in the lab's unit. What an
// estimate counts is as little as that in a page read at random and what the
// planner charges for its row (random_page_cost 4 and some operators); in rows
// that a scan passes at four million a second.
func (s *search) noise() float64 {
	switch s.unit {
	case db.UnitCost:
		return 5
	case db.UnitHandlerReads, db.UnitRowsRead:
		return clockNoise * 4e6
	}
	return clockNoise
}

// tells is a saving, or nothing where it is too little to be one: less than
// the part least of what a call costs now, or than estimates tell apart.
func (s *search) tells(d float64, now measure, least float64) float64 {
	estimated := !inSeconds(s.unit) && d < s.noise()
	if d > 0 && (d < least*now.value || estimated) {
		return 0
	}
	return d
}

// preferred reports whether g is the better choice: by benefit a byte when
// bytes are short, else by benefit, and by size among near equals and where the
// larger one does not earn its bytes.
func (s *search) preferred(g, than *gain) bool {
	lead, bytes, others := s.lead(g.team[0], than.team[0]), g.bytes(), than.bytes()
	if s.budget > 0 && bytes > 0 && others > 0 {
		return g.net/float64(bytes) > lead*than.net/float64(others)
	}
	near := max(nearlyEqual*min(g.left, than.left), s.noise()*g.calls)
	if s.weightOf(g) < s.weightOf(than) {
		return g.net-than.net >= -max(near, s.forWidth(than, g))/lead
	}
	return g.net-than.net > max(near, s.forWidth(g, than))*lead
}

func (s *search) has(c *candidate) bool {
	for _, have := range s.chosen {
		if have == c {
			return true
		}
	}
	return false
}

func (s *search) fits(list ...*candidate) bool {
	return s.budget <= 0 || s.bytes()+(&gain{team: list}).bytes() <= s.budget
}

func (s *search) bytes() int64 {
	var sum int64
	for _, c := range s.chosen {
		sum += c.bytes
	}
	return sum
}

// slowest is how much worse than now a statement may run before its run is
// ended: by then it is clear that the index is none for it.
const slowest = 2

// measure costs a statement for comparisons within the search: the geometric
// mean of the time and of what the counted work would take at the pace of the
// baseline. Work is the same in every run, so a disturbed clock sways the
// choice half as much, and the advice is the same from run to run. A loss counts by
// its time alone: work does not tell that rows are read here and there.
func (s *search) measure(ctx context.Context, b *bound, c db.Config) (measure, error) {
	base := s.base[b]
	if c.Most == 0 {
		c.Most = base.patience()
	}
	m, err := s.what.measure(ctx, b, c)
	m = base.byTime(base.bound(m, c.Most))
	m = m.times(s.credit(b, c, m))
	if err != nil || base.steps <= 0 || m.steps <= 0 || m.value <= 0 {
		return m, err
	}
	paced := m.credit * base.value * float64(m.steps) / float64(base.steps)
	if m.value > (1+nearlyEqual)*base.value {
		if paced < m.value && s.inTurns(ctx, b, m, c) {
			return s.measure(ctx, b, c)
		}
		return m, nil
	}
	f := math.Sqrt(paced / m.value)
	m.value, m.low, m.high = m.value*f, m.low*f, m.high*f
	return m, nil
}

// count adds what one statement gains.
func (g *gain) count(b *bound, saved float64, now, first measure) {
	g.net += b.load() * saved
	if saved > 0 {
		g.left += b.load() * (now.value - saved)
		g.calls += b.load()
		g.now += b.load() * now.value
		g.first += b.load() * first.value
	}
}

// knowWrites asks once what the index costs a row written.
func (s *search) knowWrites(ctx context.Context, c *candidate) bool {
	if c.evaluated || c.rows == 0 {
		return true
	}
	e, err := s.what.lab.WriteCost(ctx, c.index)
	if err != nil {
		if ctx.Err() == nil {
			c.refused = "its cost to writes could not be measured: " + err.Error()
		}
		return false
	}
	c.costs(e, nil)
	return true
}

// config is the chosen set with some more.
func (s *search) config(more ...*candidate) db.Config {
	var c db.Config
	for _, have := range append(append([]*candidate(nil), s.chosen...), more...) {
		c.Add = append(c.Add, have.index)
	}
	return c
}

// accept proves that the engine takes the indexes and the writes after them.
func (s *search) accept(ctx context.Context, list ...*candidate) bool {
	for _, c := range list {
		err := s.what.lab.Try(ctx, c.index)
		if err != nil && ctx.Err() == nil {
			c.refused = "the engine refuses it: " + err.Error()
		}
		if err == nil && s.dialect != nil {
			if _, err = db.MakeIndex(s.dialect, s.schema, c.index); err != nil {
				c.refused = err.Error()
			}
		}
		if err != nil {
			return false
		}
	}
	return true
}

func (s *search) take(g *gain) {
	for _, c := range g.team {
		c.gain = g
	}
	s.chosen = append(s.chosen, g.team...)
	for b, m := range g.after {
		s.now[b] = m
	}
	s.mark()
}

// cost is what statements cost in seconds a second.
func cost(list []*bound, under map[*bound]measure) float64 {
	var sum float64
	for _, b := range list {
		sum += b.load() * under[b].value
	}
	return sum
}

// loads is how often statements are called, a second.
func loads(list []*bound) (sum float64) {
	for _, b := range list {
		sum += b.load()
	}
	return sum
}

func (s *search) remeasure(ctx context.Context, affected []*bound) bool {
	now := map[*bound]measure{}
	for b, m := range s.now {
		now[b] = m
	}
	config := s.config()
	for _, b := range affected {
		m, err := s.measure(ctx, b, config)
		if err != nil {
			return false
		}
		now[b] = m
	}
	s.now = now
	return true
}

// total is what the workload costs under the chosen set, in seconds a second.
func (s *search) total() float64 {
	sum := cost(s.all, s.now)
	for _, c := range s.chosen {
		sum += c.writes()
	}
	return sum
}
