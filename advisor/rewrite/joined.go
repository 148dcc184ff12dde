package rewrite

import (
	"fmt"
	"strings"
)

// joinedColumns compares a column itself with another table's, where the text
// makes something of every value of it first: what it says in an ON it says of
// the same pairs of rows, so an outer join finds the same partners.
func joinedColumns(t *text) (w Rewrite, ok bool) {
	var edits []edit
	var p pairing
	for _, x := range t.terms() {
		if x.not || x.op != "=" {
			continue
		}
		for _, x := range x.sides() {
			found, is := t.pairing(x)
			if is && (p.column.table == nil || p.column.Column == found.column.Column) {
				edits, p = append(edits, edit{x.at, found.pieces}), found
				break
			}
		}
	}
	if len(edits) == 0 {
		return w, false
	}
	w = t.replaced("join", edits, p.column)
	w.Title, w.Why, w.Holds = "Join by "+p.column.Name+" itself", p.why, p.holds
	w.Checks = append(w.Checks, p.checks...)
	return w, true
}

// A pairing is a condition on two tables' columns, written so that an index on
// one of them serves.
type pairing struct {
	column column // the one that is compared itself
	pieces []piece
	why    string
	holds  []string
	checks []Check
}

// pairing reads "something of a column = another table's column".
func (t *text) pairing(x term) (p pairing, ok bool) {
	for _, read := range []func(term) (pairing, bool){t.dayJoined, t.nothingAddedJoined, t.neverNullJoined, t.keyAsText, t.textWithNumber, t.wholeWithFraction} {
		if p, ok = read(x); ok {
			return p, true
		}
	}
	return p, false
}

// two binds what is compared with a column of another relation.
func (t *text) two(of, with span) (c, other column, ok bool) {
	c, ok = t.column(of)
	if !ok {
		return c, other, false
	}
	other, ok = t.column(with)
	return c, other, ok && !strings.EqualFold(relationName(c.relation), relationName(other.relation))
}

const wasMade = ", so no index on the column serves the join; compared itself it can be looked up for each row of the other table"

// dayJoined: date(o.at) = d.day.
func (t *text) dayJoined(x term) (p pairing, ok bool) {
	c, per, ok := t.periodOf(x.left)
	other, bound := t.column(x.right)
	if !ok || !bound || per.name != "day" || t.kindOf(c) == kindInteger || strings.EqualFold(relationName(c.relation), relationName(other.relation)) {
		return p, false
	}
	k := t.kindOf(other)
	if k != kindDate && (t.engine() != "sqlite" || k != kindText) {
		return p, false
	}
	p = pairing{column: c, pieces: form("{0} >= "+strings.ReplaceAll(per.low, "{0}", "{1}")+" AND {0} < "+strings.ReplaceAll(per.next, "{0}", "{1}"), c.span, x.right)}
	p.why = "the day is made of every row's " + c.Name + " before it is compared" + wasMade
	w := Rewrite{}
	t.holdsOfTimes(&w, c, per)
	p.holds, p.checks = append(w.Holds, "every "+other.Name+" is a day alone"), w.Checks
	if t.engine() == "sqlite" {
		p.checks = append(p.checks, t.noneOf(other, "every "+other.Name+" is a day alone, 'YYYY-MM-DD'", fmt.Sprintf("%s IS NOT NULL AND (typeof(%s) <> 'text' OR date(%s) IS NOT %s)", t.quoted(other), t.quoted(other), t.quoted(other), t.quoted(other))))
	}
	return p, true
}

// nothingAddedJoined: a.x + 0 = b.y, of whole numbers on both sides.
func (t *text) nothingAddedJoined(x term) (p pairing, ok bool) {
	of, number, ok := t.nothingAdded(x.left)
	if !ok || !number {
		return p, false
	}
	c, other, ok := t.two(of, x.right)
	if !ok || t.kindOf(c) != kindInteger || t.kindOf(other) != kindInteger {
		return p, false
	}
	p = pairing{column: c, pieces: form("{0} = {1}", c.span, x.right), holds: []string{"every " + c.Name + " and every " + other.Name + " is a whole number, as declared"}}
	p.why = "what is added to " + c.Name + " changes no value, but keeps an index on it from serving the join"
	if t.engine() == "sqlite" {
		p.checks = []Check{t.wholeNumbers(c), t.wholeNumbers(other)}
	}
	return p, true
}

// wholeNumbers checks what SQLite does not hold a column to.
func (t *text) wholeNumbers(c column) Check {
	return t.noneOf(c, "every "+c.Name+" is a whole number", fmt.Sprintf("typeof(%s) NOT IN ('integer', 'null')", t.quoted(c)))
}

// neverNullJoined: COALESCE(a.x, 0) = b.y, where a.x is never NULL.
func (t *text) neverNullJoined(x term) (p pairing, ok bool) {
	c, instead, ok := t.coalesced(x.left)
	other, bound := t.column(x.right)
	if !ok || !bound || !t.never(c) || !t.oneType(c, instead) || t.kindOf(c) != t.kindOf(other) || c.Type != other.Type || !strings.EqualFold(c.Collation, other.Collation) {
		return p, false
	}
	p = pairing{column: c, pieces: form("{0} = {1}", c.span, x.right), holds: []string{c.Name + " stays NOT NULL"}}
	p.why = "a value is put in the place of a NULL that " + c.Name + " never is, for every row" + wasMade
	return p, true
}

// keyAsText: a.id::text = b.ref. The text stays, with what follows from it: the
// number that the text says, if it says one. In a write MySQL's strict mode
// fails at a text that says none.
func (t *text) keyAsText(x term) (p pairing, ok bool) {
	of, to, ok := t.cast(x.left)
	if !ok || to != kindText || t.engine() == "mysql" && t.writes() {
		return p, false
	}
	c, other, ok := t.two(of, x.right)
	if !ok || t.kindOf(c) != kindInteger || t.kindOf(other) != kindText || t.padded(other) {
		return p, false
	}
	p = pairing{column: c}
	p.why = "every row's " + c.Name + " is written as text before it is compared, so no index on it serves the join; as a number it can be looked up, and the old condition stays beside it"
	number := "CAST({1} AS SIGNED)"
	switch t.engine() {
	case "sqlite":
		number = "CAST({1} AS INTEGER)"
		p.holds = []string{"every " + c.Name + " is a whole number, as declared"}
		p.checks = []Check{t.wholeNumbers(c)}
	case "postgres": // a text that is no number, or too long for one, must not be converted
		number = "CASE WHEN {1} ~ '^-?[0-9]+$' AND length({1}) <= 18 THEN {1}::bigint END"
		p.holds = []string{"no " + c.Name + " has more than 18 digits"}
	default:
		p.holds = []string{"every " + other.Name + " that is a number is written in the digits 0 to 9"}
	}
	p.pieces = form("{0} = "+number+" AND {2}", c.span, x.right, x.at)
	return p, true
}

// textWithNumber: MySQL compares a text column with a whole-number one as
// fractions. CONCAT makes a text of the connection's collation that gives way
// to the column's.
func (t *text) textWithNumber(x term) (p pairing, ok bool) {
	c, other, ok := t.two(x.left, x.right)
	if !ok || t.engine() != "mysql" || t.kindOf(c) != kindText || t.kindOf(other) != kindInteger {
		return p, false
	}
	p = pairing{column: c, pieces: form("{0} = CONCAT({1})", c.span, x.right), holds: []string{textToNumber.holds(c)}}
	p.why = c.Name + " is " + c.Type + " and " + other.Name + " is " + other.Type + ": both are made fractions before they are compared, and no index on " + c.Name + " serves the join"
	return p, true
}

// wholeWithFraction: PostgreSQL makes a whole-number column a fraction to
// compare it with one. The condition stays, with what follows from it.
func (t *text) wholeWithFraction(x term) (p pairing, ok bool) {
	c, other, ok := t.two(x.left, x.right)
	if !ok || t.engine() != "postgres" || t.kindOf(c) != kindInteger || !strings.HasPrefix(strings.ToLower(other.Type), "numeric") {
		return p, false
	}
	p = pairing{column: c, holds: []string{"none: the new condition follows from the old one, which stays"}}
	p.pieces = form("{0} = CASE WHEN {1} BETWEEN -9223372036854775808 AND 9223372036854775807 THEN {1}::bigint END AND {2}", c.span, x.right, x.at)
	p.why = c.Name + " is " + c.Type + " and " + other.Name + " is " + other.Type + ": every row's " + c.Name + " is made a fraction before it is compared, so no index on it serves the join; as a whole number it can be looked up, and the old condition stays beside it"
	return p, true
}
