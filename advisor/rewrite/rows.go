package rewrite

import "strings"

// rowComparisons writes "behind this row" as the engine finds it by an index:
// SQLite and PostgreSQL by a comparison of rows, MariaDB and MySQL, which read
// no index by that, spelt out with a range on the first column.
func rowComparisons(t *text) (w Rewrite, ok bool) {
	var edits []edit
	var r behindRow
	for _, c := range t.conditions() {
		for _, s := range t.nested(c) {
			found, is := t.behindRow(s)
			if !is {
				continue
			}
			edits, r = append(edits, edit{s, t.asRow(found)}), found
		}
	}
	if len(edits) == 0 {
		return w, false
	}
	c, ok := t.column(r.columns[0])
	if !ok {
		return w, false
	}
	w = t.replaced("row-comparison", edits, c)
	w.Holds = []string{"both texts say the same of every row, NULLs too"}
	if t.engine() == "mysql" {
		w.Title = "Spell the comparison of rows out"
		w.Why = "MariaDB and MySQL read no index by a comparison of rows with < or >; the range on " + c.Name + " alone is one that they read"
	} else {
		w.Title = "Compare rows, not column by column"
		w.Why = "an OR of conditions is no range: the rows before are read and thrown away; a comparison of rows begins in the index where the last page ended"
	}
	return w, true
}

// A behindRow is (a, b) > (x, y), however it is written.
type behindRow struct {
	columns, values []span
	op              string // of the last column
}

func (t *text) behindRow(s span) (behindRow, bool) {
	if t.engine() == "mysql" {
		return t.rowWritten(s)
	}
	return t.spelt(t.unwrapped(s))
}

// rowWritten reads (a, b) > (x, y).
func (t *text) rowWritten(s span) (r behindRow, ok bool) {
	x, ok := t.comparison(s)
	if !ok || x.not || strings.Trim(x.op, "<>=") != "" || x.op == "=" || x.op == "<>" {
		return r, false
	}
	r = behindRow{t.list(x.left), t.list(x.right), x.op}
	if len(r.columns) < 2 || len(r.columns) != len(r.values) {
		return r, false
	}
	for i := range r.columns {
		_, is := t.column(r.columns[i])
		if _, constant := t.constant(r.values[i]); !is || !constant {
			return r, false
		}
	}
	return r, true
}

// spelt reads a > x OR a = x AND …, where … is the same of the columns behind
// a, and at last one comparison.
func (t *text) spelt(s span) (r behindRow, ok bool) {
	parts := t.split(s, func(i int) bool { return t.is(i, "OR") })
	if len(parts) != 2 {
		return r, false
	}
	first, ok := t.sided(parts[0])
	if !ok || first.op != "<" && first.op != ">" {
		return r, false
	}
	rest := t.ands(t.unwrapped(parts[1]))
	if len(rest) != 2 {
		return r, false
	}
	same, ok := t.sided(rest[0])
	if !ok || same.op != "=" || !t.equalText(same.left, first.left) || !t.equalText(same.right, first.right) {
		return r, false
	}
	return t.followed(first, t.unwrapped(rest[1]))
}

// followed puts a column before what is behind it.
func (t *text) followed(first term, rest span) (r behindRow, ok bool) {
	if last, is := t.sided(rest); is {
		r = behindRow{[]span{last.left}, []span{last.right}, last.op}
	} else if r, is = t.spelt(rest); !is {
		return r, false
	}
	if strings.TrimSuffix(r.op, "=") != first.op {
		return r, false
	}
	r.columns = append([]span{first.left}, r.columns...)
	r.values = append([]span{first.right}, r.values...)
	return r, true
}

// sided is a comparison of a column with a value, the column to the left.
func (t *text) sided(s span) (term, bool) {
	x, ok := t.comparison(t.unwrapped(s))
	if !ok || x.not || x.op == "IN" || x.op == "BETWEEN" {
		return x, false
	}
	for _, x := range x.sides() {
		_, is := t.column(x.left)
		if _, constant := t.constant(x.right); is && constant {
			return x, true
		}
	}
	return x, false
}

// equalText reports the same column, or a value that is the same in every
// call: two placeholders without names may be two values.
func (t *text) equalText(a, b span) bool {
	return strings.EqualFold(t.in(a), t.in(b)) && t.in(a) != "?"
}

// asRow writes it in the engine's better way.
func (t *text) asRow(r behindRow) []piece {
	spans := append(append([]span{}, r.columns...), r.values...)
	n := len(r.columns)
	if t.engine() != "mysql" {
		return form("("+places(0, n)+") "+r.op+" ("+places(n, n)+")", spans...)
	}
	return form(speltOut(n, r.op, func(i int) (string, string) { return place(i), place(n + i) }), spans...)
}

// speltOut is "behind a row" column by column, with the first one's range on
// the outside.
func speltOut(n int, op string, at func(i int) (column, value string)) string {
	c, v := at(n - 1)
	out := c + " " + op + " " + v
	strict := strings.TrimSuffix(op, "=")
	for i := n - 2; i >= 0; i-- {
		c, v := at(i)
		out = c + " " + strict + "= " + v + " AND (" + c + " " + strict + " " + v + " OR " + out + ")"
	}
	return out
}

func place(i int) string { return "{" + string(rune('0'+i)) + "}" }

func places(from, n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = place(from + i)
	}
	return strings.Join(list, ", ")
}
