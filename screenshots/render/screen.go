// Package render turns what a terminal shows, as tmux capture-pane -e writes
// it, into a picture. Braille, box and block characters are drawn here, so
// that a picture does not depend on what a font has.
package render

import (
	"image/color"
	"strconv"
	"strings"

	"github.com/mattn/go-runewidth"
)

// A Cell is one character with its colours. Wide characters take two cells,
// the second of them with R of 0.
type Cell struct {
	R      rune
	FG, BG color.RGBA // alpha 0: the palette's own
	Bold   bool
	Faint  bool
	Under  bool
	Swap   bool
}

// A Screen is rows of cells.
type Screen [][]Cell

// Parse reads lines of text with SGR sequences; other sequences are skipped.
// Rows are padded to the same width.
func Parse(text string, p Palette) Screen {
	var out Screen
	pen := Cell{}
	width := 0
	for _, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		row := parseLine(strings.TrimRight(line, "\r"), &pen, p)
		width = max(width, len(row))
		out = append(out, row)
	}
	for i := range out {
		for len(out[i]) < width {
			out[i] = append(out[i], Cell{R: ' '})
		}
	}
	return out
}

func parseLine(line string, pen *Cell, p Palette) []Cell {
	var row []Cell
	for len(line) > 0 {
		if rest, args, final, ok := sequence(line); ok {
			if final == 'm' {
				pen.apply(args, p)
			}
			line = rest
			continue
		}
		r := []rune(line[:min(len(line), 4)])[0]
		line = line[len(string(r)):]
		c := *pen
		c.R = r
		switch runewidth.RuneWidth(r) {
		case 0:
			continue
		case 2:
			tail := *pen
			row = append(row, c, tail)
			continue
		}
		row = append(row, c)
	}
	return row
}

// sequence cuts a CSI sequence off a line.
func sequence(line string) (rest, args string, final byte, ok bool) {
	if !strings.HasPrefix(line, "\x1b[") {
		if strings.HasPrefix(line, "\x1b") {
			return line[1:], "", 0, true
		}
		return line, "", 0, false
	}
	for i := 2; i < len(line); i++ {
		if line[i] >= 0x40 && line[i] <= 0x7e {
			return line[i+1:], line[2:i], line[i], true
		}
	}
	return "", "", 0, true
}

func (c *Cell) apply(args string, p Palette) {
	codes := numbers(args)
	for i := 0; i < len(codes); i++ {
		switch n := codes[i]; {
		case n == 0:
			*c = Cell{}
		case n == 1:
			c.Bold = true
		case n == 2:
			c.Faint = true
		case n == 4:
			c.Under = true
		case n == 7:
			c.Swap = true
		case n == 22:
			c.Bold, c.Faint = false, false
		case n == 24:
			c.Under = false
		case n == 27:
			c.Swap = false
		case n == 39:
			c.FG = color.RGBA{}
		case n == 49:
			c.BG = color.RGBA{}
		case n == 38 || n == 48:
			var colour color.RGBA
			colour, i = extended(codes, i, p)
			if n == 38 {
				c.FG = colour
			} else {
				c.BG = colour
			}
		default:
			c.base(n, p)
		}
	}
}

// base sets one of the sixteen colours.
func (c *Cell) base(n int, p Palette) {
	switch {
	case n >= 30 && n <= 37:
		c.FG = p.Base[n-30]
	case n >= 90 && n <= 97:
		c.FG = p.Base[n-90+8]
	case n >= 40 && n <= 47:
		c.BG = p.Base[n-40]
	case n >= 100 && n <= 107:
		c.BG = p.Base[n-100+8]
	}
}

// extended reads 38;5;N and 38;2;R;G;B and answers the last index used.
func extended(codes []int, i int, p Palette) (color.RGBA, int) {
	if i+2 < len(codes) && codes[i+1] == 5 {
		return p.index(codes[i+2]), i + 2
	}
	if i+4 < len(codes) && codes[i+1] == 2 {
		return color.RGBA{uint8(codes[i+2]), uint8(codes[i+3]), uint8(codes[i+4]), 255}, i + 4
	}
	return color.RGBA{}, len(codes)
}

func numbers(args string) []int {
	var out []int
	for _, s := range strings.FieldsFunc(args+";", func(r rune) bool { return r == ';' || r == ':' }) {
		n, err := strconv.Atoi(s)
		if err != nil {
			n = -1 // a code we do not know
		}
		out = append(out, n)
	}
	if len(out) == 0 {
		out = []int{0}
	}
	return out
}
