package collectors

import (
	"context"
	"time"
)

// A Sampler runs collectors, each in its own goroutine, on its own interval
// and with its own timeout. A collector that is busy is skipped and reported
// with how long it has been; one that fails, hangs or panics costs only its
// own sections.
type Sampler struct {
	samplerState
}

// NewSampler makes a sampler; self measures mltop's own cost and may be nil.
func NewSampler(cs []Scheduled, self func() Self) *Sampler { return newSampler(cs, self) }

// Run sends a sample to out every tick until ctx ends, with whatever sections
// are finished by then; out is called from one goroutine. It returns when
// every collector that heeds its context has stopped.
func (s *Sampler) Run(ctx context.Context, tick time.Duration, out func(Sample)) {
	s.run(ctx, tick, out)
}

// SetTick changes the tick and scales the intervals that were as short.
func (s *Sampler) SetTick(d time.Duration) { s.setTick(d) }

// Refresh asks every idle collector to run at once.
func (s *Sampler) Refresh() { s.refresh() }

// Once runs every collector once and waits for all, each within its timeout.
func (s *Sampler) Once(ctx context.Context) Sample { return s.once(ctx) }
