package rewrite

import (
	"fmt"
	"slices"
	"strings"
	"time"

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
	w.Checks = []Check{{What: "both texts", A: w.Before, B: w.After}}
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

func isDay(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

func isMonth(s string) bool {
	_, err := time.Parse("2006-01", s)
	return err == nil
}

// isYear: the last one has no four-digit next.
func isYear(s string) bool {
	_, err := time.Parse("2006", s)
	return err == nil && s != "9999" && s >= "1000"
}

// periodOf reads a function of one column that makes a period of it.
func (t *text) periodOf(s span) (c column, p period, ok bool) {
	var of span
	switch t.engine() {
	case "sqlite":
		of, p, ok = t.sqlitePeriod(s)
	case "mysql":
		of, p, ok = t.mysqlPeriod(s)
	case "postgres":
		of, p, ok = t.postgresPeriod(s)
	}
	if !ok {
		return c, p, false
	}
	if c, ok = t.column(of); !ok {
		return c, p, false
	}
	k := t.kindOf(c)
	switch {
	case p.name == "day of seconds":
		p.name, ok = "day", k == kindInteger
	case t.engine() == "sqlite":
		ok = k == kindText || k == kindTime || k == kindDate
	default:
		ok = k == kindTime || k == kindZoned || k == kindDate
	}
	p.low, p.next = strings.ReplaceAll(p.low, "{type}", castType(k)), strings.ReplaceAll(p.next, "{type}", castType(k))
	return c, p, ok
}

// castType is what PostgreSQL calls the type that an instant is compared as.
func castType(k kind) string {
	if k == kindZoned {
		return "timestamptz"
	}
	return "timestamp"
}

var aDay = period{name: "day", valid: isDay, clock: true, value: "a day alone, 'YYYY-MM-DD'"}

func (p period) spanning(low, next string) period {
	p.low, p.next = low, next
	return p
}

// sqlitePeriod reads date(c), date(c, 'unixepoch') and strftime('%Y…', c).
func (t *text) sqlitePeriod(s span) (of span, p period, ok bool) {
	f, ok := t.call(s)
	if !ok || len(f.args) == 0 {
		return of, p, false
	}
	arg := func(i int) string { return strings.ToLower(t.in(f.args[i])) }
	switch {
	case f.name == "date" && len(f.args) == 1:
		return f.args[0], aDay.spanning("{0}", "date({0}, '+1 day')"), true
	case f.name == "date" && len(f.args) == 2 && arg(1) == "'unixepoch'":
		p = aDay.spanning("CAST(strftime('%s', {0}) AS INTEGER)", "CAST(strftime('%s', {0}, '+1 day') AS INTEGER)")
		p.name = "day of seconds"
		return f.args[0], p, true
	case f.name != "strftime" || len(f.args) != 2:
		return of, p, false
	}
	switch t.in(f.args[0]) {
	case "'%Y-%m-%d'":
		p = aDay.spanning("{0}", "date({0}, '+1 day')")
	case "'%Y-%m'":
		p = period{name: "month", valid: isMonth, value: "a month, 'YYYY-MM'"}.spanning("{0}", "strftime('%Y-%m', {0} || '-01', '+1 month')")
	case "'%Y'":
		p = period{name: "year", valid: isYear, value: "a year of four digits, as text"}.spanning("{0} || '-01-01'", "({0} + 1) || '-01-01'")
	default:
		return of, p, false
	}
	return f.args[1], p, true
}

// mysqlPeriod reads DATE(c), CAST(c AS DATE), YEAR(c) and DATE_FORMAT(c, '%Y…').
func (t *text) mysqlPeriod(s span) (of span, p period, ok bool) {
	f, ok := t.call(s)
	if !ok || len(f.args) == 0 {
		return of, p, false
	}
	day := aDay.spanning("{0}", "{0} + INTERVAL 1 DAY")
	format := ""
	if len(f.args) == 2 {
		format = t.in(f.args[1])
	}
	switch {
	case f.name == "date" && len(f.args) == 1, f.name == "cast" && strings.EqualFold(format, "DATE"), f.name == "date_format" && format == "'%Y-%m-%d'":
		p = day
	case f.name == "year" && len(f.args) == 1:
		p = period{name: "year", valid: isYear, value: "a year of four digits"}.spanning("MAKEDATE({0}, 1)", "MAKEDATE({0} + 1, 1)")
	case f.name == "date_format" && format == "'%Y-%m'":
		p = period{name: "month", valid: isMonth, value: "a month, 'YYYY-MM'"}.spanning("CONCAT({0}, '-01')", "CONCAT({0}, '-01') + INTERVAL 1 MONTH")
	default:
		return of, p, false
	}
	return f.args[0], p, true
}

// postgresPeriod reads date(c), c::date, CAST(c AS date), date_trunc('…', c),
// extract(year FROM c) and date_part('year', c).
func (t *text) postgresPeriod(s span) (of span, p period, ok bool) {
	day := aDay.spanning("{0}::date", "{0}::date + 1")
	if n := s.len(); n > 2 && t.is(s.to-1, "date") && t.is(s.to-2, "::") {
		return t.unwrapped(span{s.from, s.to - 2}), day, true
	}
	f, ok := t.call(s)
	if !ok || len(f.args) == 0 {
		return of, p, false
	}
	last := f.args[len(f.args)-1]
	unit := strings.ToLower(strings.Trim(t.in(f.args[0]), "'"))
	switch {
	case f.name == "date" && len(f.args) == 1:
		return last, day, true
	case f.name == "cast" && len(f.args) == 2 && strings.EqualFold(t.in(last), "date"):
		return f.args[0], day, true
	case f.name == "date_trunc" && len(f.args) == 2:
		p, ok = truncated(unit)
		return last, p, ok
	case (f.name == "extract" || f.name == "date_part") && len(f.args) == 2 && unit == "year":
		p = period{name: "year", valid: isYear, value: "a year of four digits"}
		return last, p.spanning("make_date({0}::int, 1, 1)", "make_date({0}::int + 1, 1, 1)"), true
	}
	return of, p, false
}

// truncated is the period of date_trunc's unit.
func truncated(unit string) (p period, ok bool) {
	steps := map[string]string{"day": "1 day", "week": "1 week", "month": "1 month", "quarter": "3 months", "year": "1 year"}
	step, ok := steps[unit]
	if !ok {
		return p, false
	}
	p = period{name: unit, value: "the first instant of a " + unit, valid: func(s string) bool { return begins(s, unit) }}
	return p.spanning("{0}::{type}", "{0}::{type} + interval '"+step+"'"), true
}

// begins reports a literal that is the first instant of a period: any other is
// no row's.
func begins(s, unit string) bool {
	day, err := time.Parse(time.DateOnly, strings.TrimSuffix(strings.TrimSuffix(s, " 00:00:00"), "T00:00:00"))
	switch {
	case err != nil:
		return false
	case unit == "week":
		return day.Weekday() == time.Monday
	case unit == "month":
		return day.Day() == 1
	case unit == "quarter":
		return day.Day() == 1 && (day.Month()-1)%3 == 0
	case unit == "year":
		return day.YearDay() == 1
	}
	return true
}
