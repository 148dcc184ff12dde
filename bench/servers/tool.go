package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"mltop/bench/measure"
	"mltop/screenshots/terminal"
)

// A tool is a program that draws in a terminal.
type tool struct {
	name string
	argv []string
	env  []string
	keys []string // pressed once it draws
}

// Every tool gets the same terminal, and some seconds before it is measured:
// its start is no steady cost.
const (
	columns  = 120
	lines    = 40
	settling = 15 * time.Second
	looking  = 15 * time.Second
	warming  = 5 * time.Second // of the load before each run of the loss
	patience = 30 * time.Second
)

// begin starts a tool, waits until it draws, and then for so long.
func (t *tool) begin(settle time.Duration) (*terminal.Terminal, int, error) {
	term, err := terminal.Start(columns, lines, t.env, t.argv...)
	if err != nil {
		return nil, 0, err
	}
	pid, err := term.PID()
	if err == nil {
		_, err = term.Until(patience, 50*time.Millisecond, func(screen string) bool { return len(strings.TrimSpace(screen)) > 150 })
	}
	if err == nil && len(t.keys) > 0 {
		err = term.Press(t.keys...)
	}
	if err != nil {
		screen, _ := term.Screen()
		term.Close()
		return nil, 0, fmt.Errorf("%s: %w: %s", t.name, err, screen)
	}
	time.Sleep(settle)
	return term, pid, nil
}

// cost is the share of one core that a tool takes, and the backends that serve
// it: those threads of the server that came with it.
func (c *contest) cost(t *tool, span time.Duration) (own, backends float64, err error) {
	before := measure.Threads(c.pid)
	term, pid, err := t.begin(settling)
	if err != nil {
		return 0, 0, err
	}
	defer term.Close()
	threads := slices.DeleteFunc(measure.Threads(c.pid), func(x string) bool { return slices.Contains(before, x) })
	if len(threads) == 0 {
		screen, _ := term.Screen()
		return 0, 0, fmt.Errorf("%s has no connection: %s", t.name, screen)
	}
	return measure.CPUOver(pid, span, threads...)
}

// compare prints what mltop and its peer cost, in turn.
func (c *contest) compare(ctx context.Context, o options) error {
	if o.rounds == 0 {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() {
		_, err := c.load(ctx, steadyRate, 0)
		done <- err
	}()
	defer func() { cancel(); <-done }() //nolint:errcheck // its end was asked for
	time.Sleep(2 * time.Second)         // the load has its connections
	var us, them []float64
	for range o.rounds {
		for _, t := range []*tool{c.mltop, c.peer} {
			if t == nil {
				continue
			}
			own, backends, err := c.cost(t, looking)
			if err != nil {
				return err
			}
			cpu := own + backends
			fmt.Printf("  %-9s %-12s %.2f %% of a core: %.2f %% itself, %.2f %% its backends\n", c.name, t.name, 100*cpu, 100*own, 100*backends)
			if t == c.mltop {
				us = append(us, cpu)
			} else {
				them = append(them, cpu)
			}
		}
	}
	if c.peer != nil {
		fmt.Printf("  %-9s mltop / %s %s\n", c.name, c.peer.name, measure.Spread(measure.Ratios(us, them), "×"))
	}
	return nil
}

// lose prints which part of its throughput the server loses to mltop. Pairs
// begin with and without in turn, so that mltop stays from one to the next
// where both end and begin with it. Before each run the load warms up for as
// long: else what begins after mltop's start begins on a server that rested.
func (c *contest) lose(ctx context.Context, o options) error {
	var w watcher
	defer w.end()
	var losses []float64
	for i := range o.pairs {
		var with, without float64
		var err error
		for _, watched := range []bool{i%2 == 0, i%2 == 1} {
			if watched {
				with, err = w.beside(ctx, c, o.seconds)
			} else {
				w.end()
				without, err = c.warmed(ctx, o.seconds)
			}
			if err != nil {
				return err
			}
		}
		losses = append(losses, 100*(1-with/without))
		fmt.Printf("  %-9s pair %2d: %.0f transactions/s without, %.0f with mltop\n", c.name, i+1, without, with)
	}
	if len(losses) > 1 {
		low, high := measure.Interval(losses)
		fmt.Printf("  %-9s lost to mltop: %s of pairs; mean between %.2f %% and %.2f %% (95 %%): wide by %.1f points, of %d pairs of %s\n", c.name, measure.Spread(losses, "%"), low, high, high-low, len(losses), o.seconds)
	}
	return nil
}

// warmed is the throughput of a run behind one that is not counted.
func (c *contest) warmed(ctx context.Context, span time.Duration) (float64, error) {
	if _, err := c.load(ctx, 0, warming); err != nil {
		return 0, err
	}
	return c.load(ctx, 0, span)
}

// A watcher is mltop beside the load, while it is there.
type watcher struct{ term *terminal.Terminal }

// beside is the throughput with mltop.
func (w *watcher) beside(ctx context.Context, c *contest, span time.Duration) (float64, error) {
	if w.term == nil {
		term, _, err := c.mltop.begin(0)
		if err != nil {
			return 0, err
		}
		w.term = term
	}
	return c.warmed(ctx, span)
}

func (w *watcher) end() {
	if w.term != nil {
		w.term.Close()
		w.term = nil
	}
}
