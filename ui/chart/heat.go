package chart

import "math"

// Heat draws counts by time (columns, oldest first) and band (rows, rising;
// drawn with the highest on top) in exactly w × h cells. label names a band
// by its index; "" leaves the row without one. Shades are logarithmic: one
// slow request among thousands of fast ones must be seen.
func Heat(w, h int, heat [][]uint64, label func(band int) string, f Frame) Picture {
	p := newPicture(w, h)
	if p.W == 0 || p.H == 0 || len(heat) == 0 || len(heat[0]) == 0 {
		return p
	}
	bands := len(heat[0])
	b := heatLayout(p, bands, label)
	top := heatMax(heat)
	for y := range b.h {
		lo, hi := bandRange(b.h-1-y, b.h, bands)
		for x := range b.w {
			clo, chi := bandRange(x, b.w, len(heat))
			r, ink := shade(heatSum(heat, clo, chi, lo, hi), top, f.Graph)
			p.set(b.x+x, b.y+y, r, ink)
		}
		if b.x > 0 {
			if below, _ := bandRange(b.h-2-y, b.h, bands); y == b.h-1 || below != lo {
				p.text(0, b.y+y, padLeft(label(lo), b.label), InkLabel)
			}
			p.set(b.label, b.y+y, axisBar(f.Graph), InkAxis)
		}
	}
	drawTimeAxis(p, b, f)
	drawMarks(p, b, f)
	return p
}

func axisBar(g Graph) rune {
	if g == ASCII {
		return '|'
	}
	return '│'
}

func heatLayout(p Picture, bands int, label func(int) string) box {
	b := box{w: p.W, h: p.H, axis: -1}
	if p.H >= minPlotHeight+2 {
		b.h, b.axis = p.H-2, p.H-2
	}
	if label == nil {
		return b
	}
	for i := range bands {
		b.label = max(b.label, len([]rune(label(i))))
	}
	if p.W < b.label+1+minPlotWidth {
		b.label = 0
		return b
	}
	b.x, b.w = b.label+1, p.W-b.label-1
	return b
}

// bandRange answers which of n things position i of size stands for, as a
// half-open range that is never empty.
func bandRange(i, size, n int) (lo, hi int) {
	lo, hi = i*n/size, (i+1)*n/size
	lo = min(lo, n-1)
	return lo, max(hi, lo+1)
}

// heatSum is the fullest of the columns, each summed over its bands: a cell
// that stands for several columns must not look hotter for it.
func heatSum(heat [][]uint64, clo, chi, lo, hi int) uint64 {
	var most uint64
	for _, column := range heat[clo:chi] {
		var sum uint64
		for _, n := range column[lo:min(hi, len(column))] {
			sum += n
		}
		most = max(most, sum)
	}
	return most
}

func heatMax(heat [][]uint64) uint64 {
	var top uint64
	for _, column := range heat {
		for _, n := range column {
			top = max(top, n)
		}
	}
	return top
}

var (
	heatRunes  = [HeatLevels]rune{'·', '░', '░', '▒', '▒', '▓', '▓', '█'}
	asciiHeats = [HeatLevels]rune{'.', ':', '-', '=', '+', '*', '%', '@'}
)

func shade(n, top uint64, g Graph) (rune, Ink) {
	if n == 0 {
		return 0, InkNone
	}
	level := 0
	if top > 1 {
		level = place(math.Log1p(float64(n))/math.Log1p(float64(top)), HeatLevels)
	}
	if g == ASCII {
		return asciiHeats[level], InkHeat + Ink(level)
	}
	return heatRunes[level], InkHeat + Ink(level)
}

// HeatRune is the character of one shade.
func HeatRune(g Graph, level int) rune {
	level = min(max(level, 0), HeatLevels-1)
	if g == ASCII {
		return asciiHeats[level]
	}
	return heatRunes[level]
}
