package ui

import (
	"fmt"
	"strings"
	"time"

	"mltop/advisor"
	"mltop/internal/term"
	"mltop/internal/units"
)

// A Receipt is what stays in the scrollback after the dashboard closed.
type Receipt struct {
	Target   string
	Path     string
	Attached time.Duration
	Lines    []string // what was seen and what was kept; a command in them is whole
}

// String is the paragraph, without a last line break.
func (r Receipt) String() string {
	name := r.Target
	if r.Path != "" && r.Path != r.Target {
		name += " (" + r.Path + ")"
	}
	out := []string{fmt.Sprintf("mltop  %s  attached %s", cutText(name, 120), units.Ago(r.Attached))}
	for _, l := range r.Lines {
		out = append(out, "  "+term.Safe(l))
	}
	return strings.Join(out, "\n")
}

// receiptCells is what a line of the receipt takes at most, but for a command.
const receiptCells = 160

// Receipt sums up the session.
func (m Model) Receipt() Receipt {
	s := m.s
	r := Receipt{Target: s.Target.Name, Path: s.Target.Path, Attached: s.opts.Now().Sub(s.attached)}
	for _, e := range s.session() {
		if v, ok := s.Verdicts[e.ID]; ok && v.AfterP95 > 0 && v.BeforeP95 > 0 {
			r.Lines = append(r.Lines, cutText(seenOf(v, undoable(e)), receiptCells))
		}
		r.Lines = append(r.Lines, s.outcomeLine(e))
	}
	if len(r.Lines) == 0 {
		r.Lines = append(r.Lines, cutText(s.seenLine(), receiptCells))
	}
	return r
}

// seenOf says what a change did to the slowest calls, as far as it was seen;
// stands: it is still there.
func seenOf(v advisor.Verdict, stands bool) string {
	line := fmt.Sprintf("%s  P95 %s → %s", v.Subject, units.Seconds(v.BeforeP95), units.Seconds(v.AfterP95))
	if !isDecided(v.Outcome) {
		line += ", not yet clear"
	}
	if !stands {
		line += ", while it was there"
	}
	return line
}

// outcomeLine says what became of a change: kept, and how it is undone, or
// taken back.
func (s *State) outcomeLine(e advisor.Entry) string {
	name := e.Title
	if len(e.Steps) > 0 {
		name = e.Steps[0].Object.Name
	}
	name = cutText(name, receiptCells/2)
	if !undoable(e) {
		return string(e.State) + ": " + name
	}
	size := ""
	if e.SizeBytes != nil {
		size = " (" + units.Bytes(float64(*e.SizeBytes)) + ")"
	}
	return fmt.Sprintf("kept: %s%s      undo: mltop undo %s %s", name, size, shellWord(orText(s.Target.Path, s.Target.Name)), e.ID)
}

// shellWord is a word as a shell takes it: in single quotes, unless it holds
// nothing that a shell reads as more than itself (POSIX, Shell Command
// Language, 2.2; zsh takes = and ? for more at places).
func shellWord(s string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@%+:,./_-"
	if s != "" && strings.Trim(s, plain) == "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// seenLine says what stood at the end when nothing was changed.
func (s *State) seenLine() string {
	if len(s.Findings) > 0 {
		_, word := status(s.Findings[0].Level)
		return word + "  " + s.Findings[0].Text
	}
	return "nothing was changed"
}
