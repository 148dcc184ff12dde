package rewrite

import (
	"fmt"
	"strings"

	"mltop/internal/db"
	"mltop/internal/units"
)

// manyCallsFrom is where a statement in a loop stops being by design.
const manyCallsFrom = 10

// batches asks once for all the rows that a request asks for one by one.
func batches(t *text) (w Rewrite, ok bool) {
	if t.CallsPerRequest < manyCallsFrom || !t.oneByOne() {
		return w, false
	}
	x, c, ok := t.onlyKey()
	if !ok {
		return w, false
	}
	pieces, masked := t.anyOf(x, c)
	w = t.replaced("batch", []edit{{x.at, pieces}}, c)
	w.After.Masked = t.edited([]edit{{x.at, masked}}).Masked
	w.Title = "Ask for all " + c.Name + " of a request at once"
	w.Fewer = true
	w.Why = fmt.Sprintf("a request runs this statement %s times, each with another %s: that many waits for the network and for the database, where one would do", units.SI(t.CallsPerRequest), c.Name)
	w.Effect = fmt.Sprintf("one call a request instead of %s", units.SI(t.CallsPerRequest))
	w.Holds = []string{"the request knows all values before it needs the first answer", "the rows of one value are told from those of another by " + c.Name + ", which has to be selected, too"}
	if t.writes() {
		w.Holds = []string{"the request knows all values before the first is written", "nobody asks how many rows each value had: of all together that is one number"}
	}
	w.Risk = "a list of thousands is long to read and to plan: cut it into pieces of some hundreds"
	return w, true
}

// oneByOne reports a statement whose answers for several values, put together,
// are the answer for all of them. A row is deleted once however it is named; an
// UPDATE may store another value in each call.
func (t *text) oneByOne() bool {
	deletes := t.Shape.Kind == db.KindDelete && t.next(0, "RETURNING") == len(t.toks)
	if !t.Shape.Pure && !deletes || len(t.Shape.Blocks) != 1 || t.mentionsAny(span{0, len(t.toks)}, "OVER") {
		return false
	}
	b := t.Shape.Blocks[0]
	return !b.Limit && !b.Offset && !b.Aggregate && !b.Distinct && len(b.GroupBy) == 0 && !b.GroupOther && len(b.Windows) == 0 && len(b.OrderBy) == 0 && !b.OrderOther
}

// onlyKey is the one column that is compared with a value.
func (t *text) onlyKey() (x term, c column, ok bool) {
	clauses := t.wheres()
	if len(clauses) != 1 {
		return x, c, false
	}
	n := 0
	for _, s := range t.factors(t.unwrapped(clauses[0])) {
		one, is := t.comparison(s)
		if !is || one.op != "=" || one.not {
			continue
		}
		for _, side := range one.sides() {
			col, bound := t.column(side.left)
			if v, given := t.constant(side.right); bound && given && (v.placeholder() || t.keyLike(col)) {
				x, c, n = side, col, n+1
				break
			}
		}
	}
	return x, c, n == 1
}

// keyLike reports a column whose constant is hardly the statement's own.
func (t *text) keyLike(c column) bool {
	for _, k := range c.table.PrimaryKey {
		if strings.EqualFold(k, c.Name) {
			return true
		}
	}
	for _, fk := range c.table.ForeignKeys {
		if len(fk.Columns) == 1 && strings.EqualFold(fk.Columns[0], c.Name) {
			return true
		}
	}
	return leads(c.table.Indexes, c.Name)
}

func leads(list []*db.Index, name string) bool {
	for _, ix := range list {
		if len(ix.Columns) > 0 && strings.EqualFold(ix.Columns[0].Name, name) {
			return true
		}
	}
	return false
}

// anyOf is the condition for many values: as it runs here, with the one that is
// known, and as it is shown.
func (t *text) anyOf(x term, c column) (run, shown []piece) {
	run = form("{0} IN ({1})", c.span, x.right)
	if t.engine() == "postgres" {
		return run, append(form("{0} = ANY (", c.span), piece{text: "?)"})
	}
	return run, append(form("{0} IN (", c.span), piece{text: "?, ?, …)"})
}
