package ui

import (
	"unicode"

	tea "github.com/charmbracelet/bubbletea"
)

// A field is text that is typed. It is a value of runes and a cursor.
type field struct {
	text []rune
	at   int
}

// maxField bounds what can be typed or pasted: a statement, not a dump.
const maxField = 64 << 10

func newField(s string) field { return field{[]rune(s), len([]rune(s))} }

func (f field) String() string { return string(f.text) }

// insert puts text in at the cursor.
func (f field) insert(rs []rune) field {
	if len(f.text)+len(rs) > maxField {
		return f
	}
	text := append(append(append([]rune(nil), f.text[:f.at]...), rs...), f.text[f.at:]...)
	return field{text, f.at + len(rs)}
}

func (f field) cut(from, to int) field {
	from, to = max(from, 0), min(to, len(f.text))
	text := append(append([]rune(nil), f.text[:from]...), f.text[to:]...)
	return field{text, from}
}

// key applies an editing key.
func (f field) key(k tea.KeyMsg) field {
	switch k.Type {
	case tea.KeyRunes:
		return f.insert(k.Runes)
	case tea.KeySpace:
		return f.insert([]rune{' '})
	case tea.KeyBackspace, tea.KeyCtrlH:
		if f.at > 0 {
			return f.cut(f.at-1, f.at)
		}
	case tea.KeyDelete, tea.KeyCtrlD:
		return field{f.cut(f.at, f.at+1).text, f.at}
	case tea.KeyCtrlU:
		return f.cut(0, f.at)
	case tea.KeyCtrlK:
		return f.cut(f.at, len(f.text))
	case tea.KeyCtrlW:
		return f.cut(f.wordStart(), f.at)
	case tea.KeyLeft, tea.KeyCtrlB:
		f.at = max(f.at-1, 0)
	case tea.KeyRight, tea.KeyCtrlF:
		f.at = min(f.at+1, len(f.text))
	case tea.KeyHome, tea.KeyCtrlA:
		f.at = 0
	case tea.KeyEnd, tea.KeyCtrlE:
		f.at = len(f.text)
	}
	return f
}

func (f field) wordStart() int {
	i := f.at
	for i > 0 && unicode.IsSpace(f.text[i-1]) {
		i--
	}
	for i > 0 && !unicode.IsSpace(f.text[i-1]) {
		i--
	}
	return i
}

// draw writes the field's line with its cursor, scrolled so that it shows.
func (f field) draw(a area, x, y int, k ink) {
	room := a.w - x - 1
	if room <= 0 {
		return
	}
	from := max(f.at-room, 0)
	before := a.text(x, y, k, string(f.text[from:f.at]))
	under := " "
	if f.at < len(f.text) {
		under = string(f.text[f.at])
	}
	after := a.text(before, y, inkStrong|selected, under)
	if f.at+1 < len(f.text) {
		a.text(after, y, k, string(f.text[f.at+1:]))
	}
}
