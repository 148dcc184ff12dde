package main

import (
	"bufio"
	"io"
	"os"
	"syscall"

	"golang.org/x/term"

	"mltop/internal/loadtest"
)

// benchKeysHelp stands behind the line of progress.
const benchKeysHelp = " · + - rate  space pause  q stop"

// rateStep is what one key makes of a rate.
const rateStep = 1.25

// benchKeys lets a person steer a run from the terminal, and answers what
// gives the terminal back.
func benchKeys(r *loadtest.Run, w *world) (restore func()) {
	fd := int(os.Stdin.Fd())
	if !w.terminal() {
		return func() {}
	}
	before, err := term.MakeRaw(fd)
	if err != nil { // then there are no keys, and the test goes on
		return func() {}
	}
	go steer(r, w.in, func() { syscall.Kill(os.Getpid(), syscall.SIGINT) }) //nolint:errcheck // of ourselves
	return func() { term.Restore(fd, before) }                              //nolint:errcheck // nothing is left to do
}

// steer obeys keys until there are no more. Ctrl+C is a key here, and becomes
// the signal again.
func steer(r *loadtest.Run, in io.Reader, interrupt func()) {
	keys, factor, paused := bufio.NewReader(in), 1.0, false
	for {
		key, err := keys.ReadByte()
		if err != nil {
			return
		}
		switch key {
		case '+', '=':
			factor, paused = r.Scale(factor*rateStep), false
		case '-':
			factor, paused = r.Scale(factor/rateStep), false
		case ' ':
			if paused = !paused; paused {
				r.Scale(0)
			} else {
				r.Scale(factor)
			}
		case 'q':
			r.Stop("by a key")
		case ctrlC:
			interrupt()
		}
	}
}

const ctrlC = 3
