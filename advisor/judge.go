package advisor

import (
	"fmt"
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
	// EnoughCalls is how many calls after the change find a true 20 % gain in
	// at least nine of ten cases, in times that scatter as those of a server
	// do (a factor of 1.8 from call to call, with bursts of half a minute).
	// With fewer, only greater changes are told.
	EnoughCalls = 4000
	// blockCalls and minBlocks: a block's mean settles with a few calls, and
	// fewer blocks than this do not show how blocks scatter.
	blockCalls = 5
	minBlocks  = 6
	maxBlocks  = 240
	// patience is how long a change for the worse must last before it is
	// called one: most bursts of load are over by then.
	patience = time.Minute
	// maxRho bounds the estimate of how much a block resembles the one before.
	maxRho = 0.98
)

// Judge compares the same statement or route before and after a change. It is
// pure. Calls are gathered into blocks of time, since calls near each other
// are alike; the logarithms of the blocks' means are compared by Student's
// test, with as many independent blocks as their autocorrelation leaves:
// n (1-ρ)/(1+ρ) (Zwiers and von Storch, "Taking serial correlation into
// account in tests of the mean", Journal of Climate 8, 1995).
func Judge(subject string, before, after []stat.Bucket) Verdict {
	before = lastLevel(before)
	v := describeCalls(subject, before, after)
	a, b := blocks(before), blocks(after)
	if len(a) < minBlocks || len(b) < minBlocks {
		v.Outcome, v.P = OutcomeNotEnough, math.NaN()
		v.Text = notEnough(v)
		return v
	}
	effect, p := compareBlocks(a, b)
	v.P = p
	v.Outcome = outcome(effect, p, v.CallsAfter, span(after))
	v.Text = verdictText(v, effect)
	return v
}

func describeCalls(subject string, before, after []stat.Bucket) Verdict {
	a, b := merge(before), merge(after)
	return Verdict{
		Subject:     subject,
		BeforeP95:   a.Quantile(0.95),
		AfterP95:    b.Quantile(0.95),
		BeforeMean:  a.Mean(),
		AfterMean:   b.Mean(),
		CallsBefore: int(a.Count()),
		CallsAfter:  int(b.Count()),
	}
}

func merge(list []stat.Bucket) *stat.Sketch {
	var s stat.Sketch
	for _, b := range list {
		s.Merge(b.Latency)
	}
	return &s
}

// blocks are the logarithms of the mean times of successive stretches, each
// of at least blockCalls calls; long series are gathered to maxBlocks.
func blocks(list []stat.Bucket) []float64 {
	total := merge(list).Count()
	want := max(uint64(blockCalls), total/maxBlocks)
	var out []float64
	var open stat.Sketch
	for _, b := range list {
		open.Merge(b.Latency)
		if open.Count() >= want {
			out = append(out, math.Log(max(open.Mean(), smallestMean)))
			open = stat.Sketch{}
		}
	}
	return out
}

// smallestMean stands for a block whose times were all recorded as 0, as a
// log of whole milliseconds does: half a millisecond is their middle.
const smallestMean = 0.0005

// compareBlocks answers the change of the mean logarithm and its p-value.
func compareBlocks(a, b []float64) (effect, p float64) {
	ma, va := meanVar(a)
	mb, vb := meanVar(b)
	rho := autocorrelation(deviations(a, ma), deviations(b, mb))
	na, nb := independent(len(a), rho), independent(len(b), rho)
	// A short stretch may have caught only a calm or only a burst: the greater
	// scatter of the two is taken for both.
	v := max(va, vb)
	se := math.Sqrt(v/na + v/nb)
	effect = mb - ma
	if se == 0 {
		return effect, boolP(effect)
	}
	return effect, twoSided(effect/se, max(na+nb-2, 1))
}

func boolP(effect float64) float64 {
	if effect == 0 {
		return 1
	}
	return 0
}

func meanVar(x []float64) (mean, variance float64) {
	for _, v := range x {
		mean += v
	}
	mean /= float64(len(x))
	for _, v := range x {
		variance += (v - mean) * (v - mean)
	}
	return mean, variance / float64(len(x)-1)
}

func deviations(x []float64, mean float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = v - mean
	}
	return out
}

// autocorrelation is the correlation of successive blocks, over both
// stretches: corrected for its bias towards zero (Kendall, Biometrika 41,
// 1954), and by one standard error upwards, since too low a value makes false
// verdicts and too high a one only late ones.
func autocorrelation(a, b []float64) float64 {
	var num, den float64
	for _, x := range [][]float64{a, b} {
		for i, v := range x {
			den += v * v
			if i > 0 {
				num += v * x[i-1]
			}
		}
	}
	if den == 0 {
		return 0
	}
	n := float64(len(a) + len(b))
	rho := max(num/den, 0)
	rho += (1 + 4*rho) / n
	rho += math.Sqrt(max(1-rho*rho, 0) / n)
	return min(rho, maxRho)
}

// independent is how many independent blocks n autocorrelated ones are worth.
func independent(n int, rho float64) float64 {
	return max(float64(n)*(1-rho)/(1+rho), 1)
}

func outcome(effect, p float64, calls int, lasted time.Duration) Outcome {
	ratio := math.Exp(effect) - 1
	switch {
	case p < maxP && ratio <= -minEffect, p < greatP && effect <= -math.Log(greatGain) && calls >= greatCalls:
		return OutcomeBetter
	case p < maxP && ratio >= minEffect && lasted >= patience:
		return OutcomeWorse
	case calls >= EnoughCalls:
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

func verdictText(v Verdict, effect float64) string {
	after := plural(v.CallsAfter, "call")
	switch v.Outcome {
	case OutcomeBetter:
		return howMuch(effect) + " faster on average, " + after + ", " + pText(v.P)
	case OutcomeWorse:
		return howMuch(-effect) + " slower on average, " + after + ", " + pText(v.P)
	case OutcomeNoChange:
		return "no difference shown, " + after + " (a gain of 20 % would have been)"
	}
	return notEnough(v)
}

func notEnough(v Verdict) string {
	return fmt.Sprintf("not enough calls yet: %s before, %s after; %s show a gain of 20 %%",
		count(int64(v.CallsBefore)), count(int64(v.CallsAfter)), count(EnoughCalls))
}

// howMuch writes a fall of the mean logarithm: "31×", or "23 %" below twice.
func howMuch(effect float64) string {
	if ratio := math.Exp(-effect); ratio >= 2 {
		return digits(ratio) + "×"
	}
	return fmt.Sprintf("%.0f %%", 100*(1-math.Exp(effect)))
}

func pText(p float64) string {
	if p < 0.001 {
		return "p < 0.001"
	}
	return fmt.Sprintf("p = %.3f", p)
}

// Unseen is the verdict where the statements cannot be seen live.
func Unseen(subject, why string) Verdict {
	return Verdict{Subject: subject, Outcome: OutcomeUnseen, P: math.NaN(),
		BeforeP95: math.NaN(), AfterP95: math.NaN(), BeforeMean: math.NaN(), AfterMean: math.NaN(),
		Text: string(OutcomeUnseen) + ": " + why}
}

// twoSided is the chance of a Student's t at least that far from 0: the
// regularised incomplete beta function I(f/(f+t²); f/2, 1/2) (Abramowitz and
// Stegun 26.7.1).
func twoSided(t, freedom float64) float64 {
	return betaInc(freedom/(freedom+t*t), freedom/2, 0.5)
}

// betaInc is I(x; a, b), by the continued fraction of Abramowitz and Stegun
// 26.5.8, where it converges fast.
func betaInc(x, a, b float64) float64 {
	if x <= 0 || x >= 1 {
		return min(max(x, 0), 1)
	}
	if x > (a+1)/(a+b+2) {
		return 1 - betaInc(1-x, b, a)
	}
	la, _ := math.Lgamma(a)
	lb, _ := math.Lgamma(b)
	lab, _ := math.Lgamma(a + b)
	front := math.Exp(lab - la - lb + a*math.Log(x) + b*math.Log(1-x))
	return front * betaFraction(x, a, b) / a
}

// betaFraction evaluates the continued fraction by Lentz's method.
func betaFraction(x, a, b float64) float64 {
	const tiny, steps = 1e-300, 300
	c, d := 1.0, 1/nonZero(1-(a+b)*x/(a+1), tiny)
	h := d
	for m := 1.0; m <= steps; m++ {
		even := m * (b - m) * x / ((a + 2*m - 1) * (a + 2*m))
		odd := -(a + m) * (a + b + m) * x / ((a + 2*m) * (a + 2*m + 1))
		before := h
		for _, k := range []float64{even, odd} {
			d = 1 / nonZero(1+k*d, tiny)
			c = nonZero(1+k/c, tiny)
			h *= c * d
		}
		if math.Abs(h-before) < 1e-14*math.Abs(h) {
			break
		}
	}
	return h
}

func nonZero(v, tiny float64) float64 {
	if math.Abs(v) < tiny {
		return tiny
	}
	return v
}
