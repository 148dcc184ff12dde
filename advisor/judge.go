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
	effect, p := stat.MeanShift(a, b)
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
		return "no difference shown, " + after + ": a small one may hide in their scatter"
	}
	return notEnough(v)
}

func notEnough(v Verdict) string {
	return fmt.Sprintf("not enough calls yet: %s before, %s after; %s show a gain of 20 %% where times are steady",
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
