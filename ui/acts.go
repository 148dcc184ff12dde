package ui

import (
	"context"

	tea "github.com/charmbracelet/bubbletea"

	"mltop/advisor"
)

// SessionActs is a backend of a server, whose sessions can be told to stop.
type SessionActs interface {
	// PreviewAct answers what an act would end, and changes nothing.
	PreviewAct(ctx context.Context, act advisor.Act) (advisor.Preview, error)
	Act(ctx context.Context, act advisor.Act) (advisor.Entry, error)
}

// actedMsg is what an act came to.
type actedMsg struct {
	entry advisor.Entry
	err   error
}

func (s *State) previewAct(act advisor.Act) tea.Cmd {
	acts, ok := s.backend.(SessionActs)
	if !ok {
		return notice(inkWarn, "this target has no sessions that could be ended")
	}
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(s.ctx, explainTimeout)
		defer cancel()
		p, err := acts.PreviewAct(ctx, act)
		return previewMsg{act: &act, preview: p, err: err}
	}
}

// carryOut does what was confirmed. The answer of a server that cannot even
// end a session is not waited for long.
func (s *State) carryOut(ctx context.Context, do applyMsg) tea.Cmd {
	acts := s.backend.(SessionActs) // the preview came from it
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, explainTimeout)
		defer cancel()
		if do.typed != "" {
			if err := s.backend.Confirm(ctx, do.typed); err != nil {
				return actedMsg{err: err}
			}
		}
		e, err := acts.Act(ctx, *do.act)
		return actedMsg{e, err}
	}
}

func (m *root) onActed(msg actedMsg) tea.Cmd {
	if m.stop != nil {
		m.stop()
	}
	m.stop, m.dialog = nil, nil
	if m.leaving {
		return tea.Quit
	}
	cmds := []tea.Cmd{m.s.readJournal()}
	if msg.err != nil {
		return tea.Batch(append(cmds, notice(inkCrit, msg.err.Error()))...)
	}
	return tea.Batch(append(cmds, notice(inkOK, "done: "+msg.entry.Title))...)
}
