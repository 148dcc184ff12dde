package collectors

import (
	"context"
	"slices"
	"sync"
	"time"
)

// A Sampler runs collectors, each in its own goroutine, on its own interval
// and with its own timeout. A collector that is busy is skipped and reported
// with since when; one that fails, hangs or panics costs only its own
// sections. Run and Once do not run at the same time.
type Sampler struct {
	runners []*runner
	results chan outcome
	self    func() Self

	mu    sync.Mutex
	tick  time.Duration // 0: as Run was told
	asked bool          // for a refresh
	wake  chan struct{}
}

// NewSampler makes a sampler; self measures mltop's own cost and may be nil.
func NewSampler(cs []Scheduled, self func() Self) *Sampler {
	s := &Sampler{
		results: make(chan outcome, len(cs)), // a runner has one result under way: none ever waits
		self:    self,
		wake:    make(chan struct{}, 1),
	}
	for _, c := range cs {
		s.runners = append(s.runners, newRunner(c))
	}
	return s
}

// settle bounds how long a tick waits for the collectors it started, so that
// what is quick is drawn at once and not a tick later.
const settle = 250 * time.Millisecond

// grace is how long Run waits, after its end, for collectors to heed it.
const grace = time.Second

// Run sends a sample to out every tick until ctx ends, with whatever sections
// are finished by then; out is called from one goroutine. It returns when
// every collector that heeds its context has stopped.
func (s *Sampler) Run(ctx context.Context, tick time.Duration, out func(Sample)) {
	base := tick
	for ctx.Err() == nil {
		began := time.Now()
		tick = s.currentTick(base)
		s.start(ctx, began, base, tick, s.takeRefresh())
		sections := s.gather(ctx, began, min(settle, tick/4))
		if ctx.Err() == nil {
			out(s.sample(sections))
		}
		s.greet(ctx, began.Add(tick), out)
		s.pause(ctx, began.Add(tick))
	}
	s.drain()
}

// greet hands out at once what a collector answers for the first time: on a
// busy machine that is later than settle, and the first picture must not wait
// for a tick.
func (s *Sampler) greet(ctx context.Context, until time.Time, out func(Sample)) {
	t := time.NewTimer(time.Until(until))
	defer t.Stop()
	for slices.ContainsFunc(s.runners, func(r *runner) bool { return r.busy && !r.heard }) {
		select {
		case o := <-s.results:
			out(s.sample(o.accept()))
		case <-s.wake:
			s.nudge() // pause is to end by it too
			return
		case <-t.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// pause sleeps between ticks, but not through a new tick or a refresh.
func (s *Sampler) pause(ctx context.Context, until time.Time) {
	t := time.NewTimer(time.Until(until))
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-s.wake:
	case <-t.C:
	}
}

// start runs every collector that is due and idle.
func (s *Sampler) start(ctx context.Context, now time.Time, base, tick time.Duration, all bool) {
	for _, r := range s.runners {
		r.start(ctx, now, intervalOf(r.Interval, base, tick), tick, all, s.results)
	}
}

// intervalOf scales the intervals that follow the tick.
func intervalOf(own, base, tick time.Duration) time.Duration {
	if own <= base {
		return tick
	}
	return own
}

// gather takes the results that are there, and waits for collectors started
// since then for at most wait.
func (s *Sampler) gather(ctx context.Context, since time.Time, wait time.Duration) (sections []Section) {
	t := time.NewTimer(wait)
	defer t.Stop()
	for s.running(since) {
		select {
		case o := <-s.results:
			sections = append(sections, o.accept()...)
		case <-t.C:
			return sections
		case <-ctx.Done():
			return sections
		}
	}
	return append(sections, s.late()...)
}

// late takes what slower collectors have finished meanwhile.
func (s *Sampler) late() (sections []Section) {
	for {
		select {
		case o := <-s.results:
			sections = append(sections, o.accept()...)
		default:
			return sections
		}
	}
}

func (s *Sampler) running(since time.Time) bool {
	for _, r := range s.runners {
		if r.busy && !r.last.Before(since) {
			return true
		}
	}
	return false
}

func (s *Sampler) sample(sections []Section) Sample {
	out := Sample{Time: time.Now(), Sections: sections, Errors: map[string]string{}}
	for _, r := range s.runners {
		if text := r.complaint(out.Time); text != "" {
			out.Errors[r.Collector.Name()] = text
		}
	}
	if s.self != nil {
		out.Self = s.self()
	}
	return out
}

// drain waits for collectors that heed the end of their context.
func (s *Sampler) drain() {
	s.gather(context.Background(), time.Time{}, grace)
	s.rest()
}

func (s *Sampler) rest() {
	for _, r := range s.runners {
		r.rest()
	}
}

// SetTick changes the tick and scales the intervals that were as short.
func (s *Sampler) SetTick(d time.Duration) {
	s.mu.Lock()
	s.tick = d
	s.mu.Unlock()
	s.nudge()
}

// Refresh asks every idle collector to run at once.
func (s *Sampler) Refresh() {
	s.mu.Lock()
	s.asked = true
	s.mu.Unlock()
	s.nudge()
}

func (s *Sampler) nudge() {
	select {
	case s.wake <- struct{}{}:
	default: // one is under way already
	}
}

func (s *Sampler) currentTick(base time.Duration) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tick > 0 {
		return s.tick
	}
	return base
}

func (s *Sampler) takeRefresh() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := s.asked
	s.asked = false
	return asked
}

// Once runs every collector once and waits for all, each within its timeout.
func (s *Sampler) Once(ctx context.Context) Sample {
	s.start(ctx, time.Now(), 0, 0, true)
	longest := time.Duration(0)
	for _, r := range s.runners {
		longest = max(longest, r.timeout())
	}
	defer s.rest()
	return s.sample(s.gather(ctx, time.Time{}, longest+settle))
}
