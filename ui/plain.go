package ui

import (
	"context"
	"fmt"
	"io"
	"math"
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
			return m.Receipt(), nil //nolint:nilerr // the user ended it
		}
		s.now = s.opts.Now()
		if err != nil {
			return m.Receipt(), fmt.Errorf("watch %s: %w", s.Target.Name, err)
		}
		s.put(sample)
		lines, now := s.plain().changes(last)
		for _, l := range lines {
			if _, err := fmt.Fprintln(out, s.last.In(s.opts.Zone).Format("15:04:05")+" "+term.Safe(l)); err != nil {
				return m.Receipt(), fmt.Errorf("write a line: %w", err)
			}
		}
		last = now
	}
}

// A plainLine is what is worth a line when it changes. What is read aloud must
// not be said again for every digit.
type plainLine struct {
	subject string // what the verdict is about
	verdict string
	values  []float64
	numbers string
	errors  string
}

func (s *State) plain() plainLine {
	p := plainLine{errors: s.errorLine()}
	if len(s.Findings) > 0 {
		f := s.Findings[0]
		_, word := status(f.Level)
		p.verdict = word + " " + f.Text
		p.subject = word + f.Rule + f.Route.String() + f.Fingerprint
	}
	var parts []string
	for i, v := range values() {
		if v.part == "requests" {
			parts = append(parts, v.short+" "+v.text(s.kpi[i]))
			p.values = append(p.values, s.kpi[i])
		}
	}
	p.numbers = strings.Join(parts, ", ")
	return p
}

// changes are the lines to say now, the verdict first, and what counts as said
// from here on.
func (p plainLine) changes(said plainLine) (out []string, now plainLine) {
	now = said
	moved := p.moved(said.values)
	if p.verdict != "" && (p.subject != said.subject || moved && p.verdict != said.verdict) {
		out = append(out, p.verdict)
		now.subject, now.verdict = p.subject, p.verdict
	}
	if p.errors != said.errors && p.errors != "" {
		out = append(out, p.errors)
	}
	now.errors = p.errors
	if moved {
		out = append(out, p.numbers)
		now.values = p.values
	}
	return out, now
}

// worthSaying is by how much a number must move: a fifth is what one hears.
const worthSaying = 1.2

// moved reports that a number came, went or moved since it was said.
func (p plainLine) moved(said []float64) bool {
	if len(said) != len(p.values) {
		return len(p.values) > 0
	}
	for i, v := range p.values {
		was := said[i]
		if math.IsNaN(v) != math.IsNaN(was) || v > was*worthSaying || v < was/worthSaying {
			return true
		}
	}
	return false
}
