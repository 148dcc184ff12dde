package rewrite

import (
	"slices"
	"strconv"
	"strings"

	"mltop/internal/db"
	"mltop/internal/sqltext"
)

// A paging is how a statement's pages follow each other.
type paging struct {
	table    *db.Table
	prefix   string      // of its columns in the text: "o."
	called   string      // the table itself: "o"
	terms    []orderedBy // of the text
	columns  []string    // of the order, the table's key behind them
	added    int         // how many of them the text does not order by yet
	desc     bool
	nullable []string        // columns of the order that may be NULL
	hidden   map[string]bool // columns whose bare name means something else in ORDER BY
}

// An orderedBy is one term of ORDER BY.
type orderedBy struct {
	at, of span // all of it, and what it orders by
	column *db.Column
	named  bool // by a number, or by a name of the select list's
	desc   bool
}

// pagingOf reads a page's order; ok is false where no key stands for a place in
// it, and where it is not understood. What the engine's parser and the tokens
// tell has to be the same.
func (t *text) pagingOf(at pageAt) (p paging, ok bool) {
	b := t.Shape.Blocks[0]
	rel := b.Relations[0]
	if p.table = t.Schema.Table(rel.Table); p.table == nil {
		return p, false
	}
	p.called = t.Dialect.QuoteIdent(relationName(rel))
	if rel.Alias != "" && !strings.EqualFold(rel.Alias, rel.Table) {
		p.prefix = p.called + "."
	}
	outputs := t.outputs(at.list)
	parts := t.split(span{at.order.from + 2, at.order.to}, func(i int) bool { return t.is(i, ",") })
	if len(parts) != len(b.OrderBy) {
		return p, false
	}
	for i, s := range parts {
		o, ok := t.orderedBy(p.table, rel, outputs, s)
		bound := b.OrderBy[i]
		if !ok || i > 0 && o.desc != p.desc || oneOf(o.column.Name, p.columns) || bound.Desc != o.desc || bound.Nulls != "" || !strings.EqualFold(bound.Column.Column, o.column.Name) {
			return p, false
		}
		p.terms, p.columns, p.desc = append(p.terms, o), append(p.columns, o.column.Name), o.desc
	}
	if p, ok = p.completed(t); !ok {
		return p, false
	}
	p.hidden = t.hiddenNames(p, rel, outputs)
	p.nullable = t.nullsOf(p, rel, at)
	// NULLs are the least values, to PostgreSQL the greatest. Where they come
	// first, the first page ends in one, and no row is behind a NULL.
	return p, len(p.nullable) == 0 || p.desc != (t.engine() == "postgres")
}

// orderedBy reads "column [COLLATE its own] [ASC|DESC]"; anything else is not
// understood.
func (t *text) orderedBy(tab *db.Table, rel db.Relation, outputs []output, s span) (o orderedBy, ok bool) {
	o.at, o.of = s, s
	if t.is(s.to-1, "ASC", "DESC") {
		o.desc = t.is(s.to-1, "DESC")
		o.of.to--
	}
	collation := ""
	if o.of.len() > 2 && t.is(o.of.to-2, "COLLATE") {
		collation = t.toks[o.of.to-1].Ident()
		o.of.to -= 2
	}
	if o.of.len() == 0 {
		return o, false
	}
	o.column, o.named = t.orderColumn(tab, rel, outputs, o.of)
	if o.column == nil || !t.orderable(o.column) {
		return o, false
	}
	return o, collation == "" || t.engine() == "sqlite" && strings.EqualFold(collation, collationOf(o.column.Collation))
}

// orderColumn is what a term orders by; nil where that is no column. A bare
// name is first one of the select list's, then the table's.
func (t *text) orderColumn(tab *db.Table, rel db.Relation, outputs []output, s span) (c *db.Column, named bool) {
	if n, err := strconv.Atoi(t.in(s)); err == nil && t.toks[s.from].Kind == sqltext.Number {
		if n < 1 || n > len(outputs) || slices.ContainsFunc(outputs[:n], func(o output) bool { return o.star }) {
			return nil, true
		}
		return t.plainColumn(tab, rel, outputs[n-1].of), true
	}
	c = t.plainColumn(tab, rel, s)
	if s.len() != 1 {
		return c, false
	}
	name := t.toks[s.from].Ident()
	for _, o := range outputs {
		if name == "" || !oneOf(name, o.names) {
			continue
		}
		as := t.plainColumn(tab, rel, o.of)
		if as == nil || named && as != c {
			return nil, true
		}
		c, named = as, true
	}
	return c, named && (c == nil || !strings.EqualFold(c.Name, name))
}

// plainColumn is the column that a run names, with its table or without.
func (t *text) plainColumn(tab *db.Table, rel db.Relation, s span) *db.Column {
	switch {
	case s.len() == 1 && t.toks[s.from].Ident() != "":
		return tab.Column(t.toks[s.from].Ident())
	case s.len() == 3 && t.toks[s.from+1].Is(".") && t.called(rel, tab, t.toks[s.from].Ident()):
		return tab.Column(t.toks[s.from+2].Ident())
	}
	return nil
}

// An output is one item of a select list, under each name that it may have.
type output struct {
	of    span // without its name
	names []string
	star  bool
}

func (t *text) outputs(list span) (out []output) {
	for _, s := range t.split(list, func(i int) bool { return t.is(i, ",") }) {
		o := output{of: s}
		last := s.to - 1
		switch {
		case s.len() == 0:
		case t.is(last, "*"):
			o.star = true
		case s.len() > 2 && t.is(last-1, "AS"):
			o.of.to, o.names = last-1, []string{nameOf(t.toks[last])}
		case s.len() > 1 && t.toks[last].Kind != sqltext.Operator && (t.toks[last-1].Kind != sqltext.Operator || t.is(last-1, ")", "]")):
			o.of.to, o.names = last, append(t.figured(s), nameOf(t.toks[last])) // END of a CASE is no name
		case s.len() == 1 || s.len() == 3 && t.is(last-1, "."):
			o.names = []string{nameOf(t.toks[last])}
		}
		if len(o.names) == 0 && !o.star {
			o.names = t.figured(s)
		}
		out = append(out, o)
	}
	return out
}

// figured are the names that PostgreSQL may give what has none: f(x) is called
// f, and x::text and CASE … ELSE x END x.
func (t *text) figured(s span) (out []string) {
	if t.engine() != "postgres" {
		return nil
	}
	if f, ok := t.call(s); ok && f.name != "cast" {
		return []string{f.name}
	}
	for i := s.from; i < s.to; i++ {
		out = append(out, nameOf(t.toks[i]))
	}
	return out
}

// nameOf is the name that a token gives what is selected: a string may, too.
func nameOf(tok sqltext.Token) string {
	if tok.Kind == sqltext.Literal {
		return strings.Trim(tok.Text, `'"`)
	}
	return tok.Ident()
}

// hiddenNames are columns of the order whose bare name is, or may be, another
// item of the select list.
func (t *text) hiddenNames(p paging, rel db.Relation, outputs []output) map[string]bool {
	hidden := map[string]bool{}
	for _, o := range outputs {
		c := t.plainColumn(p.table, rel, o.of)
		for _, name := range o.names {
			if c == nil || !strings.EqualFold(c.Name, name) {
				hidden[strings.ToLower(name)] = true
			}
		}
	}
	return hidden
}

// notSelected are the columns of the order that the page does not show.
func (t *text) notSelected(p paging, at pageAt) (out []string) {
	outputs := t.outputs(at.list)
	for _, name := range p.columns {
		if !slices.ContainsFunc(outputs, func(o output) bool {
			c := t.plainColumn(p.table, t.Shape.Blocks[0].Relations[0], o.of)
			return o.star || c != nil && strings.EqualFold(c.Name, name)
		}) {
			out = append(out, name)
		}
	}
	return out
}

// nullsOf are the columns of the order that may be NULL in a row that passes.
func (t *text) nullsOf(p paging, rel db.Relation, at pageAt) (out []string) {
	for _, name := range p.columns {
		if c := p.table.Column(name); t.mayBeNull(p.table, c) && !t.passesNoNull(p.table, rel, c, at.where) {
			out = append(out, name)
		}
	}
	return out
}

// passesNoNull reports conditions that no row with a NULL in a column passes: c
// IS NOT NULL, or a comparison of c itself. Those of IS and <=> pass some.
func (t *text) passesNoNull(tab *db.Table, rel db.Relation, c *db.Column, where span) bool {
	if where.len() == 0 {
		return false
	}
	where = t.unwrapped(where)
	if t.engine() == "mysql" && len(t.split(where, func(i int) bool { return t.is(i, "||", "&&", "XOR") })) > 1 {
		return false // which of them binds how is the mode's
	}
	return slices.ContainsFunc(t.factors(where), func(s span) bool {
		s = t.unwrapped(s)
		if n := s.to - 3; n > s.from && t.is(n, "IS") && t.is(n+1, "NOT") && t.is(n+2, "NULL") {
			return t.plainColumn(tab, rel, span{s.from, n}) == c
		}
		x, ok := t.comparison(s)
		return ok && t.refusesNull(x, func(s span) bool { return t.plainColumn(tab, rel, s) == c })
	})
}

// refusesNull reports a comparison of a column with values, which is true of no
// NULL. An empty list holds none: c NOT IN () is true of all.
func (t *text) refusesNull(x term, is func(span) bool) bool {
	value := func(s span) bool { _, ok := t.constant(s); return ok }
	switch x.op {
	case "IN":
		return is(x.left) && !x.not && t.list(x.right) != nil
	case "BETWEEN":
		return is(x.left) && value(x.right) && value(x.high)
	}
	return is(x.left) && value(x.right) || is(x.right) && value(x.left)
}

// orderable reports a column whose comparison is its order: MySQL orders an
// enum by its number and long texts by their beginning, and a single-precision
// number is not equal to itself as it is written.
func (t *text) orderable(c *db.Column) bool {
	name, size, _ := strings.Cut(strings.ToLower(c.Type), "(")
	n, _ := strconv.Atoi(strings.TrimRight(strings.TrimSpace(size), ") abcdefghijklmnopqrstuvwxyz"))
	name, _, _ = strings.Cut(strings.TrimSpace(name), " ")
	switch t.engine() {
	case "sqlite":
		return true
	case "mysql":
		short := slices.Contains([]string{"char", "varchar", "binary", "varbinary"}, name) && n <= longestOrdered
		return short || slices.Contains(strings.Fields("tinyint smallint mediumint int integer bigint decimal numeric double date datetime timestamp time year tinytext"), name)
	}
	return slices.Contains(strings.Fields("smallint integer bigint int2 int4 int8 numeric decimal double text character varchar bpchar uuid boolean date timestamp timestamptz time bytea citext"), name)
}

// longestOrdered is how many letters MySQL sorts by for certain: max_sort_length
// is 1,024 bytes unless said otherwise, and a letter has up to four.
const longestOrdered = 255
