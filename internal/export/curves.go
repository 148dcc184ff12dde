package export

import (
	"fmt"
	"io"
	"math"
	"strings"
)

// Curves are lines over one time axis. Pictures of the same From and To stand
// above each other with the same instant at the same place.
type Curves struct {
	Title    string
	From, To float64 // seconds
	Lines    []Curve
	Write    func(float64) string // a value for people
}

// A Curve is one line; a nil value is a gap.
type Curve struct {
	Name   string
	At     []float64 // seconds
	Values []*float64
}

// The size of a picture in its own units, which the page scales, and the room
// for what stands at its left.
const (
	curvesWide, curvesHigh = 900, 160
	curvesLeft             = 80
)

// curveInks are told apart by colour-blind eyes, on light and dark (Okabe and
// Ito, "Color Universal Design", 2008).
func curveInks() []string { return []string{"#0072b2", "#e69f00", "#d55e00", "#009e73", "#cc79a7"} }

// HTMLWithCurves writes curves, and below them tables, as one page.
func HTMLWithCurves(w io.Writer, curves []Curves, tables []Table) error {
	b := &strings.Builder{}
	b.WriteString(htmlHead)
	for _, c := range curves {
		c.draw(b)
	}
	for _, t := range tables {
		htmlTable(b, t)
	}
	b.WriteString("</html>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func (c Curves) draw(b *strings.Builder) {
	top := c.top()
	if top == 0 || c.To <= c.From {
		return
	}
	fmt.Fprintf(b, "<h2>%s</h2>\n<svg viewBox=\"0 0 %d %d\" width=\"100%%\" style=\"max-width:75em\" font-size=\"11\" fill=\"none\" stroke=\"currentColor\">\n",
		htmlText(c.Title), curvesWide, curvesHigh+20)
	fmt.Fprintf(b, "<path opacity=\".3\" d=\"M%d 10V%dH%d\"/>\n", curvesLeft, curvesHigh, curvesWide)
	c.label(b, curvesLeft-6, 16, "end", c.Write(top))
	c.label(b, curvesLeft-6, curvesHigh, "end", "0")
	c.label(b, curvesLeft, curvesHigh+14, "start", fmt.Sprintf("%.0f s", c.From))
	c.label(b, curvesWide, curvesHigh+14, "end", fmt.Sprintf("%.0f s", c.To))
	inks := curveInks()
	for i, line := range c.Lines {
		ink := inks[i%len(inks)]
		fmt.Fprintf(b, "<path stroke=\"%s\" stroke-width=\"1.5\" d=\"%s\"/>\n", ink, c.path(line, top))
		fmt.Fprintf(b, "<text x=\"%d\" y=\"16\" fill=\"%s\" stroke=\"none\">%s</text>\n", curvesLeft+10+110*i, ink, htmlText(line.Name))
	}
	b.WriteString("</svg>\n")
}

func (c Curves) label(b *strings.Builder, x, y int, anchor, text string) {
	fmt.Fprintf(b, "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\" fill=\"currentColor\" stroke=\"none\">%s</text>\n", x, y, anchor, htmlText(text))
}

// top is the greatest value; 0 when there is none.
func (c Curves) top() float64 {
	top := 0.0
	for _, l := range c.Lines {
		for _, v := range l.Values {
			if v != nil && !math.IsInf(*v, 0) && !math.IsNaN(*v) {
				top = max(top, *v)
			}
		}
	}
	return top
}

// path goes through the values, and begins anew after a gap; a lone value is
// a dot as wide as the line.
func (c Curves) path(l Curve, top float64) string {
	var b strings.Builder
	pen := "M"
	for i, v := range l.Values {
		if v == nil || l.At[i] < c.From || l.At[i] > c.To {
			pen = "M"
			continue
		}
		x := curvesLeft + (l.At[i]-c.From)/(c.To-c.From)*(curvesWide-curvesLeft)
		y := curvesHigh - *v/top*(curvesHigh-22)
		fmt.Fprintf(&b, "%s%.1f %.1f", pen, x, y)
		if pen == "M" {
			b.WriteString("h1")
		}
		pen = "L"
	}
	return b.String()
}
