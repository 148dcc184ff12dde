package main

import (
	"context"
	"io"
	"os"

	"golang.org/x/term"

	"mltop/internal/demo"
	"mltop/internal/hush"
)

// A world is what lies outside the program: streams, environment, terminal.
type world struct {
	in       io.Reader
	out, err io.Writer
	getenv   func(string) string
	secrets  secrets // taken out of the command line and the environment
	// password asks a person, unseen; nil when nobody can be asked.
	password func(ctx context.Context, prompt string) (string, error)
	// terminal reports whether both ends are a person's: keys come in and
	// pictures go out.
	terminal func() bool
	width    func() int // of the output; 0 when it is not a terminal
	height   func() int
	// guide takes the place of the one who makes the tour; a test spoils the
	// advice in it. nil leaves it.
	guide func(*tourist) demo.Mltop
	// tourCalls are those of a phase of the tour; a test makes do with fewer. 0
	// is the tour's own number.
	tourCalls int
}

// newWorld gives the terminal its name back first.
func newWorld() *world {
	_ = hush.End() // a name that stays away is a dumb terminal
	w := &world{
		in: os.Stdin, out: os.Stdout, err: os.Stderr,
		getenv:   os.Getenv,
		terminal: func() bool { return isTerminal(os.Stdin) && isTerminal(os.Stdout) },
		width:    func() int { w, _ := stdoutSize(); return w },
		height:   func() int { _, h := stdoutSize(); return h },
	}
	if isTerminal(os.Stdin) {
		w.password = askPassword
	}
	return w
}

// dumb reports that the terminal is one that pictures must not be drawn on, or
// that nothing says what it is: a serial line, an editor's shell, env -i.
func (w *world) dumb() bool {
	switch w.getenv("TERM") {
	case "", "dumb", "unknown":
		return true
	}
	return false
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

func stdoutSize() (w, h int) {
	w, h, err := term.GetSize(int(os.Stdout.Fd()))
	if err != nil {
		return 0, 0
	}
	return w, h
}
