package ui

import (
	"context"
	"testing"

	tea "github.com/charmbracelet/bubbletea"
)

func TestQuitting(t *testing.T) {
	quits := func(cmd tea.Cmd) bool {
		if cmd == nil {
			return false
		}
		_, ok := cmd().(tea.QuitMsg)
		return ok
	}
	for name, reach := range screens() {
		s := watched(t, 100, 30)
		reach(s)
		_, cmd := s.m.Update(keyMsg("ctrl+c"))
		if !quits(cmd) {
			t.Errorf("%s: ctrl+c does not quit", name)
		}
		where := s.m.place()
		_, cmd = s.m.Update(keyMsg("q"))
		if typing := where == inEditor; quits(cmd) == typing {
			t.Errorf("%s: q quits %v, want %v", name, quits(cmd), !typing)
		}
		_, cmd = s.m.Update(keyMsg("esc"))
		if quits(cmd) {
			t.Errorf("%s: esc quits", name)
		}
	}
}

func TestQTypesInTextFields(t *testing.T) {
	for _, opens := range []string{"/", ":", "E", "?"} {
		s := watched(t, 100, 30)
		s.press(opens)
		s.typed("q1?")
		s.want("q1?")
		s.press("ctrl+c")
	}
}

func TestQuittingDuringAnApplyStopsItFirst(t *testing.T) {
	s := watched(t, 100, 30)
	s.f.applied = make(chan struct{})
	defer close(s.f.applied)
	s.press("4", "a", "y")
	s.want("esc stops")
	_, cmd := s.m.Update(keyMsg("ctrl+c"))
	if _, ok := cmd().(tea.QuitMsg); ok {
		t.Fatal("left with a change under way")
	}
	if !s.m.leaving {
		t.Error("the change was not told to stop")
	}
	_, cmd = s.m.Update(changedMsg{err: context.Canceled})
	if _, ok := cmd().(tea.QuitMsg); !ok {
		t.Error("did not leave once the change had stopped")
	}
}
