package ui

import (
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"mltop/internal/diagnose"
)

// A Press is one key that a script presses.
type Press struct {
	Key     string        // as Bubble Tea names it: "enter", "a", "shift+left"
	Caption string        // what a viewer is told while it waits
	Pause   time.Duration // before the key; 0 is two seconds
	Until   Condition     // what must hold before; it is waited for
}

// A Condition is something a script waits for.
type Condition string

// The conditions.
const (
	Whenever     Condition = ""
	UntilSample  Condition = "sample"
	UntilFinding Condition = "finding" // something is wrong
	UntilAdvice  Condition = "advice"
	UntilPlan    Condition = "plan"
	UntilPreview Condition = "preview"
	UntilApplied Condition = "applied"
	UntilVerdict Condition = "verdict" // one that says better or worse
	UntilUndone  Condition = "undone"
	UntilBlocked Condition = "blocked" // sessions have waited for another for long
	UntilFreed   Condition = "freed"   // no session waits for another
)

// player presses a script's keys until a real key takes over.
type player struct {
	script  []Press
	at      int
	since   time.Time // when this step's condition came true; zero: not yet
	caption string
}

type playMsg struct{}

const (
	playTick  = 100 * time.Millisecond
	playPause = 2 * time.Second
)

func (p *player) start() tea.Cmd {
	if p.at >= len(p.script) {
		return nil
	}
	return tea.Tick(playTick, func(time.Time) tea.Msg { return playMsg{} })
}

func (p *player) takeOver() { p.script, p.caption = nil, "" }

// play presses the next key when its time has come.
func (m *root) play() tea.Cmd {
	p := &m.player
	if p.at >= len(p.script) {
		p.caption = ""
		return nil
	}
	step, now := p.script[p.at], m.s.opts.Now()
	if !m.holds(step.Until) {
		return p.start() // what was said of the step before stands meanwhile
	}
	p.caption = step.Caption
	if p.since.IsZero() {
		p.since = now
	}
	pause := step.Pause
	if pause == 0 {
		pause = playPause
	}
	if now.Sub(p.since) < pause {
		return p.start()
	}
	p.at, p.since = p.at+1, time.Time{}
	return tea.Batch(m.press(keyMsg(step.Key)), p.start())
}

// holds reports whether a condition is true now.
func (m *root) holds(c Condition) bool {
	s := m.s
	switch c {
	case UntilSample:
		return !s.loading()
	case UntilFinding:
		return len(s.Findings) > 0 && s.Findings[0].Level > 0
	case UntilAdvice:
		if st, ok := m.panel().(*statement); ok { // the best so far will do
			r, has := st.advised(s)
			return has && len(r.Change) > 0
		}
		return s.Advising == "" && s.Advice != nil && len(s.Advice.Recommendations) > 0
	case UntilPlan:
		st, ok := m.panel().(*statement)
		return ok && s.Plans[st.fingerprint].Plan != nil
	case UntilPreview:
		return m.dialog != nil
	case UntilApplied:
		return m.dialog == nil && len(s.applied) > 0
	case UntilVerdict:
		return s.decided()
	case UntilUndone:
		return m.dialog == nil && len(s.kept()) == 0
	case UntilBlocked:
		return slices.ContainsFunc(s.Findings, func(f diagnose.Finding) bool { return f.View == "sessions" && f.Level == diagnose.Crit })
	case UntilFreed:
		return m.dialog == nil && s.Snap.Database != nil && len(s.Snap.Database.Blocking()) == 0
	}
	return true
}

// keyMsg is the message that a terminal sends for a key of this name.
func keyMsg(name string) tea.KeyMsg {
	for t, n := range map[tea.KeyType]string{
		tea.KeyEnter: "enter", tea.KeyEsc: "esc", tea.KeyTab: "tab", tea.KeyShiftTab: "shift+tab",
		tea.KeyUp: "up", tea.KeyDown: "down", tea.KeyLeft: "left", tea.KeyRight: "right",
		tea.KeyShiftLeft: "shift+left", tea.KeyShiftRight: "shift+right",
		tea.KeyPgUp: "pgup", tea.KeyPgDown: "pgdown", tea.KeyHome: "home", tea.KeyEnd: "end",
		tea.KeyBackspace: "backspace", tea.KeyCtrlC: "ctrl+c", tea.KeyCtrlU: "ctrl+u",
		tea.KeyCtrlD: "ctrl+d", tea.KeyCtrlR: "ctrl+r", tea.KeyCtrlJ: "ctrl+j",
	} {
		if n == name {
			return tea.KeyMsg{Type: t}
		}
	}
	if name == " " {
		return tea.KeyMsg{Type: tea.KeySpace, Runes: []rune{' '}}
	}
	return tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(name)}
}

// draw shows the key to come as a cap, and what it is for.
func (p *player) draw(a area) {
	x := 1
	if p.at < len(p.script) && !p.since.IsZero() {
		x = a.text(x, 0, inkKey|selected, " "+keyCap(p.script[p.at].Key)+" ") + 2
	}
	if p.caption != "" {
		x = a.text(x, 0, inkStrong, p.caption) + 3
	}
	a.text(x, 0, inkDim, "any key takes over")
}
