// Package term makes any text safe for a terminal and cuts it to a width. It
// is the one gate: nothing from outside reaches a terminal but through it.
package term

import (
	"strings"
	"unicode"

	"github.com/mattn/go-runewidth"
)

// Safe replaces everything in s that could steer a terminal or disturb a
// line: control characters, escapes, line breaks, bidirectional and other
// format marks, invalid UTF-8. The result is one line of printable text.
func Safe(s string) string {
	for _, r := range s {
		if !plain(r) {
			return strings.Map(clean, strings.ToValidUTF8(s, "\ufffd"))
		}
	}
	return s
}

func plain(r rune) bool { return r >= ' ' && r < 0x7f }

func clean(r rune) rune {
	switch {
	case r == '\n' || r == '\t' || r == '\r':
		return ' '
	case unicode.IsControl(r):
		return '\u00b7'
	case unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r):
		return -1
	}
	return r
}

// Width is the number of cells that s takes; s must be safe.
func Width(s string) int { return runewidth.StringWidth(s) }

// Cut makes s safe and at most width cells wide, ending in … where something
// was left out.
func Cut(s string, width int) string {
	s = Safe(s)
	if width <= 0 {
		return ""
	}
	return runewidth.Truncate(s, width, "…")
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
