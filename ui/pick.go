package ui

import (
	"context"
	"errors"
	"fmt"
	"io"

	tea "github.com/charmbracelet/bubbletea"
)

// A Choice is one line of a picker. Without a Label it cannot be chosen; Note
// says why.
type Choice struct {
	Label string
	Size  string
	Note  string
}

// Pick shows a list and answers what was chosen with Enter; false when the
// user left without choosing.
func Pick(ctx context.Context, title string, list []Choice, o Options, in io.Reader, out io.Writer) (int, bool, error) {
	ask, o := newAsker(o.withDefaults(), out)
	m := &picker{title: title, list: list, opts: o, paint: newPainter(o), ask: ask}
	m.at = m.next(-1, 1)
	p := m.ask.program(ctx, m, in, out)
	if _, err := p.Run(); err != nil && ctx.Err() == nil && !errors.Is(err, tea.ErrInterrupted) {
		return 0, false, fmt.Errorf("draw the list: %w", err)
	}
	return m.at, m.chosen, nil
}

type picker struct {
	title  string
	list   []Choice
	at     int // of the list; -1: nothing can be chosen
	chosen bool
	opts   Options
	paint  *painter
	ask    asker // for the terminal's background
	w, h   int
}

// Init asks the terminal for its background.
func (p *picker) Init() tea.Cmd { return p.ask.cmd }

// Update moves, chooses or leaves.
func (p *picker) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		p.w, p.h = msg.Width, msg.Height
	case tea.KeyMsg:
		return p, p.press(msg.String())
	case backgroundMsg:
		p.opts = p.ask.take(p.opts, msg)
		p.paint = newPainter(p.opts)
	}
	return p, nil
}

func (p *picker) press(key string) tea.Cmd {
	switch key {
	case "up", "k":
		p.at = p.next(p.at, -1)
	case "down", "j":
		p.at = p.next(p.at, 1)
	case "home", "g":
		p.at = p.next(-1, 1)
	case "end", "G":
		p.at = p.next(len(p.list), -1)
	case "enter":
		p.chosen = p.at >= 0
		if p.chosen {
			return tea.Quit
		}
	case "q", "ctrl+c", "esc":
		return tea.Quit
	}
	return nil
}

// next is the nearest choice in a direction; at itself when there is none.
func (p *picker) next(at, step int) int {
	for i := at + step; i >= 0 && i < len(p.list); i += step {
		if p.list[i].Label != "" {
			return i
		}
	}
	if at >= 0 && at < len(p.list) {
		return at
	}
	return -1
}

// View draws title, list and keys.
func (p *picker) View() string {
	if p.w <= 0 || p.h <= 0 {
		return ""
	}
	a := newGrid(p.w, p.h)
	p.draw(a)
	return a.g.render(p.paint)
}

func (p *picker) draw(a area) {
	head, body := a.top(2)
	head.text(1, 0, inkStrong, p.title)
	foot, body := body.bottom(1)
	foot.text(1, 0, inkDim, "enter attach   ↑↓ move   q quit")
	first := max(0, min(p.at-body.h/2, len(p.list)-body.h))
	for y := 0; y < body.h && first+y < len(p.list); y++ {
		p.line(body.sub(0, y, body.w, 1), p.list[first+y], first+y == p.at)
	}
}

// sizeWidth holds "1023 MB" and the gap behind it.
const sizeWidth = 9

func (p *picker) line(a area, c Choice, at bool) {
	text, dim, mark := inkText, inkDim, "  "
	if at {
		text, dim, mark = text|selected, dim|selected, "▸ "
		a.text(0, 0, text, blanks(a.w))
	}
	label, room := c.Label, a.w*6/10
	if label == "" {
		label, text = none, dim
	}
	x := a.text(1, 0, text, mark)
	a.textIn(x, 0, room-x-sizeWidth, text, label)
	a.textIn(room-sizeWidth+1, 0, sizeWidth, dim, c.Size)
	a.textIn(room+1, 0, a.w-room-2, dim, c.Note)
}

func blanks(n int) string { return fmt.Sprintf("%*s", n, "") }
