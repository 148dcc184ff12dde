package rewrite

import (
	"slices"
	"strings"

	"mltop/internal/db"
	"mltop/internal/sqltext"
)

// A term is one condition of a WHERE that has to be true for a row to pass:
// where it is false or unknown makes no difference, so one that is true of the
// same rows can take its place.
type term struct {
	at          span
	left, right span
	high        span // of BETWEEN
	op          string
	not         bool
}

// clauseEnds are the words behind which a WHERE is over.
var clauseEnds = []string{"GROUP", "ORDER", "LIMIT", "OFFSET", "HAVING", "WINDOW", "UNION", "INTERSECT", "EXCEPT", "RETURNING", "FETCH", "FOR", "LOCK", "PROCEDURE"}

// conditions are the WHERE clauses of a statement, those of subqueries too.
func (t *text) conditions() []span {
	var out []span
	for i := range t.toks {
		if t.is(i, "WHERE") {
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
		case t.is(i, ")"), t.is(i, ";"), t.is(i, clauseEnds...):
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

// column binds a reference; ok is false where a name may mean two things.
func (t *text) column(s span) (c column, ok bool) {
	name, qualifier := "", ""
	switch {
	case s.len() == 1:
		name = t.toks[s.from].Ident()
	case s.len() == 3 && t.toks[s.from+1].Is("."):
		qualifier, name = t.toks[s.from].Ident(), t.toks[s.from+2].Ident()
	}
	if name == "" {
		return c, false
	}
	for _, b := range t.Shape.Blocks {
		for _, r := range b.Relations {
			tab := t.Schema.Table(r.Table)
			switch {
			case qualifier != "" && !t.called(r, tab, qualifier):
				continue
			case r.Derived || tab == nil:
				return column{}, false
			}
			if col := tab.Column(name); col != nil {
				if c.table != nil && c.table != tab {
					return column{}, false
				}
				c = column{s, tab, col, r}
			} else if qualifier != "" {
				return column{}, false
			}
		}
	}
	return c, c.table != nil
}

func (t *text) called(r db.Relation, tab *db.Table, qualifier string) bool {
	if r.Alias != "" {
		return strings.EqualFold(r.Alias, qualifier)
	}
	return tab != nil && strings.EqualFold(tab.Name, qualifier) || strings.EqualFold(r.Table, qualifier)
}

// A call is a function and its arguments.
type call struct {
	name string
	args []span
}

// call reads "f(a, b)", CAST(a AS type) and EXTRACT(unit FROM a), whose last
// argument is then the type, or the first the unit.
func (t *text) call(s span) (c call, ok bool) {
	if s.len() < 3 || t.toks[s.from].Kind != sqltext.Word || !t.is(s.from+1, "(") || t.closing(s.from+1) != s.to {
		return c, false
	}
	c.name = strings.ToLower(t.toks[s.from].Text)
	inner := span{s.from + 2, s.to - 1}
	if inner.len() == 0 {
		return c, true
	}
	c.args = t.split(inner, func(i int) bool {
		return t.is(i, ",") || c.name == "cast" && t.is(i, "AS") || (c.name == "extract" || c.name == "substring") && t.is(i, "FROM", "FOR")
	})
	return c, !slices.ContainsFunc(c.args, func(a span) bool { return a.len() == 0 })
}

// A constant is a value that a statement is given.
type constant struct {
	span
	literal sqltext.Token // the one token that it is; none: an expression
	plain   bool
}

func (c constant) text() string {
	if c.literal.Kind != sqltext.Literal {
		return c.literal.Text
	}
	return strings.ReplaceAll(strings.Trim(c.literal.Text, "'"), "''", "'")
}

func (c constant) placeholder() bool { return c.plain && c.literal.Kind == sqltext.Placeholder }

// literally reports a string whose letters are known: no prefix, no escapes.
func (c constant) literally() bool {
	return c.plain && c.literal.Kind == sqltext.Literal && strings.HasPrefix(c.literal.Text, "'") && !strings.Contains(c.literal.Text, `\`)
}

func (c constant) number() bool { return c.plain && c.literal.Kind == sqltext.Number }

// constant reads one literal or placeholder; PostgreSQL's '…'::type and DATE
// '…' are no plain ones.
func (t *text) constant(s span) (c constant, ok bool) {
	if s.len() < 1 {
		return c, false
	}
	c.span, c.literal = s, t.toks[s.from]
	if s.len() == 2 && t.is(s.from, "DATE", "TIMESTAMP") {
		c.literal = t.toks[s.from+1]
		return c, c.literal.Kind == sqltext.Literal
	}
	switch c.literal.Kind {
	case sqltext.Literal, sqltext.Number, sqltext.Placeholder:
	default:
		return c, false
	}
	c.plain = s.len() == 1
	return c, c.plain || t.castOf(span{s.from + 1, s.to})
}

// castOf reads "::type".
func (t *text) castOf(s span) bool {
	if s.len() < 2 || !t.is(s.from, "::") {
		return false
	}
	for i := s.from + 1; i < s.to; i++ {
		if t.toks[i].Kind != sqltext.Word {
			return false
		}
	}
	return true
}
