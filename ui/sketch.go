package ui

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Sketch answers what writes the first frame on a terminal that Run has not
// taken yet: what is going to be watched, with nothing known of it. Run draws
// over it.
func Sketch(t Target, o Options, w, h int) string {
	m := New(nil, t, o)
	m.w, m.h = w, h
	return ansi.SetModeAltScreenSaveCursor + ansi.HideCursor + ansi.EraseEntireScreen + onScreen(m.View())
}

// Unsketch gives the screen back when Run is never called.
const Unsketch = ansi.ResetModeAltScreenSaveCursor + ansi.ShowCursor

// onScreen is a frame as it is written from the first line on.
func onScreen(frame string) string {
	return ansi.CursorHomePosition + strings.ReplaceAll(frame, "\n", "\r\n")
}
