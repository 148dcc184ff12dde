package rewrite

import (
	"strings"
	"time"
)

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
