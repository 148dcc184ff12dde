package ui

import (
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// A palettePrompt is the list above a prompt for commands: everything that
// can be done on the screen in front, narrowed by what is typed.
type palettePrompt struct {
	all   []binding
	found []binding
	at    int
}

// askCommand opens the palette.
func (m *root) askCommand() *prompt {
	p := &palettePrompt{all: m.commands()}
	p.narrow("")
	return &prompt{
		label: ":", palette: p,
		hint: func(string) (ink, string) {
			if len(p.found) == 0 {
				return inkCrit, "no command of this name"
			}
			return inkDim, "↑ ↓ choose  ⏎ does it  esc closes"
		},
		done: func(text string) tea.Cmd {
			if len(p.found) == 0 || strings.TrimSpace(text) == "" && p.at == 0 {
				return nil
			}
			return m.do(p.found[p.at].action)
		},
	}
}

// commands are the actions of the screen in front, each once, by name.
func (m *root) commands() []binding {
	var out []binding
	for _, b := range append(m.keys.valid(m.panel().place()), commandsOnly()...) {
		known := slices.ContainsFunc(out, func(o binding) bool { return o.action == b.action })
		if !known && b.action != Submit && b.action != Interrupt && b.action != Palette {
			out = append(out, b)
		}
	}
	slices.SortStableFunc(out, func(a, b binding) int { return strings.Compare(string(a.action), string(b.action)) })
	return out
}

// narrow keeps the commands that a text may mean, best first: the one of that
// name, those that begin so, those that hold it in name or description.
func (p *palettePrompt) narrow(text string) {
	if p == nil {
		return
	}
	text = strings.ToLower(strings.TrimSpace(text))
	var by [3][]binding
	for _, b := range p.all {
		name := string(b.action)
		switch {
		case name == text:
			by[0] = append(by[0], b)
		case strings.HasPrefix(name, text):
			by[1] = append(by[1], b)
		case strings.Contains(name, text), strings.Contains(b.does, text):
			by[2] = append(by[2], b)
		}
	}
	p.found, p.at = slices.Concat(by[0], by[1], by[2]), 0
}

func (p *palettePrompt) move(a Action) {
	if p == nil || len(p.found) == 0 {
		return
	}
	step := 1
	if a == Up {
		step = len(p.found) - 1
	}
	p.at = (p.at + step) % len(p.found)
}

// paletteLines is as much of the list as one takes in at a glance.
const paletteLines = 10

// draw writes the list over the lower end of the body.
func (p *palettePrompt) draw(a area) {
	if p == nil {
		return
	}
	n := min(len(p.found), paletteLines, max(a.h-1, 0))
	box, _ := a.bottom(n + 1)
	box.clear()
	box.rule(0, '─', inkAccent)
	first := scroll(0, p.at, n, len(p.found))
	for y := range n {
		b := p.found[first+y]
		box.textIn(2, y+1, 18, inkKey, string(b.action))
		box.text(22, y+1, inkText, b.does)
		if len(b.keys) > 0 {
			box.right(box.w-2, y+1, inkDim, b.caps())
		}
		if first+y == p.at {
			box.mark(y + 1)
		}
	}
}
