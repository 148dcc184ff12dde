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

// A BenchTest is a load test that a screen shows and steers. All of it may be
// called from anywhere.
type BenchTest interface {
	Live() wire.BenchLive
	Scale(factor float64) float64 // answers what became of it
	Stop()                        // what was counted is kept
	Interrupt()                   // Ctrl+C: the first one stops, the second ends the program
}

// ShowBench draws a load test on a terminal until ctx ends. The terminal is
// restored on every way out.
func ShowBench(ctx context.Context, t BenchTest, o Options, in io.Reader, out io.Writer) error {
	ask, o := newAsker(o.withDefaults(), out)
	b := newBench(t, o)
	b.ask = ask
	// A program that its context ends leaves its reader behind, which would
	// swallow the next thing that is typed; one that is told to quit does not.
	p := b.ask.program(context.WithoutCancel(ctx), b, in, out, tea.WithFPS(o.FPS))
	defer context.AfterFunc(ctx, p.Quit)()
	if _, err := p.Run(); err != nil && !errors.Is(err, tea.ErrInterrupted) {
		return fmt.Errorf("draw the load test: %w", err)
	}
	return nil
}

// A bench is the screen of one load test.
type bench struct {
	test  BenchTest
	opts  Options
	keys  keymap
	paint *painter
	ask   asker // for the terminal's background
	w, h  int

	live     wire.BenchLive
	seen     bool    // live is one
	factor   float64 // to go on with after a pause
	paused   bool
	stopping bool // somebody asked for it
	asking   bool
	help     *help
	recent   bool // the axis is the last minute
	focus    benchPart
	max      bool // the focused part alone
	tables   map[benchPart]*table
	sheet    *grid
}

func newBench(t BenchTest, o Options) *bench {
	o = o.withDefaults()
	keys, err := newKeymap(o.Keys)
	if err != nil {
		keys, _ = newKeymap(nil) // the defaults never fail
	}
	return &bench{test: t, opts: o, keys: keys, paint: newPainter(o), factor: 1, tables: benchTables()}
}

// lookEvery is how often the test is looked at: the eye follows two changes a
// second, and each look takes a little time from the requests.
const lookEvery = 500 * time.Millisecond

type (
	benchMsg     struct{ live wire.BenchLive }
	benchLookMsg struct{}
)

// Init looks at once.
func (b *bench) Init() tea.Cmd { return tea.Batch(b.look, b.ask.cmd) }

func (b *bench) look() tea.Msg { return benchMsg{b.test.Live()} }

// Update takes in a look, a key or a size.
func (b *bench) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		b.w, b.h = msg.Width, msg.Height
	case benchMsg:
		b.put(msg.live)
		return b, tea.Tick(lookEvery, func(time.Time) tea.Msg { return benchLookMsg{} })
	case benchLookMsg:
		return b, b.look
	case tea.KeyMsg:
		for _, k := range strokes(msg) {
			b.press(k)
		}
	case backgroundMsg:
		b.opts = b.ask.take(b.opts, msg)
		b.paint = newPainter(b.opts)
	}
	return b, nil
}

// strokes are the presses of one key that is held: what is read at once comes
// as one message. Different characters are no keys: they are pasted.
func strokes(k tea.KeyMsg) []tea.KeyMsg {
	if k.Type != tea.KeyRunes || k.Paste || len(k.Runes) < 2 || len(slices.Compact(slices.Clone(k.Runes))) > 1 {
		return []tea.KeyMsg{k}
	}
	out := make([]tea.KeyMsg, len(k.Runes))
	for i := range out {
		out[i] = tea.KeyMsg{Type: k.Type, Runes: k.Runes[i : i+1], Alt: k.Alt}
	}
	return out
}

// put takes in a look. What keys have asked for since stands: a look may be
// older than the key.
func (b *bench) put(l wire.BenchLive) {
	b.live, b.seen = l, true
	for _, t := range b.tables {
		t.ready = false
	}
	if !b.present(b.focus) {
		b.focus = benchRoutes
	}
}

func (b *bench) place() place {
	switch {
	case b.help != nil:
		return inHelp
	case b.asking:
		return inQuestion
	}
	return onBench
}

func (b *bench) press(k tea.KeyMsg) {
	a := b.keys.action(b.place(), k.String())
	switch {
	case a == Interrupt:
		b.stopping, b.asking = true, false
		b.test.Interrupt()
	case b.help != nil:
		b.help = b.help.press(a, k)
	case b.asking:
		b.answer(a)
	case b.steer(a):
	default:
		b.browse(a)
	}
}

func (b *bench) answer(a Action) {
	switch a {
	case Confirm:
		b.asking = false
		b.stop()
	case Back:
		b.asking = false
	}
}

func (b *bench) stop() {
	b.stopping = true
	b.test.Stop()
}

// rateStep is what one key makes of a rate.
const rateStep = 1.25

// steer carries out what changes the test; a test that ends is changed no
// more.
func (b *bench) steer(a Action) bool {
	if b.over() {
		return a == RateUp || a == RateDown || a == Pause || a == Stop || a == Quit
	}
	switch a {
	case RateUp:
		b.factor, b.paused = b.test.Scale(b.factor*rateStep), false
	case RateDown:
		b.factor, b.paused = b.test.Scale(b.factor/rateStep), false
	case Pause:
		if b.paused = !b.paused; b.paused {
			b.test.Scale(0)
		} else {
			b.test.Scale(b.factor)
		}
	case Stop:
		b.stop()
	case Quit:
		b.asking = true
	default:
		return false
	}
	return true
}

// over reports that nothing more is sent.
func (b *bench) over() bool {
	return b.stopping || b.live.Phase == wire.BenchDraining || b.live.Phase == wire.BenchTeardown
}

// browse carries out what changes the picture.
func (b *bench) browse(a Action) {
	switch a {
	case Help:
		b.help = newHelp(b.keys, onBench)
		b.help.alone = true
	case NextFocus:
		b.focus = b.nextPart(1)
	case PrevFocus:
		b.focus = b.nextPart(-1)
	case Maximise:
		b.max = !b.max
	case Back:
		b.max = false
	case ZoomIn:
		b.recent = true
	case ZoomOut:
		b.recent = false
	default:
		if t := b.tables[b.focus]; t != nil {
			b.arrange(b.focus)
			t.update(a)
			t.follow = follows(t.follow, a)
		}
	}
}

// follows reports whether a table keeps to its worst row after a key: until
// somebody looks for another one, and from Home on again.
func follows(before bool, a Action) bool {
	switch a {
	case Up, Down, PageUp, PageDown, End:
		return false
	case Home:
		return true
	}
	return before
}

// View draws the frame.
func (b *bench) View() string {
	if b.w <= 0 || b.h <= 0 {
		return ""
	}
	a := b.sheet.again(b.w, b.h)
	b.sheet = a.g
	b.draw(a)
	return a.g.render(b.paint)
}
