// Package sqltext treats SQL as text, in any dialect, whole or cut short:
// fingerprints, masked literals, quoted identifiers, formatting, splitting.
package sqltext

import "strings"

// A Statement is one piece of a script, with where it stood.
type Statement struct {
	SQL  string
	Line int // of its first word, from 1
	// Comments are the lines of comments directly before it, without their
	// marks and outer spaces.
	Comments []string
}

// Normalize replaces every literal by ?, folds white space and lists of
// values, and upper-cases nothing: two texts that differ only in literals
// have one normal form.
func Normalize(sql string) string { return Guess.Normalize(sql) }

// Fingerprint is 16 hexadecimal digits of the normal form's digest; letter
// case of keywords and white space do not matter.
func Fingerprint(sql string) string { return Guess.Fingerprint(sql) }

// Mask replaces every literal by ? and leaves the rest as written.
func Mask(sql string) string { return Guess.Mask(sql) }

// Format breaks a statement into lines of clauses of at most width cells
// where that is possible. It keeps the fingerprint.
func Format(sql string, width int) []string { return format(sql, width) }

// Short is what a statement is known by in a sentence: its verb and the first
// table that it names, "SELECT … orders"; without one its first words.
func Short(sql string) string { return short(sql) }

// Gist is a statement on one line for a list. What it reads, joins and
// compares tells statements apart: a long list of selected columns gives way.
func Gist(sql string) string { return gist(sql) }

// Split cuts a script at its semicolons, minding quotes, comments and the
// bodies of triggers.
func Split(script string) []Statement { return split(script) }

// QuoteIdent quotes a name for the dialect ("sqlite", "mysql", "postgres")
// where it needs it.
func QuoteIdent(name, dialect string) string { return quoteIdent(name, dialect) }

// QuoteString writes a string literal for the dialect.
func QuoteString(s, dialect string) string { return quoteString(s, dialect) }

// Unfinished says what in sql is not closed: a quote, a comment, a
// parenthesis; "" when all is.
func Unfinished(sql string) string { return unfinished(sql) }

// Verb is the first keyword of a statement, in capitals.
func Verb(sql string) string {
	if toks := lex(sql); len(toks) > 0 && toks[0].kind == word {
		return strings.ToUpper(toks[0].text)
	}
	return ""
}

// Constants lists the literals and placeholders of a statement, in order:
// what may differ between texts of one fingerprint.
func Constants(sql string) []string { return Guess.Constants(sql) }
