package ui

import (
	"bytes"
	"context"
	"io"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"
)

// A terminal answers OSC 11 with the colour of its background, between the
// keys that are typed. So the answer is taken out of the stream of keys: a
// reader that waits for it alone would swallow what a user types meanwhile.
const (
	answerBegins     = "\x1b]11;"
	askBackground    = answerBegins + "?" + answerTerminator
	answerBell       = '\a'
	answerTerminator = "\x1b\\"
)

// longestAnswer is more than "rgba:" with four numbers of four digits.
const longestAnswer = 48

// answerWait is when a terminal is taken for one that does not answer: no
// user has read a line by then. One that answers later is heard all the same.
const answerWait = time.Second / 4

// backgroundMsg is what the terminal says of its background, or what is taken
// for true where it says nothing.
type backgroundMsg struct{ dark, answered bool }

// An asker asks the terminal for its background, where the theme is to follow
// it, and hears the answer.
type asker struct {
	cmd   tea.Cmd // nil: there is nothing to ask
	heard bool
}

// newAsker answers also what is drawn with until the terminal has answered.
func newAsker(o Options, out io.Writer) (asker, Options) {
	asks := o.Theme == ThemeAuto && o.Colors != termenv.Ascii && o.Colors != termenv.ANSI
	switch {
	case asks:
		return asker{cmd: func() tea.Msg { return ask(out) }}, o.unasked()
	case o.Colors == termenv.Ascii:
		o.Theme = ThemeMono
	case o.Theme == ThemeAuto:
		o.Theme = ThemeANSI16
	}
	return asker{}, o
}

// ask writes the question, and answers in the terminal's place when it is
// late: what the environment says (COLORFGBG), else dark.
func ask(terminal io.Writer) tea.Msg {
	_, _ = io.WriteString(terminal, askBackground) // the renderer meets the same error
	time.Sleep(answerWait)
	return backgroundMsg{dark: lipgloss.NewRenderer(io.Discard).HasDarkBackground()}
}

// take is what is drawn with once the background is known. A guess does not
// take the place of an answer.
func (a *asker) take(o Options, m backgroundMsg) Options {
	if a.heard && !m.answered {
		return o
	}
	a.heard = m.answered
	o.Theme = ThemeLight
	if m.dark {
		o.Theme = ThemeDark
	}
	return o
}

// program makes the program that draws m on a terminal, and hears its answers.
func (a *asker) program(ctx context.Context, m tea.Model, in io.Reader, out io.Writer, more ...tea.ProgramOption) *tea.Program {
	var p *tea.Program
	if t, ok := in.(terminal); ok && a.cmd != nil {
		in = &answers{terminal: t, found: func(dark bool) { p.Send(backgroundMsg{dark, true}) }}
	}
	// Signals end ctx. A handler of tea's own would wait for a loop that ctx
	// has ended already, and keep the terminal.
	p = tea.NewProgram(m, append(more, tea.WithContext(ctx), tea.WithAltScreen(), tea.WithoutSignalHandler(),
		tea.WithInput(in), tea.WithOutput(out))...)
	return p
}

// A terminal is what Bubble Tea wants of its input to read keys from it.
type terminal interface {
	io.ReadWriteCloser
	Fd() uintptr
	Name() string
}

// answers is a terminal's input without its answers to askBackground.
type answers struct {
	terminal
	found func(dark bool)
	held  []byte // the beginning of an answer
}

// Read reads what was typed. It may answer no byte and no error.
func (a *answers) Read(b []byte) (int, error) {
	k := copy(b, a.held)
	n, err := a.terminal.Read(b[k:])
	if err != nil {
		return max(n, 0), err
	}
	typed := a.take(b[:k+n])
	return len(typed), nil
}

// take reports an answer, and gives back what is left of b in its place. What
// may be the beginning of one is held for the next time.
func (a *answers) take(b []byte) []byte {
	a.held = nil
	start := bytes.Index(b, []byte(answerBegins))
	if start < 0 {
		return a.hold(b, beginningOf(b, answerBegins))
	}
	text := b[start+len(answerBegins):]
	end, after := answerEnd(text)
	switch {
	case end < 0 && len(text) < longestAnswer:
		return a.hold(b, len(b)-start)
	case end < 0:
		return b // nobody answers so
	}
	if dark, ok := darkColor(string(text[:end])); ok {
		a.found(dark)
	}
	return append(b[:start], text[after:]...)
}

func (a *answers) hold(b []byte, n int) []byte {
	a.held = bytes.Clone(b[len(b)-n:])
	return b[:len(b)-n]
}

// beginningOf is how many bytes at the end of b may begin a sequence. An escape
// alone is a key.
func beginningOf(b []byte, sequence string) int {
	for n := min(len(b), len(sequence)-1); n > 1; n-- {
		if bytes.HasSuffix(b, []byte(sequence[:n])) {
			return n
		}
	}
	return 0
}

// answerEnd is where an answer ends, and where what follows it begins;
// negative where it does not end yet.
func answerEnd(text []byte) (end, after int) {
	if i := bytes.IndexByte(text, answerBell); i >= 0 {
		return i, i + 1
	}
	if i := bytes.Index(text, []byte(answerTerminator)); i >= 0 {
		return i, i + len(answerTerminator)
	}
	return -1, -1
}

// darkColor reads a colour as X11 writes it. It is dark below half of the
// lightness of HSL: the mean of its largest and its least part.
func darkColor(text string) (dark, ok bool) {
	c := ansi.XParseColor(text)
	if c == nil {
		return false, false
	}
	r, g, b, _ := c.RGBA()
	const white = 0xffff
	return max(r, g, b)+min(r, g, b) < white, true
}
