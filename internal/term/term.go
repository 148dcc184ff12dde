// Package term makes any text safe for a terminal and cuts it to a width. It
// is the one gate: nothing from outside reaches a terminal but through it.
package term

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// marksPerCell is how many combining marks a cell may carry: real languages
// stack up to three; floods of them draw over the lines above and below.
const marksPerCell = 3

// Safe replaces everything in s that could steer a terminal or disturb a
// line: control characters, escapes, line breaks, bidirectional and other
// format marks, floods of combining marks, invalid UTF-8. The result is one
// line of printable text, of which every character has a certain width.
func Safe(s string) string {
	if plain(s) {
		return s
	}
	var w writer
	for _, r := range s {
		w.add(r)
	}
	return w.String()
}

// Width is the number of cells that s takes; s must be safe.
func Width(s string) int {
	if plain(s) {
		return len(s)
	}
	n := 0
	for _, r := range s {
		n += RuneWidth(r)
	}
	return n
}

// Cut makes s safe and at most width cells wide, ending in … where something
// was left out. It looks no further into s than it must.
func Cut(s string, width int) string {
	if width <= 0 {
		return ""
	}
	if len(s) <= width && plain(s) {
		return s
	}
	var w writer
	fits := 0 // bytes that leave room for the …
	for _, r := range s {
		if w.add(r); w.used > width {
			return w.String()[:fits] + "…"
		}
		if w.used < width {
			fits = w.Len()
		}
	}
	return w.String()
}

// Left makes s safe and exactly width cells wide, padded on the right.
func Left(s string, width int) string {
	s = Cut(s, width)
	return s + strings.Repeat(" ", max(0, width-Width(s)))
}

// Right makes s safe and exactly width cells wide, padded on the left.
func Right(s string, width int) string {
	s = Cut(s, width)
	return strings.Repeat(" ", max(0, width-Width(s))) + s
}

func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// A writer gathers safe text.
type writer struct {
	strings.Builder
	used  int // cells
	marks int // on the last cell
}

func (w *writer) add(r rune) {
	if r = clean(r); r < 0 {
		return
	}
	cells := RuneWidth(r)
	if cells == 0 {
		if w.marks++; w.used == 0 || w.marks > marksPerCell {
			return
		}
	} else {
		w.marks = 0
	}
	w.used += cells
	w.WriteRune(r)
}

// clean answers what to draw for r; -1 is nothing.
func clean(r rune) rune {
	switch {
	case r >= ' ' && r < 0x7f:
		return r
	case r == '\n' || r == '\t' || r == '\r':
		return ' '
	case r == utf8.RuneError:
		return '\ufffd'
	case unicode.IsControl(r):
		return '·'
	case r >= 0x1f1e6 && r <= 0x1f1ff: // halves of flags: letters have a certain width
		return 'A' + r - 0x1f1e6
	case unicode.Is(unicode.Zs, r):
		return space(r)
	case dropped(r):
		return -1
	case unicode.Is(unicode.Mc, r): // terminals disagree on its width
		return '·'
	}
	return r
}

func space(r rune) rune {
	if r == 0x3000 { // ideographic: two cells
		return r
	}
	return ' '
}

// dropped: format marks (Bidi_Control among them), separators of lines, and
// what changes the width of the character before it.
func dropped(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Variation_Selector, unicode.Bidi_Control) ||
		r >= 0x1f3fb && r <= 0x1f3ff || r == 0x034f || r == 0x115f || r == 0x1160 || r == 0x3164 || r == 0xffa0
}
