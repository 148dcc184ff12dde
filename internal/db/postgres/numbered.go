package postgres

import (
	"fmt"
	"slices"
	"strings"

	pgquery "github.com/sqlc-dev/oliphant"
)

// parsed reads a text, or, where that fails, the text with $1, $2, … for the ?
// that mltop's own lists and many applications write. It answers the text that
// could be read, and that the server can read.
func parsed(sql string) (string, *pgquery.ParseResult, error) {
	sql = castParams(sql)
	tree, err := parseTree(sql)
	if err == nil {
		return sql, tree, nil
	}
	if other := castParams(numbered(sql)); other != sql {
		if tree, no := parseTree(other); no == nil {
			return other, tree, nil
		}
	}
	return sql, nil, err
}

// numbered writes $n for each ? that stands where a value does. Behind a value
// it is an operator of jsonb's.
func numbered(sql string) string {
	tokens, err := pgquery.Scan(sql)
	if err != nil {
		return sql
	}
	var b strings.Builder
	n, done := placeholders(sql), 0
	var before *pgquery.ScanToken
	for _, t := range tokens.Tokens {
		word := sql[t.Start:t.End]
		if operator, ok := strings.CutSuffix(word, "?"); ok && t.Token == pgquery.Token_Op && word != "@?" && (operator != "" || !isValue(before)) {
			n++
			b.WriteString(sql[done:t.Start])
			done = int(t.End)
			fmt.Fprintf(&b, "%s $%d", operator, n)
			t = &pgquery.ScanToken{Token: pgquery.Token_PARAM}
		}
		if t.Token != pgquery.Token_SQL_COMMENT && t.Token != pgquery.Token_C_COMMENT {
			before = t
		}
	}
	return b.String() + sql[done:]
}

// isValue reports whether a value may end with a token.
func isValue(t *pgquery.ScanToken) bool {
	switch {
	case t == nil, t.Token == pgquery.Token_BY, t.Token == pgquery.Token_ESCAPE, t.Token == pgquery.Token_FIRST_P, t.Token == pgquery.Token_NEXT:
		return false
	case t.KeywordKind == pgquery.KeywordKind_UNRESERVED_KEYWORD:
		return true // data ? 'key'
	}
	return slices.Contains([]pgquery.Token{
		pgquery.Token_IDENT, pgquery.Token_PARAM, pgquery.Token_ICONST, pgquery.Token_FCONST, pgquery.Token_SCONST, pgquery.Token_USCONST,
		pgquery.Token_ASCII_41, pgquery.Token_ASCII_93, pgquery.Token_NULL_P, pgquery.Token_TRUE_P, pgquery.Token_FALSE_P, pgquery.Token_END_P,
	}, t.Token)
}
