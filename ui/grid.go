package ui

import (
	"strings"
	"unicode/utf8"

	"mltop/internal/term"
	"mltop/ui/chart"
)

// A grid is the screen, or a part of it, as cells. What is written outside is
// lost, so that everything drawn fits by construction.
type grid struct {
	w, h  int
	cells []cell
	marks map[int]string // combining marks after a cell's character; nil until there are some
}

// A cell holds one character. R of 0 is a blank; wideTail is the second half
// of a wide character.
type cell struct {
	r   rune
	ink ink
}

const wideTail rune = -1

// An area is a rectangle of a grid, with its own origin.
type area struct {
	g          *grid
	x, y, w, h int
}

func newGrid(w, h int) area {
	w, h = max(w, 0), max(h, 0)
	return area{g: &grid{w: w, h: h, cells: make([]cell, w*h)}, w: w, h: h}
}

// again answers a blank grid of this size, which takes the place of g where
// that has room for it; g may be nil.
func (g *grid) again(w, h int) area {
	if g == nil || cap(g.cells) < w*h {
		return newGrid(w, h)
	}
	g.w, g.h, g.cells, g.marks = w, h, g.cells[:w*h], nil
	clear(g.cells)
	return area{g: g, w: w, h: h}
}

// sub is a part of a, cut to a.
func (a area) sub(x, y, w, h int) area {
	x, y = max(x, 0), max(y, 0)
	return area{a.g, a.x + min(x, a.w), a.y + min(y, a.h), max(min(w, a.w-x), 0), max(min(h, a.h-y), 0)}
}

// top and bottom cut n lines off; the first result is what was cut.
func (a area) top(n int) (area, area) {
	n = min(max(n, 0), a.h)
	return a.sub(0, 0, a.w, n), a.sub(0, n, a.w, a.h-n)
}

func (a area) bottom(n int) (area, area) {
	n = min(max(n, 0), a.h)
	return a.sub(0, a.h-n, a.w, n), a.sub(0, 0, a.w, a.h-n)
}

func (a area) inset(x int) area { return a.sub(x, 0, a.w-2*x, a.h) }

func (a area) put(x, y int, r rune, k ink) {
	if x < 0 || y < 0 || x >= a.w || y >= a.h {
		return
	}
	i := (a.y+y)*a.g.w + a.x + x
	// Half of a wide character must not stay behind.
	if a.g.cells[i].r == wideTail && a.x+x > 0 {
		a.g.cells[i-1].r = ' '
	}
	if a.x+x+1 < a.g.w && a.g.cells[i+1].r == wideTail {
		a.g.cells[i+1].r = ' '
	}
	a.g.cells[i] = cell{r, k}
	if a.g.marks != nil {
		delete(a.g.marks, i)
	}
}

// text writes s at x, made safe and cut at the right edge with …, and
// answers the column after it.
func (a area) text(x, y int, k ink, s string) int { return a.textIn(x, y, a.w-x, k, s) }

// textIn writes s into at most width cells.
func (a area) textIn(x, y, width int, k ink, s string) int {
	width = min(width, a.w-x)
	if width <= 0 || y < 0 || y >= a.h {
		return x
	}
	s = safe(s, width)
	left, from := width, x
	for i, r := range s {
		n := term.RuneWidth(r)
		if n == 0 {
			a.combine(from, x-1, y, r)
			continue
		}
		if n > left || (left == n && moreAfter(s[i+utf8.RuneLen(r):])) {
			a.put(x, y, '…', k)
			return x + 1
		}
		a.put(x, y, r, k)
		if n == 2 {
			a.put(x+1, y, ' ', k)
			a.g.cells[(a.y+y)*a.g.w+a.x+x+1].r = wideTail
		}
		x, left = x+n, left-n
	}
	return x
}

// combine adds a mark to the character before it, as far as this text wrote
// one; term.Safe has bounded how many there are.
func (a area) combine(from, x, y int, r rune) {
	if x >= from && a.g.cells[(a.y+y)*a.g.w+a.x+x].r == wideTail {
		x--
	}
	if x < from {
		return
	}
	if a.g.marks == nil {
		a.g.marks = map[int]string{}
	}
	a.g.marks[(a.y+y)*a.g.w+a.x+x] += string(r)
}

func moreAfter(s string) bool {
	for _, r := range s {
		if term.RuneWidth(r) > 0 {
			return true
		}
	}
	return false
}

// bytesPerCell bounds how much of a long text is looked at for one line: a
// megabyte from a request path must not cost a frame.
const bytesPerCell = 8

func safe(s string, width int) string {
	if limit := width*bytesPerCell + 64; len(s) > limit {
		s = s[:limit]
		for len(s) > 0 && !utf8.RuneStart(s[len(s)-1]) {
			s = s[:len(s)-1]
		}
		s = s[:max(len(s)-1, 0)] + "…"
	}
	return term.Safe(s)
}

// textWidth is the number of cells that text writes for s.
func textWidth(s string) int {
	n := 0
	for _, r := range term.Safe(s) {
		n += term.RuneWidth(r)
	}
	return n
}

// right writes s so that it ends before column x, and answers its first
// column.
func (a area) right(x, y int, k ink, s string) int {
	at := max(x-textWidth(safe(s, a.w)), 0)
	a.textIn(at, y, x-at, k, s)
	return at
}

// spans writes pieces of different ink one after the other.
func (a area) spans(x, y int, spans ...span) int {
	for _, s := range spans {
		x = a.text(x, y, s.ink, s.text)
	}
	return x
}

// A span is text in one ink.
type span struct {
	ink  ink
	text string
}

func spanWidth(spans []span) int {
	n := 0
	for _, s := range spans {
		n += textWidth(s.text)
	}
	return n
}

// rule draws a horizontal line over the whole width.
func (a area) rule(y int, r rune, k ink) {
	for x := range a.w {
		a.put(x, y, r, k)
	}
}

// mark marks row y as being under the cursor.
func (a area) mark(y int) {
	if y < 0 || y >= a.h {
		return
	}
	row := a.g.cells[(a.y+y)*a.g.w+a.x:]
	for x := range a.w {
		row[x].ink |= selected
	}
}

// clear blanks the area.
func (a area) clear() {
	for y := range a.h {
		for x := range a.w {
			a.put(x, y, 0, inkText)
		}
	}
}

// dim takes the colours out of everything drawn so far: what is behind a
// dialog.
func (a area) dim() {
	for y := range a.h {
		row := a.g.cells[(a.y+y)*a.g.w+a.x:]
		for x := range a.w {
			row[x].ink = inkFaint
		}
	}
}

func (a area) picture(p chart.Picture) {
	for y := range min(p.H, a.h) {
		for x := range min(p.W, a.w) {
			if c := p.At(x, y); c.R != 0 {
				a.put(x, y, c.R, chartInk(c.Ink))
			}
		}
	}
}

// render writes the cells as lines of text: exactly h lines of w cells.
func (g *grid) render(p *painter) string {
	if p.ascii {
		g.toASCII()
	}
	var b strings.Builder
	b.Grow(len(g.cells)*2 + g.h*16)
	for y := range g.h {
		if y > 0 {
			b.WriteByte('\n')
		}
		g.renderRow(&b, p, y)
	}
	return b.String()
}

func (g *grid) renderRow(b *strings.Builder, p *painter, y int) {
	open := ""
	for x, c := range g.cells[y*g.w : (y+1)*g.w] {
		if c.r == wideTail {
			continue
		}
		if s := p.opens(c.ink); s != open && !(blank(c) && !visibleOnBlank(c.ink) && open == "") {
			if open != "" {
				b.WriteString(reset)
			}
			b.WriteString(s)
			open = s
		}
		switch { // WriteRune would look at each of the many blanks in vain
		case c.r < ' ':
			b.WriteByte(' ')
		case c.r < utf8.RuneSelf:
			b.WriteByte(byte(c.r))
		default:
			b.WriteRune(c.r)
		}
		if g.marks != nil {
			b.WriteString(g.marks[y*g.w+x])
		}
	}
	if open != "" {
		b.WriteString(reset)
	}
}

// toASCII is for terminals whose locale has nothing else.
func (g *grid) toASCII() {
	g.marks = nil
	for i, c := range g.cells {
		if c.r < 0x80 && c.r != wideTail {
			continue
		}
		r, ok := asciiFor[c.r]
		if !ok {
			r = '?'
		}
		g.cells[i].r = r
	}
}

// asciiFor keeps symbols apart that mean different things.
var asciiFor = map[rune]rune{
	'●': '*', '○': 'o', '◌': 'o', '▲': '!', '■': '#', '▼': 'v', '◆': '*', '▸': '>', '›': '>', '◂': '<',
	'▎': '|', '━': '=', '╸': '=', '─': '-', '│': '|', '┊': ':', '…': '~', '–': '-', '·': '.', '→': '>', '←': '<',
	'↑': '^', '↓': 'v', '×': 'x', '▾': 'v', '▴': '^', '‖': '"', 'µ': 'u', '⏎': '>', '⇧': '^', '¶': 'P',
	'▏': '|', '−': '-', '≥': '>', '“': '"', '”': '"', '’': '\'', '└': '+',
}

func blank(c cell) bool         { return c.r == 0 || c.r == ' ' }
func visibleOnBlank(k ink) bool { return k&selected != 0 }
