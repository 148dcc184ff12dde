package ui

import (
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"
)

// A session drives a dashboard without a terminal and without time: commands
// run at once, waiting ones are left out.
type session struct {
	t *testing.T
	m Model
	f *fake
}

func options(f *fake) Options {
	return Options{Now: func() time.Time { f.mu.Lock(); defer f.mu.Unlock(); return f.now }, Zone: time.UTC, Colors: termenv.TrueColor, Quiet: true}
}

func open(t *testing.T, f *fake, w, h int) *session {
	return openWith(t, f, Target{Name: "orders-api", Label: "SQLite 3.46.1", Path: "app.db"}, options(f), w, h)
}

func openWith(t *testing.T, f *fake, target Target, o Options, w, h int) *session {
	t.Helper()
	f.byHand = true
	s := &session{t, New(f, target, o), f}
	s.m.s.diagnose = fakeFindings
	s.send(tea.WindowSizeMsg{Width: w, Height: h})
	return s
}

// watched is a session that has seen the first sample and the advice.
func watched(t *testing.T, w, h int) *session {
	s := open(t, newFake(), w, h)
	s.sample()
	s.run(s.m.s.advise())
	return s
}

func (s *session) sample() { s.send(sampleMsg{sample: s.f.sample()}) }

func (s *session) send(msg tea.Msg) {
	next, cmd := s.m.Update(msg)
	s.m = next.(Model)
	s.run(cmd)
}

// press types keys by name.
func (s *session) press(keys ...string) {
	for _, k := range keys {
		s.send(keyMsg(k))
	}
}

func (s *session) typed(text string) {
	for _, r := range text {
		s.send(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune{r}})
	}
}

// run carries out a command and what follows from it. A command that does
// not answer at once waits for time or for the target: it is left alone.
func (s *session) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	answer := make(chan tea.Msg, 1)
	go func() { answer <- cmd() }()
	select {
	case msg := <-answer:
		switch msg := msg.(type) {
		case nil:
		case tea.BatchMsg:
			for _, c := range msg {
				s.run(c)
			}
		case sampleMsg: // samples are given by hand
		default:
			s.send(msg)
		}
	case <-time.After(30 * time.Millisecond):
	}
}

// text is the frame without colours.
func (s *session) text() string { return ansi.Strip(s.m.View()) }

func lastLine(v string) string {
	lines := strings.Split(v, "\n")
	return lines[len(lines)-1]
}
