package rewrite

import (
	"strconv"
	"strings"
)

// pages asks for the page behind the last row seen, where pages are counted by
// OFFSET: the rows of all pages before are read and thrown away.
func pages(t *text) (w Rewrite, ok bool) {
	at, ok := t.pageClauses()
	if !ok || !t.rowByRow(at) {
		return w, false
	}
	p, ok := t.pagingOf(at)
	if !ok {
		return w, false
	}
	return Rewrite{
		Rule: "rewrite.keyset", Table: p.table.ID(), Column: p.columns[0], Keeps: true, Title: "Page by key instead of OFFSET",
		Before: t.whole(), After: t.byKey(p, at, p.behind(t, t.marks())),
		Why:    "OFFSET reads the rows of all pages before and throws them away: page 1,000 costs a thousand times page 1; behind a key each page costs the same",
		Holds:  t.holdsOfPages(p, at),
		Checks: t.pageChecks(p, at),
		Effect: "each page is read in the time of the first one, where an index has the order",
		Risk:   "a page has no number any more: no jump to page n, only to the page behind the one that is shown; rows that come or go between two pages do not shift the others",
	}, true
}

// WhyNoPages says why pages that OFFSET counts are not asked for by their key,
// where it is a declaration alone that lacks; else "".
func WhyNoPages(s Statement) string {
	t, ok := read(s)
	if !ok || !t.steady() {
		return ""
	}
	at, ok := t.pageClauses()
	if !ok || !t.rowByRow(at) {
		return ""
	}
	p, ok := t.pagingOf(at)
	if ok || len(p.nullable) == 0 {
		return ""
	}
	return strings.Join(p.nullable, " and ") + " may be NULL, and NULLs come first: behind a page that ends in one no key finds the next; it can be where the column is NOT NULL, or the statement says IS NOT NULL"
}

// holdsOfPages says what the application has to do, and with which values.
func (t *text) holdsOfPages(p paging, at pageAt) []string {
	order := strings.Join(p.columns, ", ")
	out := []string{
		"the values are those of the last row of the page before, exactly as the database gave them (no fraction of a second cut off): " + order,
		"the first page is asked for by the same text without this condition",
	}
	if more := t.notSelected(p, at); len(more) > 0 {
		out = append(out, "the statement has to select besides, so that they are known: "+strings.Join(more, ", "))
	}
	if asked := p.asked(t); len(asked) > len(p.columns) {
		out = append(out, "the condition's placeholders are given, in order: "+strings.Join(asked, ", "))
	}
	if p.added > 0 {
		out = append(out, "rows that "+strings.Join(p.columns[:len(p.columns)-p.added], ", ")+" leaves in no order are shown in that of "+strings.Join(p.columns[len(p.columns)-p.added:], ", "))
	}
	if len(p.nullable) > 0 {
		out = append(out, "no "+strings.Join(p.nullable, " and no ")+" is NULL, now or later: such rows come last, and are on no page by key")
	}
	return out
}

// asked are the columns whose values the condition is given, in order.
func (p paging) asked(t *text) (out []string) {
	p.behind(t, func(column string) []piece {
		out = append(out, column)
		return nil
	})
	return out
}

// marks makes placeholders that the statement does not have yet.
func (t *text) marks() func(string) []piece {
	n := len(t.Shape.Placeholders)
	return func(string) []piece {
		n++
		if t.engine() == "postgres" && !t.unnamed() {
			return []piece{{text: "$" + strconv.Itoa(n), shown: "?", asks: true}}
		}
		return []piece{{text: "?", asks: true}}
	}
}

// unnamed reports a text of which only a normal form is known: ? for all.
func (t *text) unnamed() bool {
	for i := range t.toks {
		if t.toks[i].Text == "?" {
			return true
		}
	}
	return false
}

// byKey writes the page behind a key.
func (t *text) byKey(p paging, at pageAt, behind []piece) Text {
	pieces := t.uptoOrder(at, behind)
	pieces = append(pieces, t.ordered(p, at)...)
	return t.written(append(pieces, append(own(" LIMIT "), piece{span: at.limit})...))
}

// uptoOrder is the statement up to its order, with a condition more. An OR
// among the conditions must not take it in.
func (t *text) uptoOrder(at pageAt, more []piece) []piece {
	if at.where.len() == 0 {
		return append(form("{0} WHERE ", span{0, at.order.from}), append(more, own(" ")...)...)
	}
	pieces := form("{0} ({1})", span{0, at.where.from}, at.where)
	return append(append(append(pieces, own(" AND ")...), more...), own(" ")...)
}

// ordered is the order by the columns' own names, with the key behind it. A
// number would be a value like any other, and a name of the select list is none
// of the subqueries that checks ask.
func (t *text) ordered(p paging, at pageAt) []piece {
	out := []piece{{span: span{at.order.from, at.order.from + 2}}, {text: " "}}
	for i, c := range p.columns {
		if i > 0 {
			out = append(out, piece{text: ", "})
		}
		switch {
		case i >= len(p.terms):
			out = append(out, own(p.inOrder(t, c)+p.down())...)
		case p.terms[i].named:
			out = append(out, own(p.inOrder(t, c))...)
			out = append(out, t.direction(p.terms[i])...)
		default:
			out = append(out, piece{span: p.terms[i].at})
		}
	}
	return out
}

// direction is what stands behind a term of the order.
func (t *text) direction(o orderedBy) []piece {
	rest := span{o.of.to, o.at.to}
	if rest.len() == 0 {
		return nil
	}
	return append(own(" "), piece{span: rest})
}

func (p paging) down() string {
	if p.desc {
		return " DESC"
	}
	return ""
}

// inOrder names a column in ORDER BY, where a name of the select list goes
// before the table's.
func (p paging) inOrder(t *text, c string) string {
	if p.hidden[strings.ToLower(c)] {
		return p.called + "." + t.Dialect.QuoteIdent(c)
	}
	return p.prefix + t.Dialect.QuoteIdent(c)
}

// behind is the condition of a row behind the last one seen, whose values
// value writes. MySQL reads no index by a comparison of rows: there it is
// spelt out.
func (p paging) behind(t *text, value func(column string) []piece) []piece {
	sign := ">"
	if p.desc {
		sign = "<"
	}
	n := len(p.columns)
	name := func(i int) string { return p.prefix + t.Dialect.QuoteIdent(p.columns[i]) }
	if n == 1 {
		return append(own(name(0)+" "+sign+" "), value(p.columns[0])...)
	}
	if t.engine() == "mysql" {
		template := speltOut(n, sign, func(i int) (string, string) { return name(i), "\x00" + strconv.Itoa(i) + "\x00" })
		return valuesIn(template, func(i int) []piece { return value(p.columns[i]) })
	}
	names := make([]string, n)
	for i := range names {
		names[i] = name(i)
	}
	out := own("(" + strings.Join(names, ", ") + ") " + sign + " (")
	for i, c := range p.columns {
		if i > 0 {
			out = append(out, piece{text: ", "})
		}
		out = append(out, value(c)...)
	}
	return append(out, piece{text: ")"})
}

// valuesIn puts values in the places between two NULs.
func valuesIn(template string, value func(i int) []piece) (out []piece) {
	for i, part := range strings.Split(template, "\x00") {
		switch n, err := strconv.Atoi(part); {
		case i%2 == 1 && err == nil:
			out = append(out, value(n)...)
		case part != "":
			out = append(out, piece{text: part})
		}
	}
	return out
}
