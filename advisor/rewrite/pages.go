package rewrite

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mltop/internal/db"
	"mltop/internal/sqltext"
)

// pages asks for the page behind the last row seen, where pages are counted by
// OFFSET: the rows of all pages before are read and thrown away.
func pages(t *text) (w Rewrite, ok bool) {
	p, ok := t.pagingOf(t.Shape, t.Schema)
	if !ok || t.countsOn() {
		return w, false
	}
	at, ok := t.pageClauses()
	if !ok || t.mentionsAny(at.order, "COLLATE") {
		return w, false
	}
	w = Rewrite{
		Rule: "rewrite.keyset", Table: p.table.ID(), Column: p.columns[0], Keeps: true, Title: "Page by key instead of OFFSET",
		Before: t.whole(), After: t.byKey(p, at, p.behind(t, t.marks())),
		Why:    "OFFSET reads the rows of all pages before and throws them away: page 1,000 costs a thousand times page 1; behind a key each page costs the same",
		Holds:  []string{"the values are those of the last row of the page before: " + strings.Join(p.columns, ", ")},
		Effect: "each page is read in the time of the first one, where an index has the order",
		Risk:   "no jump to a page by its number; rows that come or go between two pages do not shift the others any more",
	}
	if c, known := t.samePage(p, at); known {
		w.Checks = []Check{c}
	}
	if p.nullable != "" {
		w.Holds = append(w.Holds, "no "+p.nullable+" is NULL: such rows come last, and are on no page by key")
		w.Checks = append(w.Checks, t.noneOf(column{table: p.table, Column: p.table.Column(p.nullable)}, "no "+p.nullable+" is NULL", t.Dialect.QuoteIdent(p.nullable)+" IS NULL"))
	}
	return w, true
}

// A paging is how a statement's pages follow each other.
type paging struct {
	table    *db.Table
	prefix   string   // of its columns in the text: "o."
	called   string   // the table itself: "o"
	columns  []string // of the order, the table's key behind them
	added    int      // how many of them the text does not order by yet
	desc     bool
	nullable string // a column of the order that may be NULL; "" for none
}

// pagingOf reads a page's order; ok is false where OFFSET is not asked for, or
// where no key stands for a place in it.
func (t *text) pagingOf(s *db.Shape, schema *db.Schema) (p paging, ok bool) {
	if !s.Pure || len(s.Blocks) != 1 {
		return p, false
	}
	b := s.Blocks[0]
	if !b.Offset || !b.Limit || len(b.OrderBy) == 0 || b.OrderOther || b.Aggregate || b.Distinct || len(b.GroupBy) > 0 || b.GroupOther || len(b.Windows) > 0 {
		return p, false
	}
	rel := b.Relations[b.OrderBy[0].Column.Relation]
	if p.table = schema.Table(rel.Table); p.table == nil || rel.Outer {
		return p, false
	}
	p.called = t.Dialect.QuoteIdent(relationName(rel))
	if len(b.Relations) > 1 || rel.Alias != "" && !strings.EqualFold(rel.Alias, rel.Table) {
		p.prefix = relationName(rel) + "."
	}
	p.desc = b.OrderBy[0].Desc
	for _, o := range b.OrderBy {
		col := p.table.Column(o.Column.Column)
		if o.Column.Relation != b.OrderBy[0].Column.Relation || col == nil || o.Desc != p.desc || o.Nulls != "" || o.Collation != "" {
			return p, false
		}
		if p.columns = append(p.columns, col.Name); t.mayBeNull(p.table, col) && !leftOut(b, o.Column) {
			p.nullable = col.Name
		}
	}
	// NULLs are the least values, to PostgreSQL the greatest. Where they come
	// first, the first page ends in one, and no row is behind a NULL.
	if p.nullable != "" && p.desc == (t.engine() == "postgres") {
		return p, false
	}
	// Rows of a join share the one table's key: a place in it is none in the join.
	return p.completed(), len(b.Relations) == 1 && (len(p.table.PrimaryKey) > 0 || p.unique())
}

// leftOut reports a column of which the conditions pass no NULL.
func leftOut(b db.Block, c db.ColumnRef) bool {
	return slices.ContainsFunc(b.Predicates, func(p db.Predicate) bool {
		return p.OrGroup == 0 && p.Column == c && p.Op != db.PredIsNull && p.Op != db.PredOther
	})
}

// countsOn reports a window function: what it answers of a row hangs on the
// pages before.
func (t *text) countsOn() bool { return t.mentionsAny(span{0, len(t.toks)}, "OVER") }

func oneOf(name string, list []string) bool {
	for _, k := range list {
		if strings.EqualFold(k, name) {
			return true
		}
	}
	return false
}

// unique reports an order that no two rows share.
func (p paging) unique() bool {
	for _, ix := range p.table.Indexes {
		if !ix.Unique || ix.Where != "" || len(ix.Columns) != len(p.columns) {
			continue
		}
		all := true
		for _, c := range ix.Columns {
			col := p.table.Column(c.Name)
			all = all && col != nil && oneOf(c.Name, p.columns) && (c.Collation == "" || strings.EqualFold(c.Collation, col.Collation))
		}
		if all {
			return true
		}
	}
	return false
}

// completed has the key behind the order, so that no two rows share a place.
func (p paging) completed() paging {
	if p.unique() {
		return p
	}
	for _, k := range p.table.PrimaryKey {
		if !oneOf(k, p.columns) {
			p.columns, p.added = append(p.columns, k), p.added+1
		}
	}
	return p
}

// pageAt is where the clauses of a page stand; where is empty without one.
type pageAt struct {
	where, order, tail, limit, offset span
}

// pageClauses finds them, each once and in their usual order: LIMIT n OFFSET m,
// LIMIT m, n and OFFSET m LIMIT n.
func (t *text) pageClauses() (at pageAt, ok bool) {
	found := map[string]int{}
	for i := 0; i < len(t.toks); i++ {
		if t.is(i, "(") {
			i = t.closing(i) - 1
			continue
		}
		for _, word := range []string{"WHERE", "ORDER", "LIMIT", "OFFSET"} {
			if _, twice := found[word]; t.is(i, word) && twice {
				return at, false
			} else if t.is(i, word) {
				found[word] = i
			}
		}
	}
	order, limit, offset := found["ORDER"], found["LIMIT"], found["OFFSET"]
	if order == 0 || limit < order || offset > 0 && offset < order {
		return at, false
	}
	if w := found["WHERE"]; w > 0 {
		at.where = span{w + 1, t.clauseEnd(w + 1)}
	}
	n := len(t.toks)
	switch {
	case offset > limit:
		at.limit, at.offset = span{limit + 1, offset}, span{offset + 1, n}
	case offset > 0:
		at.offset, at.limit = span{offset + 1, limit}, span{limit + 1, n}
	default:
		parts := t.split(span{limit + 1, n}, func(i int) bool { return t.is(i, ",") })
		if len(parts) != 2 {
			return at, false
		}
		at.offset, at.limit = parts[0], parts[1]
	}
	at.tail = span{limit, n}
	if offset > 0 {
		at.tail.from = min(limit, offset)
	}
	at.order = span{order, at.tail.from}
	return at, at.limit.len() == 1 && at.offset.len() == 1
}

// marks makes placeholders that the statement does not have yet.
func (t *text) marks() func(string) piece {
	n := len(t.Shape.Placeholders)
	return func(string) piece {
		n++
		if t.engine() == "postgres" && !t.unnamed() {
			return piece{text: "$" + strconv.Itoa(n), shown: "?"}
		}
		return piece{text: "?"}
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

// ordered is the order, with the key behind it. A column's number would be a
// value like any other, so the column is named.
func (t *text) ordered(p paging, at pageAt) []piece {
	out := []piece{{span: span{at.order.from, at.order.from + 2}}}
	for i, term := range t.split(span{at.order.from + 2, at.order.to}, func(i int) bool { return t.is(i, ",") }) {
		if i > 0 {
			out = append(out, own(", ")...)
		}
		if t.toks[term.from].Kind == sqltext.Number && i < len(p.columns) {
			out = append(out, own(" "+p.inOrder(t, p.columns[i]))...)
			term.from++
		}
		out = append(out, piece{span: term})
	}
	for _, c := range p.columns[len(p.columns)-p.added:] {
		more := ", " + p.inOrder(t, c)
		if p.desc {
			more += " DESC"
		}
		out = append(out, piece{text: more})
	}
	return out
}

// inOrder names a column in ORDER BY, where a name of the select list goes
// before the table's.
func (p paging) inOrder(t *text, c string) string {
	if p.prefix == "" && t.selectsAs(c) {
		return p.called + "." + t.Dialect.QuoteIdent(c)
	}
	return p.prefix + t.Dialect.QuoteIdent(c)
}

// selectsAs reports something else that is selected by a name.
func (t *text) selectsAs(name string) bool {
	list := span{t.next(0, "SELECT") + 1, t.next(0, "FROM")}
	return slices.ContainsFunc(t.split(list, func(i int) bool { return t.is(i, ",") }), func(s span) bool {
		return s.len() > 1 && strings.EqualFold(t.toks[s.to-1].Ident(), name) && !t.toks[s.to-2].Is(".")
	})
}

// behind is the condition of a row behind the last one seen, whose values
// value writes. MySQL reads no index by a comparison of rows: there it is
// spelt out.
func (p paging) behind(t *text, value func(column string) piece) []piece {
	sign := ">"
	if p.desc {
		sign = "<"
	}
	n := len(p.columns)
	name := func(i int) string { return p.prefix + t.Dialect.QuoteIdent(p.columns[i]) }
	if n == 1 {
		return append(own(name(0)+" "+sign+" "), value(p.columns[0]))
	}
	if t.engine() == "mysql" {
		template := speltOut(n, sign, func(i int) (string, string) { return name(i), "\x00" + strconv.Itoa(i) + "\x00" })
		return valuesIn(template, func(i int) piece { return value(p.columns[i]) })
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
		out = append(out, value(c))
	}
	return append(out, piece{text: ")"})
}

// valuesIn puts values in the places between two NULs.
func valuesIn(template string, value func(i int) piece) (out []piece) {
	for i, part := range strings.Split(template, "\x00") {
		switch n, err := strconv.Atoi(part); {
		case i%2 == 1 && err == nil:
			out = append(out, value(n))
		case part != "":
			out = append(out, piece{text: part})
		}
	}
	return out
}

// samePage compares the page by OFFSET with the page behind the row before it,
// both in the completed order; known is false where the page is not known, or
// is the first.
func (t *text) samePage(p paging, at pageAt) (c Check, known bool) {
	offset, err := strconv.Atoi(t.in(at.offset))
	if err != nil || offset < 1 {
		return c, false
	}
	from := t.fromClause(at)
	before := func(column string) piece {
		inner := append(own("(SELECT "+p.prefix+t.Dialect.QuoteIdent(column)+" "), piece{span: from}, piece{text: " "})
		inner = append(append(inner, t.ordered(p, at)...), piece{text: fmt.Sprintf(" LIMIT 1 OFFSET %d)", offset-1)})
		return piece{text: t.written(inner).SQL}
	}
	a := append(form("{0} ", span{0, at.order.from}), t.ordered(p, at)...)
	a = append(a, append(form(" LIMIT {0}", at.limit), piece{text: fmt.Sprintf(" OFFSET %d", offset)})...)
	return Check{What: "the page by OFFSET and the page behind the row before it", A: t.written(a), B: t.byKey(p, at, p.behind(t, before))}, true
}

// fromClause runs from FROM to the order.
func (t *text) fromClause(at pageAt) span {
	for i := 0; i < at.order.from; i++ {
		if t.is(i, "(") {
			i = t.closing(i) - 1
		} else if t.is(i, "FROM") {
			return span{i, at.order.from}
		}
	}
	return span{at.order.from, at.order.from}
}
