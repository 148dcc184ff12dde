package ui

import (
	"regexp"
	"strconv"
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
	var out strings.Builder
	s := watched(t, 120, 40)
	s.m.screen = &screen{out: &out, drawn: s.m.View()}
	s.press("?")
	if got := out.String(); !strings.Contains(got, "quit") {
		t.Errorf("got %q on the screen after ?, want the help", got)
	}
}

func TestTheSketchIsAFrameOfTheSizeAsked(t *testing.T) {
	got := Sketch(Target{Name: "orders-api", Label: "SQLite"}, Options{}, 80, 24)
	if n := strings.Count(got, "\r\n"); n != 23 || !strings.Contains(got, "orders-api") || !strings.Contains(got, "attaching") {
		t.Errorf("got %d line ends in %q, want 23, the name, and that it attaches", n, got)
	}
}

// A glass is a terminal that only understands lines written in their places, and
// those below them.
type glass struct{ lines []string }

var home = regexp.MustCompile(`\x1b\[(\d*)[;\d]*H`)

func (g *glass) Write(p []byte) (int, error) {
	places := home.FindAllSubmatchIndex(p, -1)
	for i, at := range places {
		end := len(p)
		if i+1 < len(places) {
			end = places[i+1][0]
		}
		row, err := strconv.Atoi(string(p[at[2]:at[3]]))
		if err != nil {
			row = 1
		}
		copy(g.lines[row-1:], strings.Split(string(p[at[1]:end]), "\r\n"))
	}
	return len(p), nil
}

// The renderer's tick never comes here: what a key drew and what takes it away
// again must both be drawn past it.
func TestWhatAKeyDrewIsTakenAwayAgainBeforeTheRenderersTick(t *testing.T) {
	s := watched(t, 120, 40)
	before := s.m.View()
	pane := &glass{strings.Split(before, "\n")}
	s.m.screen = &screen{out: pane, drawn: before}
	s.press("?")
	if strings.Join(pane.lines, "\n") != s.m.frame() {
		t.Errorf("after a key: got\n%s\nwant\n%s", strings.Join(pane.lines, "\n"), s.m.frame())
	}
	s.m.help = nil
	s.send(drawMsg{})
	if got := strings.Join(pane.lines, "\n"); got != s.m.frame() {
		t.Errorf("after what followed it: got\n%s\nwant\n%s", got, s.m.frame())
	}
}
