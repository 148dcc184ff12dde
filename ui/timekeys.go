package ui

import (
	"fmt"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"mltop/internal/units"
)

// time carries out what moves the moment that all panels show.
func (m *root) time(a Action) (bool, tea.Cmd) {
	s := m.s
	switch a {
	case Pause:
		s.togglePause()
	case Live:
		s.paused, s.cursor, s.behind = time.Time{}, time.Time{}, 0
	case Earlier:
		s.moveCursor(-1)
	case Later:
		s.moveCursor(1)
	case ZoomIn:
		s.zoom, s.zoomed = max(s.zoom-1, 0), true
	case ZoomOut:
		s.zoom, s.zoomed = min(s.zoom+1, len(zooms)-1), true
	case Refresh:
		return true, s.refresh()
	case Faster, Slower:
		return true, s.setTick(a)
	default:
		return false, nil
	}
	s.look()
	return true, nil
}

func (s *State) togglePause() {
	if s.paused.IsZero() {
		s.paused, s.behind = s.end(), 0
		return
	}
	s.paused, s.behind = time.Time{}, 0
}

// cursorSteps is into how many steps the time axis is cut for < and >.
const cursorSteps = 60

// moveCursor walks through history; walking past the newest sample is live
// again, and before the oldest there is nothing to show.
func (s *State) moveCursor(by int) {
	step := max(s.span()/cursorSteps, time.Second)
	to := s.end().Add(time.Duration(by) * step)
	oldest, _ := s.History.Range()
	newest := s.last
	if !s.paused.IsZero() {
		newest = s.paused
	}
	switch {
	case !to.Before(newest):
		s.cursor = time.Time{}
	case to.Before(oldest):
		s.cursor = oldest
	default:
		s.cursor = to
	}
}

func (s *State) refresh() tea.Cmd {
	return func() tea.Msg {
		s.backend.Refresh()
		return noticeMsg{inkDim, "refreshed"}
	}
}

// ticks are the intervals that + and - walk through.
var ticks = [...]time.Duration{
	250 * time.Millisecond, 500 * time.Millisecond, time.Second, 2 * time.Second,
	5 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute,
}

// nextTick is the interval beside one, the shorter or the longer.
func nextTick(d time.Duration, a Action) time.Duration {
	i := 0
	for i < len(ticks)-1 && ticks[i] < d {
		i++
	}
	if a == Faster {
		i--
	} else {
		i++
	}
	return ticks[min(max(i, 0), len(ticks)-1)]
}

func (s *State) setTick(a Action) tea.Cmd {
	d := nextTick(s.Tick, a)
	s.Tick = d
	return func() tea.Msg {
		s.backend.SetTick(d)
		return noticeMsg{inkDim, fmt.Sprintf("a sample every %s", units.Seconds(d.Seconds()))}
	}
}
