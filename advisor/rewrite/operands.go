package rewrite

import (
	"slices"
	"strings"

	"mltop/internal/db"
	"mltop/internal/sqltext"
)

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
				r.Outer = r.Outer || c.relation.Outer
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
