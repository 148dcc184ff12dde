package ui

import (
	"fmt"
	"io"
	"time"

	"github.com/muesli/termenv"

	"mltop/internal/diagnose"
	"mltop/ui/chart"
)

// Options are how the dashboard looks and behaves. The zero value works: a
// dark theme, braille, wall-clock time.
type Options struct {
	// Theme is drawn as given; auto is resolved by Run before it starts. Nothing
	// is the dark one.
	Theme        Theme
	Colors       termenv.Profile // TrueColor is the zero value
	Graph        chart.Graph
	Plain        bool // one line per change instead of a screen
	ShowLiterals bool
	Thresholds   diagnose.Thresholds
	Keys         map[Action][]string // over the defaults; see Check
	Now          func() time.Time
	Zone         *time.Location // of the time axis; nil is local time
	FPS          int            // 4 if 0; at most 12
	// Clipboard is the terminal that OSC 52 is written to; nil copies to a
	// file.
	Clipboard io.Writer
	// Tmux says that the terminal is a tmux, which hands the clipboard on only
	// when it is asked in its own way.
	Tmux bool
	// Quiet starts no advice by itself; A does.
	Quiet bool
	// Script presses keys by itself until a real key is pressed.
	Script []Press
}

// maxFPS bounds redrawing: a full frame is dear over a slow line, and nobody
// reads faster. usualFPS is enough for what comes by itself, as a sample and the
// answer to a key are drawn at once.
const (
	maxFPS   = 12
	usualFPS = 4
)

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Zone == nil {
		o.Zone = time.Local
	}
	if o.FPS <= 0 {
		o.FPS = usualFPS
	}
	o.FPS = min(o.FPS, maxFPS)
	if o.Thresholds.P95Seconds == 0 {
		o.Thresholds.P95Seconds = 1
	}
	if o.Thresholds.ErrorRatio == 0 {
		o.Thresholds.ErrorRatio = 0.05
	}
	return o
}

// Check answers what is wrong with the options: an unknown theme or action,
// a key with two meanings.
func (o Options) Check() error {
	known := o.Theme == ""
	for _, t := range Themes() {
		known = known || t == o.Theme
	}
	if !known {
		return fmt.Errorf("there is no theme %q; there are %v", o.Theme, Themes())
	}
	_, err := newKeymap(o.Keys)
	return err
}
