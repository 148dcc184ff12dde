package ui

import (
	"bytes"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/teatest"
)

// The chain once through Bubble Tea itself, with its goroutines.
func TestTheChainInAProgram(t *testing.T) {
	f := newFake()
	f.waiting = true
	o := options(f)
	m := New(f, Target{Name: "orders-api", Path: "app.db"}, o)
	m.s.diagnose = fakeFindings
	p := teatest.NewTestModel(t, m, teatest.WithInitialTermSize(120, 40))
	see := func(want string) {
		t.Helper()
		teatest.WaitFor(t, p.Output(), func(b []byte) bool { return bytes.Contains([]byte(ansi.Strip(string(b))), []byte(want)) }, teatest.WithDuration(time.Minute))
	}
	see("31× slower")
	p.Send(keyMsg("A"))
	see("▲2")
	for _, step := range []struct{ key, want string }{
		{"enter", "Statements of this route"}, {"enter", "Plan with"}, {"enter", "may be wrong"}, {"a", "[ Cancel ]"}, {"y", "▲ applied"}, {"u", "Undo on"}, {"y", "▼ undone"},
	} {
		p.Send(keyMsg(step.key))
		see(step.want)
	}
	p.Send(tea.KeyMsg{Type: tea.KeyCtrlC})
	p.WaitFinished(t, teatest.WithFinalTimeout(time.Minute))
	if got := strings.Join(f.did, "; "); !strings.HasPrefix(got, "apply "+adviceID) || !strings.Contains(got, "undo "+entryOne) {
		t.Errorf("got %q", got)
	}
}

func TestASCIIFramesHoldNothingElse(t *testing.T) {
	f := newFake()
	o := options(f)
	o.Graph = 2
	for name, reach := range screens() {
		s := openWith(t, f, Target{Name: "orders-api"}, o, 120, 40)
		s.sample()
		s.run(s.m.s.advise())
		reach(s)
		if i := strings.IndexFunc(s.text(), func(r rune) bool { return r > 0x7e }); i >= 0 {
			t.Errorf("%s: %q", name, s.text()[i:min(i+20, len(s.text()))])
		}
	}
}
