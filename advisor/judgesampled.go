package advisor

import (
	"math"
	"time"

	"mltop/internal/stat"
)

// A Load is what was seen of a statement in a stretch of time by looking at
// the sessions: nothing counts its calls.
type Load struct {
	Start time.Time
	Width time.Duration
	Busy  float64 // seconds that sessions were seen in it
	// Served are the statements or transactions that the server ran meanwhile,
	// of all kinds; NaN: not known.
	Served float64
}

const (
	// One observation stands for so much time: some tens of looks, and long
	// against most calls; less where a change came soon after mltop did.
	longBlock  = 5 * time.Second
	shortBlock = 2 * time.Second
	// shortPast is how many blocks a short past is cut into.
	shortPast = 12
	// knownServed is the least part of a block of which it is known what the
	// server ran.
	knownServed = 0.5
)

// JudgeSampled compares how long sessions are in a statement before and after a
// change, where its calls are not counted. It is pure. Blocks of time of one
// length are the observations, by their roots: counts of looks scatter alike
// then, and blocks without any count too (Bartlett, "The square root
// transformation in analysis of variance", JRSS Supplement 3, 1936). An
// application that asks less often is in it for less time, too: so a verdict
// has to hold as well for the time by what the server ran in all.
func JudgeSampled(subject string, before, after []Load) Verdict {
	width := max(blockOf(loadSpan(before)), widest(before), widest(after))
	a, b := loadBlocks(before, width), loadBlocks(after, width)
	v := describeLoads(subject, a, b)
	s := sampledShift{width: width, before: a, after: b, lasted: loadSpan(after)}
	if s.enough() {
		s.compare(&v)
	}
	v.Text = s.text(v)
	return v
}

// A loadShift is a comparison of two rows of blocks.
type loadShift struct {
	stat.Shift
	ratio, low, high float64 // of after to before
	known            bool
}

// A sampledShift is the comparison of the time in a statement, as it is and by
// what the server ran.
type sampledShift struct {
	width         time.Duration
	before, after []loadOf
	lasted        time.Duration
	raw, each     loadShift
}

// A loadOf is one block.
type loadOf struct {
	sessions float64 // mean number in the statement
	served   float64 // a second; NaN: not known
}

// blockOf is the block for a past, in whole seconds.
func blockOf(past time.Duration) time.Duration {
	return min(max((past/shortPast).Truncate(time.Second), shortBlock), longBlock)
}

func widest(list []Load) (w time.Duration) {
	for _, l := range list {
		w = max(w, l.Width)
	}
	return w
}

func loadSpan(list []Load) (sum time.Duration) {
	for _, l := range list {
		sum += l.Width
	}
	return sum
}

// loadBlocks gathers what was looked at into blocks of a width; time that
// nobody looked in lies between two of them or in one, and counts as none.
func loadBlocks(list []Load, width time.Duration) (out []loadOf) {
	var lasted, known time.Duration
	busy, served := 0.0, 0.0
	for _, l := range list {
		lasted, busy = lasted+l.Width, busy+l.Busy
		if !math.IsNaN(l.Served) {
			known, served = known+l.Width, served+l.Served
		}
		if lasted < width {
			continue
		}
		o := loadOf{busy / lasted.Seconds(), math.NaN()}
		if known.Seconds() >= knownServed*lasted.Seconds() {
			o.served = served / known.Seconds()
		}
		out = append(out, o)
		lasted, known, busy, served = 0, 0, 0, 0
	}
	return out
}

func describeLoads(subject string, a, b []loadOf) Verdict {
	v := Unseen(subject)
	v.Outcome = OutcomeNotEnough
	was, is := typicalLoad(roots(a)), typicalLoad(roots(b))
	v.SessionsBefore, v.SessionsAfter = known(was), known(is)
	return v
}

// roots are the roots of the sessions in a statement.
func roots(list []loadOf) (out []float64) {
	for _, o := range list {
		out = append(out, math.Sqrt(o.sessions))
	}
	return out
}

// rootsEach are the roots of the time in a statement for each statement or
// transaction that the server ran; a block in which it ran none tells nothing.
func rootsEach(list []loadOf) (out []float64) {
	for _, o := range list {
		if o.served > 0 {
			out = append(out, math.Sqrt(o.sessions/o.served))
		}
	}
	return out
}

// typicalLoad is the load of a typical block; NaN of none.
func typicalLoad(roots []float64) float64 {
	sum := 0.0
	for _, x := range roots {
		sum += x
	}
	sum /= float64(len(roots))
	return sum * sum
}

// enough reports that there is something to compare: it was seen before, and
// both sides are long enough. A gain so great that ranks leave no doubt shows
// in fewer blocks, see quickly.
func (s sampledShift) enough() bool {
	a, b := roots(s.before), roots(s.after)
	quick := len(b) >= quickBlocks && typicalLoad(b)*greatGain <= typicalLoad(a) && precedence(a, b) < maxP
	return len(a) >= minBlocks && typicalLoad(a) > 0 && (len(b) >= minBlocks || quick)
}

// compare fills in the verdict.
func (s *sampledShift) compare(v *Verdict) {
	s.raw = shiftOfLoads(roots(s.before), roots(s.after))
	s.each = shiftOfLoads(rootsEach(s.before), rootsEach(s.after))
	v.P, v.Low, v.High = s.raw.P, s.raw.low, s.raw.high
	if s.each.known {
		v.P, v.Low, v.High = max(v.P, s.each.P), min(v.Low, s.each.low), max(v.High, s.each.high)
	}
	switch {
	case s.both(func(l loadShift) bool { return l.P < maxP && l.ratio <= 1-minEffect }):
		v.Outcome = OutcomeBetter
	case s.both(func(l loadShift) bool { return l.P < maxP && l.ratio >= 1+minEffect }) && s.lasted >= patience:
		v.Outcome = OutcomeWorse
	case s.both(func(l loadShift) bool { return l.low >= 1-minEffect && l.high <= 1+minEffect }):
		v.Outcome = OutcomeNoChange
	}
}

// both reports what holds for the time in the statement, and by what the server
// ran. Where that was known before the change and is not any more, nothing
// holds: the application may have gone away.
func (s *sampledShift) both(holds func(loadShift) bool) bool {
	if len(rootsEach(s.before)) < minBlocks {
		return holds(s.raw)
	}
	return holds(s.raw) && s.each.known && holds(s.each)
}

// shiftOfLoads compares roots; the ratio is of their squares.
func shiftOfLoads(a, b []float64) loadShift {
	if len(a) < minBlocks || len(b) < quickBlocks || typicalLoad(a) == 0 {
		return loadShift{}
	}
	l := loadShift{Shift: stat.MeanShift(a, b), known: true}
	was := math.Sqrt(typicalLoad(a))
	low, high := l.Interval(sureP)
	square := func(d float64) float64 { r := max(was+d, 0) / was; return r * r }
	l.ratio, l.low, l.high = square(l.Effect), square(low), square(high)
	if len(b) >= minBlocks { // of fewer, enough has asked their ranks
		l.Shift = l.Doubted(byRanks(a, b, math.Log(l.ratio)))
	}
	return l
}
