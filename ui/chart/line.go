package chart

import (
	"math"
	"sort"
	"time"
)

// A Series is a named row of values, oldest first, spread evenly over the
// chart's time. NaN is a gap and is drawn as one.
type Series struct {
	Name   string
	Values []float64
	Ink    Ink
	Dashed bool
}

// A Mark is something that happened.
type Mark struct {
	At   time.Time
	Rune rune // ▲ applied, ▼ undone or dropped, ◆ else
	Text string
	Ink  Ink
	// Whole: the text is written whole or not at all, because the beginning of
	// a number is another number.
	Whole bool
}

// A Frame is what a chart shares with its neighbours: time, marks, cursor.
type Frame struct {
	Graph      Graph
	Start, End time.Time // labels are in End's zone
	Marks      []Mark
	Cursor     time.Time // zero: none
	EndLabel   string    // written under the right edge: "now"
	Zero       time.Time // the axis counts from here: "30 s"; not set: the time of day
}

// A Scale is a chart's y axis.
type Scale struct {
	Format func(float64) string // with its unit; nil draws no labels
	Max    float64              // 0: the round number above the data; a lone spike may leave it
	Limit  float64              // a threshold to draw, if it is inside; 0: none
}

// Line draws series over time in exactly w × h cells: y labels and a tick
// column on the left, names on the right, the time axis with marks below.
// What does not fit is left out, the line last.
func Line(w, h int, series []Series, f Frame, s Scale) Picture {
	p := newPicture(w, h)
	if p.W == 0 || p.H == 0 {
		return p
	}
	if s.Max <= 0 {
		s.Max = autoTop(series)
	}
	b := layout(p, series, s)
	drawLimit(p, b, s)
	drawSeries(p, b, series, f.Graph, s.Max)
	drawClipped(p, b, series, s)
	drawYAxis(p, b, s, f.Graph)
	drawTimeAxis(p, b, f)
	drawMarks(p, b, f)
	drawNames(p, b, series, s.Max)
	return p
}

// A box is the plot's place inside its picture.
type box struct {
	x, y, w, h int
	axis       int // row of the time axis; -1 without one
	label      int // cells of the y labels
	names      int // cells of the names on the right
}

// Below these sizes a chart drops its labels: what is left would be all
// labels and no line.
const (
	minPlotWidth  = 12
	minPlotHeight = 2
)

func layout(p Picture, series []Series, s Scale) box {
	b := box{w: p.W, h: p.H, axis: -1}
	if p.H >= minPlotHeight+2 {
		b.h, b.axis = p.H-2, p.H-2
	}
	if s.Format != nil {
		b.label = max(len([]rune(s.Format(s.Max))), len([]rune(s.Format(s.Max/2))), 1)
	}
	for _, one := range series {
		if n := len([]rune(one.Name)); n > 0 {
			b.names = max(b.names, n+2)
		}
	}
	if p.W < b.label+1+b.names+minPlotWidth {
		b.names = 0
	}
	if s.Format == nil || p.W < b.label+1+minPlotWidth {
		b.label = 0
		return b
	}
	b.x = b.label + 1
	b.w = p.W - b.x - b.names
	return b
}

func drawSeries(p Picture, b box, series []Series, g Graph, top float64) {
	c := newCanvas(g, b.w, b.h)
	for _, s := range series {
		plot(c, s, top)
	}
	c.onto(p, b.x, b.y)
}

func plot(c *canvas, s Series, top float64) {
	n := len(s.Values)
	px, py, joined := 0, 0, false
	for i, v := range s.Values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			joined = false
			continue
		}
		x := c.dotsWide() - 1
		if n > 1 {
			x = place(float64(i)/float64(n-1), c.dotsWide())
		}
		y := c.dotsHigh() - 1 - place(v/top, c.dotsHigh())
		if !joined {
			px, py = x, y
		}
		c.line(px, py, x, y, s.Ink, s.Dashed)
		px, py, joined = x, y, true
	}
}

func drawLimit(p Picture, b box, s Scale) {
	if !(s.Limit > 0) || s.Limit > s.Max {
		return
	}
	y := b.y + b.h - 1 - place(s.Limit/s.Max, b.h)
	for x := b.x; x < b.x+b.w; x += 2 {
		p.set(x, y, '·', InkLimit)
	}
}

func drawYAxis(p Picture, b box, s Scale, g Graph) {
	if b.x == 0 {
		return
	}
	bar, tee := '│', '┤'
	if g == ASCII {
		bar, tee = '|', '+'
	}
	for y := range b.h {
		p.set(b.label, b.y+y, bar, InkAxis)
	}
	half := b.y + (b.h-1)/2
	p.set(b.label, b.y, tee, InkAxis)
	p.text(0, b.y, padLeft(s.Format(s.Max), b.label), InkLabel)
	// The middle row stands for exactly half only when rows are odd; with few
	// rows the label would lie.
	if b.h >= 5 {
		at := 1 - float64(half-b.y)/float64(b.h-1)
		if at == 0.5 {
			p.set(b.label, half, tee, InkAxis)
			p.text(0, half, padLeft(s.Format(s.Max/2), b.label), InkLabel)
		}
	}
	if b.axis >= 0 {
		p.text(0, b.axis, padLeft("0", b.label), InkLabel)
	}
}

// axisRunes are corner, line and tick.
func axisRunes(g Graph) (corner, line, tick rune) {
	if g == ASCII {
		return '+', '-', '+'
	}
	return '└', '─', '┬'
}

func drawTimeAxis(p Picture, b box, f Frame) {
	if b.axis < 0 {
		return
	}
	corner, line, tick := axisRunes(f.Graph)
	if b.x > 0 {
		p.set(b.x-1, b.axis, corner, InkAxis)
	}
	for x := range b.w {
		p.set(b.x+x, b.axis, line, InkAxis)
	}
	if f.EndLabel != "" {
		x := b.x + b.w - len([]rune(f.EndLabel))
		p.text(max(x, 0), b.axis+1, f.EndLabel, InkLabel)
	}
	for _, t := range timeTicks(f, b.w) {
		x := b.x + place(t.at, b.w)
		n := len([]rune(t.text))
		left := min(max(x-n/2, 0), p.W-n)
		if !p.free(left-1, b.axis+1, n+2) && !(left == 0 && p.free(0, b.axis+1, n+1)) {
			continue
		}
		p.set(x, b.axis, tick, InkAxis)
		p.text(left, b.axis+1, t.text, InkLabel)
	}
}

func drawMarks(p Picture, b box, f Frame) {
	span := f.End.Sub(f.Start)
	if span <= 0 {
		return
	}
	at := func(t time.Time) (int, bool) {
		q := t.Sub(f.Start).Seconds() / span.Seconds()
		return b.x + place(q, b.w), q >= 0 && q <= 1
	}
	if x, in := at(f.Cursor); in && !f.Cursor.IsZero() {
		column(p, b, x, '│', InkCursor)
	}
	marks := append([]Mark(nil), f.Marks...)
	sort.SliceStable(marks, func(i, j int) bool { return marks[i].At.After(marks[j].At) })
	end := b.x + b.w // the newest mark has its text whole; older ones stop before it
	for _, m := range marks {
		x, in := at(m.At)
		if !in || x >= b.x+b.w {
			continue
		}
		column(p, b, x, '┊', m.Ink)
		if b.axis >= 0 && x < end {
			end = markText(p, b, m, x, end)
		}
	}
}

func column(p Picture, b box, x int, r rune, ink Ink) {
	for y := range b.h {
		if p.At(x, b.y+y).R == 0 {
			p.set(x, b.y+y, r, ink)
		}
	}
}

// markText writes a mark and its text right of it, or left of it where the
// right edge or a newer one's text is too near. It answers where they begin,
// with a cell before a text that would else be the older mark's.
func markText(p Picture, b box, m Mark, x, end int) int {
	p.set(x, b.axis, m.Rune, m.Ink)
	n, room := len([]rune(m.Text)), end-x-1
	if n > room && x-b.x >= n+1 && (!m.Whole || end == b.x+b.w) {
		p.text(x-n, b.axis, m.Text, m.Ink)
		return x - n - 1
	}
	p.text(x+1, b.axis, fitting(m, room), m.Ink)
	return x
}

// leastText is how much of a text still says something.
const leastText = 8

// fitting is a mark's text in so many cells: cut short, or none at all where
// only letters of it would be left.
func fitting(m Mark, room int) string {
	text := []rune(m.Text)
	switch {
	case len(text) <= room:
		return m.Text
	case m.Whole, room < leastText:
		return ""
	}
	return string(text[:room-1]) + "…"
}

// drawNames writes each series' name where its line ends, on different rows
// in the order of their values.
func drawNames(p Picture, b box, series []Series, top float64) {
	if b.names == 0 {
		return
	}
	type name struct {
		Series
		last float64
		y    int
	}
	var names []name
	for _, s := range series {
		if v := lastOf(s.Values); s.Name != "" && !math.IsNaN(v) {
			names = append(names, name{s, v, b.h - 1 - place(v/top, b.h)})
		}
	}
	sort.SliceStable(names, func(i, j int) bool { return names[i].last > names[j].last })
	for i := 1; i < len(names); i++ {
		names[i].y = max(names[i].y, names[i-1].y+1)
	}
	for i, lowest := len(names)-1, b.h-1; i >= 0; i, lowest = i-1, lowest-1 {
		if y := min(names[i].y, lowest); y >= 0 {
			names[i].y = y
			lowest = y
			p.text(b.x+b.w+1, b.y+y, names[i].Name, names[i].Ink)
		}
	}
}

func lastOf(values []float64) float64 {
	for i := len(values) - 1; i >= 0; i-- {
		if !math.IsNaN(values[i]) && !math.IsInf(values[i], 0) {
			return values[i]
		}
	}
	return math.NaN()
}
