package ui

import (
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
)

// help lists the keys that are valid where it was opened, then all others;
// what is typed narrows the list.
type help struct {
	keys   keymap
	here   place
	search field
	first  int
	alone  bool // there are no other screens
}

func newHelp(k keymap, here place) *help { return &help{keys: k, here: here} }

func (h *help) press(a Action, k tea.KeyMsg) *help {
	switch a {
	case Back, Submit:
		return nil
	case Up:
		h.first--
	case Down:
		h.first++
	case PageUp:
		h.first -= 10
	case PageDown:
		h.first += 10
	default:
		if k.String() == "?" && len(h.search.text) == 0 {
			return nil
		}
		h.search, h.first = h.search.key(k), 0
	}
	return h
}

// helpLine is a heading when it has no keys.
type helpLine struct{ keys, does, where string }

// lines are the keys in sections: those of this screen, of every list, of
// every screen, and what other screens have.
func (h *help) lines() []helpLine {
	var sections [4][]helpLine
	for _, b := range append(slices.Clone(h.keys.list), commandsOnly()...) {
		l := helpLine{b.caps(), b.does, placesText(b.in)}
		if len(b.keys) == 0 {
			l.keys = b.cap()
		}
		if h.wanted(l) {
			n := h.section(b)
			if n != elsewhere {
				l.where = ""
			} else if h.alone {
				continue
			}
			sections[n] = append(sections[n], l)
		}
	}
	var out []helpLine
	for i, title := range [...]string{placeNames()[h.here], "Lists", "Everywhere", "On other screens"} {
		if len(sections[i]) == 0 {
			continue
		}
		if len(out) > 0 {
			out = append(out, helpLine{})
		}
		out = append(append(out, helpLine{does: title}), sections[i]...)
	}
	return out
}

// elsewhere is the section of keys that mean nothing on this screen.
const elsewhere = 3

func (h *help) section(b binding) int {
	switch {
	case b.in&h.here == 0:
		return elsewhere
	case b.in&^onBench == onLists:
		return 1
	case b.in&onScreens == onScreens, b.in == onScreens&^onLog:
		return 2
	}
	return 0
}

func (h *help) wanted(l helpLine) bool {
	want := strings.ToLower(h.search.String())
	return strings.Contains(strings.ToLower(l.keys+" "+l.does+" "+l.where), want)
}

func (h *help) draw(_ *State, a area) {
	head, body := a.top(2)
	x := head.spans(2, 0, span{inkStrong, "Keys"}, span{inkDim, "   search: "})
	h.search.draw(head, x, 0, inkText)
	if len(h.search.text) == 0 {
		head.text(x+2, 0, inkDim, "type to search, esc closes")
	}
	lines, columns := h.lines(), 1
	if body.w >= helpWide {
		columns = 2
	}
	rows := (len(lines) + columns - 1) / columns
	h.first = min(max(h.first, 0), max(rows-body.h, 0))
	for i, l := range lines {
		if y := i%max(rows, 1) - h.first; y >= 0 {
			w := body.w / columns
			h.drawLine(body.sub(i/rows*w, 0, w, body.h), y, l)
		}
	}
}

// helpWide is room for two columns of keys.
const helpWide = 110

func (h *help) drawLine(a area, y int, l helpLine) {
	if l.keys == "" {
		a.text(2, y, inkStrong, l.does)
		return
	}
	a.textIn(4, y, 16, inkKey, l.keys)
	x := a.text(21, y, inkText, l.does)
	if l.where != "" {
		a.text(x+2, y, inkDim, l.where)
	}
}
