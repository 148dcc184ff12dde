package main

import (
	"context"
	"os"
	"syscall"

	"mltop/internal/loadtest"
	"mltop/internal/wire"
	"mltop/ui"
)

// A shownTest is a run on the screen, with what its target does beside it.
type shownTest struct {
	*loadtest.Run
	beside *benchBeside
}

// Live is how the run goes, and what the target does meanwhile.
func (t shownTest) Live() wire.BenchLive {
	l := t.Run.Live()
	t.beside.tellLive(&l.Bench, t.Run.Began())
	return l
}

// Stop ends the run; its results are kept.
func (t shownTest) Stop() { t.Run.Stop("by a key") }

// Interrupt makes the signal again that Ctrl+C would be without a screen.
func (t shownTest) Interrupt() {
	syscall.Kill(os.Getpid(), syscall.SIGINT) //nolint:errcheck // of ourselves
}

// shown reports that tests are drawn on the terminal: who asks for a form of
// output gets that alone. A search of many short ones has its line of
// progress.
func (b *bench) shown() bool {
	return b.w.terminal() && !b.f.noView && !b.o.plain && !b.said("output") && !b.f.knee && b.w.getenv("TERM") != "dumb"
}

// teller answers what tells a person of a run until a channel is closed.
func (b *bench) teller(r *loadtest.Run, beside *benchBeside) (func(over <-chan struct{}) error, error) {
	if !b.shown() {
		return func(over <-chan struct{}) error { b.progress(r, over); return nil }, nil
	}
	look, err := (&app{w: b.w, o: b.o}).uiOptions()
	if err != nil {
		return nil, err
	}
	return func(over <-chan struct{}) error {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		go func() { <-over; cancel() }()
		return ui.ShowBench(ctx, shownTest{r, beside}, look, b.w.in, b.w.out)
	}, nil
}
