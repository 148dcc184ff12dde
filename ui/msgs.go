package ui

import (
	"context"
	"errors"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/db"
	"mltop/internal/units"
)

// What commands answer. Every call of the backend is one command, and every
// command has one message.
type (
	sampleMsg struct {
		sample collectors.Sample
		err    error
	}
	tickMsg    time.Time
	journalMsg struct {
		entries []advisor.Entry
		err     error
	}
	logMsg      []LogLine
	adviceSoFar struct {
		stage  string
		advice advisor.Advice
		of     int // State.replaced when it was asked
	}
	adviceMsg struct {
		advice advisor.Advice
		err    error
		of     int // as above
	}
	previewMsg struct {
		id, entry string // of the recommendation, or of the entry to undo
		act       *advisor.Act
		preview   advisor.Preview
		err       error
	}
	progressMsg struct{ p db.Progress }
	changedMsg  struct {
		entry advisor.Entry
		undo  bool
		err   error
	}
	explainMsg struct {
		fingerprint string
		answer      Explanation
		err         error
	}
	typedMsg struct { // for the editor
		sql    string
		answer Explanation
		rows   *db.Rows
		err    error
	}
	dismissedMsg struct {
		id  string
		err error
	}
	recordedMsg struct{ err error }
	exportedMsg struct {
		where string
		err   error
	}
)

// Limits of what a user asks for: a plan is quick or it is not worth
// waiting for, and rows are for looking at.
const (
	explainTimeout = 10 * time.Second
	selectTimeout  = 10 * time.Second
	selectLimit    = 200
	smallTimeout   = 5 * time.Second
)

func (s *State) next() tea.Cmd {
	return func() tea.Msg {
		sample, err := s.backend.Next(s.ctx)
		return sampleMsg{sample, err}
	}
}

func tick() tea.Cmd { return tea.Tick(time.Second, func(t time.Time) tea.Msg { return tickMsg(t) }) }

// listen hands over what other goroutines reported.
func (s *State) listen() tea.Cmd {
	return func() tea.Msg {
		select {
		case m := <-s.inbox:
			return m
		case <-s.ctx.Done():
			return nil
		}
	}
}

// report never blocks: progress that nobody took yet is replaced by newer.
func (s *State) report(m tea.Msg) {
	select {
	case s.inbox <- m:
	default:
	}
}

func (s *State) readJournal() tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(s.ctx, smallTimeout)
		defer cancel()
		entries, err := s.backend.Journal(ctx)
		return journalMsg{entries, err}
	}
}

func (s *State) readLog() tea.Cmd {
	return func() tea.Msg { return logMsg(s.backend.Log()) }
}

// advise runs the advisor once; a run that is under way is not doubled.
func (s *State) advise() tea.Cmd {
	if s.Advising != "" {
		return nil
	}
	s.Advising, s.course = "starting", advisor.Course{}
	s.rememberAsked()
	of := s.replaced
	ctx, cancel := context.WithCancelCause(s.ctx)
	s.enough = func() { cancel(advisor.ErrEnough) }
	return func() tea.Msg {
		defer cancel(nil)
		advice, err := s.backend.Advise(ctx, func(a advisor.Advice, p db.Progress) {
			s.report(adviceSoFar{progressText(p), a, of})
		})
		return adviceMsg{advice, err, of}
	}
}

func progressText(p db.Progress) string {
	if p.Done < 0 {
		return p.Stage
	}
	return p.Stage + " " + units.Percent(p.Done)
}

func (s *State) preview(id string) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(s.ctx, explainTimeout)
		defer cancel()
		p, err := s.backend.Preview(ctx, id)
		return previewMsg{id: id, preview: p, err: err}
	}
}

func (s *State) previewUndo(entry string) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(s.ctx, explainTimeout)
		defer cancel()
		p, err := s.backend.PreviewUndo(ctx, entry)
		return previewMsg{entry: entry, preview: p, err: err}
	}
}

// change applies, or undoes when entry is set. Cancelling ctx stops the
// statement and sweeps what it left.
func (s *State) change(ctx context.Context, do applyMsg) tea.Cmd {
	if do.act != nil {
		return s.carryOut(ctx, do)
	}
	return func() tea.Msg {
		progress := func(p db.Progress) { s.report(progressMsg{p}) }
		if do.typed != "" {
			if err := s.backend.Confirm(ctx, do.typed); err != nil {
				return changedMsg{undo: do.entry != "", err: err}
			}
		}
		if do.entry != "" {
			e, err := s.backend.Undo(ctx, do.entry, progress)
			return changedMsg{e, true, err}
		}
		e, err := s.backend.Apply(ctx, do.id, progress)
		return changedMsg{e, false, err}
	}
}

func (s *State) explain(fingerprint string, q db.Query, measure bool) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(s.ctx, explainTimeout)
		defer cancel()
		ask := s.backend.Explain
		if measure {
			ask = s.backend.Analyze
		}
		e, err := ask(ctx, q)
		return explainMsg{fingerprint, e, err}
	}
}

func (s *State) explainTyped(sql string) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(s.ctx, explainTimeout)
		defer cancel()
		e, err := s.backend.Explain(ctx, db.Query{SQL: sql})
		return typedMsg{sql: sql, answer: e, err: err}
	}
}

func (s *State) selectTyped(sql string) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(s.ctx, selectTimeout)
		defer cancel()
		rows, err := s.backend.Select(ctx, db.Query{SQL: sql}, selectLimit)
		if errors.Is(err, context.DeadlineExceeded) {
			err = errors.New("stopped after " + units.Ago(selectTimeout))
		}
		return typedMsg{sql: sql, rows: &rows, err: err}
	}
}

func (s *State) dismiss(id, why string) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(s.ctx, smallTimeout)
		defer cancel()
		return dismissedMsg{id, s.backend.Dismiss(ctx, id, why)}
	}
}

func (s *State) record(entry string, v advisor.Verdict) tea.Cmd {
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(s.ctx, smallTimeout)
		defer cancel()
		return recordedMsg{s.backend.Record(ctx, entry, v)}
	}
}
