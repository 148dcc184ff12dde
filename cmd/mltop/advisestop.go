package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"

	"mltop/advisor"
)

// errStopped tells a script that more might have been found.
var errStopped = errors.New("stopped by a signal: the advice is the best found until then")

// untilEnough is a context for a search that a signal ends with what it has found;
// the next signal ends the program.
func (a *app) untilEnough(ctx context.Context) (search context.Context, done func()) {
	search, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	over := make(chan struct{})
	unhook := context.AfterFunc(ctx, func() {
		a.remark("stopping: the best found so far follows; once more ends at once")
		cancel(advisor.ErrEnough)
		exitOnNext(over)
	})
	return search, func() { unhook(); close(over); cancel(nil) }
}

// exitOnNext ends the program on a signal, unless all is over before.
func exitOnNext(over <-chan struct{}) {
	next := make(chan os.Signal, 1)
	signal.Notify(next, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(next)
	select {
	case <-next:
		os.Exit(exitError)
	case <-over:
	}
}

// cutShort is the error of a search that a signal ended; nil where it had ended
// before.
func cutShort(ctx context.Context, advice advisor.Advice) error {
	if stopped(ctx) && advice.Partial != "" {
		return errStopped
	}
	return nil
}
