package postgres

import (
	"slices"
	"strings"

	pgquery "github.com/sqlc-dev/oliphant"
)

// castParams writes $1::interval for interval $1, and so for every type, and a
// function for EXTRACT($1 FROM x): pg_stat_statements puts $n where the grammar
// takes nothing but a literal.
func castParams(sql string) string {
	if !strings.Contains(sql, "$") {
		return sql
	}
	scan, err := pgquery.Scan(sql)
	if err != nil {
		return sql // the server's own error about the text says more
	}
	r := &rewriting{sql: sql, tokens: slices.DeleteFunc(scan.Tokens, isComment)}
	for i, t := range r.tokens {
		if t.Token == pgquery.Token_PARAM {
			r.param(i)
		}
	}
	return r.b.String() + sql[r.done:]
}

func isComment(t *pgquery.ScanToken) bool {
	return t.Token == pgquery.Token_SQL_COMMENT || t.Token == pgquery.Token_C_COMMENT
}

// A rewriting copies a text, and changes it here and there.
type rewriting struct {
	sql    string
	tokens []*pgquery.ScanToken
	b      strings.Builder
	done   int // bytes of sql that are copied, or replaced
}

// is reports the kind of a token; none is of any kind outside the text.
func (r *rewriting) is(i int, kinds ...pgquery.Token) bool {
	return i >= 0 && i < len(r.tokens) && slices.Contains(kinds, r.tokens[i].Token)
}

func (r *rewriting) text(first, last int) string {
	return r.sql[r.tokens[first].Start:r.tokens[last].End]
}

// put replaces tokens first to last.
func (r *rewriting) put(first, last int, text string) {
	r.b.WriteString(r.sql[r.done:r.tokens[first].Start] + text)
	r.done = int(r.tokens[last].End)
}

func (r *rewriting) param(i int) {
	if r.is(i-2, pgquery.Token_EXTRACT) && r.is(i-1, pgquery.Token_ASCII_40) && r.is(i+1, pgquery.Token_FROM) {
		r.put(i-2, i+1, "date_part("+r.text(i, i)+",")
		return
	}
	if first, ok := r.typeBefore(i - 1); ok {
		r.put(first, i, r.text(i, i)+"::"+r.text(first, i-1))
	}
}

// typeBefore finds the first token of a type's name that ends with token k.
// Nothing else that is a name stands right before a value.
func (r *rewriting) typeBefore(k int) (first int, ok bool) {
	if r.is(k, pgquery.Token_ZONE) && r.is(k-1, pgquery.Token_TIME) && r.is(k-2, pgquery.Token_WITH, pgquery.Token_WITH_LA, pgquery.Token_WITHOUT, pgquery.Token_WITHOUT_LA) {
		k -= 3
	}
	if r.is(k, pgquery.Token_ASCII_41) { // numeric(10, 2)
		for k--; r.is(k, pgquery.Token_ICONST, pgquery.Token_ASCII_44); k-- {
		}
		if !r.is(k, pgquery.Token_ASCII_40) {
			return 0, false
		}
		k--
	}
	switch {
	case r.is(k, pgquery.Token_PRECISION) && r.is(k-1, pgquery.Token_DOUBLE_P), r.is(k, pgquery.Token_VARYING):
		return k - 1, k > 0
	case r.is(k, literalTypes()...):
		return k, true
	}
	if !r.is(k, pgquery.Token_IDENT, pgquery.Token_TEXT_P, pgquery.Token_JSON) {
		return 0, false
	}
	for r.is(k-1, pgquery.Token_ASCII_46) && r.is(k-2, pgquery.Token_IDENT) {
		k -= 2
	}
	return k, true
}

// literalTypes are the types that the grammar has a word of its own for.
func literalTypes() []pgquery.Token {
	return []pgquery.Token{
		pgquery.Token_INTERVAL, pgquery.Token_TIMESTAMP, pgquery.Token_TIME, pgquery.Token_NUMERIC, pgquery.Token_DECIMAL_P, pgquery.Token_DEC,
		pgquery.Token_INT_P, pgquery.Token_INTEGER, pgquery.Token_BIGINT, pgquery.Token_SMALLINT, pgquery.Token_REAL, pgquery.Token_FLOAT_P,
		pgquery.Token_BOOLEAN_P, pgquery.Token_BIT, pgquery.Token_CHARACTER, pgquery.Token_CHAR_P, pgquery.Token_VARCHAR,
	}
}

// withTypes writes $n::type for every $n that has one.
func withTypes(sql string, types map[int]string) string {
	scan, err := pgquery.Scan(sql)
	if err != nil || len(types) == 0 {
		return sql
	}
	r := &rewriting{sql: sql, tokens: scan.Tokens}
	for i, t := range r.tokens {
		if name := types[paramNumber(sql, t)]; name != "" {
			r.put(i, i, r.text(i, i)+"::"+name)
		}
	}
	return r.b.String() + sql[r.done:]
}

// castsOf are the types that a text gives its $n, by number.
func castsOf(sql string) map[int]string {
	out := map[int]string{}
	scan, err := pgquery.Scan(sql)
	if err != nil {
		return out
	}
	for i, t := range scan.Tokens[:max(len(scan.Tokens)-2, 0)] {
		if n := paramNumber(sql, t); n > 0 && scan.Tokens[i+1].Token == pgquery.Token_TYPECAST {
			name := scan.Tokens[i+2]
			out[n] = strings.ToLower(sql[name.Start:name.End])
		}
	}
	return out
}
