package ui

import (
	"context"
	"fmt"
	"io"
	"strings"

	"mltop/internal/term"
)

// runPlain writes one line per change: for screen readers, logs and dumb
// terminals.
func (m Model) runPlain(ctx context.Context, out io.Writer) (Receipt, error) {
	s := m.s
	var last plainLine
	for {
		sample, err := s.backend.Next(ctx)
		if ctx.Err() != nil {
			return m.Receipt(), nil
		}
		s.now = s.opts.Now()
		if err != nil {
			return m.Receipt(), fmt.Errorf("watch %s: %w", s.Target.Name, err)
		}
		s.put(sample)
		now := s.plain()
		for _, l := range now.changes(last) {
			if _, err := fmt.Fprintln(out, s.last.In(s.opts.Zone).Format("15:04:05")+" "+term.Safe(l)); err != nil {
				return m.Receipt(), fmt.Errorf("write a line: %w", err)
			}
		}
		last = now
	}
}

// plainLine is what a line is written of when it changes.
type plainLine struct {
	verdict string
	numbers string
	errors  string
}

func (s *State) plain() plainLine {
	p := plainLine{errors: s.errorLine()}
	if len(s.Findings) > 0 {
		_, word := status(s.Findings[0].Level)
		p.verdict = word + " " + s.Findings[0].Text
	}
	var parts []string
	for i, v := range values() {
		if v.part == "requests" {
			parts = append(parts, v.short+" "+v.text(s.kpi[i]))
		}
	}
	p.numbers = strings.Join(parts, ", ")
	return p
}

// changes are the lines that differ from before, the verdict first.
func (p plainLine) changes(old plainLine) []string {
	var out []string
	if p.verdict != old.verdict && p.verdict != "" {
		out = append(out, p.verdict)
	}
	if p.errors != old.errors && p.errors != "" {
		out = append(out, p.errors)
	}
	if p.numbers != old.numbers {
		out = append(out, p.numbers)
	}
	return out
}
