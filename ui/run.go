package ui

import (
	"context"
	"errors"
	"fmt"
	"io"

	tea "github.com/charmbracelet/bubbletea"
)

// Run draws the dashboard on a terminal until a user quits or ctx ends, and
// answers the receipt. The terminal is restored on every way out, a panic
// among them.
func Run(ctx context.Context, m Model, in io.Reader, out io.Writer) (Receipt, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	m.s.ctx = ctx
	if m.s.opts.Plain {
		return m.runPlain(ctx, out)
	}
	m.ask, m.s.opts = newAsker(m.s.opts, out)
	m.paint = newPainter(m.s.opts)
	if _, ok := out.(interface{ Fd() uintptr }); ok { // each write to a terminal is whole
		m.screen = out
	}
	p := m.ask.program(ctx, m, in, out, tea.WithFPS(m.s.opts.FPS))
	_, err := p.Run()
	if err != nil && ctx.Err() == nil && !errors.Is(err, tea.ErrInterrupted) {
		return m.Receipt(), fmt.Errorf("draw the dashboard: %w", err)
	}
	return m.Receipt(), nil
}
