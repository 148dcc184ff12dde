package sqltext

import (
	"crypto/sha256"
	"encoding/hex"
)

// Quotes says what a "x" is. Whoever knows the dialect of a text reads it by
// that: one statement has one fingerprint only where all read it the same way.
type Quotes uint8

// The ways to read a "x".
const (
	// Guess judges each by where it stands: SQLite's way, which takes a name
	// that no column has for a literal, and that of a text of unknown dialect.
	Guess Quotes = iota
	// Names: MySQL and MariaDB under ANSI_QUOTES.
	Names
	// Texts: MySQL and MariaDB as they come.
	Texts
	// Exact: PostgreSQL's names, in which capitals count and without which
	// they do not: "userId" is another column than userId.
	Exact
)

// Normalize is the function Normalize of a text whose quotes are known.
func (q Quotes) Normalize(sql string) string { return join(fold(q.lex(sql))) }

// Fingerprint is the function Fingerprint of a text whose quotes are known. A
// text and its normal form have one, if both are read the same way.
func (q Quotes) Fingerprint(sql string) string {
	sum := sha256.Sum256([]byte(join(canonical(fold(q.lex(sql)), q))))
	return hex.EncodeToString(sum[:8])
}

// Mask is the function Mask of a text whose quotes are known.
func (q Quotes) Mask(sql string) string { return mask(sql, q.lex(sql)) }

// Constants is the function Constants of a text whose quotes are known.
func (q Quotes) Constants(sql string) []string {
	var out []string
	for _, t := range q.lex(sql) {
		if t.kind == literal || t.kind == number || t.kind == param {
			out = append(out, t.text)
		}
	}
	return out
}
