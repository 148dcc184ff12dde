package advisor

import (
	"math"
	"time"

	"mltop/internal/stat"
)

// What a verdict asks for before it says that anything has changed.
const (
	// maxP is strict because a dashboard looks again every second: over some
	// tens of looks the chance of one false alarm stays at a few percent.
	maxP = 0.001
	// greatGain is a gain that nothing but a change makes, short of an outage's
	// end: after greatCalls calls, greatP is doubt enough about it.
	greatGain  = 5
	greatCalls = 100
	greatP     = 0.01
	// minEffect is the smallest change worth a word. A deployment's times
	// drift by this much within minutes for reasons of their own.
	minEffect = 0.10
	// sureP is how sure "no difference" is: the interval with a chance of
	// 1-sureP has to lie within minEffect on either side.
	sureP = 0.01
	// power is the chance that a verdict finds a gain at the number of calls
	// that it said would show it.
	power = 0.95
	// blockCalls and minBlocks: a block's mean settles with a few calls, and
	// fewer blocks than this do not show how blocks scatter.
	blockCalls = 5
	minBlocks  = 6
	maxBlocks  = 240
	// patientRatio: nobody waits for more than so many times the calls that
	// there were before; a greater gain is promised instead.
	patientRatio = 3
	// minFreedom: of fewer independent stretches nobody can tell how many more
	// it takes; bursts that nobody has seen yet come after the promise.
	minFreedom = 24
	// patience is how long a change for the worse must last before it is
	// called one: most bursts of load are over by then.
	patience = time.Minute
)

// gains are those that a verdict may promise to show, smallest first.
var gains = [...]float64{0.2, 0.3, 0.5, 0.75, 0.9}

// Judge compares the same statement or route before and after a change. It is
// pure. Calls are gathered into blocks of time, since calls near each other
// are alike; the logarithms of the blocks' means are compared, with the error
// that the blocks' own scatter and likeness leave (stat.MeanShift).
func Judge(subject string, before, after []stat.Bucket) Verdict {
	before = lastLevel(before)
	v := describeCalls(subject, before, after)
	a, b := blocks(before, after)
	switch {
	case len(a) < minBlocks:
		v.Text = tooFew(v, noNumber(0, a))
		return v
	case len(b) < minBlocks: // how calls scatter is known of those before the change
		s := stat.ShiftFrom(a)
		v.Gain, v.Enough = enough(s, v.CallsBefore, len(a))
		v.Text = tooFew(v, noNumber(s.Freedom, a))
	default:
		v = compareCalls(v, byRanks(a, b, math.Log(typical(b)/typical(a))), a, b, span(after))
	}
	if v.Outcome == OutcomeNotEnough {
		if q, ok := quickly(v, before, after); ok {
			return q
		}
	}
	return v
}

// byRanks is how unsure a change is by ranks alone. The likeness of successive
// stretches counts, but for a change so great that the test of the means, which
// has it, decides: of two rows that lie all apart ranks do not tell how far.
func byRanks(a, b []float64, effect float64) float64 {
	if math.Abs(effect) >= math.Log(greatGain) {
		return stat.RankP(a, b)
	}
	return stat.RankShift(a, b).P
}

// compareCalls judges two rows of blocks; byRank is the chance of their ranks.
func compareCalls(v Verdict, byRank float64, a, b []float64, lasted time.Duration) Verdict {
	s := stat.MeanShift(a, b).Doubted(byRank)
	low, high := s.Interval(sureP)
	v.BeforeMean, v.AfterMean = typical(a), typical(b)
	v.P, v.Low, v.High = s.P, math.Exp(low), math.Exp(high)
	known := longer(a, b)
	v.Gain, v.Enough = enough(known, v.CallsBefore, len(a))
	v.Outcome = outcome(s, v, lasted)
	v.Text = verdictText(v, settling(known, v.CallsBefore, len(a)), noNumber(known.Freedom, a))
	return v
}

func describeCalls(subject string, before, after []stat.Bucket) Verdict {
	nan, least := math.NaN(), leastMean(before, after)
	a, b := merge(before), merge(after)
	return Verdict{
		Subject: subject, Outcome: OutcomeNotEnough,
		BeforeP95: a.Quantile(0.95), AfterP95: b.Quantile(0.95),
		BeforeMean: typical(blocksOf(before, 1, least)), AfterMean: typical(blocksOf(after, 1, least)), // by seconds, until there are blocks
		CallsBefore: int(a.Count()), CallsAfter: int(b.Count()), P: nan, Low: nan, High: nan,
	}
}

func merge(list []stat.Bucket) *stat.Sketch {
	var s stat.Sketch
	for _, b := range list {
		s.Merge(b.Latency)
	}
	return &s
}

// blocks are the logarithms of the mean times of successive stretches of both
// sides: each of the same number of calls or a little more, so that those of
// the one side scatter as those of the other.
func blocks(before, after []stat.Bucket) (a, b []float64) {
	na, nb := callsIn(before), callsIn(after)
	want := min((na+nb)/(2*maxBlocks), nb/(2*minBlocks))
	want = max(want, blockCalls)
	least := leastMean(before, after)
	return blocksOf(before, want, least), blocksOf(after, want, least)
}

func callsIn(list []stat.Bucket) (n uint64) {
	for _, b := range list {
		n += b.Latency.Count()
	}
	return n
}

func blocksOf(list []stat.Bucket, calls uint64, least float64) []float64 {
	var out []float64
	n, sum := uint64(0), 0.0
	for _, b := range list {
		n, sum = n+b.Latency.Count(), sum+b.Latency.Sum()
		if n >= calls {
			out = append(out, math.Log(max(sum/float64(n), least)))
			n, sum = 0, 0
		}
	}
	return out
}

// smallestMean stands for a block whose times were all recorded as 0, as a
// log of whole milliseconds does: half a millisecond is their middle.
const smallestMean = 0.0005

// tiniestMean is a call that no clock sees.
const tiniestMean = 1e-9

// leastMean is the least mean that times are told apart by: where a whole
// bucket of calls took 0 they are recorded coarsely, else to less than a call
// takes.
func leastMean(lists ...[]stat.Bucket) float64 {
	for _, list := range lists {
		for _, b := range list {
			if b.Latency.Count() > 0 && b.Latency.Sum() == 0 {
				return smallestMean
			}
		}
	}
	return tiniestMean
}

// typical is the mean time of a call in a typical block.
func typical(logs []float64) float64 {
	sum := 0.0
	for _, x := range logs {
		sum += x
	}
	return math.Exp(sum / float64(len(logs)))
}

// longer takes the scatter from where it shows best: a short record after a
// change may have caught only a calm.
func longer(a, b []float64) stat.Shift {
	if len(b) > len(a) {
		return stat.MeanShift(a, b)
	}
	return stat.ShiftFrom(a)
}

// enough answers the smallest of gains that can be shown against the calls
// before the change, and how many calls after it show that gain; with a chance
// of power, by the scatter and likeness of this route's own times. 0: none, or too
// little is known of them to promise anything.
func enough(s stat.Shift, calls, blocks int) (gain float64, after int) {
	if s.Freedom < minFreedom {
		return 0, 0
	}
	for _, g := range gains {
		if n := s.Needed(math.Log(1-g), maxP, power); n <= patientRatio*float64(blocks) {
			return g, int(math.Ceil(max(n, minBlocks) * float64(calls) / float64(blocks)))
		}
	}
	return 0, 0
}

// settling is how many calls after the change show that it made no difference;
// +Inf where that cannot be told.
func settling(s stat.Shift, calls, blocks int) float64 {
	if s.Freedom < minFreedom {
		return math.Inf(1)
	}
	n := s.Needed(math.Log(1+minEffect), sureP, 1-(1-power)/2) // it may miss on either side
	return n * float64(calls) / float64(blocks)
}

func outcome(s stat.Shift, v Verdict, lasted time.Duration) Outcome {
	ratio := math.Exp(s.Effect) - 1
	switch {
	case s.P < maxP && ratio <= -minEffect, s.P < greatP && s.Effect <= -math.Log(greatGain) && v.CallsAfter >= greatCalls:
		return OutcomeBetter
	case s.P < maxP && ratio >= minEffect && lasted >= patience:
		return OutcomeWorse
	case v.Low >= 1-minEffect && v.High <= 1+minEffect:
		return OutcomeNoChange
	}
	return OutcomeNotEnough
}

// span is the time that buckets cover, from the first to the last.
func span(list []stat.Bucket) time.Duration {
	if len(list) == 0 {
		return 0
	}
	last := list[len(list)-1]
	return last.Start.Add(last.Width).Sub(list[0].Start)
}
