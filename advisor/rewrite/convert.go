package rewrite

import (
	"fmt"
	"strconv"
	"strings"
)

// conversions compares a column with a value of its own type, where as the
// text is every row's value would be converted first.
func conversions(t *text) (w Rewrite, ok bool) {
	var edits []edit
	var c column
	var how conversion
	for _, x := range t.terms() {
		for _, x := range x.sides() {
			if x.not || x.op != "=" && x.op != "IN" {
				continue
			}
			col, kind, pieces, found := t.converted(x)
			if found && (c.table == nil || c.Column == col.Column) {
				edits, c, how = append(edits, edit{x.at, pieces}), col, kind
				break
			}
		}
	}
	if len(edits) == 0 {
		return w, false
	}
	w = t.replaced("conversion", edits, c)
	w.Title, w.Why, w.Holds = how.title(c), how.why(c), []string{how.holds(c)}
	if t.engine() == "sqlite" {
		w.Checks = append(w.Checks, t.writtenAlike(how, c))
	}
	return w, true
}

// writtenAlike checks what SQLite does not hold a column to, of all its values:
// those of one example say nothing of the next one's.
func (t *text) writtenAlike(how conversion, c column) Check {
	if how != textToNumber {
		return t.wholeNumbers(c)
	}
	return t.noneOf(c, "every "+c.Name+" is written as its number is", fmt.Sprintf("%[1]s IS NOT NULL AND (typeof(%[1]s) <> 'text' OR CAST(CAST(%[1]s AS INTEGER) AS TEXT) <> %[1]s)", t.quoted(c)))
}

// A conversion is what happens to every value of a column.
type conversion int

const (
	textToNumber conversion = iota
	numberToText
	wholeToFraction
)

func (v conversion) title(c column) string {
	switch v {
	case textToNumber:
		return "Compare " + c.Name + " with text, not with a number"
	case numberToText:
		return "Compare " + c.Name + " with a number, not with text"
	}
	return "Compare " + c.Name + " with a whole number"
}

func (v conversion) why(c column) string {
	switch v {
	case textToNumber:
		return c.Name + " is " + c.Type + ": compared with a number, every row's text is made a number first, and no index on the column serves"
	case numberToText:
		return c.Name + " is " + c.Type + ": every row's number is written as text before it is compared, and no index on the column serves"
	}
	return c.Name + " is " + c.Type + ": compared with a fraction, every row's number is made one first, and no index on the column serves"
}

func (v conversion) holds(c column) string {
	switch v {
	case textToNumber:
		return "every " + c.Name + " is written as its number is: '007', ' 7', '7.0' and '7 a' equal the number 7, and not the text '7'"
	case numberToText:
		return "the value is written as the number is: '007' equals no number's text, and any other text than a number's would be an error or find nothing"
	}
	return "the value is a whole number in any case: a fraction equals none"
}

// converted reads one condition by which a column is converted, and writes it
// with the value converted instead.
func (t *text) converted(x term) (c column, how conversion, pieces []piece, ok bool) {
	if x.op == "IN" {
		c, pieces, ok = t.listOfNumbers(x)
		return c, textToNumber, pieces, ok
	}
	if c, ok = t.column(x.left); ok {
		if pieces, ok = t.numberForText(x, c); ok {
			return c, textToNumber, pieces, true
		}
		pieces, ok = t.fractionForWhole(x, c)
		return c, wholeToFraction, pieces, ok
	}
	of, to, found := t.cast(x.left)
	if !found {
		return c, how, nil, false
	}
	if c, ok = t.column(of); !ok {
		return c, how, nil, false
	}
	return t.uncastColumn(x, c, to)
}

// numberForText: MySQL compares text with a number as numbers.
func (t *text) numberForText(x term, c column) ([]piece, bool) {
	v, ok := t.constant(x.right)
	if !ok || t.engine() != "mysql" || t.kindOf(c) != kindText || !v.number() || !whole(v.text()) {
		return nil, false
	}
	return append(form("{0} = ", x.left), quotedNumber(v)), true
}

func (t *text) listOfNumbers(x term) (c column, pieces []piece, ok bool) {
	c, ok = t.column(x.left)
	values := t.list(x.right)
	if !ok || t.engine() != "mysql" || t.kindOf(c) != kindText || values == nil {
		return c, nil, false
	}
	pieces = form("{0} IN (", x.left)
	for i, s := range values {
		v, ok := t.constant(s)
		if !ok || !v.number() || !whole(v.text()) {
			return c, nil, false
		}
		if i > 0 {
			pieces = append(pieces, piece{text: ", "})
		}
		pieces = append(pieces, quotedNumber(v))
	}
	return c, append(pieces, piece{text: ")"}), true
}

// quotedNumber is shown with its quotes: they are what it is about.
func quotedNumber(v constant) piece { return piece{text: "'" + v.text() + "'", shown: "'?'"} }

// whole reports a whole number that is written as a database writes it.
func whole(s string) bool {
	n, err := strconv.ParseInt(s, 10, 64)
	return err == nil && strconv.FormatInt(n, 10) == s
}

// fractionForWhole: PostgreSQL makes a whole-number column a fraction to
// compare it with 7.0, or with a parameter that a driver calls numeric.
func (t *text) fractionForWhole(x term, c column) ([]piece, bool) {
	v, ok := t.constant(x.right)
	if !ok || t.engine() != "postgres" || t.kindOf(c) != kindInteger {
		return nil, false
	}
	if v.number() {
		digits, rest, cut := strings.Cut(v.text(), ".")
		if !cut || strings.Trim(rest, "0") != "" || !whole(digits) {
			return nil, false
		}
		return append(form("{0} = ", x.left), piece{text: digits, shown: "?"}), true
	}
	if x.right.len() != 3 || !t.is(x.right.from+2, "numeric", "float8", "decimal") || v.literal.Text == "" {
		return nil, false
	}
	value := span{x.right.from, x.right.from + 1}
	if one, _ := t.constant(value); !one.placeholder() && !(one.number() && whole(one.text())) {
		return nil, false
	}
	return form("{0} = {1}::"+c.Type, x.left, value), true
}

// cast reads CAST(c AS type) and PostgreSQL's c::type.
func (t *text) cast(s span) (of span, to kind, ok bool) {
	name := ""
	if f, is := t.call(s); is && f.name == "cast" && len(f.args) == 2 {
		of, name = f.args[0], t.in(f.args[1])
	} else if s.len() > 2 && t.is(s.to-2, "::") {
		of, name = t.unwrapped(span{s.from, s.to - 2}), t.in(span{s.to - 1, s.to})
	}
	switch strings.ToLower(name) {
	case "text", "char", "varchar":
		return of, kindText, of.len() > 0
	case "integer", "int", "bigint", "signed", "unsigned":
		return of, kindInteger, of.len() > 0
	}
	return of, "", false
}

// uncastColumn converts the value, where the text converts the column.
func (t *text) uncastColumn(x term, c column, to kind) (column, conversion, []piece, bool) {
	v, ok := t.constant(x.right)
	if !ok || !v.plain {
		return c, 0, nil, false
	}
	switch is := t.kindOf(c); {
	case is == kindInteger && to == kindText && v.literally() && whole(v.text()):
		return c, numberToText, append(form("{0} = ", c.span), piece{text: v.text(), shown: "?"}), true
	case is == kindInteger && to == kindText && v.placeholder():
		return c, numberToText, form("{0} = "+t.castTo("{1}", c.Type), c.span, v.span), true
	case is == kindText && to == kindInteger && t.engine() != "postgres" && v.number() && whole(v.text()):
		return c, textToNumber, append(form("{0} = ", c.span), quotedNumber(v)), true
	}
	return c, 0, nil, false
}

// castTo converts a value to the type of a whole-number column.
func (t *text) castTo(value, typ string) string {
	switch t.engine() {
	case "postgres":
		return value + "::" + typ
	case "mysql":
		return fmt.Sprintf("CAST(%s AS SIGNED)", value)
	}
	return fmt.Sprintf("CAST(%s AS INTEGER)", value)
}
