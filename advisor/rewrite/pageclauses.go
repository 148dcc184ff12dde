package rewrite

import (
	"strings"

	"mltop/internal/sqltext"
)

// pageAt is where the clauses of a page stand; where is empty without one.
type pageAt struct {
	list, from, where, order, limit, offset span
}

// otherClauses make of rows something else than those of one table, each by
// itself: behind a key they would be made of fewer rows.
var otherClauses = strings.Fields(`WITH DISTINCT DISTINCTROW ALL GROUP HAVING WINDOW QUALIFY UNION INTERSECT EXCEPT MINUS FETCH FOR LOCK INTO PROCEDURE
	JOIN STRAIGHT_JOIN TABLESAMPLE PARTITION USE FORCE IGNORE INDEXED VALUES SQL_CALC_FOUND_ROWS HIGH_PRIORITY NULLS TOP ROWNUM NEXT`)

// pageClauses finds the clauses of SELECT … FROM … [WHERE …] ORDER BY …, each
// once and in that order, with LIMIT n OFFSET m, LIMIT m, n or OFFSET m LIMIT n
// at the end; ok is false of any other statement.
func (t *text) pageClauses() (at pageAt, ok bool) {
	found := map[string]int{}
	for i := 0; i < len(t.toks); i++ {
		if t.is(i, "(") {
			i = t.closing(i) - 1
			continue
		}
		if t.is(i, otherClauses...) {
			return at, false
		}
		for _, word := range []string{"SELECT", "FROM", "WHERE", "ORDER", "LIMIT", "OFFSET"} {
			if _, twice := found[word]; t.is(i, word) && twice {
				return at, false
			} else if t.is(i, word) {
				found[word] = i
			}
		}
	}
	from, order := found["FROM"], found["ORDER"]
	if !t.is(0, "SELECT") || from == 0 || order < from || !t.is(order+1, "BY") {
		return at, false
	}
	at.list, at.from = span{1, from}, span{from, order}
	if where := found["WHERE"]; where > 0 {
		if where < from || where > order {
			return at, false
		}
		at.from.to, at.where = where, span{where + 1, order}
	}
	return t.pageEnd(at, order, found["LIMIT"], found["OFFSET"])
}

// pageEnd finds which page is asked for: both numbers are written as such, or
// are placeholders.
func (t *text) pageEnd(at pageAt, order, limit, offset int) (pageAt, bool) {
	n, tail := len(t.toks), limit
	switch {
	case limit < order || offset > 0 && offset < order:
		return at, false
	case offset > limit:
		at.limit, at.offset = span{limit + 1, offset}, span{offset + 1, n}
	case offset > 0:
		at.offset, at.limit, tail = span{offset + 1, limit}, span{limit + 1, n}, offset
	default:
		parts := t.split(span{limit + 1, n}, func(i int) bool { return t.is(i, ",") })
		if len(parts) != 2 {
			return at, false
		}
		at.offset, at.limit = parts[0], parts[1]
	}
	at.order = span{order, tail}
	return at, t.counts(at.limit) && t.counts(at.offset)
}

// counts reports a whole number from 0, or a placeholder.
func (t *text) counts(s span) bool {
	if s.len() != 1 {
		return false
	}
	tok := t.toks[s.from]
	return tok.Kind == sqltext.Placeholder || tok.Kind == sqltext.Number && strings.Trim(tok.Text, "0123456789") == ""
}

// rowByRow reports a page of one table's rows, whose each column is made of its
// own row alone: no aggregate, no window, no function that may be either, no
// variable that counts on, no other SELECT.
func (t *text) rowByRow(at pageAt) bool {
	if s := t.Shape; !s.Pure || len(s.Blocks) != 1 || len(s.Blocks[0].Relations) != 1 {
		return false
	}
	b := t.Shape.Blocks[0]
	if rel := b.Relations[0]; rel.Outer || rel.Derived || b.OrderOther || b.Aggregate || b.Distinct || len(b.GroupBy) > 0 || b.GroupOther || len(b.Windows) > 0 {
		return false
	}
	if !t.oneTable(&antiJoin{}, span{at.from.from + 1, at.from.to}) {
		return false
	}
	for i := range t.toks {
		tok := t.toks[i]
		switch {
		case i > 0 && t.is(i, "SELECT", "VALUES", "EXISTS", "OVER", "FILTER", "WITHIN"), tok.Is(":="):
			return false
		case tok.Kind == sqltext.Placeholder && t.engine() == "mysql" && strings.HasPrefix(tok.Text, "@"):
			return false
		case t.is(i+1, "(") && !t.understood(i):
			return false
		}
	}
	return true
}

// understood reports a token before a parenthesis that begins no call, or one of
// a function that answers one value of one row, the same each time.
func (t *text) understood(i int) bool {
	tok := t.toks[i]
	return tok.Kind == sqltext.Operator && !tok.Is(".") || tok.Kind == sqltext.Word && !t.toks[max(i-1, 0)].Is(".") && oneOf(tok.Text, scalarWords)
}

// scalarWords may stand before a parenthesis: operators, types, and functions
// that all engines that have them know as functions of one row. SQLite's min
// and max are not among them: of one value they are aggregates.
var scalarWords = strings.Fields(`IN AND OR NOT WHERE BY CASE WHEN THEN ELSE BETWEEN LIKE ILIKE GLOB REGEXP RLIKE ESCAPE IS DIV MOD XOR INTERVAL ANY SOME
	CHAR VARCHAR CHARACTER DECIMAL NUMERIC BINARY VARBINARY TIMESTAMP TIMESTAMPTZ
	abs ceil ceiling floor round trunc truncate sign power pow sqrt exp ln log log2 log10 greatest least
	coalesce ifnull nullif isnull if iif lower upper lcase ucase initcap length char_length character_length octet_length
	trim ltrim rtrim btrim lpad rpad substr substring left right mid replace reverse repeat instr position strpos locate concat concat_ws
	printf format hex unhex quote md5 sha1 sha2 ascii unicode chr date time datetime julianday strftime unixepoch date_format time_format
	year quarter month week day dayofmonth dayofweek dayofyear weekday hour minute second microsecond extract date_part date_trunc
	to_char to_date to_timestamp to_number timestampdiff datediff date_add date_sub adddate subdate from_unixtime unix_timestamp age
	cast convert json_extract json_value json_unquote json_type json_valid typeof likely unlikely now curdate current_date`)
