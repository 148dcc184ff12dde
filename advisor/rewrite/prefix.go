package rewrite

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// prefixes looks for texts by their beginning in a way that an index serves,
// where the text cuts every one of them: substr(c, 1, n) = 'x', left(c, n).
func prefixes(t *text) (w Rewrite, ok bool) {
	var edits []edit
	var c column
	given := false
	for _, x := range t.terms() {
		for _, x := range x.sides() {
			col, n, found := t.beginning(x.left)
			if !found || x.op != "=" || c.table != nil && c.Column != col.Column {
				continue
			}
			if pieces, fits := t.beginsWith(x, col, n); fits {
				v, _ := t.constant(x.right)
				edits, c, given = append(edits, edit{x.at, pieces}), col, given || v.placeholder()
				break
			}
		}
	}
	if len(edits) == 0 {
		return w, false
	}
	w = t.replaced("prefix", edits, c)
	w.Title = "Look for the beginning of " + c.Name + " itself"
	w.Why = "the beginning of every " + c.Name + " is cut off before it is compared, so no index on the column serves; as a pattern or a range an index finds it"
	switch t.engine() {
	case "sqlite":
		w.Holds = []string{c.Name + " is compared byte by byte (BINARY) and holds text"}
		w.Checks = append(w.Checks, t.noneOf(c, "every "+c.Name+" is text", fmt.Sprintf("typeof(%s) NOT IN ('text', 'null')", t.quoted(c))))
	case "postgres":
		w.Holds = []string{"the index has the operator class text_pattern_ops, or the collation C, to serve LIKE"}
	default:
		w.Holds = []string{"the collation compares letter by letter: none counts for two"}
	}
	if given {
		w.Holds = append(w.Holds, "the value is as long as what was cut off, and holds no % and no _")
	}
	return w, true
}

// beginning reads the function that cuts off the first n letters of a column.
func (t *text) beginning(s span) (c column, n int, ok bool) {
	f, ok := t.call(s)
	if !ok {
		return c, 0, false
	}
	length := 0
	switch {
	case (f.name == "substr" || f.name == "substring") && len(f.args) == 3 && t.in(f.args[1]) == "1":
		length = 2
	case f.name == "left" && len(f.args) == 2 && t.engine() != "sqlite":
		length = 1
	default:
		return c, 0, false
	}
	n, err := strconv.Atoi(t.in(f.args[length]))
	c, ok = t.column(f.args[0])
	return c, n, ok && err == nil && n > 0 && t.kindOf(c) == kindText && !t.padded(c) && (t.engine() != "sqlite" || c.bytewise())
}

// beginsWith writes "begins with" as the engine finds it by an index. A text
// of another length is no beginning of that length.
func (t *text) beginsWith(x term, c column, n int) ([]piece, bool) {
	v, ok := t.constant(x.right)
	switch {
	case !ok || !v.plain:
		return nil, false
	case v.placeholder() && t.engine() == "sqlite":
		return form("{0} >= {1} AND {0} < {1} || char(1114111)", c.span, v.span), true
	case v.placeholder() && t.engine() == "mysql":
		return form("{0} LIKE CONCAT({1}, '%')", c.span, v.span), true
	case v.placeholder():
		return form("{0} LIKE {1} || '%'", c.span, v.span), true
	case !v.literally() || utf8.RuneCountInString(v.text()) != n || strings.HasSuffix(v.text(), " "):
		return nil, false
	case t.engine() == "sqlite": // LIKE there does not mind case
		return form("{0} >= {1} AND {0} < {1} || char(1114111)", c.span, v.span), true
	}
	pattern := "'" + strings.ReplaceAll(likeEscaped(v.text(), t.engine()), "'", "''") + "%'"
	return append(form("{0} LIKE ", c.span), piece{text: pattern, shown: "'?%'"}), true
}

// likeEscaped takes % and _ for themselves; the backslash that does so has to
// be written twice in MySQL's strings.
func likeEscaped(s, engine string) string {
	escape := `\`
	if engine == "mysql" {
		escape = `\\`
	}
	return strings.NewReplacer("%", escape+"%", "_", escape+"_").Replace(s)
}
