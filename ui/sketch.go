package ui

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Sketch answers what writes the first frame on a terminal that Run has not
// taken yet: what is going to be watched, with nothing known of it. Run draws
// over it.
func Sketch(t Target, o Options, w, h int) string {
	m := New(nil, t, o.unasked())
	m.w, m.h = w, h
	return ansi.SetModeAltScreenSaveCursor + ansi.HideCursor + ansi.EraseEntireScreen + onScreen(m.View())
}

// Unsketch gives the screen back when Run is never called.
const Unsketch = ansi.ResetModeAltScreenSaveCursor + ansi.ShowCursor

// onScreen is a frame as it is written from the first line on.
func onScreen(frame string) string {
	return ansi.CursorHomePosition + strings.ReplaceAll(frame, "\n", "\r\n")
}

// changedLines writes those lines of a frame, each in its place, that differ
// from a frame of the same size.
func changedLines(before, after string) string {
	var b strings.Builder
	old := strings.Split(before, "\n")
	for y, line := range strings.Split(after, "\n") {
		if y < len(old) && old[y] != line {
			b.WriteString(ansi.CursorPosition(1, y+1))
			b.WriteString(line)
		}
	}
	return b.String()
}
