package loadtest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"mltop/internal/wire"
)

// A Run is one load test under way. Do carries it out; Status and Stop may be
// called from anywhere meanwhile.
type Run struct {
	plan     *Plan
	gate     *Gate
	command  func(ctx context.Context, line string) error
	patterns []pattern
	shares   []float64
	vars     map[string]string // what users begin with
	// transport is shared by users that speak HTTP/2; nil for HTTP/1.1.
	transport *http.Transport

	clock clock
	wall  time.Time
	alarm *alarm
	tally *tally
	jobs  chan job

	over     chan struct{} // closed when nothing more is to be sent
	stopOnce sync.Once
	why      atomic.Pointer[string] // it was stopped early
	ended    atomic.Int64           // when, as a time.Duration
	hard     context.Context        // done: what is in flight is broken off
	breakOff context.CancelFunc
	cut      atomic.Bool

	sent, done, turns atomic.Uint64
	unfinished        atomic.Uint64
	dropped           atomic.Uint64
	lever             *lever
	phase             atomic.Pointer[wire.BenchPhase]
	view              liveView

	mu    sync.Mutex // of users
	users []*user
	group sync.WaitGroup
	cpu   time.Duration // of this process, at the start
}

// A Config is what a run needs beside its plan.
type Config struct {
	Gate *Gate
	// Command runs a line of setup or teardown; nil: a plan may have none.
	Command func(ctx context.Context, line string) error
}

// New lets a plan through the gate, or says why not; nothing is dialled.
func New(ctx context.Context, p *Plan, c Config) (*Run, error) {
	if err := c.Gate.Admit(ctx, p); err != nil {
		return nil, err
	}
	r := &Run{plan: p, gate: c.Gate, command: c.Command, patterns: compile(p), shares: shares(p.Patterns), over: make(chan struct{}), jobs: make(chan job), lever: newLever()}
	r.vars = maps.Clone(p.Vars)
	if r.vars == nil {
		r.vars = map[string]string{}
	}
	r.enter(wire.BenchSetup)
	names, _ := p.routes()
	r.tally = newTally(len(names), p.Warmup, p.Length())
	if p.HTTP2 {
		r.transport = newTransport(c.Gate, p.TLS, p.NewConnections, r.tally.dialled)
	}
	r.hard, r.breakOff = context.WithCancel(context.Background())
	return r, nil
}

// newExchanger is one user's way to the target.
func (r *Run) newExchanger() exchanger {
	if r.transport != nil {
		return newH2(r.transport)
	}
	return newH1(r.gate, r.plan.TLS, r.plan.NewConnections)
}

// graceAtStop is what requests in flight get when somebody stops the run:
// most answers come within it.
const graceAtStop = 500 * time.Millisecond

// Do sends all requests and answers the result. When ctx is done it stops and
// answers what there is so far.
func (r *Run) Do(ctx context.Context) (*Result, error) {
	defer r.breakOff()
	if err := r.tasks(ctx, r.plan.Setup); err != nil {
		return nil, errors.Join(fmt.Errorf("setup: %w", err), r.teardown())
	}
	r.start()
	r.enter(wire.BenchRunning)
	defer context.AfterFunc(ctx, func() { r.Stop("by a signal") })()
	go r.watch()
	if r.plan.Open {
		r.runOpen()
	} else {
		r.runClosed()
	}
	r.enter(wire.BenchDraining)
	r.finish()
	r.enter(wire.BenchTeardown)
	return r.result(), r.teardown()
}

// enter says what is being done now.
func (r *Run) enter(p wire.BenchPhase) { r.phase.Store(&p) }

func (r *Run) start() {
	r.tally.mu.Lock()
	defer r.tally.mu.Unlock()
	r.cpu = cpuSpent()
	r.wall = time.Now()
	r.clock = clock{began: r.wall}
	r.alarm = &alarm{clock: r.clock}
	go r.alarm.run(r.over)
}

// Began is the start of the run, by the monotonic clock too, so that what was
// seen meanwhile can be put on its axis; the zero time before it.
func (r *Run) Began() time.Time {
	r.tally.mu.Lock()
	defer r.tally.mu.Unlock()
	return r.clock.began
}

// Stop ends the run before its time.
func (r *Run) Stop(why string) {
	r.stopOnce.Do(func() {
		r.why.Store(&why)
		r.ended.Store(int64(r.elapsed()))
		close(r.over)
	})
}

// elapsed is the time since the start; none has gone by during a setup.
func (r *Run) elapsed() time.Duration {
	r.tally.mu.Lock()
	defer r.tally.mu.Unlock()
	if r.clock.began.IsZero() {
		return 0
	}
	return r.clock.now()
}

// end is the regular end.
func (r *Run) end() {
	r.stopOnce.Do(func() {
		r.ended.Store(int64(r.plan.Length()))
		close(r.over)
	})
}

func (r *Run) stopped() string {
	if w := r.why.Load(); w != nil {
		return *w
	}
	return ""
}

// finish waits for what is in flight: as long as it may take after a regular
// end, a moment after a stop. Then it is broken off and counted as that.
func (r *Run) finish() {
	idle := make(chan struct{})
	go func() { r.group.Wait(); close(idle) }()
	grace := r.plan.Timeout + graceAtStop
	if r.stopped() != "" {
		grace = graceAtStop
	}
	t := time.NewTimer(grace)
	defer t.Stop()
	select {
	case <-idle:
	case <-t.C:
		r.interrupt()
		<-idle
	}
	for _, u := range r.everyone() {
		u.flush()
		u.close()
	}
}

// interrupt breaks off what is in flight.
func (r *Run) interrupt() {
	r.cut.Store(true)
	r.breakOff()
	for _, u := range r.everyone() {
		u.ex.interrupt()
	}
}

func (r *Run) everyone() []*user {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]*user(nil), r.users...)
}

// hire starts a user that does its work in a goroutine of its own.
func (r *Run) hire(work func(*user)) {
	r.mu.Lock()
	u := newUser(r, len(r.users))
	r.users = append(r.users, u)
	r.mu.Unlock()
	r.group.Go(func() {
		work(u)
		u.flush()
	})
}

// tick is how often what is pending is handed in and the run is looked at.
const tick = 100 * time.Millisecond

// watch hands in what users have pending, notes how many requests are in
// flight, and looks at the thresholds.
func (r *Run) watch() {
	t := time.NewTicker(tick)
	defer t.Stop()
	var w warden
	for {
		select {
		case <-r.over:
			return
		case <-t.C:
		}
		for _, u := range r.everyone() {
			u.flush()
		}
		now := r.clock.now()
		r.tally.seen(now, int64(r.sent.Load()-r.done.Load()))
		if why := w.look(r, now); why != "" {
			r.Stop(why)
		}
	}
}
