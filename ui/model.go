package ui

import (
	"context"
	"io"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// A Model is the whole dashboard for Bubble Tea. Make one with New.
type Model struct{ *root }

// root owns the state and decides who gets a message: the topmost of prompt,
// dialog, help and panels.
type root struct {
	s     *State
	keys  keymap
	paint *painter

	views  []Panel
	at     int
	stack  []Panel // opened on top of the view
	dialog *dialog
	prompt *prompt
	help   *help

	note      noticeMsg
	noteUntil time.Time
	w, h      int
	stop      context.CancelFunc // of a change under way
	leaving   bool               // quit once the change has stopped
	player    player
	cached    frameCache
	painted   time.Time // when a frame was last drawn past the renderer
	sheet     *grid     // that frames are drawn on, one after the other
	screen    io.Writer // the terminal; nil: frames wait for the renderer
	ask       asker     // for the terminal's background
}

type frameCache struct {
	w, h    int
	version uint64
	text    string
	full    bool
}

// New makes a dashboard. Options that Check refuses fall back to the
// defaults.
func New(b Backend, t Target, o Options) Model {
	o = o.withDefaults()
	keys, err := newKeymap(o.Keys)
	if err != nil {
		keys, _ = newKeymap(nil)
	}
	return Model{&root{
		s: newState(b, t, o), keys: keys, paint: newPainter(o),
		views:  viewsOf(t),
		player: player{script: o.Script},
	}}
}

// viewsOf are the views of a target; only servers have sessions.
func viewsOf(t Target) []Panel {
	views := []Panel{newOverview(), newRequests(), newQueries(), newAdvice(), newDatabase(), newLog()}
	if t.Sessions {
		views = append(views, newSessions())
	}
	return views
}

// Init starts the first questions.
func (m Model) Init() tea.Cmd {
	return tea.Batch(m.s.next(), m.s.listen(), m.s.readJournal(), tick(), m.player.start(), m.ask.cmd)
}

// Update takes in one message. What a key does is drawn at once, and so is
// what follows closely behind it: see paintChange.
func (m Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if _, tick := msg.(tickMsg); !tick || m.showsTime() {
		m.s.touch()
	}
	before := m.cached
	_, key := msg.(tea.KeyMsg)
	cmd := m.take(msg)
	if key || time.Since(m.painted) < caughtUp {
		m.paintChange(before, key)
	}
	return m, cmd
}

// take changes what the frame is drawn from.
func (m Model) take(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		first := m.w == 0
		m.w, m.h = msg.Width, msg.Height
		if first {
			m.paintNow()
		}
		return nil
	case tea.KeyMsg:
		m.player.takeOver()
		return m.press(msg)
	case playMsg:
		return m.play()
	case backgroundMsg:
		m.s.opts = m.ask.take(m.s.opts, msg)
		m.paint = newPainter(m.s.opts)
		return nil
	}
	first := m.s.loading()
	cmd := m.receive(msg)
	if first && !m.s.loading() {
		m.paintNow()
	}
	return cmd
}

// View draws the frame: exactly as many lines and cells as the terminal has.
func (m Model) View() string {
	if m.w <= 0 || m.h <= 0 {
		return ""
	}
	c := &m.cached
	if c.full && c.w == m.w && c.h == m.h && c.version == m.s.version {
		return c.text
	}
	a := m.sheet.again(m.w, m.h)
	m.sheet = a.g
	m.draw(a)
	*c = frameCache{m.w, m.h, m.s.version, a.g.render(m.paint), true}
	return c.text
}

// caughtUp is after how long the renderer has surely drawn what we drew before it: some
// of its ticks.
const caughtUp = 5 * time.Second / usualFPS

// paintNow draws a frame at once, where the renderer's next tick would be too
// late: the first picture. The renderer draws the same frame behind it, so
// that it knows what stands there.
func (m Model) paintNow() {
	if m.screen != nil {
		m.painted = time.Now()
		_, _ = io.WriteString(m.screen, onScreen(m.View())) // the renderer meets the same error
	}
}

// paintChange draws the lines that differ from an earlier frame at once: what
// a key does is seen before the renderer's next tick. Until that tick the
// renderer does not know what stands on the screen, and would leave a line as
// it is that we drew and that is to be gone again: so every change until then
// is drawn here.
func (m Model) paintChange(before frameCache, key bool) {
	if m.screen == nil || !before.full || before.w != m.w || before.h != m.h {
		return
	}
	s := changedLines(before.text, m.View())
	if s == "" {
		return
	}
	if key {
		m.painted = time.Now()
	}
	_, _ = io.WriteString(m.screen, s) // the renderer meets the same error
}

// panel is the screen in front.
func (m *root) panel() Panel {
	if n := len(m.stack); n > 0 {
		return m.stack[n-1]
	}
	return m.views[m.at]
}

func (m *root) setPanel(p Panel) {
	if n := len(m.stack); n > 0 {
		m.stack[n-1] = p
		return
	}
	m.views[m.at] = p
}

// noticeTime is how long a message stays in the footer.
const noticeTime = 6 * time.Second

func (m *root) say(n noticeMsg) {
	m.note, m.noteUntil = n, m.s.opts.Now().Add(noticeTime)
}
