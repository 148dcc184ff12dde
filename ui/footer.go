package ui

import (
	"slices"
	"strings"
)

// drawFooter shows what is typed, what was said, or the keys that are valid
// now. Keys are dropped from the right, ? never.
func (m *root) drawFooter(frame area) {
	a, _ := frame.bottom(1)
	switch {
	case m.prompt != nil:
		m.prompt.draw(a)
	case m.player.caption != "":
		m.player.draw(a)
	case m.note.text != "":
		m.drawNote(frame)
	default:
		m.drawKeys(a)
	}
}

// noteLines are enough for what a server says of a change that it refuses.
const noteLines = 3

// drawNote says a message to its end: while it stands, it may take lines of the
// picture above.
func (m *root) drawNote(frame area) {
	lines := wrapText(m.note.text, frame.w-2, noteLines)
	a, _ := frame.bottom(len(lines))
	a.clear()
	for y, l := range lines {
		a.text(1, y, m.note.level, l)
	}
}

func (m *root) drawKeys(a area) {
	x, where := 1, m.place()
	if f, ok := m.panel().(filterer); ok && f.filterText() != "" && where&onLists != 0 {
		x = a.spans(x, 0, span{inkWarn, "filter /" + f.filterText()}, span{inkText, "   "})
	}
	m.keys.drawOffers(a, x, where, m.footerOffers())
}

// drawOffers writes what can be done, from x on.
func (m keymap) drawOffers(a area, x int, where place, offers []Offer) {
	help := m.footerSpans(where, Help, "")
	quit := m.footerSpans(where, Quit, "")
	end := a.w - 1 - spanWidth(help) - spanWidth(quit) - 6
	for _, o := range offers {
		s := m.offerSpans(where, o)
		if x+spanWidth(s) > end && o.Short != "" {
			o.Does = o.Short
			s = m.offerSpans(where, o)
		}
		if len(s) == 0 || o.Why != "" {
			continue
		}
		if x+spanWidth(s) > end {
			break
		}
		x = a.spans(x, 0, s...) + 3
	}
	x = a.spans(max(min(x, end+3), 1), 0, help...)
	if len(help) > 0 {
		x += 3
	}
	a.spans(x, 0, quit...)
}

// offerSpans are an offer's key, that of its opposite, and what they do.
func (m keymap) offerSpans(where place, o Offer) []span {
	s := m.footerSpans(where, o.Action, o.Does)
	if b, ok := m.find(where, o.Pair); ok && len(s) > 0 && len(b.keys) > 0 {
		s = append([]span{s[0], {inkText, " "}, {inkKey, b.cap()}}, s[1:]...)
	}
	return s
}

func (m keymap) footerSpans(where place, act Action, does string) []span {
	b, ok := m.find(where, act)
	if !ok || len(b.keys) == 0 {
		return nil
	}
	if does == "" {
		does, _, _ = strings.Cut(b.does, " (")
	}
	return []span{{inkKey, b.cap()}, {inkDim, " " + does}}
}

// footerOffers are the panel's own actions, then those of every screen.
func (m *root) footerOffers() []Offer {
	switch {
	case m.help != nil:
		return []Offer{{Action: Back, Does: "close"}, {Action: Down, Does: "more"}}
	case m.dialog != nil:
		return m.dialog.offers()
	}
	list := m.panel().Offers(m.s)
	if m.panel().place() == inEditor {
		return list
	}
	var refused []Action // that cannot be done here now
	for _, o := range list {
		if o.Why != "" {
			refused = append(refused, o.Action)
		}
	}
	if !m.s.live() {
		list = append([]Offer{{Action: Live}}, list...)
	}
	list = append(list, Offer{Action: Earlier, Pair: Later, Does: "time"}, Offer{Action: ZoomIn, Pair: ZoomOut, Does: "zoom"},
		Offer{Action: Pause}, Offer{Action: Filter, Does: "filter"}, Offer{Action: Palette, Does: "command"},
		Offer{Action: Editor, Does: "explain SQL"}, Offer{Action: Faster, Pair: Slower, Does: "interval"})
	if _, ok := m.panel().(maximiser); ok {
		list = append(list, Offer{Action: Maximise})
	}
	return slices.DeleteFunc(list, func(o Offer) bool { return slices.Contains(refused, o.Action) })
}
