package collectors

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// A runner is one collector and how it fares. The Sampler's goroutine owns
// it; the collector's own run only sends an outcome.
type runner struct {
	Scheduled
	last    time.Time            // start of the last run
	todo    chan context.Context // nil: its goroutine is not there
	busy    bool
	skipped bool // it was due while busy
	heard   bool // it has answered, well or not
	err     string
	failing time.Time // since when
}

// An outcome is what one run of a collector brought.
type outcome struct {
	of       *runner
	sections []Section
	err      error
}

func newRunner(c Scheduled) *runner { return &runner{Scheduled: c} }

// defaultTimeout is for a collector that names none.
const defaultTimeout = 5 * time.Second

func (r *runner) timeout() time.Duration {
	if r.Timeout > 0 {
		return r.Timeout
	}
	return defaultTimeout
}

// start runs the collector if it is due and idle. Half a tick early is due:
// ticks waver, and an interval must not slip to the next one.
func (r *runner) start(ctx context.Context, now time.Time, interval, tick time.Duration, anyway bool, results chan<- outcome) {
	due := anyway || r.last.IsZero() || now.Sub(r.last) >= interval-tick/2
	if !due {
		return
	}
	if r.busy {
		r.skipped = true
		return
	}
	r.busy, r.skipped, r.last = true, false, now
	if r.todo == nil {
		r.todo = make(chan context.Context, 1)
		go r.work(r.todo, results)
	}
	r.todo <- ctx // it is idle, and takes it
}

// work runs the collector whenever it is told to. A goroutine for each run would
// have to grow its stack each time.
func (r *runner) work(todo <-chan context.Context, results chan<- outcome) {
	for ctx := range todo {
		results <- r.collect(ctx)
	}
}

// rest ends the goroutine, behind the run that it is at.
func (r *runner) rest() {
	if r.todo != nil {
		close(r.todo)
		r.todo = nil
	}
}

// collect runs the collector once; a panic is its error.
func (r *runner) collect(ctx context.Context) (o outcome) {
	o.of = r
	ctx, cancel := context.WithTimeout(ctx, r.timeout())
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			o.err = fmt.Errorf("collector panicked: %v", p)
		}
	}()
	o.sections, o.err = r.Collector.Collect(ctx)
	if errors.Is(o.err, context.DeadlineExceeded) && ctx.Err() != nil {
		o.err = fmt.Errorf("no answer within %s", r.timeout())
	}
	return o
}

// accept notes how the run went and answers its sections.
func (o outcome) accept() []Section {
	r := o.of
	r.busy, r.skipped, r.heard = false, false, true
	if o.err == nil {
		r.err = ""
	} else {
		if r.err == "" {
			r.failing = time.Now()
		}
		r.err = o.err.Error()
	}
	return slices.DeleteFunc(o.sections, func(s Section) bool { return s == nil })
}

// complaint says what is wrong with the collector now, and since when.
func (r *runner) complaint(now time.Time) string {
	switch {
	case r.busy && (r.skipped || now.Sub(r.last) > r.timeout()):
		return "busy, no answer since " + clock(r.last)
	case r.err != "":
		return r.err + " (since " + clock(r.failing) + ")"
	}
	return ""
}

func clock(t time.Time) string { return t.Format("15:04:05") }
