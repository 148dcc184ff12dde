package chart

// A canvas is a field of dots under a rectangle of cells: 2×4 dots a cell in
// braille, 2×2 in blocks, 1×2 in ASCII.
type canvas struct {
	graph  Graph
	w, h   int // cells
	dx, dy int // dots a cell
	bits   []uint8
	inks   []Ink
}

func newCanvas(g Graph, w, h int) *canvas {
	c := &canvas{graph: g, w: w, h: h, dx: 2, dy: 4, bits: make([]uint8, w*h), inks: make([]Ink, w*h)}
	switch g {
	case Block:
		c.dy = 2
	case ASCII:
		c.dx, c.dy = 1, 2
	}
	return c
}

func (c *canvas) dotsWide() int { return c.w * c.dx }
func (c *canvas) dotsHigh() int { return c.h * c.dy }

// dot sets one dot; y grows downwards. The first ink to reach a cell keeps
// it: draw the series that matters first.
func (c *canvas) dot(x, y int, ink Ink) {
	if x < 0 || y < 0 || x >= c.dotsWide() || y >= c.dotsHigh() {
		return
	}
	i := y/c.dy*c.w + x/c.dx
	if c.inks[i] == InkNone {
		c.inks[i] = ink
	}
	c.bits[i] |= 1 << (y%c.dy*c.dx + x%c.dx)
}

// line joins two points by Bresenham's algorithm; dashed leaves out two of
// every four dot columns, so that two lines differ without colour.
func (c *canvas) line(x0, y0, x1, y1 int, ink Ink, dashed bool) {
	dx, dy := abs(x1-x0), -abs(y1-y0)
	sx, sy := sign(x1-x0), sign(y1-y0)
	for e := dx + dy; ; {
		if !dashed || x0&3 < 2 {
			c.dot(x0, y0, ink)
		}
		if x0 == x1 && y0 == y1 {
			return
		}
		e2 := 2 * e
		if e2 >= dy {
			e += dy
			x0 += sx
		}
		if e2 <= dx {
			e += dx
			y0 += sy
		}
	}
}

// brailleBits maps our dot order (row by row, left to right) to that of the
// Unicode block, which counts down the columns first.
var brailleBits = [8]rune{0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80}

// quadrants are indexed by dots: 1 upper left, 2 upper right, 4 lower left,
// 8 lower right.
var quadrants = [16]rune{0, '▘', '▝', '▀', '▖', '▌', '▞', '▛', '▗', '▚', '▐', '▜', '▄', '▙', '▟', '█'}

// asciiDots are indexed by dots: 1 upper, 2 lower.
var asciiDots = [4]rune{0, '\'', '.', ':'}

func (c *canvas) cell(x, y int) Cell {
	i := y*c.w + x
	bits := c.bits[i]
	if bits == 0 {
		return Cell{}
	}
	switch c.graph {
	case Block:
		return Cell{quadrants[bits&15], c.inks[i]}
	case ASCII:
		if c.inks[i] != InkA {
			return Cell{'-', c.inks[i]}
		}
		return Cell{asciiDots[bits&3], c.inks[i]}
	}
	r := rune(0x2800)
	for b, v := range brailleBits {
		if bits&(1<<b) != 0 {
			r |= v
		}
	}
	return Cell{r, c.inks[i]}
}

// onto copies the dots to a picture, over blanks only.
func (c *canvas) onto(p Picture, x0, y0 int) {
	for y := range c.h {
		for x := range c.w {
			if cell := c.cell(x, y); cell.R != 0 {
				p.set(x0+x, y0+y, cell.R, cell.Ink)
			}
		}
	}
}

func abs(a int) int {
	if a < 0 {
		return -a
	}
	return a
}

func sign(a int) int {
	switch {
	case a < 0:
		return -1
	case a > 0:
		return 1
	}
	return 0
}
