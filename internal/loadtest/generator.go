package loadtest

import (
	"runtime"

	"mltop/internal/stat"
	"mltop/internal/wire"
)

// late reports that mltop's own lag is a material part of what it measured:
// a tenth of the latency at the same quantile, and not only the microseconds
// that a scheduler takes.
func late(lag, latency *stat.Sketch) bool {
	return lateAt(lag.Quantile, latency.Quantile)
}

func lateAt(lag, latency func(q float64) float64) bool {
	return material(lag(0.5), latency(0.5), leastLag) || material(lag(0.99), latency(0.99), leastTailLag)
}

func material(lag, latency, least float64) bool { return lag > least && lag > latency/10 }

// What a healthy generator stays below: wake-ups take 20 to 70 µs, and now
// and then a millisecond or two, on a machine that is not full.
const (
	leastLag     = 250e-6
	leastTailLag = 5e-3
)

// full is the share of all processors from which on this process leaves no
// room to others, or gets none itself.
const full = 0.9

func (r *Run) generator() wire.BenchGenerator {
	g := wire.BenchGenerator{CPUSeconds: (cpuSpent() - r.cpu).Seconds()}
	g.CPURatio = g.CPUSeconds / (r.clock.now().Seconds() * float64(runtime.NumCPU()))
	switch {
	case lateAt(r.tally.lag.quantile, r.tally.all.latency.quantile):
		g.Saturated, g.Reason = true, "requests left later than they should have by a tenth of their latency and more"
	case r.plan.Open && g.CPURatio > full:
		g.Saturated, g.Reason = true, "mltop itself used nearly all processors of this machine"
	}
	return g
}
