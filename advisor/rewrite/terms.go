package rewrite

import (
	"strings"
)

// A term is one condition of a WHERE or an ON that has to be true for a row, or
// a pair of rows, to pass: where it is false or unknown makes no difference, so
// one that is true of the same rows can take its place. In an outer join's ON
// too: a row without a partner is told by the ON being true of no pair.
type term struct {
	at          span
	left, right span
	high        span // of BETWEEN
	op          string
	not         bool
}

// clauseEnds are the words behind which a WHERE is over.
var clauseEnds = []string{"GROUP", "ORDER", "LIMIT", "OFFSET", "HAVING", "WINDOW", "UNION", "INTERSECT", "EXCEPT", "RETURNING", "FETCH", "FOR", "LOCK", "PROCEDURE"}

// conditions are the clauses in which conditions stand: WHERE and ON.
func (t *text) conditions() []span { return append(t.wheres(), t.ons()...) }

// wheres are the WHERE clauses of a statement, those of subqueries too, but for
// those within what a write stores or answers.
func (t *text) wheres() []span {
	var out []span
	for i := range t.toks {
		if t.is(i, "WHERE") && !t.elsewhere(i) {
			out = append(out, span{i + 1, t.clauseEnd(i + 1)})
		}
	}
	return out
}

// clauseEnd is where a clause ends that begins at i.
func (t *text) clauseEnd(i int) int {
	for ; i < len(t.toks); i++ {
		switch {
		case t.is(i, "("):
			i = t.closing(i) - 1
		case t.is(i, ")"), t.is(i, ";"), t.is(i, clauseEnds...), t.is(i, "ON") && t.is(i+1, "CONFLICT", "DUPLICATE"):
			return i
		}
	}
	return i
}

// conjuncts are the conditions of a clause, through its OR, AND and
// parentheses.
func (t *text) conjuncts(s span) []span {
	s = t.unwrapped(s)
	if t.engine() == "mysql" && len(t.split(s, func(i int) bool { return t.is(i, "||", "&&", "XOR") })) > 1 {
		return nil // which of them binds how is the mode's
	}
	parts := t.split(s, func(i int) bool { return t.is(i, "OR") })
	if len(parts) == 1 {
		if parts = t.ands(s); len(parts) == 1 {
			return parts
		}
	}
	var out []span
	for _, p := range parts {
		out = append(out, t.conjuncts(p)...)
	}
	return out
}

// ands cuts at every AND but BETWEEN's.
func (t *text) ands(s span) []span {
	between := false
	return t.split(s, func(i int) bool {
		switch {
		case t.is(i, "BETWEEN"):
			between = true
		case t.is(i, "AND") && between:
			between = false
		case t.is(i, "AND"):
			return true
		}
		return false
	})
}

// factors are the conditions that have to hold all together.
func (t *text) factors(s span) []span {
	if len(t.split(s, func(i int) bool { return t.is(i, "OR") })) > 1 {
		return []span{s}
	}
	return t.ands(s)
}

// nested are factors, and those within the parentheses of one.
func (t *text) nested(s span) []span {
	list := t.factors(s)
	out := list
	for _, f := range list {
		if inner := t.unwrapped(f); inner != f {
			if more := t.factors(inner); len(more) > 1 {
				out = append(out, t.nested(inner)...)
			}
		}
	}
	return out
}

var comparisons = []string{"=", "==", "<", "<=", ">", ">=", "<>", "!=", "BETWEEN", "IN"}

// terms are the comparisons of all clauses.
func (t *text) terms() []term {
	var out []term
	for _, c := range t.conditions() {
		for _, s := range t.conjuncts(c) {
			if x, ok := t.comparison(s); ok {
				out = append(out, x)
			}
		}
	}
	return out
}

// comparison reads "a op b"; a word that is none of it, as IS, LIKE or ANY,
// makes it none.
func (t *text) comparison(s span) (x term, ok bool) {
	at := -1
	for i := s.from; i < s.to; i++ {
		switch {
		case t.is(i, "("):
			i = t.closing(i) - 1
		case t.is(i, "IS", "LIKE", "ILIKE", "GLOB", "REGEXP", "RLIKE", "MATCH", "ANY", "ALL", "SOME", "CASE", "ESCAPE", "EXISTS", "SELECT", "COLLATE"):
			return x, false
		case t.is(i, comparisons...):
			if at >= 0 {
				return x, false
			}
			at = i
		}
	}
	if at <= s.from || at == s.to-1 {
		return x, false
	}
	x = term{at: s, left: span{s.from, at}, right: span{at + 1, s.to}, op: strings.ToUpper(t.toks[at].Text)}
	if t.is(at-1, "NOT") {
		x.not, x.left.to = true, at-1
	}
	if t.is(s.from, "NOT") || x.left.len() <= 0 {
		return x, false
	}
	return t.operands(x)
}

func (t *text) operands(x term) (term, bool) {
	switch x.op {
	case "==":
		x.op = "="
	case "!=":
		x.op = "<>"
	case "BETWEEN":
		parts := t.split(x.right, func(i int) bool { return t.is(i, "AND") })
		if len(parts) != 2 {
			return x, false
		}
		x.right, x.high = parts[0], t.unwrapped(parts[1])
	case "IN":
		x.left = t.unwrapped(x.left)
		return x, true
	}
	x.left, x.right = t.unwrapped(x.left), t.unwrapped(x.right)
	return x, true
}

// flipped has the sides exchanged.
func (x term) flipped() term {
	x.left, x.right = x.right, x.left
	if op, ok := map[string]string{"<": ">", "<=": ">=", ">": "<", ">=": "<="}[x.op]; ok {
		x.op = op
	}
	return x
}

// sides are a term as it is and turned round, where it can be.
func (x term) sides() []term {
	if x.op == "BETWEEN" || x.op == "IN" {
		return []term{x}
	}
	return []term{x, x.flipped()}
}
