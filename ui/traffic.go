package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"mltop/internal/wire"
)

// TrafficBackend leads to a running gateway.
type TrafficBackend interface {
	State(ctx context.Context) (wire.Gateway, error)
	// Order changes an upstream: add, drain, undrain or remove; purge takes a
	// URL or PREFIX* out of the cache. It answers what was done.
	Order(ctx context.Context, what, url string) (string, error)
}

// Traffic shows a gateway until the user leaves.
func Traffic(ctx context.Context, b TrafficBackend, every time.Duration, o Options, in io.Reader, out io.Writer) error {
	ask, o := newAsker(o.withDefaults(), out)
	m := &traffic{ctx: ctx, backend: b, every: every, opts: o, paint: newPainter(o), ask: ask}
	if _, err := m.ask.program(ctx, m, in, out).Run(); err != nil && ctx.Err() == nil && !errors.Is(err, tea.ErrInterrupted) {
		return fmt.Errorf("draw the gateway: %w", err)
	}
	return nil
}

// A traffic is the Traffic view: what passes through a gateway.
type traffic struct {
	ctx     context.Context
	backend TrafficBackend
	every   time.Duration
	opts    Options
	paint   *painter
	ask     asker
	w, h    int

	now, before wire.Gateway // the newest two that are shown
	newest      wire.Gateway // while paused, what has come since
	behind      int          // looks that came while paused
	paused      bool
	failed      string // why the newest look failed
	chosen      string // URL of the upstream under the cursor
	said        string // what the last order did
	removing    string // URL that is asked about
	typing      string // what the text that is typed is for: add or purge; "": nothing
	adding      field
}

// What comes back to the view.
type (
	trafficMsg struct {
		state wire.Gateway
		err   error
	}
	orderedMsg struct {
		text string
		err  error
	}
	lookMsg struct{}
)

// Init takes the first look.
func (t *traffic) Init() tea.Cmd { return tea.Batch(t.ask.cmd, t.look) }

func (t *traffic) look() tea.Msg {
	state, err := t.backend.State(t.ctx)
	return trafficMsg{state, err}
}

func (t *traffic) order(what, url string) tea.Cmd {
	return func() tea.Msg {
		text, err := t.backend.Order(t.ctx, what, url)
		return orderedMsg{text, err}
	}
}

// Update takes in keys, looks and what orders did.
func (t *traffic) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		t.w, t.h = msg.Width, msg.Height
	case tea.KeyMsg:
		return t, t.press(msg)
	case backgroundMsg:
		t.opts = t.ask.take(t.opts, msg)
		t.paint = newPainter(t.opts)
	case trafficMsg:
		t.take(msg)
		return t, tea.Tick(t.every, func(time.Time) tea.Msg { return lookMsg{} })
	case lookMsg:
		return t, t.look
	case orderedMsg:
		t.said = msg.text
		if msg.err != nil {
			t.said = "not done: " + msg.err.Error()
		}
	}
	return t, nil
}

func (t *traffic) take(msg trafficMsg) {
	if t.failed = ""; msg.err != nil {
		t.failed = msg.err.Error()
		return
	}
	t.newest = msg.state
	if t.paused {
		t.behind++
		return
	}
	t.show()
}

func (t *traffic) show() {
	t.before, t.now, t.behind = t.now, t.newest, 0
	if t.index() < 0 && len(t.now.Upstreams) > 0 {
		t.chosen = t.now.Upstreams[0].URL
	}
}

// index is where the cursor is; -1 when its upstream is gone.
func (t *traffic) index() int {
	return slices.IndexFunc(t.now.Upstreams, func(u wire.GatewayUpstream) bool { return u.URL == t.chosen })
}

func (t *traffic) press(msg tea.KeyMsg) tea.Cmd {
	key := msg.String()
	switch {
	case key == "ctrl+c":
		return tea.Quit
	case t.typing != "":
		return t.typeURL(msg)
	case t.removing != "":
		return t.confirm(key)
	}
	switch key {
	case "up", "k":
		t.move(t.index() - 1)
	case "down", "j":
		t.move(t.index() + 1)
	case "home", "g":
		t.move(0)
	case "end", "G":
		t.move(len(t.now.Upstreams) - 1)
	case " ":
		if t.paused = !t.paused; !t.paused {
			t.show()
		}
	case "d":
		return t.drain()
	case "x":
		t.removing = t.chosen
	case "a":
		t.typing, t.adding = "add", newField("http://")
	case "c":
		if t.now.Cache != nil {
			t.typing, t.adding = "purge", newField("/*")
		}
	case "q":
		return tea.Quit
	}
	return nil
}

func (t *traffic) move(to int) {
	if n := len(t.now.Upstreams); n > 0 {
		t.chosen = t.now.Upstreams[min(max(to, 0), n-1)].URL
	}
}

// drain begins or ends it, for the upstream under the cursor.
func (t *traffic) drain() tea.Cmd {
	i := t.index()
	if i < 0 {
		return nil
	}
	if t.now.Upstreams[i].State == "draining" {
		return t.order("undrain", t.chosen)
	}
	return t.order("drain", t.chosen)
}

// confirm takes the answer to the question whether an upstream is to go.
func (t *traffic) confirm(key string) tea.Cmd {
	url := t.removing
	t.removing = ""
	if key != "y" {
		return nil
	}
	return t.order("remove", url)
}

func (t *traffic) typeURL(msg tea.KeyMsg) tea.Cmd {
	switch msg.String() {
	case "esc":
		t.typing = ""
	case "enter":
		what := t.typing
		t.typing = ""
		return t.order(what, t.adding.String())
	default:
		t.adding = t.adding.key(msg)
	}
	return nil
}
