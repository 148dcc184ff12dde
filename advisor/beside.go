package advisor

import (
	"math"
	"slices"
	"sort"
	"time"

	"mltop/internal/stat"
)

// Beside is what was seen beside the times of a subject, before a change and
// after it. Times alone cannot tell an index from other calls: a page that is
// asked for rare things in place of common ones, or a server that does twice
// as much.
type Beside struct {
	// Mix is what the subject's calls were, by time.
	Mix []Mix
	// Parts are the subject's calls by what they asked for: by constants, by
	// route. nil: its source does not see them.
	Parts map[string][]stat.Bucket
	// Others answers the statements that the change cannot touch; nil: none is
	// known. It is asked only where there is a verdict to look at again.
	Others func() map[string][]stat.Bucket
}

// A Mix is what a subject's calls were in a stretch of time.
type Mix struct {
	Start time.Time
	Width time.Duration
	Calls float64
	Rows  float64 // returned or written; NaN: not counted
	// Refused are requests answered 4xx: most end before any work is done.
	Refused float64
}

// A stretch is one block of a subject's calls.
type stretch struct {
	from, to time.Time
	calls    float64
	seconds  float64
}

// stretches are the blocks that blocksOf takes means of.
func stretches(list []stat.Bucket, calls uint64) (out []stretch) {
	now := stretch{}
	for _, b := range list {
		if now.from.IsZero() {
			now.from = b.Start
		}
		now.to = b.Start.Add(b.Width)
		now.calls, now.seconds = now.calls+float64(b.Latency.Count()), now.seconds+b.Latency.Sum()
		if now.calls >= float64(calls) {
			out = append(out, now)
			now = stretch{}
		}
	}
	return out
}

// bucketsIn are those of a row, oldest first, that begin in a stretch.
func (s stretch) bucketsIn(list []stat.Bucket) []stat.Bucket {
	return within(list, s, func(b stat.Bucket) time.Time { return b.Start })
}

func (s stretch) mixesIn(list []Mix) []Mix {
	return within(list, s, func(m Mix) time.Time { return m.Start })
}

func within[T any](list []T, s stretch, start func(T) time.Time) []T {
	at := func(t time.Time) int {
		return sort.Search(len(list), func(i int) bool { return !start(list[i]).Before(t) })
	}
	return list[at(s.from):at(s.to)]
}

// logTime is the logarithm of the mean time of a call, of least at the least.
func (s stretch) logTime(least float64) float64 { return math.Log(max(s.seconds/s.calls, least)) }

// A seriesOf a quantity, one number for each stretch; false where one of them
// has none.
type seriesOf func(s stretch) (float64, bool)

// over reads a quantity of every stretch; NaN where it has none.
func (f seriesOf) over(list []stretch) (out []float64) {
	for _, s := range list {
		x, ok := f(s)
		if !ok {
			x = math.NaN()
		}
		out = append(out, x)
	}
	return out
}

// rows is the logarithm of one and the rows of a call: a call costs something
// by itself, and each row as much again at most.
func (b Beside) rows(s stretch) (float64, bool) {
	m := b.sum(s)
	return math.Log1p(m.Rows / m.Calls), m.Calls > 0 && !math.IsNaN(m.Rows)
}

// sum is the mix of a whole stretch.
func (b Beside) sum(s stretch) (sum Mix) {
	for _, m := range s.mixesIn(b.Mix) {
		sum.Calls, sum.Rows, sum.Refused = sum.Calls+m.Calls, sum.Rows+m.Rows, sum.Refused+m.Refused
	}
	return sum
}

// served is the logarithm of the part of requests that were not refused.
func (b Beside) served(s stretch) (float64, bool) {
	m := b.sum(s)
	return math.Log(max(m.Calls-m.Refused, 1) / m.Calls), m.Calls > 0
}

// load is the logarithm of the calls a second of the subject and of others.
func load(others map[string][]stat.Bucket) seriesOf {
	return func(s stretch) (float64, bool) {
		calls := s.calls
		for _, list := range others {
			calls += float64(callsIn(s.bucketsIn(list)))
		}
		lasted := s.to.Sub(s.from).Seconds()
		return math.Log(calls / lasted), lasted > 0 && calls > 0
	}
}

// A standard is what calls of each kind took before a change.
type standard map[string]usual

// A usual time of a call, and the relative error with which it is known.
type usual struct{ mean, se float64 }

// standardOf takes the median of what some calls took together, for each kind
// that was called until an instant: one call that waited for long decides
// nothing.
func standardOf(parts map[string][]stat.Bucket, until time.Time) standard {
	out := standard{}
	for name, list := range parts {
		end := sort.Search(len(list), func(i int) bool { return !list[i].Start.Before(until) })
		logs := blocksOf(list[:end], blockCalls, leastMean(list))
		if len(logs) < 2 {
			continue
		}
		s := sumsOf(logs)
		slices.Sort(logs)
		// The median of n values scatters by the root of π/2n (Kenney and Keeping,
		// "Mathematics of Statistics" I, 1962, 13.13).
		se := math.Sqrt(s.scatter() / (s.n - 1) * math.Pi / 2 / s.n)
		out[name] = usual{math.Exp((logs[(len(logs)-1)/2] + logs[len(logs)/2]) / 2), se}
	}
	return out
}

// A tallied stretch is what its calls took, and what they would have taken by
// a standard.
type tallied struct{ calls, took, expected float64 }

func (std standard) tally(parts map[string][]stat.Bucket, s stretch) (t tallied) {
	for name, u := range std {
		one := u.of(parts[name], s)
		t.calls, t.took, t.expected = t.calls+one.calls, t.took+one.took, t.expected+one.expected
	}
	return t
}

func (u usual) of(list []stat.Bucket, s stretch) (t tallied) {
	for _, b := range s.bucketsIn(list) {
		t.calls, t.took = t.calls+float64(b.Latency.Count()), t.took+b.Latency.Sum()
	}
	t.expected = t.calls * u.mean
	return t
}

// err is the relative error of what is expected of the calls since, beside that
// of those before: only by as much as the mix moved does it matter how well the
// usual times are known.
func (std standard) err(parts map[string][]stat.Bucket, before, after []stretch) float64 {
	sum := 0.0
	a, b := whole(before), whole(after)
	allA, allB := std.tally(parts, a).expected, std.tally(parts, b).expected
	for name, u := range std {
		moved := u.of(parts[name], b).expected/allB - u.of(parts[name], a).expected/allA
		sum += moved * moved * u.se * u.se
	}
	return math.Sqrt(sum)
}

// whole is the time from the first of some stretches to the last.
func whole(list []stretch) stretch {
	s := stretch{from: list[0].from, to: list[len(list)-1].to}
	for _, one := range list {
		s.calls, s.seconds = s.calls+one.calls, s.seconds+one.seconds
	}
	return s
}

// knownPart is the least part of a stretch's calls of whose kind a mean is
// known: below it the rest could be anything.
const knownPart = 0.8

// ratio is the logarithm of the time that calls took to what the same calls
// took before: indirect standardisation, by which rates of groups
// with another make-up are compared (Breslow and Day, "Statistical Methods in
// Cancer Research" II, 1987, 2.3).
func (std standard) ratio(parts map[string][]stat.Bucket, least func(stretch) float64) seriesOf {
	return func(s stretch) (float64, bool) {
		t := std.tally(parts, s)
		return math.Log(max(t.took, tiniestMean*t.calls) / t.expected), t.expected > 0 && t.calls >= least(s)
	}
}

// expected is the logarithm of the mean time that a call would take by a
// standard: it moves only with the mix.
func (std standard) expected(parts map[string][]stat.Bucket) seriesOf {
	return func(s stretch) (float64, bool) {
		t := std.tally(parts, s)
		return math.Log(t.expected / t.calls), t.expected > 0 && t.calls >= knownPart*s.calls
	}
}

// covered reports whether calls are known by what they asked for, seen before
// or not.
func covered(parts map[string][]stat.Bucket) seriesOf {
	return func(s stretch) (float64, bool) {
		calls := uint64(0)
		for _, list := range parts {
			calls += callsIn(s.bucketsIn(list))
		}
		return 1, float64(calls) >= knownPart*s.calls
	}
}
