package ui

import (
	"io"
	"strings"
	"sync/atomic"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// A screen is the terminal that frames are drawn on past Bubble Tea's renderer.
// To find a new frame the renderer wakes the whole program at every tick of its
// own, which costs a fifth of what the dashboard does. So it ticks slowly and is
// handed one frame, which it draws where it must draw all: at the start, and at
// a new size. All changes are drawn here, at once, in their lines.
type screen struct {
	out    io.Writer
	drawn  string    // the frame that stands there; "" is none
	at     time.Time // when it was drawn
	owed   bool      // a drawing is under way by a timer
	handed string    // the renderer's frame
	kept   bool      // it has drawn that, and keeps it
	// over tells that the renderer has written since the last drawing: what
	// stands there is not known.
	over atomic.Bool
}

// rendererFPS is the least that the renderer knows.
const rendererFPS = 1

// draw brings a frame onto the screen.
func (s *screen) draw(frame string, now time.Time) {
	before := s.drawn
	s.drawn, s.at = frame, now
	switch {
	case s.over.Swap(false):
		s.kept = true
		fallthrough
	case strings.Count(before, "\n") != strings.Count(frame, "\n"):
		s.write(onScreen(frame))
	case before != frame:
		s.write(changedLines(before, frame))
	}
}

func (s *screen) write(text string) {
	_, _ = io.WriteString(s.out, text) // the renderer meets the same error
}

// resized has all drawn anew, by the renderer too.
func (s *screen) resized() {
	s.over.Store(false)
	s.drawn, s.kept = "", false
}

// hand answers the renderer's frame: the newest until it has drawn one.
func (s *screen) hand(newest func() string) string {
	if s.over.Load() {
		s.kept = true
	}
	if !s.kept {
		s.handed = newest()
	}
	return s.handed
}

// later is for what may wait: it draws what has come since the last drawing,
// so that there are at most fps a second.
func (s *screen) later(fps int, now time.Time) (cmd tea.Cmd, wait bool) {
	rest := s.at.Add(time.Second / time.Duration(fps)).Sub(now)
	if rest <= 0 {
		return nil, false
	}
	if s.owed {
		return nil, true
	}
	s.owed = true
	return tea.Tick(rest, func(time.Time) tea.Msg { return drawMsg{} }), true
}

// drawMsg says that what was owed is to be drawn.
type drawMsg struct{}

// A lent terminal is the one in the renderer's hands: it tells of every frame.
type lent struct {
	terminal
	screen *screen
}

// Write is of frames alone.
func (l lent) Write(p []byte) (int, error) {
	n, err := l.terminal.Write(p)
	l.screen.over.Store(true)
	return n, err
}

// WriteString is of single sequences. Those that clear the screen are followed
// by a frame.
func (l lent) WriteString(text string) (int, error) { return l.terminal.Write([]byte(text)) }
