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
		if line := s.effectLine(e); line != "" {
			r.Lines = append(r.Lines, cutText(line, receiptCells))
		}
		r.Lines = append(r.Lines, s.outcomeLine(e))
	}
	if len(r.Lines) == 0 {
		r.Lines = append(r.Lines, cutText(s.seenLine(), receiptCells))
	}
	return r
}

// effectLine says what a change did, as far as it was seen, or else what it was
// expected to do; "" when nobody knows either.
func (s *State) effectLine(e advisor.Entry) string {
	v := s.Verdicts[e.ID]
	if times := timesOf(v); times != "" {
		return seenOf(v, times, undoable(e))
	}
	if e.Predicted == nil || !undoable(e) {
		return ""
	}
	before, after, factor := effectText(e.Predicted)
	return strings.TrimSpace(fmt.Sprintf("%s  expected %s → %s (%s), no call was seen since  %s", s.subjectOf(e, v), before, after, methodText(e.Predicted.Method), factor))
}

// subjectOf is the route or the statement that a change is about.
func (s *State) subjectOf(e advisor.Entry, v advisor.Verdict) string {
	switch {
	case v.Subject != "":
		return v.Subject
	case len(e.Routes) > 0 && e.Routes[0] != "":
		return e.Routes[0]
	case len(e.Fingerprints) > 0:
		return s.statementLabel(e.Fingerprints[0])
	}
	return e.Title
}

// timesOf are a call's times before and after a change: its P95, or its mean
// where a server counts no more than that, or how many sessions are in one whose
// calls nobody counts; "" when one of them is not known.
func timesOf(v advisor.Verdict) string {
	switch {
	case v.BeforeP95 > 0 && v.AfterP95 > 0:
		return "P95 " + units.Seconds(v.BeforeP95) + " → " + units.Seconds(v.AfterP95)
	case v.BeforeMean > 0 && v.AfterMean > 0:
		return "mean " + units.Seconds(v.BeforeMean) + " → " + units.Seconds(v.AfterMean)
	case v.BeforeMean > 0 && v.CallsAfter == 0 && isDecided(v.Outcome): // judged by its absence from a log
		return "mean " + units.Seconds(v.BeforeMean) + " → under " + units.Seconds(v.High*v.BeforeMean)
	case v.SessionsBefore != nil && v.SessionsAfter != nil:
		return "sessions in it, sampled, " + advisor.SessionsText(v)
	}
	return ""
}

// seenOf says what a change did to its calls, as far as it was seen; stands: it
// is still there.
func seenOf(v advisor.Verdict, times string, stands bool) string {
	line := v.Subject + "  " + times
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
