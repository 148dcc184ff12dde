package ui

import (
	tea "github.com/charmbracelet/bubbletea"
)

// place is where keys go.
func (m *root) place() place {
	switch {
	case m.help != nil:
		return inHelp
	case m.prompt != nil:
		return inText
	case m.dialog != nil && m.dialog.typing():
		return inText
	case m.dialog != nil:
		return inDialog
	}
	return m.panel().place()
}

// press dispatches one key.
func (m *root) press(k tea.KeyMsg) tea.Cmd {
	m.note = noticeMsg{}
	where := m.place()
	a := m.keys.action(where, k.String())
	switch {
	case a == Interrupt:
		return m.quit()
	case m.help != nil:
		m.help = m.help.press(a, k)
		return nil
	case m.prompt != nil:
		return m.pressPrompt(a, k)
	case m.dialog != nil:
		return m.pressDialog(a, k)
	case where == inEditor:
		return m.panel().(*editor).press(a, k, m.s)
	case a == NoAction:
		return nil
	}
	return m.do(a)
}

// do carries out an action on the screen in front.
func (m *root) do(a Action) tea.Cmd {
	if why := m.whyNot(a); why != "" {
		return notice(inkWarn, why)
	}
	if handled, cmd := m.global(a); handled {
		return cmd
	}
	if handled, cmd := m.time(a); handled {
		return cmd
	}
	p, cmd := m.panel().Update(a, m.s)
	m.setPanel(p)
	return cmd
}

// whyNot answers why an action cannot be done now; "" when it can.
func (m *root) whyNot(a Action) string {
	for _, o := range m.panel().Offers(m.s) {
		if o.Action == a {
			return o.Why
		}
	}
	if _, ok := m.panel().(maximiser); a == Maximise && !ok {
		return "there is nothing on this screen to maximise"
	}
	return ""
}

// global carries out what every screen understands.
func (m *root) global(a Action) (bool, tea.Cmd) {
	switch a {
	case Quit:
		return true, m.quit()
	case Help:
		m.help = newHelp(m.keys, m.panel().place())
	case View1, View2, View3, View4, View5, View6, View7:
		return true, m.show(viewNumber(a))
	case PrevView:
		return true, m.show((m.at + len(m.views) - 1) % len(m.views))
	case NextView:
		return true, m.show((m.at + 1) % len(m.views))
	case Back:
		return true, m.back()
	case Filter:
		return true, m.askFilter()
	case Palette:
		m.prompt = m.askCommand()
	case Editor:
		m.stack = append(m.stack, newEditor(""))
	case Advise:
		return true, m.s.askAdvice()
	case Undo:
		return m.undo()
	case Unlock:
		return true, m.askUnlock()
	case Lock:
		m.s.Unlocked = false
		if err := m.s.setReadOnly(true); err != nil {
			return true, notice(inkCrit, "lock: "+err.Error())
		}
	case LiteralsOn:
		m.s.opts.ShowLiterals = !m.s.opts.ShowLiterals
	default:
		return false, nil
	}
	return true, nil
}

// undo takes the last change back, on screens that have no undo of their own.
func (m *root) undo() (bool, tea.Cmd) {
	for _, o := range m.panel().Offers(m.s) {
		if o.Action == Undo {
			return false, nil
		}
	}
	if why := m.s.offerUndo().Why; why != "" {
		return true, notice(inkWarn, why)
	}
	return true, m.s.undoLast()
}

func viewNumber(a Action) int {
	for i, v := range []Action{View1, View2, View3, View4, View5, View6, View7} {
		if a == v {
			return i
		}
	}
	return 0
}

// show goes to a view; what was opened on top of another is closed.
func (m *root) show(n int) tea.Cmd {
	if n >= len(m.views) {
		return notice(inkWarn, "a file has no sessions: this view is of servers")
	}
	m.at, m.stack = n, nil
	if _, ok := m.views[n].(*logView); ok {
		return m.s.readLog()
	}
	return nil
}

// back goes back one level: filter, then screen, then the overview. It never
// quits.
func (m *root) back() tea.Cmd {
	if f, ok := m.panel().(filterer); ok && f.filterText() != "" {
		_ = f.setFilter("") // an empty pattern is always valid
		return nil
	}
	if p, ok := m.panel().(maximiser); ok && p.shrink() {
		return nil
	}
	if n := len(m.stack); n > 0 {
		m.stack = m.stack[:n-1]
		return nil
	}
	m.at = 0
	return nil
}

// quit leaves; a change that is under way is stopped and swept first, and a
// second Ctrl+C does not wait for it.
func (m *root) quit() tea.Cmd {
	if m.stop != nil && !m.leaving {
		m.leaving = true
		m.stop()
		return notice(inkWarn, "stopping the change and sweeping up; again to leave at once")
	}
	return tea.Quit
}
