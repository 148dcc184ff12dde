package ui

import (
	"strings"
	"testing"
)

func TestOnlyChangedLinesAreWrittenAtAKey(t *testing.T) {
	for name, c := range map[string]struct{ before, after, want string }{
		"nothing changed":        {"a\nb", "a\nb", ""},
		"the second line":        {"a\nb\nc", "a\nB\nc", "\x1b[2;1HB"},
		"the first and the last": {"a\nb\nc", "A\nb\nC", "\x1b[HA\x1b[3;1HC"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := changedLines(c.before, c.after); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestAKeyIsAnsweredBeforeTheRenderersTick(t *testing.T) {
	var screen strings.Builder
	s := watched(t, 120, 40)
	s.m.View()
	s.m.screen = &screen
	s.press("?")
	if got := screen.String(); !strings.Contains(got, "quit") {
		t.Errorf("got %q on the screen after ?, want the help", got)
	}
}

func TestTheSketchIsAFrameOfTheSizeAsked(t *testing.T) {
	got := Sketch(Target{Name: "orders-api", Label: "SQLite"}, Options{}, 80, 24)
	if n := strings.Count(got, "\r\n"); n != 23 || !strings.Contains(got, "orders-api") || !strings.Contains(got, "attaching") {
		t.Errorf("got %d line ends in %q, want 23, the name, and that it attaches", n, got)
	}
}
