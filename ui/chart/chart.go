// Package chart draws numbers as cells of text: lines, heatmaps, sparklines
// and bars, in braille, blocks or ASCII. It is pure and knows no colours: a
// cell names its ink, and whoever draws it picks the style. Every picture has
// exactly the size that was asked for.
package chart

// A Graph is a set of characters to draw with.
type Graph int

// The sets, from fine to coarse.
const (
	Braille Graph = iota
	Block
	ASCII
)

// ParseGraph answers the set of a name; false if there is none.
func ParseGraph(name string) (Graph, bool) {
	switch name {
	case "braille", "auto", "":
		return Braille, true
	case "block":
		return Block, true
	case "ascii":
		return ASCII, true
	}
	return Braille, false
}

// An Ink says what a cell is part of.
type Ink uint8

// The inks. Heat inks rise from HeatMin to HeatMax.
const (
	InkNone Ink = iota
	InkAxis
	InkLabel
	InkA // the series the eye should follow
	InkB
	InkUp   // a mark of something applied
	InkDown // a mark of something undone or dropped
	InkNote // any other mark
	InkLimit
	InkCursor
	InkHeat // the first of HeatLevels inks
)

// HeatLevels is the number of shades of a heatmap.
const HeatLevels = 8

// A Cell is one character and its ink. R of 0 is a blank.
type Cell struct {
	R   rune
	Ink Ink
}

// A Picture is W × H cells, row by row.
type Picture struct {
	W, H  int
	Cells []Cell
}

func newPicture(w, h int) Picture {
	w, h = max(w, 0), max(h, 0)
	return Picture{W: w, H: h, Cells: make([]Cell, w*h)}
}

// At answers one cell; a blank outside.
func (p Picture) At(x, y int) Cell {
	if x < 0 || y < 0 || x >= p.W || y >= p.H {
		return Cell{}
	}
	return p.Cells[y*p.W+x]
}

func (p Picture) set(x, y int, r rune, ink Ink) {
	if x >= 0 && y >= 0 && x < p.W && y < p.H {
		p.Cells[y*p.W+x] = Cell{r, ink}
	}
}

// text writes s from x on and answers where it ended.
func (p Picture) text(x, y int, s string, ink Ink) int {
	for _, r := range s {
		p.set(x, y, r, ink)
		x++
	}
	return x
}

// free reports whether n cells from x on are blank and inside.
func (p Picture) free(x, y, n int) bool {
	if x < 0 || x+n > p.W || y < 0 || y >= p.H {
		return false
	}
	for i := range n {
		if p.At(x+i, y).R != 0 {
			return false
		}
	}
	return true
}

// Lines answers the picture as text without inks.
func (p Picture) Lines() []string {
	lines := make([]string, p.H)
	for y := range lines {
		row := make([]rune, p.W)
		for x := range row {
			if row[x] = p.At(x, y).R; row[x] == 0 {
				row[x] = ' '
			}
		}
		lines[y] = string(row)
	}
	return lines
}
