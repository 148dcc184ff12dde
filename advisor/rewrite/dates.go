package rewrite

import (
	"fmt"
	"slices"
	"strings"

	"mltop/internal/sqltext"
)

// A period is what a function makes of a time: its day, its year. low and next
// are where the period of the value {0} begins and where the one behind it.
type period struct {
	name      string // "day"
	low, next string
	valid     func(literal string) bool // a literal that names such a period
	clock     bool                      // the value may be today, by the database's clock
	value     string                    // "a day, 'YYYY-MM-DD'"
}

// dateRanges asks for the times themselves, from the beginning of a period to
// that of the next one, where the text asks for a function of them.
func dateRanges(t *text) (w Rewrite, ok bool) {
	var edits []edit
	var c column
	var p period
	for _, x := range t.terms() {
		for _, x := range x.sides() {
			col, per, found := t.periodOf(x.left)
			if !found || x.not || c.table != nil && c.Column != col.Column {
				continue
			}
			if pieces, fits := t.rangeOf(x, col, per); fits {
				edits, c, p = append(edits, edit{x.at, pieces}), col, per
				break
			}
		}
	}
	if len(edits) == 0 {
		return w, false
	}
	w = t.replaced("date-range", edits, c)
	w.Title = fmt.Sprintf("Search %s by a range instead of its %s", c.Name, p.name)
	w.Why = fmt.Sprintf("the %s is made of every row's %s before it is compared, so no index on the column serves; the range asks for the same rows by the column itself", p.name, c.Name)
	w.Holds = append(w.Holds, "the value is "+p.value+", as it has to be for the old text to find a row")
	t.holdsOfTimes(&w, c, p)
	return w, true
}

// replaced is a rewrite of conditions, checked by both texts' rows.
func (t *text) replaced(rule string, edits []edit, c column) Rewrite {
	w := Rewrite{Rule: "rewrite." + rule, Table: c.table.ID(), Column: c.Name, Before: t.whole(), After: t.edited(edits)}
	w.Checks = []Check{{What: BothTexts, A: w.Before, B: w.After}}
	if t.writes() {
		w.Checks = t.sameWritten(edits)
	}
	return w
}

// holdsOfTimes adds what is to be said of how times are kept.
func (t *text) holdsOfTimes(w *Rewrite, c column, p period) {
	switch {
	case t.engine() == "sqlite" && t.kindOf(c) != kindInteger:
		w.Holds = append(w.Holds, c.Name+" holds text as 'YYYY-MM-DD HH:MM:SS', of one time zone: then its order is that of time")
		w.Checks = append(w.Checks, t.noneOf(c, "every "+c.Name+" begins with its day", fmt.Sprintf("%s IS NOT NULL AND NOT (typeof(%s) = 'text' AND date(%s) IS substr(%s, 1, 10))", t.quoted(c), t.quoted(c), t.quoted(c), t.quoted(c))))
	case t.kindOf(c) == kindZoned:
		w.Holds = append(w.Holds, c.Name+" is shown in the session's time zone: both texts mean its "+p.name+"s")
	case t.engine() == "mysql":
		w.Holds = append(w.Holds, c.Name+" holds no zero dates, such as '2024-00-00'")
	}
}

// noneOf checks that no row of a column's table has a property.
func (t *text) noneOf(c column, what, where string) Check {
	from := "SELECT count(*) FROM " + t.quotedTable(c) + " WHERE "
	a, b := from+where, from+"1 = 0"
	return Check{What: what, A: Text{SQL: a, Masked: a}, B: Text{SQL: b, Masked: b}}
}

func (t *text) quoted(c column) string { return t.Dialect.QuoteIdent(c.Name) }

// quotedTable has its schema only where the bare name finds another one: on a
// sample it would lead out.
func (t *text) quotedTable(c column) string {
	if c.table.Schema == "" || !c.table.OffPath && c.table.Key == "" {
		return t.Dialect.QuoteIdent(c.table.Name)
	}
	return t.Dialect.QuoteIdent(c.table.Schema) + "." + t.Dialect.QuoteIdent(c.table.Name)
}

// rangeOf writes a comparison with a period as a range of times.
func (t *text) rangeOf(x term, c column, p period) ([]piece, bool) {
	if !t.names(x.right, p) || x.op == "BETWEEN" && !t.names(x.high, p) {
		return nil, false
	}
	begins, ends := strings.ReplaceAll(p.low, "{0}", "{1}"), strings.ReplaceAll(p.next, "{0}", "{1}")
	templates := map[string]string{
		"=":       "{0} >= " + begins + " AND {0} < " + ends,
		"BETWEEN": "{0} >= " + begins + " AND {0} < " + strings.ReplaceAll(p.next, "{0}", "{2}"),
		"<":       "{0} < " + begins,
		"<=":      "{0} < " + ends,
		">":       "{0} >= " + ends,
		">=":      "{0} >= " + begins,
	}
	template, known := templates[x.op]
	return form(template, c.span, t.uncast(x.right), t.uncast(x.high)), known
}

// uncast leaves PostgreSQL's ::date out, which the range writes itself.
func (t *text) uncast(s span) span {
	if t.engine() == "postgres" && s.len() == 3 && t.is(s.from+1, "::") && t.is(s.from+2, "date") {
		return span{s.from, s.from + 1}
	}
	return s
}

// names reports a value of which it is known, or in a placeholder's case can
// only be meant, that it names a period.
func (t *text) names(s span, p period) bool {
	c, ok := t.constant(s)
	switch {
	case !ok:
		return p.clock && t.today(s)
	case c.literal.Kind == sqltext.Placeholder:
		return true
	case c.literal.Kind == sqltext.Number:
		return p.valid(c.literal.Text)
	}
	return strings.HasPrefix(c.literal.Text, "'") && p.valid(c.text())
}

// today reads the day of the database's clock: CURRENT_DATE, CURDATE(),
// date('now', …).
func (t *text) today(s span) bool {
	if s.len() == 1 {
		return t.is(s.from, "CURRENT_DATE")
	}
	c, ok := t.call(s)
	switch {
	case !ok:
		return false
	case c.name == "curdate" || c.name == "current_date":
		return len(c.args) == 0
	}
	return t.engine() == "sqlite" && c.name == "date" && len(c.args) > 0 && !slices.ContainsFunc(c.args, func(a span) bool {
		return a.len() != 1 || t.toks[a.from].Kind != sqltext.Literal
	})
}
