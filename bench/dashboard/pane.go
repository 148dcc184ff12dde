package main

import (
	"strings"
	"time"

	"mltop/bench/measure"
	"mltop/screenshots/terminal"
)

// Each dashboard gets the same terminal; a frame counts once a third of its
// lines hold text.
const (
	columns    = 120
	lines      = 40
	frameLines = lines / 3
	// warmUp: start-up, filling from history and the first advice, which mltop
	// looks for twelve seconds after it saw the last of them, are no steady
	// cost. What they take is a figure of its own.
	warmUp   = 20 * time.Second
	patience = 30 * time.Second
)

// run runs one tool in a terminal of its own, and takes it away again.
func run(t tool, span time.Duration) (reading, error) {
	began := time.Now()
	term, err := terminal.Start(columns, lines, t.env, t.argv...)
	if err != nil {
		return reading{}, err
	}
	pid, err := term.PID()
	defer shut(term, pid)
	if err != nil {
		return reading{}, err
	}
	if err := waitForFrame(term); err != nil {
		return reading{}, err
	}
	m := reading{firstFrame: time.Since(began), firstCPU: measure.Spent(pid)}
	if span == 0 {
		return m, nil
	}
	time.Sleep(warmUp)
	m.startUp = measure.Spent(pid)
	if m.cpu, _, err = measure.CPUOver(pid, span); err != nil {
		return reading{}, err
	}
	m.rssAnon, m.vmHWM, err = measure.Memory(pid)
	return m, err
}

// shut ends the terminal and waits for what ran in it: it must not run beside
// the next one.
func shut(term *terminal.Terminal, pid int) {
	term.Close()
	for range 200 {
		if !measure.Alive(pid) {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	time.Sleep(100 * time.Millisecond)
}

// look is short: it is what the time of a first frame is known to.
const look = 2 * time.Millisecond

func waitForFrame(term *terminal.Terminal) error {
	_, err := term.Until(patience, look, func(screen string) bool { return filled(screen) >= frameLines })
	return err
}

func filled(pane string) int {
	n := 0
	for _, l := range strings.Split(pane, "\n") {
		if strings.TrimSpace(l) != "" {
			n++
		}
	}
	return n
}
