package ui

import (
	"context"
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
	sheet     *grid   // that frames are drawn on, one after the other
	screen    *screen // nil: frames wait for the renderer
	ask       asker   // for the terminal's background
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

// Update takes in one message.
func (m Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if _, tick := msg.(tickMsg); !tick || m.showsTime() {
		m.s.touch()
	}
	return m, tea.Batch(m.take(msg), m.show(msg))
}

// show draws on a terminal what a message has changed: the answer to a key, a
// sample and a new size at once, the rest at most so often.
func (m Model) show(msg tea.Msg) tea.Cmd {
	if m.screen == nil || m.w <= 0 || m.h <= 0 {
		return nil
	}
	now := time.Now()
	switch msg.(type) {
	case tea.KeyMsg, sampleMsg, tickMsg:
	case tea.WindowSizeMsg:
		m.screen.resized()
	case drawMsg:
		m.screen.owed = false
	default:
		if cmd, wait := m.screen.later(m.s.opts.FPS, now); wait {
			return cmd
		}
	}
	m.screen.draw(m.frame(), now)
	return nil
}

// take changes what the frame is drawn from.
func (m Model) take(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.w, m.h = msg.Width, msg.Height
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
	return m.receive(msg)
}

// View is the frame that the renderer is to draw.
func (m Model) View() string {
	if m.screen == nil {
		return m.frame()
	}
	return m.screen.hand(m.frame)
}

// frame draws exactly as many lines and cells as the terminal has.
func (m Model) frame() string {
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
