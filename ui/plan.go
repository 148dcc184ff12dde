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

// A planRow is one line of a plan that is drawn: a node, or words about it.
type planRow struct {
	words []span
	node  *planLine
}

// rows are a plan under its title.
func (p sidePlan) rows() []planRow {
	out := []planRow{{words: p.title}}
	if p.plan == nil {
		return out
	}
	lines := planLines(p.plan)
	for i := range lines {
		out = append(out, planRow{node: &lines[i]})
	}
	if len(lines) == 0 {
		return append(out, planRow{words: []span{{inkDim, " it reads no table: there is nothing to plan"}}})
	}
	if p.foot.text != "" {
		out = append(out, planRow{words: []span{{p.foot.ink, " " + p.foot.text}}})
	}
	return out
}

func (r planRow) draw(a area, y int) {
	if r.node != nil {
		drawPlanLine(a, y, *r.node)
		return
	}
	a.spans(0, y, r.words...)
}

// drawRows draws the rows in view, and says how many are below.
func drawRows(a area, rows []planRow, sc *scroller) {
	first, last := sc.view(a, len(rows))
	for i, r := range rows[first:last] {
		r.draw(a, i)
	}
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
