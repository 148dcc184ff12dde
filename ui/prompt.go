package ui

import (
	"context"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// A prompt is one line that is typed in the footer.
type prompt struct {
	label   string
	field   field
	hint    func(text string) (ink, string) // may be nil
	change  func(text string) error         // on every key; may be nil
	done    func(text string) tea.Cmd
	leave   func() // Esc; may be nil
	err     error
	palette *palettePrompt // what is typed picks a command; nil for other prompts
}

func (p *prompt) draw(a area) {
	x := a.spans(1, 0, span{inkAccent, p.label})
	k, hint := inkDim, ""
	if p.hint != nil {
		k, hint = p.hint(p.field.String())
	}
	if p.err != nil {
		k, hint = inkCrit, p.err.Error()
	}
	room := max(a.w-textWidth(hint)-3, a.w/2)
	p.field.draw(a.sub(0, 0, room, 1), x, 0, inkText)
	if hint != "" {
		a.sub(room, 0, a.w-room-1, 1).text(1, 0, k, hint)
	}
}

func (m *root) pressPrompt(a Action, k tea.KeyMsg) tea.Cmd {
	p := m.prompt
	switch a {
	case Back:
		m.prompt = nil
		if p.leave != nil {
			p.leave()
		}
		return nil
	case Submit:
		if p.err != nil {
			return nil
		}
		m.prompt = nil
		return p.done(p.field.String())
	case Up, Down:
		p.palette.move(a)
		return nil
	}
	p.field = p.field.key(k)
	p.palette.narrow(p.field.String())
	if p.change != nil {
		p.err = p.change(p.field.String())
	}
	return nil
}

func (m *root) askFilter() tea.Cmd {
	f, ok := m.panel().(filterer)
	if !ok {
		return notice(inkWarn, "there is no list here to filter")
	}
	before := f.filterText()
	m.prompt = &prompt{
		label: "/", field: newField(before), change: f.setFilter,
		hint:  func(string) (ink, string) { return inkDim, "regexp; ! inverts; esc drops it" },
		done:  func(string) tea.Cmd { return nil },
		leave: func() { _ = f.setFilter("") }, // an empty pattern is always valid
	}
	return nil
}

// askUnlock lifts read-only in place, without losing history.
func (m *root) askUnlock() tea.Cmd {
	s := m.s
	switch {
	case s.Target.Forbidden:
		return notice(inkWarn, "changes are forbidden by --read-only")
	case s.readOnly() == "":
		return notice(inkDim, "changes are allowed already")
	}
	want, label := "y", "allow changes on "+s.Target.Name+"? y: "
	if s.Target.Production {
		want, label = s.Target.Name, "PRODUCTION: type "+s.Target.Name+" to allow changes: "
	}
	m.prompt = &prompt{label: label, done: func(text string) tea.Cmd {
		if strings.TrimSpace(text) != want {
			return notice(inkWarn, "still read-only")
		}
		if err := s.setReadOnly(false); err != nil {
			return notice(inkCrit, "still read-only: "+err.Error())
		}
		s.Unlocked = true
		return notice(inkOK, "changes are allowed until you leave; :lock forbids them again")
	}}
	return nil
}

// A gate is a Backend that refuses changes by itself until it is opened. It
// answers at once.
type gate interface {
	SetReadOnly(ctx context.Context, on bool) error
}

func (s *State) setReadOnly(on bool) error {
	if g, ok := s.backend.(gate); ok {
		return g.SetReadOnly(context.Background(), on)
	}
	return nil
}

// readOnly says why nothing can be changed; "" when it can.
func (s *State) readOnly() string {
	switch {
	case s.Target.Forbidden:
		return "READ-ONLY: --read-only forbids changes"
	case s.Target.ReadOnly && !s.Unlocked:
		return "READ-ONLY: :unlock allows changes"
	}
	return ""
}
