package ui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"mltop/advisor"
	"mltop/collectors"
)

// receive takes in what a command answered.
func (m *root) receive(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case sampleMsg:
		return m.onSample(msg)
	case tickMsg:
		return m.onTick(time.Time(msg))
	case journalMsg:
		return m.onJournal(msg)
	case logMsg:
		m.s.Log = msg
	case explainMsg:
		m.s.Plans[msg.fingerprint] = planned{Explanation: msg.answer, err: msg.err, at: m.s.now}
	case typedMsg:
		m.onTyped(msg)
	case noticeMsg:
		m.say(msg)
	case pushMsg:
		return m.open(msg.panel)
	case popMsg:
		return m.back()
	case viewMsg:
		if v, ok := m.views[min(msg.n, len(m.views)-1)].(*sessions); ok && msg.top {
			v.toRoot(m.s)
		}
		return m.show(msg.n)
	case promptMsg:
		m.prompt = msg.prompt
	case copyMsg:
		return m.copy(msg)
	case exportedMsg:
		return m.onExported(msg)
	case postponedMsg:
		return m.onPostponed(msg)
	default:
		return m.receiveChange(msg)
	}
	return nil
}

// receiveChange takes in what advice and changes answered.
func (m *root) receiveChange(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case adviceSoFar:
		m.onAdviceSoFar(msg)
		return m.s.listen()
	case progressMsg:
		if m.dialog != nil {
			m.dialog.progress = progressText(msg.p)
		}
		return m.s.listen()
	case adviceMsg:
		return m.onAdvice(msg)
	case outdatedMsg:
		return m.onOutdated(msg)
	case previewMsg:
		return m.onPreview(msg)
	case changedMsg:
		return m.onChanged(msg)
	case applyMsg:
		return m.startChange(msg)
	case actedMsg:
		return m.onActed(msg)
	case dismissedMsg:
		return m.onDismissed(msg)
	case recordedMsg:
		if msg.err != nil {
			return notice(inkWarn, "the verdict could not be kept: "+msg.err.Error())
		}
	}
	return nil
}

func (m *root) onSample(msg sampleMsg) tea.Cmd {
	s := m.s
	s.now = s.opts.Now()
	if msg.err != nil {
		return m.onFailure(msg.err)
	}
	cmds := []tea.Cmd{s.next()}
	if msg.sample.Replaced() {
		cmds = append(cmds, m.startOver())
	}
	s.put(msg.sample)
	cmds = append(cmds, s.autoAdvise(), s.recheck(msg.sample), m.planAgain(msg.sample))
	if _, ok := m.panel().(*logView); ok {
		cmds = append(cmds, s.readLog())
	}
	return tea.Batch(append(cmds, s.judge()...)...)
}

// planAgain forgets the plans that were asked for before somebody changed the
// catalog or a setting; the page in front asks anew.
func (m *root) planAgain(sample collectors.Sample) tea.Cmd {
	if !changedNow(sample) {
		return nil
	}
	clear(m.s.Plans)
	if p, ok := m.panel().(interface{ opened(*State) tea.Cmd }); ok {
		return p.opened(m.s)
	}
	return nil
}

// retryAfter is how long a failed Next is left alone: the target may come
// back, and asking again at once would burn a core.
const retryAfter = time.Second

func (m *root) onFailure(err error) tea.Cmd {
	if errors.Is(err, context.Canceled) {
		return tea.Quit
	}
	m.s.failure = err
	next := m.s.next()
	return tea.Tick(retryAfter, func(time.Time) tea.Msg { return next() })
}

// showsTime reports whether something on the screen changes with the clock
// alone. Samples bring all the rest; with every one of them a tick finds its
// picture drawn.
func (m *root) showsTime() bool {
	s := m.s
	return m.note.text != "" || m.dialog != nil || s.failure != nil || s.opts.Now().Sub(s.last) >= s.Tick+lateSample
}

// lateSample is how much later than its tick a sample may come before the
// clock is drawn without it.
const lateSample = 500 * time.Millisecond

func (m *root) onTick(time.Time) tea.Cmd {
	s := m.s
	s.now = s.opts.Now()
	if m.note.text != "" && s.now.After(m.noteUntil) {
		m.note = noticeMsg{}
	}
	// Another mltop may change or undo something on the same target.
	if s.now.Second()%10 == 0 {
		return tea.Batch(tick(), s.readJournal())
	}
	return tick()
}

func (m *root) onJournal(msg journalMsg) tea.Cmd {
	if msg.err != nil {
		return notice(inkWarn, "read the journal: "+msg.err.Error())
	}
	m.s.Entries = msg.entries
	for _, e := range msg.entries {
		if _, known := m.s.Verdicts[e.ID]; !known && e.Verdict != nil {
			m.s.Verdicts[e.ID] = *e.Verdict
		}
	}
	return nil
}

func (m *root) onTyped(msg typedMsg) {
	if e, ok := m.panel().(*editor); ok {
		e.answer(msg)
	}
}

// open puts a panel in front and asks for what it needs.
func (m *root) open(p Panel) tea.Cmd {
	m.stack = append(m.stack, p)
	if p, ok := p.(interface{ opened(*State) tea.Cmd }); ok {
		return p.opened(m.s)
	}
	return nil
}

func (m *root) onAdviceSoFar(msg adviceSoFar) {
	s := m.s
	if s.Advising == "" || msg.of != s.replaced {
		return // the answer has come already, or is about a file that is gone
	}
	s.Advising, s.course = msg.stage, msg.advice.Course
	// What an earlier run found in full is not replaced by the beginning of
	// the next one.
	if (s.Advice == nil || s.partial) && len(msg.advice.Recommendations) > 0 {
		s.Advice, s.adviceBy, s.partial = &msg.advice, s.started, true
	}
}

func (m *root) onAdvice(msg adviceMsg) tea.Cmd {
	s := m.s
	s.Advising = ""
	if msg.of != s.replaced {
		return nil // about a file that is gone: the next one begins by itself
	}
	s.AdviseBy = msg.err
	if msg.err != nil {
		s.askSoon()
		return notice(inkCrit, "no advice: "+msg.err.Error())
	}
	s.Advice, s.adviceBy, s.partial = &msg.advice, s.started, false
	s.recheckAt = time.Time{} // a run ends with a look of its own
	clear(s.gone)
	// Plans were explained beside older advice.
	clear(s.Plans)
	if !s.loading() {
		s.look()
	}
	if p, ok := m.panel().(interface{ opened(*State) tea.Cmd }); ok {
		return p.opened(s)
	}
	return nil
}

func (m *root) onPreview(msg previewMsg) tea.Cmd {
	if msg.err != nil {
		return notice(inkCrit, "no preview: "+msg.err.Error())
	}
	m.dialog = newDialog(msg, m.s)
	return nil
}

func (m *root) startChange(msg applyMsg) tea.Cmd {
	ctx, cancel := context.WithCancel(m.s.ctx)
	m.stop = cancel
	return m.s.change(ctx, msg)
}

// onChanged follows an apply or an undo: the charts show the minutes around
// it, and what was planned before is asked anew.
func (m *root) onChanged(msg changedMsg) tea.Cmd {
	if m.stop != nil {
		m.stop()
	}
	m.stop, m.dialog = nil, nil
	if m.leaving {
		return tea.Quit
	}
	s := m.s
	clear(s.Plans)
	cmds := []tea.Cmd{s.readJournal()}
	if p, ok := m.panel().(interface{ opened(*State) tea.Cmd }); ok {
		cmds = append(cmds, p.opened(s))
	}
	if msg.err != nil {
		word := "apply: "
		if msg.undo {
			word = "undo: "
		}
		return tea.Batch(append(cmds, notice(inkCrit, word+msg.err.Error()))...)
	}
	s.took(msg)
	return tea.Batch(append(cmds, notice(inkOK, changedText(msg)))...)
}

// afterChange is the time axis on which a change can be seen to work.
const afterChange = 1

func (s *State) took(msg changedMsg) {
	s.zoom = min(s.zoom, afterChange)
	s.cursor, s.paused = time.Time{}, time.Time{}
	s.Entries = withEntry(s.Entries, msg.entry)
	if !msg.undo {
		s.applied = append(s.applied, msg.entry.ID)
	}
	s.look()
}

func withEntry(list []advisor.Entry, e advisor.Entry) []advisor.Entry {
	out := make([]advisor.Entry, 0, len(list)+1)
	for _, old := range list {
		if old.ID != e.ID {
			out = append(out, old)
		}
	}
	return append(out, e)
}

func changedText(msg changedMsg) string {
	e := msg.entry
	switch {
	case e.State == advisor.EntryUndoPending:
		return "undo pending: " + e.Note
	case msg.undo:
		return "▼ undone: " + e.Title
	case e.State == advisor.EntryFailed:
		return "nothing was changed: " + e.Note
	}
	return fmt.Sprintf("▲ applied: %s   u undoes it", e.Title)
}

func (m *root) onDismissed(msg dismissedMsg) tea.Cmd {
	if msg.err != nil {
		return notice(inkCrit, "dismiss: "+msg.err.Error())
	}
	if s := m.s; s.Advice != nil {
		advice := *s.Advice
		advice.Recommendations = nil
		for _, r := range s.Advice.Recommendations {
			if r.ID != msg.id {
				advice.Recommendations = append(advice.Recommendations, r)
			}
		}
		s.Advice = &advice
	}
	if _, ok := m.panel().(*card); ok {
		m.back()
	}
	return notice(inkDim, "dismissed, and remembered why")
}

func (m *root) onExported(msg exportedMsg) tea.Cmd {
	if msg.err != nil {
		return notice(inkCrit, "copy: "+msg.err.Error())
	}
	return notice(inkOK, strings.TrimSpace("copied "+msg.where))
}
