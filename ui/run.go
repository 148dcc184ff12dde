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
	fps := m.s.opts.FPS
	if t, ok := out.(terminal); ok {
		m.screen, fps = &screen{out: out}, rendererFPS
		out = lent{t, m.screen}
	}
	p := m.ask.program(ctx, m, in, out, tea.WithFPS(fps))
	_, err := p.Run()
	if err != nil && ctx.Err() == nil && !errors.Is(err, tea.ErrInterrupted) {
		return m.Receipt(), fmt.Errorf("draw the dashboard: %w", err)
	}
	return m.Receipt(), nil
}
