package ui

import (
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// onGlass is a session that draws on a terminal, and what stands there.
func onGlass(t *testing.T) (*session, *glass) {
	s := watched(t, 120, 40)
	g := &glass{strings.Split(s.m.View(), "\n")}
	s.m.screen = &screen{out: g, drawn: s.m.View()}
	return s, g
}

func (g *glass) same(t *testing.T, when, want string) {
	t.Helper()
	if got := strings.Join(g.lines, "\n"); got != want {
		t.Errorf("%s: got\n%s\nwant\n%s", when, got, want)
	}
}

func TestASampleIsDrawnWhenItComes(t *testing.T) {
	s, g := onGlass(t)
	before := s.m.frame()
	s.sample()
	if s.m.frame() == before {
		t.Fatal("another sample left the frame as it was: nothing is tested")
	}
	g.same(t, "after a sample", s.m.frame())
}

func TestTheRendererIsHandedOneFrameOnceItHasDrawn(t *testing.T) {
	s, _ := onGlass(t)
	s.press("5")
	first := s.m.View()
	if first != s.m.frame() {
		t.Errorf("before it has drawn: got\n%s\nwant the newest\n%s", first, s.m.frame())
	}
	_, _ = lent{terminal: nowhere{}, screen: s.m.screen}.Write([]byte(first))
	s.press("2")
	if got := s.m.View(); got != first || got == s.m.frame() {
		t.Errorf("once it has drawn: got\n%s\nwant the frame that it has drawn\n%s", got, first)
	}
	s.send(tea.WindowSizeMsg{Width: 100, Height: 30})
	if got := s.m.View(); got != s.m.frame() {
		t.Errorf("at another size: got\n%s\nwant the newest\n%s", got, s.m.frame())
	}
}

// nowhere is a terminal that nobody sees.
type nowhere struct{ terminal }

func (nowhere) Write(p []byte) (int, error) { return len(p), nil }

func TestWhatTheRendererDrewOverIsDrawnAnew(t *testing.T) {
	s, g := onGlass(t)
	s.press("5")
	_, _ = lent{terminal: nowhere{}, screen: s.m.screen}.Write(nil)
	for i := range g.lines {
		g.lines[i] = "an older frame"
	}
	s.send(tickMsg(time.Now()))
	g.same(t, "at the next tick", s.m.frame())
}

func TestANewSizeIsDrawnWhole(t *testing.T) {
	s, g := onGlass(t)
	g.lines = make([]string, 40)
	s.send(tea.WindowSizeMsg{Width: 90, Height: 40})
	g.same(t, "narrower", s.m.frame())
	g.lines = make([]string, 30)
	s.send(tea.WindowSizeMsg{Width: 90, Height: 30})
	g.same(t, "lower", s.m.frame())
}

// Progress may be told a hundred times a second.
func TestWhatMayWaitIsDrawnSoOftenAtMost(t *testing.T) {
	began := time.Now()
	s := &screen{at: began}
	for name, c := range map[string]struct {
		after      time.Duration
		timer, now bool
	}{
		"at once: a timer is set":        {0, true, false},
		"once a timer runs: none beside": {100 * time.Millisecond, false, false},
		"a quarter of a second later":    {time.Second / usualFPS, false, true},
	} {
		s.owed = strings.HasPrefix(name, "once")
		cmd, wait := s.later(usualFPS, began.Add(c.after))
		if (cmd != nil) != c.timer || wait == c.now {
			t.Errorf("%s: got a timer: %v, to wait: %v; want %v, %v", name, cmd != nil, wait, c.timer, !c.now)
		}
	}
}

func TestWhatWaitedIsDrawnByItsTimer(t *testing.T) {
	s, g := onGlass(t)
	s.press("?")
	s.m.help = nil
	next, cmd := s.m.Update(logMsg(nil))
	s.m = next.(Model)
	if strings.Join(g.lines, "\n") == s.m.frame() || cmd == nil {
		t.Fatalf("it was drawn at once, or never will be (%v)", cmd == nil)
	}
	s.send(cmd())
	g.same(t, "by its timer", s.m.frame())
}
