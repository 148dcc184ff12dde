package ui

import (
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

func (h *help) lines() []helpLine {
	here := []helpLine{{does: "Here: " + placeNames()[h.here]}}
	rest := []helpLine{{does: "Elsewhere"}}
	for _, b := range append(h.keys.list, commandsOnly()...) {
		l := helpLine{b.caps(), b.does, placesText(b.in)}
		if len(b.keys) == 0 {
			l.keys = b.cap()
		}
		if !h.wanted(l) {
			continue
		}
		if b.in&h.here != 0 {
			here = append(here, l)
		} else {
			rest = append(rest, l)
		}
	}
	return append(append(here, helpLine{}), rest...)
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
	lines := h.lines()
	h.first = min(max(h.first, 0), max(len(lines)-body.h, 0))
	for y, l := range lines[min(h.first, len(lines)):] {
		if y >= body.h {
			break
		}
		if l.keys == "" {
			body.text(2, y, inkDim, l.does)
			continue
		}
		body.textIn(4, y, 18, inkKey, l.keys)
		body.textIn(24, y, 34, inkText, l.does)
		body.text(60, y, inkDim, l.where)
	}
}
