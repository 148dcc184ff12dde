package term

import "github.com/mattn/go-runewidth"

// widths counts characters of ambiguous width as one cell, whatever the
// locale says: so do terminals by default, and our own box drawing is
// ambiguous too. It is read, never written.
var widths = &runewidth.Condition{StrictEmojiNeutral: true}

// single lists ranges of characters that take one cell: what a dashboard is
// drawn with, and the letters of Latin, Greek and Cyrillic. The library makes
// a table of all of Unicode, two megabytes and some milliseconds, when it is
// first asked about anything else.
var single = [...][2]rune{
	{0x20, 0x7e}, {0xa0, 0xac}, {0xae, 0x2ff}, {0x370, 0x373}, {0x384, 0x38a}, {0x38e, 0x3a1}, {0x3a3, 0x482},
	{0x2010, 0x2027}, {0x2030, 0x205e}, {0x2190, 0x22ff}, {0x23ce, 0x23ce}, {0x2500, 0x25fc}, {0x2800, 0x28ff},
}

// RuneWidth is the number of cells that a character takes: 0, 1 or 2.
func RuneWidth(r rune) int {
	for _, s := range single {
		if r < s[0] {
			break
		}
		if r <= s[1] {
			return 1
		}
	}
	return widths.RuneWidth(r)
}
