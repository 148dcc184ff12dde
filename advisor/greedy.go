package advisor

import (
	"context"
	"math"
	"slices"
	"sort"

	"mltop/internal/db"
)

// A gain is what a candidate adds to the chosen set.
type gain struct {
	c     *candidate
	net   float64 // seconds saved a second, less what writing costs
	now   float64 // what the statements that it speeds up cost before it
	first float64 // and without any index
	left  float64 // and with it
	calls float64 // how often they are called, a second
	after map[*bound]measure
}

// greedy adds the best candidate until none is worth its place.
func (s *search) greedy(ctx context.Context) {
	for ctx.Err() == nil {
		s.progress("searching", 0.4+0.4*float64(len(s.chosen))/float64(len(s.chosen)+2))
		g := s.best(ctx)
		if g == nil {
			return
		}
		if s.accept(ctx, g.c) {
			s.take(g)
		}
	}
}

// best finds the candidate that adds most. Candidates come by what they could
// save at most, so that the rest need no measuring once that is below the
// best one found.
func (s *search) best(ctx context.Context) *gain {
	var best *gain
	for _, c := range s.byBound() {
		if ctx.Err() != nil {
			return best
		}
		if best != nil && s.bound(c) <= best.net {
			return best
		}
		if c.refused != "" || s.has(c) || !s.fits(c) {
			continue
		}
		g, ok := s.gain(ctx, c)
		if ok && g.worth() && (best == nil || s.preferred(g, best)) {
			best = g
		}
	}
	return best
}

func (g *gain) worth() bool { return isWorth(g.net, g.now, g.first) }

// Two gains are nearly equal, and the smaller index wins, when they lie apart
// by less than a part of what is left of the cost, or than a clock can tell.
const (
	nearlyEqual = 0.25
	clockNoise  = 20e-6 // seconds a call
)

// preferred reports whether g is the better choice: by benefit a byte when
// bytes are short, else by benefit, and by size among near equals.
func (s *search) preferred(g, than *gain) bool {
	if s.budget > 0 && g.c.bytes > 0 && than.c.bytes > 0 {
		return g.net/float64(g.c.bytes) > than.net/float64(than.c.bytes)
	}
	if math.Abs(g.net-than.net) <= max(nearlyEqual*min(g.left, than.left), clockNoise*g.calls) {
		return g.c.bytes < than.c.bytes
	}
	return g.net > than.net
}

func (s *search) has(c *candidate) bool {
	for _, have := range s.chosen {
		if have == c {
			return true
		}
	}
	return false
}

func (s *search) fits(c *candidate) bool {
	return s.budget <= 0 || s.bytes()+c.bytes <= s.budget
}

func (s *search) bytes() int64 {
	var sum int64
	for _, c := range s.chosen {
		sum += c.bytes
	}
	return sum
}

// gain measures the statements that would use c beside the chosen ones.
func (s *search) gain(ctx context.Context, c *candidate) (*gain, bool) {
	if !s.knowWrites(ctx, c) {
		return nil, false
	}
	config := s.config(c)
	g := &gain{c: c, net: -c.writes(), after: map[*bound]measure{}}
	for _, b := range c.users {
		m, err := s.measure(ctx, b, config)
		if err != nil {
			return nil, false
		}
		d := s.now[b].saves(m)
		if d > 0 && d < minGain*s.now[b].value {
			d = 0
		}
		g.count(b, d, s.now[b], s.base[b])
		if d != 0 {
			g.after[b] = m
		}
	}
	return g, true
}

// measure costs a statement for comparisons within the search: the geometric
// mean of the time and of what the counted work would take at the pace of the
// baseline. Work is the same in every run, so a disturbed clock sways the
// choice half as much, and the advice is the same from run to run.
func (s *search) measure(ctx context.Context, b *bound, c db.Config) (measure, error) {
	m, err := s.what.measure(ctx, b, c)
	base := s.base[b]
	if err != nil || base.steps <= 0 || m.steps <= 0 || m.value <= 0 {
		return m, err
	}
	paced := base.value * float64(m.steps) / float64(base.steps)
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
	c.rowCost, c.evaluated = max(e.Value, 0), true
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

// accept proves that the engine takes the index and the writes after it.
func (s *search) accept(ctx context.Context, c *candidate) bool {
	err := s.what.lab.Try(ctx, c.index)
	if err != nil && ctx.Err() == nil {
		c.refused = "the engine refuses it: " + err.Error()
	}
	return err == nil
}

func (s *search) take(g *gain) {
	s.chosen = append(s.chosen, g.c)
	for b, m := range g.after {
		s.now[b] = m
	}
}

// improve drops what the others have made needless, puts smaller indexes in
// the place of larger ones that are no better, swaps what another
// candidate does better, and merges two to one, until nothing changes or ctx
// ends.
func (s *search) improve(ctx context.Context) {
	for round := 0; round < len(s.pool) && ctx.Err() == nil; round++ {
		s.progress("improving", 0.8)
		if !s.dropOne(ctx) && !s.shrinkOne(ctx) && !s.swapOne(ctx) && !s.mergeTwo(ctx) {
			return
		}
	}
}

// dropOne removes an index that is not worth its place any more.
func (s *search) dropOne(ctx context.Context) bool {
	for _, c := range s.chosen {
		if s.exchange(ctx, []*candidate{c}, nil, s.harmless) {
			return true
		}
	}
	return false
}

// shrinkOne replaces an index by the smallest one that is as good.
func (s *search) shrinkOne(ctx context.Context) bool {
	for _, c := range s.chosen {
		for _, other := range s.smaller(c) {
			if s.exchange(ctx, []*candidate{c}, other, s.alike) {
				return true
			}
		}
	}
	return false
}

// alike reports whether no statement takes longer than before by more than
// can be told apart.
func (s *search) alike(before standing, affected []*bound) bool {
	for _, b := range affected {
		if s.now[b].value > (1+nearlyEqual)*before.now[b].value+clockNoise {
			return false
		}
	}
	return s.total() <= before.total || s.harmless(before, affected)
}

// smaller lists the smaller candidates that all statements of c would use,
// the smallest first.
func (s *search) smaller(c *candidate) []*candidate {
	var out []*candidate
	for _, other := range s.pool {
		if other.bytes < c.bytes && other.index.Table == c.index.Table && !s.has(other) && other.refused == "" && includes(other.users, s.using(c)) {
			out = append(out, other)
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].bytes < out[j].bytes })
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
			if s.couldSwap(c, other) && s.exchange(ctx, []*candidate{c}, other, s.betters) {
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
	return isWorth(left, left, cost(other.users, s.base))
}

// mergeTwo puts one index in the place of two where that is as good.
func (s *search) mergeTwo(ctx context.Context) bool {
	for _, a := range s.chosen {
		for _, b := range s.chosen {
			if a == b {
				continue
			}
			for _, ix := range s.mergedOf(a, b) {
				both := s.newCandidate(ctx, ix, s.measured())
				if s.exchange(ctx, []*candidate{a, b}, both, s.alike) {
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
	return []db.Index{unclash(ix, s.schema)}
}

// A state of the search that an exchange may go back to.
type standing struct {
	chosen []*candidate
	now    map[*bound]measure
	total  float64
}

// harmless reports whether what is lost since before is not worth an index.
func (s *search) harmless(before standing, affected []*bound) bool {
	lost := cheaper(affected, before.now, s.now)
	return !isWorth(s.total()-before.total, cost(lost, s.now), cost(lost, s.base))
}

// betters reports whether what is won since before is worth an index.
func (s *search) betters(before standing, affected []*bound) bool {
	won := cheaper(affected, s.now, before.now)
	return isWorth(before.total-s.total(), cost(won, before.now), cost(won, s.base))
}

// exchange takes indexes out and puts another in (nil: none), and goes back
// unless the outcome is good and the engine takes the new one.
func (s *search) exchange(ctx context.Context, out []*candidate, in *candidate, good func(standing, []*bound) bool) bool {
	before := standing{s.chosen, s.now, s.total()}
	if in == nil || s.knowWrites(ctx, in) {
		affected, ok := s.replace(ctx, out, in)
		if ok && good(before, affected) && (in == nil || s.accept(ctx, in)) {
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

// cost is what statements cost in seconds a second.
func cost(list []*bound, under map[*bound]measure) float64 {
	var sum float64
	for _, b := range list {
		sum += b.load() * under[b].value
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
