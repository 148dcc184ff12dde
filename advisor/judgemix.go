package advisor

import (
	"math"
	"slices"
	"time"

	"mltop/internal/stat"
)

const (
	// movedP is how sure it is that a mix moved before it is allowed for: rather
	// too often than too seldom.
	movedP = 0.05
	// leastMoved is the smallest move that could pass for a change: half of one
	// worth a word.
	leastMoved = minEffect / 2
	// loadMoved: below so many times the calls a second a server that is not at
	// its end answers as before.
	loadMoved = 1.3
	// mixCalls make a stretch: the logarithm of a mean of few calls lies below
	// that of the true mean, by half its relative variance, and where the mix
	// moves so does that.
	mixCalls = 20
	// leastKnown is the part of the stretches in which a quantity has to be known.
	leastKnown = 0.8
)

// A lens is one way to look at the times of a subject: what is taken off the
// logarithm of each stretch's mean, and why.
type lens struct {
	off seriesOf
	// instead: the times themselves are this, where the calls are known apart.
	instead seriesOf
	why     string
}

// JudgeBeside judges as Judge does, and then looks again, through every lens
// under which the calls are not those of before: a verdict has to hold through
// all of them. It is pure.
//
// Where the calls are known by what they asked for, each is compared with its
// like (see standard). Where only their rows are, a call's time goes with its
// rows at most in proportion and at least not at all: between the time of a
// call and that of a row lies the truth. What became of other statements that
// the change cannot touch is taken off: the difference in differences of the
// logarithms (Ashenfelter and Card, Review of Economics and Statistics 67,
// 1985). Bounds that hold whatever lies between them are Manski's ("Partial
// Identification of Probability Distributions", 2003). Where they disagree the
// calls are not comparable, and the verdict says what moved.
func JudgeBeside(subject string, before, after []stat.Bucket, x Beside) Verdict {
	before = lastLevel(before)
	v := Judge(subject, before, after)
	a, b, quick := stretchesOf(before, after)
	if len(a) < minBlocks || len(b) < quickBlocks {
		return v
	}
	c := comparison{Beside: x, a: a, b: b, quick: quick, lasted: span(after), least: leastMean(before, after)}
	if apart := c.lookParts(); c.anew {
		return notComparable(v, "the mix changed: most of the calls ask for what was not asked for before")
	} else if v.Outcome != OutcomeNotEnough || c.parts != nil {
		c.look(apart)
		return c.verdict(v)
	}
	return v
}

// stretchesOf cuts both sides alike. Of few calls ranks alone tell, see quickly.
func stretchesOf(before, after []stat.Bucket) (a, b []stretch, quick bool) {
	na, nb := callsIn(before), callsIn(after)
	want := max(min((na+nb)/(2*maxBlocks), nb/(2*minBlocks)), mixCalls)
	if quick = nb < minBlocks*mixCalls; quick {
		want = quickCalls
	}
	return stretches(before, want), stretches(after, want), quick
}

// A comparison is of two rows of stretches.
type comparison struct {
	Beside
	a, b   []stretch
	quick  bool // there are too few calls for more than ranks
	lasted time.Duration
	least  float64  // mean that is told apart
	parts  seriesOf // the time of a call by that of its like; nil: not known, or the mix stayed
	err    float64  // of parts
	anew   bool     // calls ask for what nobody asked for before
	lenses []lens
	load   moved // where nothing tells what it does
	loadBy seriesOf
}

// A moved quantity: how far, in logarithms, and whether that is no chance.
type moved struct {
	was, is float64
	sure    bool
}

func (m moved) by() float64 { return m.is - m.was }

func (m moved) counts() bool { return m.sure && math.Abs(m.by()) >= leastMoved }

// move compares a quantity before and after.
func (c *comparison) move(f seriesOf) (m moved, ok bool) {
	x, y := finite(f.over(c.a)), finite(f.over(c.b))
	if float64(len(x)) < leastKnown*float64(len(c.a)) || float64(len(y)) < leastKnown*float64(len(c.b)) || len(x) < 2 || len(y) < 2 {
		return m, false
	}
	s := stat.MeanShift(x, y)
	m = moved{was: mean(x), is: mean(y), sure: s.P < movedP}
	return m, true
}

func mean(list []float64) float64 { return sumsOf(list).mean() }

func finite(list []float64) []float64 {
	return slices.DeleteFunc(slices.Clone(list), func(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) })
}

// look finds what moved beside what is known of each call.
func (c *comparison) look(apart bool) {
	was, is := c.sum(whole(c.a)), c.sum(whole(c.b))
	if m, ok := c.move(c.rows); ok && m.counts() && !apart {
		c.lenses = append(c.lenses, lens{off: c.rows, why: "the mix changed: rows a call " + arrow(was.Rows/was.Calls, is.Rows/is.Calls)})
	}
	if m, ok := c.move(c.served); ok && m.counts() {
		c.lenses = append(c.lenses, lens{off: c.served, why: "the mix changed: refused requests " + arrow(100*was.Refused/was.Calls, 100*is.Refused/is.Calls) + " %"})
	}
	c.lookOthers()
}

// lookParts reports whether calls are known by what they asked for; then rows
// tell nothing more.
func (c *comparison) lookParts() bool {
	std := standardOf(c.Parts, c.b[0].from)
	if m, ok := c.move(std.expected(c.Parts)); ok {
		if m.counts() {
			c.parts = std.ratio(c.Parts, func(s stretch) float64 { return knownPart * s.calls })
			c.err = std.err(c.Parts, c.a, c.b)
		}
		return true
	}
	if _, ok := c.move(covered(c.Parts)); ok && len(c.Parts) > 0 {
		c.anew = true
		return true
	}
	return false
}

// lookOthers looks at the statements that the change cannot touch, and at how
// much there is to do. What waits for locks feels a load more than what does
// not: where the load moved, as much again is allowed for.
func (c *comparison) lookOthers() {
	var others map[string][]stat.Bucket
	if c.Others != nil {
		others = c.Others()
	}
	c.loadBy = load(others)
	load, known := c.move(c.loadBy)
	heavy := known && load.sure && math.Abs(load.by()) >= math.Log(loadMoved)
	ratio := standardOf(others, c.b[0].from).ratio(others, func(stretch) float64 { return 1 })
	m, ok := c.move(ratio)
	if heavy && !ok {
		c.load = load // what it does is not seen
	}
	if !ok || !m.counts() {
		return
	}
	why := "statements that the change does not touch became " + change(math.Exp(m.by()))
	if heavy {
		why += ", at " + arrow(math.Exp(load.was), math.Exp(load.is)) + " calls a second"
		c.lenses = append(c.lenses, lens{off: twice(ratio), why: why})
	}
	c.lenses = append(c.lenses, lens{off: ratio, why: why})
}

func twice(f seriesOf) seriesOf {
	return func(s stretch) (float64, bool) { x, ok := f(s); return 2 * x, ok }
}

// A sight is the verdict through one lens.
type sight struct {
	stat.Shift
	Outcome
	why  string
	a, b []float64
}

// through compares the times less what a lens takes off.
func (c *comparison) through(v Verdict, l lens) sight {
	a, b := finite(c.less(c.a, l)), finite(c.less(c.b, l))
	s := sight{why: l.why, a: a, b: b, Outcome: OutcomeNotEnough}
	if len(a) < minBlocks || len(b) < quickBlocks {
		return s
	}
	s.Shift = stat.MeanShift(a, b)
	if l.instead != nil {
		s.Shift = s.Shift.Wider(c.err)
	}
	if !c.quick {
		s.Shift = s.Shift.Doubted(byRanks(a, b, s.Effect))
	}
	low, high := s.Interval(sureP)
	v.Low, v.High = math.Exp(low), math.Exp(high)
	switch {
	case !c.quick:
		s.Outcome = outcome(s.Shift, v, c.lasted)
	case s.Effect <= -math.Log(greatGain) && precedence(a, b) < maxP:
		s.Outcome = OutcomeBetter
	}
	if !s.inSum() {
		s.Outcome = OutcomeNotEnough
	}
	return s
}

// inSum reports that a gain or a loss in a typical stretch is one in the sum as
// well, and not only in how stretches scatter.
func (s sight) inSum() bool {
	sum := func(logs []float64) (sum float64) {
		for _, x := range logs {
			sum += math.Exp(x)
		}
		return sum / float64(len(logs))
	}
	ratio := sum(s.b) / sum(s.a)
	switch s.Outcome {
	case OutcomeBetter:
		return ratio <= 1-leastMoved
	case OutcomeWorse:
		return ratio >= 1+leastMoved
	}
	return true
}

func (c *comparison) less(list []stretch, l lens) []float64 {
	out := make([]float64, len(list))
	off := make([]float64, len(list))
	if l.off != nil {
		off = l.off.over(list)
	}
	own := seriesOf(func(s stretch) (float64, bool) { return s.logTime(c.least), true })
	if l.instead != nil {
		own = l.instead
	}
	for i, x := range own.over(list) {
		out[i] = x - off[i]
	}
	return out
}
