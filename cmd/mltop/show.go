package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/muesli/termenv"

	"mltop/internal/db"
	"mltop/ui"
	"mltop/ui/chart"
)

// dashboard attaches, shows the target until the user leaves, and prints the
// receipt.
func dashboard(ctx context.Context, w *world, o *options, arg string) error {
	a, err := newApp(w, o, arg, purpose{watched: true})
	if err != nil {
		return err
	}
	leave := a.sketch()
	thrift(w.getenv, a.gcPercent())
	if err := a.open(ctx); err != nil {
		leave()
		return err
	}
	return a.show(ctx, newBackend(a), nil)
}

// sketch draws the first frame before the file is opened, which waits for
// another process; leave gives the screen back. A server may ask for a
// password first, and what is no file is said without a picture.
func (a *app) sketch() (leave func()) {
	info, err := os.Stat(a.target.path)
	if a.target.server() || err != nil || !info.Mode().IsRegular() {
		return func() {}
	}
	a.label = engineLabel("sqlite")
	return a.draw()
}

// draw writes the first frame; options that are wrong are said later.
func (a *app) draw() (leave func()) {
	o, err := a.uiOptions()
	if err != nil || o.Plain || !a.w.terminal() {
		return func() {}
	}
	fmt.Fprint(a.w.out, ui.Sketch(a.uiTarget(), o, a.w.width(), a.w.height()))
	return func() { fmt.Fprint(a.w.out, ui.Unsketch) }
}

// show runs the dashboard on a backend and closes it.
func (a *app) show(ctx context.Context, b *backend, script []ui.Press) error {
	o, err := a.uiOptions()
	if err != nil {
		return joined(err, b.Close())
	}
	o.Script = script
	a.sayPlain()
	thrift(a.w.getenv, a.gcPercent())
	receipt, err := ui.Run(ctx, ui.New(b, a.uiTarget(), o), a.w.in, a.w.out)
	err = joined(err, b.Close())
	fmt.Fprintln(a.w.out, safeLines(receipt.String()))
	return err
}

// sayPlain tells a person who gets lines in the place of a picture why, and
// how they end: no key is read there.
func (a *app) sayPlain() {
	switch {
	case !a.w.terminal():
	case a.o.plain:
		fmt.Fprintln(a.w.err, "mltop: a line for each change; Ctrl+C ends it")
	case a.w.dumb():
		fmt.Fprintf(a.w.err, "mltop: no picture on a terminal with TERM=%q, but a line for each change; Ctrl+C ends it\n", a.w.getenv("TERM"))
	}
}

// joined keeps the first error: the others follow from it.
func joined(first, second error) error {
	if first != nil {
		return first
	}
	return second
}

func (a *app) uiTarget() ui.Target {
	return ui.Target{
		Name: a.name(), Label: a.label, Path: a.target.path,
		Production: a.o.production, ReadOnly: a.o.readOnly || a.locked() && !a.purpose.changes, Forbidden: a.o.readOnly,
		Sessions: a.hasSessions(),
	}
}

// hasSessions reports that the target is a server whose sessions can be ended.
func (a *app) hasSessions() bool {
	_, ok := a.engine.(db.SessionEnder)
	return ok
}

// locked reports that changes need :unlock first: on production, and on every
// server, which more than one application may live on.
func (a *app) locked() bool { return a.o.production || a.target.server() }

func (a *app) uiOptions() (ui.Options, error) {
	graph, ok := chart.ParseGraph(a.o.graph)
	if !ok {
		return ui.Options{}, usagef("--graph: there is no %q", a.o.graph)
	}
	if a.o.graph == "auto" && !utf8Locale(a.w.getenv) {
		graph = chart.ASCII
	}
	o := ui.Options{
		Theme: ui.Theme(a.o.theme), Colors: a.colors(), Graph: graph,
		Plain: a.o.plain || a.w.dumb(), ShowLiterals: a.o.showLiterals, Thresholds: a.o.thresholds,
		Keys: map[ui.Action][]string{}, Clipboard: clipboard(a.w), Tmux: a.w.getenv("TMUX") != "",
	}
	for action, keys := range a.o.cfg.Keys {
		o.Keys[ui.Action(action)] = keys
	}
	if err := o.Check(); err != nil {
		return o, usagef("%v", err)
	}
	return o, nil
}

// colors is what the terminal can show, or what --color says. NO_COLOR is
// heeded by termenv; --color always outweighs it.
func (a *app) colors() termenv.Profile {
	switch a.o.color {
	case "never":
		return termenv.Ascii
	case "always":
		if p := termenv.ColorProfile(); p != termenv.Ascii {
			return p
		}
		return termenv.ANSI256
	}
	return termenv.EnvColorProfile()
}

// utf8Locale reports whether the terminal's locale can show more than ASCII.
func utf8Locale(getenv func(string) string) bool {
	l := strings.ToLower(locale(getenv))
	return strings.Contains(l, "utf-8") || strings.Contains(l, "utf8")
}

// clipboard is the terminal itself, by OSC 52; a dumb one would print it.
func clipboard(w *world) io.Writer {
	if !w.terminal() || w.dumb() {
		return nil
	}
	return w.out
}
