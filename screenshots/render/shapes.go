package render

import "image/color"

// shape draws a character that is made of lines and boxes; false for others.
func (c *canvas) shape(x, y int, r rune, fg, bg color.RGBA) bool {
	switch {
	case r >= 0x2800 && r <= 0x28ff:
		c.braille(x, y, uint(r-0x2800), fg)
	case r >= '▁' && r <= '█':
		top := y + c.h - (c.h*int(r-'▁'+1)+4)/8
		c.fill(x, top, x+c.w, y+c.h, fg)
	case r >= '▉' && r <= '▏':
		c.fill(x, y, x+(c.w*(8-int(r-'█'))+4)/8, y+c.h, fg)
	case r >= '░' && r <= '▓':
		c.fill(x, y, x+c.w, y+c.h, mix(fg, bg, 0.25*float64(r-'░'+1)))
	default:
		return c.quadrant(x, y, r, fg) || c.box(x, y, r, fg)
	}
	return true
}

// braille draws eight dots; the bits count down the left column, then the
// right one, then the bottom row.
func (c *canvas) braille(x, y int, bits uint, fg color.RGBA) {
	at := [8][2]int{{0, 0}, {0, 1}, {0, 2}, {1, 0}, {1, 1}, {1, 2}, {0, 3}, {1, 3}}
	size := max((c.w+2)/4, 1)
	for i, p := range at {
		if bits&(1<<uint(i)) == 0 {
			continue
		}
		cx := x + c.w*(2*p[0]+1)/4
		cy := y + c.h*(2*p[1]+1)/8
		c.dot(cx, cy, size, fg)
	}
}

// dot is a square without its corners: round enough at these sizes.
func (c *canvas) dot(cx, cy, size int, fg color.RGBA) {
	x0, y0 := cx-size/2, cy-size/2
	if size < 3 {
		c.fill(x0, y0, x0+size, y0+size, fg)
		return
	}
	c.fill(x0+1, y0, x0+size-1, y0+size, fg)
	c.fill(x0, y0+1, x0+size, y0+size-1, fg)
}

// quadrants are indexed by the character; the bits are upper left, upper
// right, lower left, lower right.
var quadrants = map[rune]uint{
	'▘': 1, '▝': 2, '▀': 3, '▖': 4, '▌': 5, '▞': 6, '▛': 7, '▗': 8, '▚': 9, '▐': 10, '▜': 11, '▄': 12, '▙': 13, '▟': 14,
}

func (c *canvas) quadrant(x, y int, r rune, fg color.RGBA) bool {
	bits, ok := quadrants[r]
	if !ok {
		return false
	}
	mx, my := x+c.w/2, y+c.h/2
	for i, q := range [4][4]int{{x, y, mx, my}, {mx, y, x + c.w, my}, {x, my, mx, y + c.h}, {mx, my, x + c.w, y + c.h}} {
		if bits&(1<<uint(i)) != 0 {
			c.fill(q[0], q[1], q[2], q[3], fg)
		}
	}
	return true
}

// arms are the lines from the middle: left 1, right 2, up 4, down 8.
var arms = map[rune]uint{
	'─': 3, '━': 3, '╸': 1, '│': 12, '┌': 10, '┐': 9, '└': 6, '┘': 5, '├': 14, '┤': 13, '┬': 11, '┴': 7, '┼': 15,
}

func (c *canvas) box(x, y int, r rune, fg color.RGBA) bool {
	if r == '┊' || r == '┈' {
		c.dashes(x, y, r, fg)
		return true
	}
	bits, ok := arms[r]
	if !ok {
		return false
	}
	t := max(c.w/9, 1)
	if r == '━' || r == '╸' {
		t *= 3
	}
	mx, my := x+(c.w-t)/2, y+(c.h-t)/2
	for i, l := range [4][4]int{{x, my, mx + t, my + t}, {mx, my, x + c.w, my + t}, {mx, y, mx + t, my + t}, {mx, my, mx + t, y + c.h}} {
		if bits&(1<<uint(i)) != 0 {
			c.fill(l[0], l[1], l[2], l[3], fg)
		}
	}
	return true
}

func (c *canvas) dashes(x, y int, r rune, fg color.RGBA) {
	t := max(c.w/9, 1)
	for i := range 4 {
		if r == '┊' {
			mx, at := x+(c.w-t)/2, y+c.h*i/4
			c.fill(mx, at, mx+t, at+c.h/8, fg)
			continue
		}
		my, at := y+(c.h-t)/2, x+c.w*i/4
		c.fill(at, my, at+max(c.w/8, 1), my+t, fg)
	}
}
