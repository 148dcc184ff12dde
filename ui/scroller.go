package ui

import "fmt"

// A scroller is where a text is read from that may be longer than its place.
type scroller struct {
	first         int
	lines, height int // when it was last drawn
}

// more reports whether the text does not fit.
func (s *scroller) more() bool { return s.lines > s.height }

// offer is the key that shows the rest, while there is one.
func (s *scroller) offer() []Offer {
	if !s.more() {
		return nil
	}
	return []Offer{{Action: Down, Pair: Up, Does: "more"}}
}

// move scrolls, where the action does.
func (s *scroller) move(a Action) {
	page := max(s.height-1, 1)
	switch a {
	case Up:
		s.first--
	case Down:
		s.first++
	case PageUp:
		s.first -= page
	case PageDown:
		s.first += page
	case Home:
		s.first = 0
	case End:
		s.first = farBelow
	}
	s.first = max(s.first, 0)
	if s.lines > 0 { // else it has not been drawn yet
		s.keep()
	}
}

// farBelow is below the end of every text.
const farBelow = 1 << 30

func (s *scroller) keep() { s.first = max(min(s.first, s.lines-s.height), 0) }

// view answers which of n lines are in view, and says how many are below on the
// last line, which is then none of theirs.
func (s *scroller) view(a area, n int) (first, last int) {
	s.lines, s.height = n, max(a.h, 0)
	s.keep()
	last = min(s.first+s.height, n)
	if below := n - last; below > 0 && last > s.first {
		last--
		a.right(a.w-1, a.h-1, inkAccent, fmt.Sprintf("↓ %d more", below+1))
	}
	return s.first, last
}

// draw writes what is in view, x cells from the left, and how much is below.
func (s *scroller) draw(a area, x int, lines [][]span) {
	s.lines, s.height = len(lines), max(a.h, 0)
	s.keep()
	shown := lines[s.first:min(s.first+s.height, len(lines))]
	if more := len(lines) - s.first - s.height; more > 0 && a.h > 0 {
		note := fmt.Sprintf("  ↓ %d more", more)
		a.right(a.w-1, a.h-1, inkAccent, note)
		shown = shown[:a.h-1]
		a.sub(0, a.h-1, a.w-1-textWidth(note), 1).spans(x, 0, lines[s.first+a.h-1]...)
	}
	for y, l := range shown {
		a.spans(x, y, l...)
	}
}
