package db

import "mltop/internal/sqltext"

// QuotesOf answers how an engine or dialect reads a "x" in the texts of its
// statements: all that makes a fingerprint of one of them asks here.
func QuotesOf(v any) sqltext.Quotes {
	if r, ok := v.(interface{ Quotes() sqltext.Quotes }); ok {
		return r.Quotes()
	}
	return sqltext.Guess
}
