package rewrite

import (
	"fmt"
	"strings"
)

// bareColumns compares a column itself where the text adds nothing to it:
// c + 0, c || ”, and SQLite's +c.
func bareColumns(t *text) (w Rewrite, ok bool) {
	var edits []edit
	var c column
	for _, x := range t.terms() {
		for _, x := range x.sides() {
			of, number, found := t.nothingAdded(x.left)
			if !found {
				continue
			}
			col, bound := t.column(of)
			if !bound || c.table != nil && c.Column != col.Column || !t.alike(x, col, number) {
				continue
			}
			edits, c = append(edits, edit{x.left, form("{0}", of)}), col
			break
		}
	}
	if len(edits) == 0 {
		return w, false
	}
	w = t.replaced("bare-column", edits, c)
	w.Title = "Compare " + c.Name + " itself"
	w.Why = "what is added to " + c.Name + " changes no value, but keeps an index on it from being used"
	w.Holds = []string{"every " + c.Name + " has its column's type, and so has the value"}
	w.Risk = "somebody may have meant to keep an index away: look whether the reason still stands"
	if t.engine() == "sqlite" {
		w.Checks = append(w.Checks, t.noneOf(c, "every "+c.Name+" has its column's type", fmt.Sprintf("typeof(%s) NOT IN (%s)", t.quoted(c), storedAs(t.kindOf(c)))))
	}
	return w, true
}

// storedAs are SQLite's storage classes of a column's values.
func storedAs(k kind) string {
	if k == kindText {
		return "'text', 'null'"
	}
	return "'integer', 'real', 'null'"
}

// nothingAdded reads a column with something added that changes nothing; number
// says that numbers stay the same by it, else texts.
func (t *text) nothingAdded(s span) (of span, number, ok bool) {
	if t.engine() == "sqlite" && s.len() > 1 && t.is(s.from, "+") {
		return span{s.from + 1, s.to}, true, true
	}
	if f, is := t.call(s); is && t.engine() != "sqlite" && f.name == "concat" && len(f.args) == 2 && t.in(f.args[1]) == "''" && t.engine() == "mysql" {
		return f.args[0], false, true
	}
	for i := s.from + 1; i < s.to-1; i++ {
		left, right := span{s.from, i}, span{i + 1, s.to}
		switch op := t.toks[i].Text; {
		case t.neutral(op, t.in(right)):
			return left, op != "||", true
		case op != "-" && t.neutral(op, t.in(left)):
			return right, op != "||", true
		}
	}
	return of, false, false
}

// neutral reports an operand that leaves the other one as it is.
func (t *text) neutral(op, operand string) bool {
	switch op {
	case "+", "-":
		return operand == "0"
	case "*":
		return operand == "1"
	case "||":
		return operand == "''" && t.engine() != "mysql" // there it is OR, unless a mode says otherwise
	}
	return false
}

// alike reports that a column and all it is compared with have one type.
func (t *text) alike(x term, c column, number bool) bool {
	if k := t.kindOf(c); number != (k == kindInteger || k == kindNumber) || !number && (k != kindText || !t.keepsOrder(c)) {
		return false
	}
	values := []span{x.right}
	switch {
	case x.op == "BETWEEN":
		values = append(values, x.high)
	case x.op == "IN":
		if values = t.list(x.right); values == nil {
			return false
		}
	}
	for _, v := range values {
		con, ok := t.constant(v)
		if !ok || !con.plain || !con.placeholder() && con.number() != number {
			return false
		}
	}
	return true
}

// padded reports PostgreSQL's character(n), whose spaces an expression drops.
func (t *text) padded(c column) bool {
	typ := strings.ToLower(c.Type)
	return t.engine() == "postgres" && (strings.HasPrefix(typ, "character(") || strings.HasPrefix(typ, "char") && !strings.HasPrefix(typ, "character varying"))
}

// keepsOrder reports a text column that is compared as an expression of it is:
// SQLite's expressions have no collation but BINARY.
func (t *text) keepsOrder(c column) bool {
	return !t.padded(c) && (t.engine() != "sqlite" || c.bytewise())
}

// list are the members of "(1, 2, 3)"; nil of a subquery.
func (t *text) list(s span) []span {
	if s.len() < 3 || !t.is(s.from, "(") || t.closing(s.from) != s.to || t.is(s.from+1, "SELECT", "WITH", "VALUES", "TABLE") {
		return nil
	}
	return t.split(span{s.from + 1, s.to - 1}, func(i int) bool { return t.is(i, ",") })
}
