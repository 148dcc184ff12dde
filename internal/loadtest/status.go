package loadtest

import (
	"math"
	"time"
)

// A Status is how a run stands.
type Status struct {
	At       time.Duration // since the start
	Length   time.Duration // of the stages
	Warming  bool
	Sent     uint64
	InFlight int64
	Errors   uint64
	Stopping bool
	Factor   float64 // of the rate; 0 is a pause
	// Of the last whole stretch of the series; NaN where nothing was counted.
	PerSecond, ErrorRatio, P50, P95, P99, Lag float64
}

// Status answers how the run stands; it may be called from anywhere.
func (r *Run) Status() Status {
	nan := math.NaN()
	r.tally.mu.Lock()
	defer r.tally.mu.Unlock()
	if r.clock.began.IsZero() { // its setup is under way
		return Status{Length: r.plan.Length(), Factor: r.lever.at(), Stopping: isClosed(r.over), PerSecond: nan, ErrorRatio: nan, P50: nan, P95: nan, P99: nan, Lag: nan}
	}
	now := r.clock.now()
	s := Status{
		At: now, Length: r.plan.Length(), Warming: now < r.plan.Warmup, Sent: r.sent.Load(), Errors: r.tally.all.failed,
		InFlight: int64(r.sent.Load() - r.done.Load()), Stopping: isClosed(r.over), Factor: r.lever.at(),
	}
	b := r.tally.series.last(now)
	s.PerSecond = float64(b.answered) / r.tally.series.width.Seconds()
	s.ErrorRatio = float64(b.failed) / float64(b.sent)
	s.P50, s.P95, s.P99, s.Lag = b.latency.Quantile(0.5), b.latency.Quantile(0.95), b.latency.Quantile(0.99), b.lag.Quantile(0.5)
	return s
}

// last is the newest stretch that is over.
func (s *series) last(now time.Duration) *bucket {
	i := int(now/s.width) - 1
	if i < 0 || i >= len(s.buckets) {
		return &bucket{}
	}
	return &s.buckets[i]
}
