package loadtest

import (
	"fmt"

	"mltop/internal/stat"
	"mltop/internal/wire"
)

// Tuned compares one run with one: their seconds are the values, each of which
// resembles those before it, as stat.MeanShift takes into account.
func Tuned(before, after *wire.Bench) wire.BenchFinding {
	a, b := perSecondMeans(before), perSecondMeans(after)
	f := wire.BenchFinding{Rule: "tune", Level: "info"}
	if len(a) < leastSeconds || len(b) < leastSeconds {
		f.Text = fmt.Sprintf("no verdict: each test has to last %d s and more", leastSeconds)
		return f
	}
	s := stat.MeanShift(a, b)
	change := fmt.Sprintf("P95 %s → %s, mean %s → %s", seconds(before.Latency.P95), seconds(after.Latency.P95), seconds(before.Latency.Mean), seconds(after.Latency.Mean))
	switch {
	case s.P > chanceOfAll:
		f.Text = fmt.Sprintf("no difference shown: %s (p = %.2g)", change, s.P)
	case s.Effect < 0:
		f.Text = fmt.Sprintf("faster: %s (%s)", change, chanceText(s.P))
	default:
		f.Level, f.Text = "warn", fmt.Sprintf("slower: %s (%s): take it back", change, chanceText(s.P))
	}
	if more := after.ErrorCount; more > before.ErrorCount {
		f.Level, f.Text = "warn", f.Text+fmt.Sprintf("; errors rose from %d to %d", before.ErrorCount, more)
	}
	return f
}

// leastSeconds: of fewer, nobody knows how seconds scatter.
const leastSeconds = 4

func chanceText(p float64) string {
	if p < 0.001 {
		return "p < 0.001"
	}
	return fmt.Sprintf("p = %.2g", p)
}

// perSecondMeans are the mean latencies of the stretches that were counted.
func perSecondMeans(b *wire.Bench) []float64 {
	var out []float64
	for _, s := range b.Series {
		if s.At >= b.Warmup && s.At+s.Width <= b.Warmup+b.Duration && s.Latency.Mean != nil {
			out = append(out, *s.Latency.Mean)
		}
	}
	return out
}
