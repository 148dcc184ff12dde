package postgres

import (
	"math"
	"strings"

	"mltop/internal/db"
)

// unpaid is how many pages a plan's nested loops will fetch beyond those that
// the planner charged for. It shares the pages that an inner index scan fetches
// among as many repetitions as the outer table has rows, before any join has
// thinned them out (costsize.c, cost_index; indxpath.c, get_loop_count): behind
// a join that leaves one row of 25, each of the repetitions that are left is
// charged with a twenty-fifth of its pages, and a loop that fetches the whole
// table page by page looks cheaper than one scan of it.
func (l *Lab) unpaid(root *db.Node) float64 { return l.unpaidIn(root, 1) }

// unpaidIn is that of a node which runs so often.
func (l *Lab) unpaidIn(n *db.Node, loops float64) float64 {
	if strings.HasPrefix(n.Detail, "nested loop") && len(n.Children) == 2 && n.Children[0].Passed != nil {
		outer, inner := n.Children[0], n.Children[1]
		times := loops * max(*outer.Passed, 1)
		once := strings.HasSuffix(n.Detail, "semi") || strings.HasSuffix(n.Detail, "anti")
		return l.unpaidIn(outer, loops) + l.unpaidFor(inner, times, once) + l.unpaidIn(inner, times)
	}
	sum := 0.0
	for _, c := range n.Children {
		sum += l.unpaidIn(c, loops)
	}
	return sum
}

// unpaidFor is that of the inner side of a loop; once: it ends at its first row.
func (l *Lab) unpaidFor(n *db.Node, loops float64, once bool) float64 {
	pages, total := l.pages[n.Table], l.rows[n.Table]
	stat, known := l.stats[n.Table+"."+searchedBy(n)]
	if n.Op != db.OpSearch || n.Covering || n.Passed == nil || n.Cost == nil || !known || pages == 0 || total == 0 || l.page.Random == 0 {
		return 0
	}
	rows := *n.Passed
	charged := max(0, *n.Cost-rows*rowCost) / l.page.Random * loops
	if once {
		rows = min(rows, 1)
	}
	scattered, together := l.fetched(pages, loops*rows), l.fetched(pages, loops*math.Ceil(rows*pages/total))
	square := stat.order * stat.order
	return max(0, square*min(together, scattered)+(1-square)*scattered-charged)
}

// rowCost is what the planner charges for a row that an index leads to, by
// default: its entry, itself and one condition.
const rowCost = 0.005 + 0.01 + cpuOperatorCost

// fetched is how many pages of a table are read to fetch so many rows that lie
// anywhere in it, where some stay in memory (Mackert and Lohman, "Index scans
// using a finite LRU buffer", TODS 1989; costsize.c, index_pages_fetched).
func (l *Lab) fetched(pages, rows float64) float64 {
	drawn := 2 * pages * rows / (2*pages + rows)
	if pages <= l.page.Cache {
		return min(drawn, pages)
	}
	full := 2 * pages * l.page.Cache / (2*pages - l.page.Cache)
	if rows <= full {
		return drawn
	}
	return l.page.Cache + (rows-full)*(pages-l.page.Cache)/pages
}

// searchedBy is the column by which a node searches first; "" for an expression.
func searchedBy(n *db.Node) string {
	if len(n.Columns) == 0 {
		return ""
	}
	name, _, _ := strings.Cut(n.Columns[0], " ")
	return strings.Trim(name, `"`)
}
