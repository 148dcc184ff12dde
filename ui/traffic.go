package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"mltop/collectors"
	"mltop/internal/wire"
)

// TrafficBackend leads to a running gateway.
type TrafficBackend interface {
	// Look is how it stands, and what is to be added to its history.
	Look(ctx context.Context) (wire.Gateway, collectors.Sample, error)
	// Order changes an upstream: add, drain, undrain or remove; purge takes a
	// URL or PREFIX* out of the cache. It answers what was done.
	Order(ctx context.Context, what, url string) (string, error)
}

// Traffic shows a gateway until the user leaves.
func Traffic(ctx context.Context, b TrafficBackend, every time.Duration, o Options, in io.Reader, out io.Writer) error {
	ask, o := newAsker(o.withDefaults(), out)
	m := newTrafficView(b, every, o)
	m.ctx, m.ask = ctx, ask
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
	keys    keymap
	paint   *painter
	ask     asker
	w, h    int

	history     *collectors.History
	unseen      string       // why the requests of the newest look are not known
	now, before wire.Gateway // the newest two that are shown
	newest      wire.Gateway // while paused, what has come since
	behind      int          // looks that came while paused
	paused      bool
	failed      string // why the newest look failed
	chosen      string // URL of the upstream under the cursor
	said        string // what the last order did
	saidAt      time.Time
	removing    string // URL that is asked about
	typing      string // what the text that is typed is for: add or purge; "": nothing
	adding      field
	help        *help
	events      int // the first line of them that is shown
	eventRows   int // lines that there was room for, when last drawn
	eventLines  int // that there were then
}

func newTrafficView(b TrafficBackend, every time.Duration, o Options) *traffic {
	keys, err := newKeymap(o.Keys)
	if err != nil {
		keys, _ = newKeymap(nil) // the defaults never fail
	}
	return &traffic{ctx: context.Background(), backend: b, every: every, opts: o, keys: keys, paint: newPainter(o), history: collectors.NewHistory(0)}
}

// What comes back to the view.
type (
	trafficMsg struct {
		state  wire.Gateway
		sample collectors.Sample
		err    error
		once   bool // asked for by a key
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
	state, sample, err := t.backend.Look(t.ctx)
	return trafficMsg{state: state, sample: sample, err: err}
}

// lookOnce is a look beside those of the clock.
func (t *traffic) lookOnce() tea.Msg {
	state, sample, err := t.backend.Look(t.ctx)
	return trafficMsg{state: state, sample: sample, err: err, once: true}
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
		var cmds []tea.Cmd
		for _, k := range strokes(msg) {
			cmds = append(cmds, t.press(k))
		}
		return t, tea.Batch(cmds...)
	case backgroundMsg:
		t.opts = t.ask.take(t.opts, msg)
		t.paint = newPainter(t.opts)
	case trafficMsg:
		if t.take(msg); msg.once {
			return t, nil
		}
		return t, tea.Tick(t.every, func(time.Time) tea.Msg { return lookMsg{} })
	case lookMsg:
		return t, t.look
	case orderedMsg:
		t.say(msg.text)
		if msg.err != nil {
			t.say("not done: " + msg.err.Error())
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
	t.history.Put(msg.sample)
	t.unseen = msg.sample.Errors["gateway"]
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

func (t *traffic) place() place {
	switch {
	case t.help != nil:
		return inHelp
	case t.typing != "":
		return inText
	case t.removing != "":
		return inTakeOut
	}
	return onTraffic
}

func (t *traffic) press(k tea.KeyMsg) tea.Cmd {
	a := t.keys.action(t.place(), k.String())
	t.said = ""
	switch {
	case a == Interrupt:
		return tea.Quit
	case t.help != nil:
		t.help = t.help.press(a, k)
	case t.typing != "":
		return t.typeURL(a, k)
	case t.removing != "":
		return t.confirm(a)
	case a == Quit:
		return tea.Quit
	case t.browse(a):
	default:
		return t.steer(a)
	}
	return nil
}

// browse carries out what changes the picture.
func (t *traffic) browse(a Action) bool {
	switch a {
	case Up:
		t.move(t.index() - 1)
	case Down:
		t.move(t.index() + 1)
	case Home:
		t.move(0)
	case End:
		t.move(len(t.now.Upstreams) - 1)
	case PageUp:
		t.events = max(t.events-t.eventRows, 0)
	case PageDown:
		t.events = max(min(t.events+t.eventRows, t.eventLines-t.eventRows), 0)
	case Pause:
		if t.paused = !t.paused; !t.paused {
			t.show()
		}
	case Faster, Slower:
		t.every = nextTick(t.every, a)
	case Help:
		t.help = newHelp(t.keys, onTraffic)
		t.help.alone = true
	default:
		return false
	}
	return true
}

// steer asks for what changes the gateway, or for a look at once.
func (t *traffic) steer(a Action) tea.Cmd {
	for _, o := range t.offers() {
		if o.Action == a && o.Why != "" {
			t.say(o.Why)
			return nil
		}
	}
	switch a {
	case Drain:
		return t.drain()
	case TakeOut:
		t.removing = t.chosen
	case AddUpstream:
		t.typing, t.adding = "add", newField(anyUpstream)
	case Purge:
		t.typing, t.adding = "purge", newField("/*")
	case Refresh:
		return t.lookOnce
	}
	return nil
}

func (t *traffic) say(text string) { t.said, t.saidAt = text, t.opts.Now() }

func (t *traffic) move(to int) {
	if n := len(t.now.Upstreams); n > 0 {
		t.chosen = t.now.Upstreams[min(max(to, 0), n-1)].URL
	}
}

// anyUpstream is what the line for a new upstream begins with.
const anyUpstream = "http://"

// drain begins or ends it, for the upstream under the cursor.
func (t *traffic) drain() tea.Cmd {
	if t.draining() {
		return t.order("undrain", t.chosen)
	}
	return t.order("drain", t.chosen)
}

// draining reports that the upstream under the cursor is.
func (t *traffic) draining() bool {
	i := t.index()
	return i >= 0 && t.now.Upstreams[i].State == "draining"
}

// confirm takes the answer to the question whether an upstream is to go.
func (t *traffic) confirm(a Action) tea.Cmd {
	url := t.removing
	t.removing = ""
	if a != Confirm {
		return nil
	}
	return t.order("remove", url)
}

func (t *traffic) typeURL(a Action, k tea.KeyMsg) tea.Cmd {
	switch a {
	case Back:
		t.typing = ""
	case Submit:
		what := t.typing
		t.typing = ""
		return t.order(what, t.adding.String())
	default:
		t.adding = t.adding.key(k)
		if t.typing == "add" {
			t.adding = oneScheme(t.adding)
		}
	}
	return nil
}

// oneScheme takes off the scheme that the line began with, where a whole URL is
// pasted behind it.
func oneScheme(f field) field {
	rest, ok := strings.CutPrefix(f.String(), anyUpstream)
	if ok && (strings.HasPrefix(rest, "http://") || strings.HasPrefix(rest, "https://")) {
		return newField(rest)
	}
	return f
}
