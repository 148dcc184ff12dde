package rewrite

import (
	"fmt"
	"strings"

	"mltop/internal/db"
)

// nullsInLists asks by NOT EXISTS where the text asks by NOT IN (SELECT …): one
// NULL among what the subquery selects, and NOT IN is true of no row at all.
func nullsInLists(t *text) (w Rewrite, ok bool) {
	for _, c := range t.wheres() {
		for _, s := range t.factors(t.unwrapped(c)) {
			x, is := t.comparison(s)
			if !is || !x.not || x.op != "IN" {
				continue
			}
			if a, found := t.antiJoin(x); found {
				return t.byExists(x, a), true
			}
		}
	}
	return w, false
}

// An antiJoin is "outer NOT IN (SELECT inner FROM one table WHERE …)".
type antiJoin struct {
	outer   column
	inner   *db.Column
	table   *db.Table
	alias   string // of the inner table
	called  string // the same, as the text writes it
	column  span   // the inner one, as selected
	from    span   // FROM … and its table
	where   span   // its conditions; empty: none
	exclude bool   // they leave NULLs out
}

func (t *text) antiJoin(x term) (a antiJoin, ok bool) {
	in := span{x.right.from + 1, x.right.to - 1}
	if !t.is(x.right.from, "(") || t.closing(x.right.from) != x.right.to || !t.is(in.from, "SELECT") {
		return a, false
	}
	at := in.from + 1
	if t.is(at, "DISTINCT") {
		at++
	}
	parts := t.split(span{at, in.to}, func(i int) bool { return t.is(i, "FROM") })
	if len(parts) != 2 {
		return a, false
	}
	a.column = parts[0]
	if !t.oneTable(&a, parts[1]) {
		return a, false
	}
	name := a.column
	if name.len() == 3 && t.toks[name.from+1].Is(".") && strings.EqualFold(t.toks[name.from].Ident(), a.alias) {
		name.from += 2
	}
	if name.len() != 1 {
		return a, false
	}
	if a.inner = a.table.Column(t.toks[name.from].Ident()); a.inner == nil {
		return a, false
	}
	a.exclude = t.leavesNullsOut(a, t.in(name))
	a.outer, ok = t.outerColumn(x.left, a)
	return a, ok
}

// oneTable reads "table [AS] alias [WHERE …]" and nothing behind it.
func (t *text) oneTable(a *antiJoin, s span) bool {
	parts := t.split(s, func(i int) bool { return t.is(i, "WHERE") })
	if len(parts) > 2 {
		return false
	}
	from := parts[0]
	a.from = from
	if len(parts) == 2 {
		if a.where = parts[1]; t.clauseEnd(a.where.from) < a.where.to {
			return false
		}
	}
	n := 1
	if from.len() > 2 && t.toks[from.from+1].Is(".") {
		n = 3
	}
	name := t.toks[from.from+n-1].Ident()
	alias := from.from + n - 1
	switch rest := (span{from.from + n, from.to}); {
	case rest.len() == 2 && t.is(rest.from, "AS"):
		alias = rest.from + 1
	case rest.len() == 1:
		alias = rest.from
	case rest.len() > 0:
		return false
	}
	a.alias, a.called = t.toks[alias].Ident(), t.toks[alias].Text
	a.table = t.Schema.Table(name)
	return a.table != nil && a.alias != ""
}

// outerColumn binds what is looked for outside of the subquery: the one other
// table of the statement, or the one that its qualifier names.
func (t *text) outerColumn(s span, a antiJoin) (c column, ok bool) {
	qualifier, name := "", ""
	switch {
	case s.len() == 1:
		name = t.toks[s.from].Ident()
	case s.len() == 3 && t.toks[s.from+1].Is("."):
		qualifier, name = t.toks[s.from].Ident(), t.toks[s.from+2].Ident()
	default:
		return c, false
	}
	if len(t.Shape.Blocks) != 2 || len(t.Shape.Blocks[1].Relations) != 1 {
		return c, false
	}
	for _, r := range t.Shape.Blocks[0].Relations {
		tab := t.Schema.Table(r.Table)
		if r.Derived || tab == nil || strings.EqualFold(relationName(r), a.alias) {
			return column{}, false
		}
		if qualifier != "" && !t.called(r, tab, qualifier) {
			continue
		}
		if col := tab.Column(name); col != nil {
			if c.table != nil {
				return column{}, false
			}
			c = column{s, tab, col, r}
		}
	}
	return c, c.table != nil
}

func relationName(r db.Relation) string {
	if r.Alias != "" {
		return r.Alias
	}
	return r.Table[strings.LastIndexByte(r.Table, '.')+1:]
}

// leavesNullsOut finds "inner IS NOT NULL" among the subquery's conditions.
func (t *text) leavesNullsOut(a antiJoin, name string) bool {
	if a.where.len() == 0 {
		return false
	}
	for _, s := range t.factors(t.unwrapped(a.where)) {
		s = t.unwrapped(s)
		if s.len() >= 4 && t.is(s.to-3, "IS") && t.is(s.to-2, "NOT") && t.is(s.to-1, "NULL") {
			if of := t.in(span{s.from, s.to - 3}); strings.EqualFold(of, name) || strings.EqualFold(of, t.in(a.column)) {
				return true
			}
		}
	}
	return false
}

// byExists writes the anti-join by NOT EXISTS.
func (t *text) byExists(x term, a antiJoin) Rewrite {
	inner := a.called + "." + t.Dialect.QuoteIdent(a.inner.Name)
	outer := t.Dialect.QuoteIdent(relationName(a.outer.relation)) + "." + t.Dialect.QuoteIdent(a.outer.Name)
	pieces := form("NOT EXISTS (SELECT 1 FROM {0} WHERE ", a.from)
	if a.where.len() > 0 {
		pieces = append(pieces, form("({0}) AND ", a.where)...)
	}
	pieces = append(pieces, piece{text: t.asIn(a, inner, outer) + ")"})
	outerNull, innerNull := t.mayBeNull(a.outer.table, a.outer.Column) || a.outer.relation.Outer, t.mayBeNull(a.table, a.inner) && !a.exclude
	if outerNull {
		pieces = append(t.orNothing(a, outer), pieces...)
	}
	c := column{a.column, a.table, a.inner, db.Relation{Table: a.table.ID()}}
	w := t.replaced("not-in", []edit{{x.at, pieces}}, c)
	w.Title = "Ask by NOT EXISTS instead of NOT IN"
	w.Why = "NOT EXISTS is answered by looking each row up in an index; NOT IN has to mind NULLs, and some planners go through all the subquery's rows for each row"
	if outerNull && !innerNull {
		w.Holds = []string{fmt.Sprintf("no %s.%s that the subquery selects is NULL: it is declared so, or left out", a.table.Name, a.inner.Name)}
	}
	if innerNull {
		w.warnOfNulls(t, c)
	}
	if len(w.Holds) == 0 {
		w.Holds = []string{fmt.Sprintf("neither %s.%s nor %s.%s is ever NULL: both are declared so", a.outer.table.Name, a.outer.Name, a.table.Name, a.inner.Name)}
	}
	return w
}

// orNothing is what NOT IN asks of a NULL: that there is nothing to be in.
func (t *text) orNothing(a antiJoin, outer string) []piece {
	if a.where.len() == 0 {
		return form("("+outer+" IS NOT NULL OR NOT EXISTS (SELECT 1 FROM {0})) AND ", a.from)
	}
	return form("("+outer+" IS NOT NULL OR NOT EXISTS (SELECT 1 FROM {0} WHERE {1})) AND ", a.from, a.where)
}

// asIn compares the two as IN does. In SQLite that is by the collation of what
// is looked for: of two columns the one to the left says by which.
func (t *text) asIn(a antiJoin, inner, outer string) string {
	if t.engine() == "sqlite" && !t.sameCollation(a.inner.Collation, a.outer.Collation) {
		return outer + " = " + inner
	}
	return inner + " = " + outer
}

// warnOfNulls: what is wrong with the text is not its speed.
func (w *Rewrite) warnOfNulls(t *text, c column) {
	name := c.table.Name + "." + c.Name
	w.Differs = true
	w.Why = "one NULL in " + name + ", and NOT IN is true of no row: the statement answers nothing, and nobody is told. NOT EXISTS answers what was meant; " + w.Why
	w.Holds = append(w.Holds, "no "+name+" that the subquery selects is NULL: then both texts answer the same; else the old one answers nothing and the new one the rows without a match")
	w.Risk = "where there are NULLs the answer changes, from nothing to the rows that were meant"
	w.Checks = append([]Check{t.noneOf(c, "no "+name+" is NULL", t.quoted(c)+" IS NULL")}, w.Checks...)
}

// mayBeNull: SQLite lets a primary key be NULL, but for a rowid.
func (t *text) mayBeNull(tab *db.Table, c *db.Column) bool {
	if c.NotNull || strings.EqualFold(tab.RowID, c.Name) {
		return false
	}
	for _, k := range tab.PrimaryKey {
		if strings.EqualFold(k, c.Name) && (t.engine() != "sqlite" || tab.WithoutRowID) {
			return false
		}
	}
	return true
}
