package loadtest

import (
	"slices"
	"sync"
	"time"

	"mltop/internal/stat"
	"mltop/internal/wire"
)

// A liveView remembers the stretches of a run that are as they were when it
// last looked: most are, and looking at all of them anew would take time from
// the requests.
type liveView struct {
	mu      sync.Mutex
	width   time.Duration
	seconds []wire.BenchSecond
	heat    [][]uint64
}

// Live answers what the run would come to if it ended now; it may be called
// from anywhere. What it answers is not changed any more.
func (r *Run) Live() wire.BenchLive {
	r.view.mu.Lock()
	defer r.view.mu.Unlock()
	b := r.liveBench()
	if b.Phase != wire.BenchSetup {
		b.Analysis = Analyse(&b.Bench)
	}
	return b
}

func (r *Run) liveBench() wire.BenchLive {
	r.tally.mu.Lock()
	defer r.tally.mu.Unlock()
	b := wire.BenchLive{Phase: *r.phase.Load(), Length: r.plan.Length().Seconds(), Steps: steps(r.plan.Patterns), Factor: r.lever.at(), HeatBounds: heatBounds()}
	if r.clock.began.IsZero() { // its setup is under way
		b.Bench = wire.Bench{Name: r.plan.Name, Model: r.plan.model(), Warmup: r.plan.Warmup.Seconds(), Thresholds: r.thresholdResults(&b.Bench)}
		return b
	}
	now := min(r.clock.now(), r.plan.Length())
	if isClosed(r.over) {
		now = time.Duration(r.ended.Load())
	}
	b.Bench = r.summary(now)
	r.fill(&b.Bench)
	b.At, b.InFlight = now.Seconds(), int64(r.sent.Load()-r.done.Load())
	r.levels(&b, now)
	b.Series, b.Heat = r.view.look(&r.tally.series)
	return b
}

// levels are what is asked for at an instant.
func (r *Run) levels(b *wire.BenchLive, now time.Duration) {
	if b.Phase == wire.BenchRunning && now < r.plan.Warmup {
		b.Phase = wire.BenchWarming
	}
	if isClosed(r.over) {
		return
	}
	asked := level(r.plan.Stages, now) * b.Factor
	if r.plan.Open {
		b.Asked = &asked
	} else {
		b.Users = &asked
	}
}

// look takes in what has changed.
func (v *liveView) look(s *series) ([]wire.BenchSecond, [][]uint64) {
	from := min(s.changed, len(v.seconds))
	if v.width != s.width {
		v.width, from = s.width, 0
	}
	// Those that were handed out are not changed.
	v.seconds, v.heat = slices.Clone(v.seconds[:from]), slices.Clone(v.heat[:from])
	for i := from; i < len(s.buckets); i++ {
		v.seconds, v.heat = append(v.seconds, s.result(i)), append(v.heat, heatOf(&s.buckets[i].latency))
	}
	s.changed = len(s.buckets)
	return v.seconds, v.heat
}

// heatBounds are the bands of a heatmap in seconds, three a decade, from what
// a server on this machine answers to what a client gives up on.
func heatBounds() []float64 {
	return []float64{100e-6, 200e-6, 500e-6, 1e-3, 2e-3, 5e-3, 10e-3, 20e-3, 50e-3, .1, .2, .5, 1, 2, 5, 10}
}

func heatOf(s *stat.Sketch) []uint64 {
	bounds := heatBounds()
	out := make([]uint64, len(bounds)+1)
	s.Each(func(v float64, n uint64) {
		i, found := slices.BinarySearch(bounds, v)
		if found {
			i++
		}
		out[i] += n
	})
	return out
}
