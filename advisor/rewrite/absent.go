package rewrite

import (
	"strconv"
	"strings"
)

// absentValues compares a column itself where the text puts a value in the
// place of NULL first: COALESCE(c, x) = y.
func absentValues(t *text) (w Rewrite, ok bool) {
	var edits []edit
	var c column
	for _, x := range t.terms() {
		for _, x := range x.sides() {
			col, instead, found := t.coalesced(x.left)
			if !found || x.not || c.table != nil && c.Column != col.Column {
				continue
			}
			if template, fits := t.withoutCoalesce(x, col, instead); fits {
				edits, c = append(edits, edit{x.at, form(template, col.span, x.right)}), col
				break
			}
		}
	}
	if len(edits) == 0 {
		return w, false
	}
	w = t.replaced("coalesce", edits, c)
	w.Title = "Compare " + c.Name + " itself instead of what stands for NULL"
	w.Why = "a value is put in the place of NULL in every row before it is compared, so no index on " + c.Name + " serves; which rows that reaches is known beforehand"
	w.Holds = []string{"the value that stands for NULL stays the one in the text"}
	if t.never(c) {
		w.Holds = []string{c.Name + " stays NOT NULL"}
	}
	return w, true
}

// coalesced reads COALESCE(c, x) and IFNULL(c, x).
func (t *text) coalesced(s span) (c column, instead constant, ok bool) {
	f, ok := t.call(s)
	if !ok || len(f.args) != 2 || f.name != "coalesce" && f.name != "ifnull" {
		return c, instead, false
	}
	if instead, ok = t.constant(f.args[1]); !ok {
		return c, instead, false
	}
	c, ok = t.column(f.args[0])
	return c, instead, ok
}

// withoutCoalesce is the same condition on the column {0} and the value {1}.
func (t *text) withoutCoalesce(x term, c column, instead constant) (string, bool) {
	v, ok := t.constant(x.right)
	bare := "{0} " + x.op + " {1}"
	switch {
	case !ok || x.op == "BETWEEN" || x.op == "IN" || !t.oneType(c, v, instead):
		return "", false
	case t.never(c):
		return bare, true
	}
	order, known := compared(instead, v)
	switch {
	case !known || x.op != "=" && x.op != "<>" && !v.number():
		return "", false
	case holds(order, x.op):
		return "(" + bare + " OR {0} IS NULL)", true
	}
	return bare, true
}

// never reports a column that is NULL in no row: one that is NOT NULL is NULL
// all the same where an outer join finds no row of its table.
func (t *text) never(c column) bool { return c.NotNull && !c.relation.Outer }

// oneType reports a column and values of one type: else what COALESCE makes of
// them may be another one.
func (t *text) oneType(c column, values ...constant) bool {
	k := t.kindOf(c)
	for _, v := range values {
		switch {
		case v.placeholder():
		case k == kindInteger && v.number() && !strings.ContainsAny(v.text(), ".eE"):
		case k == kindNumber && v.number():
		case k == kindText && v.literally() && t.keepsOrder(c):
		default:
			return false
		}
	}
	return true
}

// compared orders two constants. Of texts only their equality is known, and
// that they differ only where no collation takes them for the same: one is
// empty, or they begin with different letters or digits of ASCII.
func compared(a, b constant) (order int, known bool) {
	if a.number() && b.number() {
		x, err1 := strconv.ParseFloat(a.text(), 64)
		y, err2 := strconv.ParseFloat(b.text(), 64)
		if x < y {
			return -1, err1 == nil && err2 == nil
		}
		if x > y {
			order = 1
		}
		return order, err1 == nil && err2 == nil
	}
	if !a.literally() || !b.literally() {
		return 0, false
	}
	x, y := strings.ToLower(strings.TrimSpace(a.text())), strings.ToLower(strings.TrimSpace(b.text()))
	switch {
	case a.text() == b.text():
		return 0, true
	case (x == "") != (y == ""), x != "" && y != "" && x[0] != y[0] && plainLetter(x[0]) && plainLetter(y[0]):
		return 1, true
	}
	return 0, false
}

func plainLetter(c byte) bool { return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' }

// holds reports whether a comparison is true of two that are so ordered.
func holds(order int, op string) bool {
	switch op {
	case "=":
		return order == 0
	case "<>":
		return order != 0
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	}
	return order >= 0
}
