package ui

import (
	"strings"

	"mltop/internal/db"
	"mltop/internal/units"
)

// A planLine is one node of a plan as it is drawn.
type planLine struct {
	mark, op    string
	what, count string
	ink         ink
}

// planLines writes a plan as a tree, the root left out: it is the statement
// itself.
func planLines(p *db.Plan) []planLine {
	var out []planLine
	p.Walk(func(n *db.Node, depth int) {
		if depth == 0 && n.Op == db.OpQuery {
			return
		}
		out = append(out, planNode(n, max(depth-1, 0)))
	})
	return out
}

func planNode(n *db.Node, depth int) planLine {
	l := planLine{mark: "▸", op: strings.Repeat("  ", depth) + string(n.Op), ink: inkText}
	switch {
	case n.Op == db.OpScan && !n.Covering && n.Table != "":
		l.mark, l.ink = "■", inkCrit
	case n.Automatic:
		l.mark, l.ink = "▲", inkWarn
	case n.Op == db.OpSort || n.Op == db.OpGroup || n.Op == db.OpDistinct:
		l.mark, l.ink = "▲", inkWarn
	}
	l.what = planWhat(n)
	switch {
	case n.Actual != nil:
		l.count = rowsText(n.Actual.Rows)
	case n.Rows != nil:
		l.count = rowsText(*n.Rows)
	}
	return l
}

func rowsText(v float64) string {
	if v == 1 {
		return "1 row"
	}
	if v < 10 {
		return units.Digits(v) + " rows"
	}
	return units.Whole(int64(v)) + " rows"
}

// planIndex spares the long names that mltop gives: the plan's title has the
// columns.
func planIndex(name string) string {
	if strings.HasPrefix(name, "mltop_") {
		return "mltop's index"
	}
	return name
}

func planWhat(n *db.Node) string {
	parts := []string{n.Table}
	if n.Alias != "" && n.Alias != n.Table {
		parts = append(parts, n.Alias)
	}
	if len(n.Columns) > 0 {
		parts = append(parts, strings.Join(n.Columns, " and "))
	}
	switch {
	case n.Automatic:
		parts = append(parts, "automatic index, built for each run")
	case n.Covering && n.Index != "":
		parts = append(parts, "covering "+planIndex(n.Index))
	case n.Index != "" && n.Index != "rowid":
		parts = append(parts, "by "+planIndex(n.Index))
	}
	if n.Detail != "" {
		parts = append(parts, n.Detail)
	}
	text := strings.Join(strings.Fields(strings.Join(parts, " ")), " ")
	if text == "" {
		return n.Raw
	}
	return text
}

// draw writes a plan under its title and answers how many lines it took.
func (p sidePlan) draw(a area) int {
	a.spans(0, 0, p.title...)
	if p.plan == nil || a.h < 2 {
		return 1
	}
	y := 1
	lines := planLines(p.plan)
	if len(lines) == 0 {
		a.text(1, y, inkDim, "it reads no table: there is nothing to plan")
		return y + 1
	}
	for _, l := range lines {
		if y >= a.h {
			return y
		}
		drawPlanLine(a, y, l)
		y++
	}
	if p.foot.text != "" && y < a.h {
		a.spans(1, y, p.foot)
		y++
	}
	return y
}

func drawPlanLine(a area, y int, l planLine) {
	end := a.w
	if l.count != "" && a.w > 40 {
		end = a.right(a.w, y, l.ink, l.count) - 1
	}
	left := a.sub(0, 0, end, a.h)
	x := left.spans(1, y, span{l.ink, l.mark + " "}, span{l.ink, l.op})
	left.text(max(x+2, 12), y, l.ink, l.what)
}
