package rewrite

import (
	"fmt"
	"slices"
	"strconv"
)

// comparedRows is how many rows a page of a check has: several pages of a
// reader's, and nothing to a database.
const comparedRows = 200

// comparedBehind are rows behind which pages are compared, where that of the
// text is not known: the first page's end, so that what comes first is seen, and
// the middle of the table.
func comparedBehind(p paging) []int {
	out := []int{1, 50}
	if p.table.Rows != nil && *p.table.Rows/2 > 50 {
		out = append(out, int(*p.table.Rows/2))
	}
	return out
}

// pageChecks compares pages by OFFSET with those behind the row before them, all
// in the completed order, and looks for NULLs in the order.
func (t *text) pageChecks(p paging, at pageAt) (out []Check) {
	behind := comparedBehind(p)
	if n, err := strconv.Atoi(t.in(at.offset)); err == nil && n > 0 && !slices.Contains(behind, n) {
		behind = append(behind, n)
	}
	for _, n := range behind {
		out = append(out, t.samePage(p, at, n))
	}
	for _, name := range p.nullable {
		c := t.noneOf(column{table: p.table, Column: p.table.Column(name)}, "no "+name+" is NULL", t.Dialect.QuoteIdent(name)+" IS NULL")
		c.Must = true
		out = append(out, c)
	}
	return out
}

// samePage compares the page of an OFFSET with the one behind the row before.
func (t *text) samePage(p paging, at pageAt, offset int) Check {
	before := func(column string) []piece {
		inner := own("(SELECT " + p.prefix + t.Dialect.QuoteIdent(column) + " ")
		inner = append(inner, piece{span: span{at.from.from, at.order.from}}, piece{text: " "})
		return append(append(inner, t.ordered(p, at)...), piece{text: fmt.Sprintf(" LIMIT 1 OFFSET %d)", offset-1)})
	}
	rows := own(" LIMIT " + strconv.Itoa(comparedRows))
	a := append(form("{0} ", span{0, at.order.from}), t.ordered(p, at)...)
	a = append(append(a, rows...), own(" OFFSET "+strconv.Itoa(offset))...)
	b := append(append(t.uptoOrder(at, p.behind(t, before)), t.ordered(p, at)...), rows...)
	return Check{What: "the pages by OFFSET and the pages behind the row before them", A: t.numbered(a), B: t.numbered(b)}
}
