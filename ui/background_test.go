package ui

import (
	"fmt"
	"io"
	"testing"

	"github.com/muesli/termenv"
)

// typedTerminal gives one piece for each read.
type typedTerminal struct {
	io.Writer
	pieces []string
}

func (t *typedTerminal) Read(b []byte) (int, error) {
	if len(t.pieces) == 0 {
		return 0, io.EOF
	}
	n := copy(b, t.pieces[0])
	t.pieces = t.pieces[1:]
	return n, nil
}
func (t *typedTerminal) Close() error { return nil }
func (t *typedTerminal) Fd() uintptr  { return 0 }
func (t *typedTerminal) Name() string { return "test" }

// afterReading answers what keys came through, and what the terminal said.
func afterReading(pieces ...string) (keys string, said []string) {
	a := &answers{terminal: &typedTerminal{pieces: pieces}, found: func(dark bool) {
		said = append(said, map[bool]string{true: "dark", false: "light"}[dark])
	}}
	b := make([]byte, 256)
	for {
		n, err := a.Read(b)
		keys += string(b[:n])
		if err != nil {
			return keys, said
		}
	}
}

func TestTheTerminalsAnswerIsTakenFromAmongTheKeys(t *testing.T) {
	const black, white = "\x1b]11;rgb:1c1c/1c1c/1c1c\x1b\\", "\x1b]11;rgb:ffff/ffff/ffff\a"
	for _, c := range []struct {
		name   string
		pieces []string
		keys   string
		said   string
	}{
		{"keys before and after it are kept", []string{"q" + black + "jk"}, "qjk", "[dark]"},
		{"a light one, ended by a bell", []string{white}, "", "[light]"},
		{"in two pieces", []string{"a" + black[:9], black[9:] + "b"}, "ab", "[dark]"},
		{"in pieces of two", []string{"\x1b]", "11", ";r", "gb", ":0", "0/", "00", "/0", "0\x1b", "\\x"}, "x", "[dark]"},
		{"Escape alone is a key at once", []string{"\x1b", "j"}, "\x1bj", "[]"},
		{"an arrow is a key", []string{"\x1b[A"}, "\x1b[A", "[]"},
		{"a text that never ends is let through", []string{"\x1b]11;" + fmt.Sprintf("%060d", 0)}, "\x1b]11;" + fmt.Sprintf("%060d", 0), "[]"},
		{"what is no colour says nothing", []string{"\x1b]11;none\a", "q"}, "q", "[]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			keys, said := afterReading(c.pieces...)
			if keys != c.keys || fmt.Sprint(said) != c.said {
				t.Errorf("got keys %q and %v, want %q and %s", keys, said, c.keys, c.said)
			}
		})
	}
}

func TestAGuessOfTheBackgroundDoesNotReplaceAnAnswer(t *testing.T) {
	a, o := newAsker(Options{Theme: ThemeAuto, Colors: termenv.TrueColor}, io.Discard)
	if a.cmd == nil || o.Theme != ThemeMono {
		t.Fatalf("got theme %s, want the terminal's own colours while it is asked", o.Theme)
	}
	for _, step := range []struct {
		name string
		msg  backgroundMsg
		want Theme
	}{
		{"a guess, for want of an answer", backgroundMsg{dark: true}, ThemeDark},
		{"the answer, late", backgroundMsg{dark: false, answered: true}, ThemeLight},
		{"another guess", backgroundMsg{dark: true}, ThemeLight},
	} {
		if o = a.take(o, step.msg); o.Theme != step.want {
			t.Errorf("%s: got %s, want %s", step.name, o.Theme, step.want)
		}
	}
	if a, o := newAsker(Options{Theme: ThemeDark, Colors: termenv.TrueColor}, io.Discard); a.cmd != nil || o.Theme != ThemeDark {
		t.Errorf("got %s, want the theme that the user chose, and no question", o.Theme)
	}
}
