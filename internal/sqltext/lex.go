package sqltext

import "strings"

// A kind of token.
type kind uint8

const (
	word    kind = iota // a keyword or a bare name
	name                // a quoted name: "x", `x`, [x]
	dquote              // "x" until it was decided what it is
	literal             // a string, a blob
	number              // a number, with its sign where that is not an operator
	param               // ?, ?1, :a, @a, $1
	op                  // operators and punctuation
	comment
)

// A token is src[at:end]. Broken tokens were not closed before the text
// ended, or stand where no SQL has them.
type token struct {
	kind    kind
	text    string
	at, end int
	broken  bool
}

func (t token) is(s string) bool { return t.kind == op && t.text == s }

func (t token) isWord(s string) bool { return t.kind == word && strings.EqualFold(t.text, s) }

// value reports whether t stands for a value, so that a sign behind it is an
// operator.
func (t token) value() bool {
	switch t.kind {
	case word:
		return !beforeValue[strings.ToUpper(t.text)]
	case op:
		return t.text == ")" || t.text == "]"
	}
	return t.kind != comment
}

// lex cuts sql into tokens without comments, with every quote judged.
func lex(sql string) []token { return Guess.lex(sql) }

func (q Quotes) lex(sql string) []token {
	toks, escapes := read(sql)
	return q.judge(toks, escapes)
}

// judge drops comments, joins signs to their numbers and decides what double
// quotes mean.
func (q Quotes) judge(toks []token, escapes bool) []token {
	kept := toks[:0:0]
	for _, t := range toks {
		if t.kind != comment {
			kept = append(kept, t)
		}
	}
	kept = joinSigns(kept)
	q.decide(kept, escapes)
	return kept
}

// read scans sql by the reading that makes sense of its backslashes. Only
// MySQL lets a backslash escape a quote. A text in which that matters is
// scanned both ways. When one way is not plausible, the other is right; when
// both are, everything from the first difference on counts as one literal,
// because hiding too much is the safe side.
func read(sql string) (toks []token, escapes bool) {
	plain := scan(sql, false)
	if !strings.Contains(sql, `\'`) && !strings.Contains(sql, `\"`) {
		return plain, false
	}
	escaped := scan(sql, true)
	i := firstDifference(plain, escaped)
	switch {
	case i < 0:
		return plain, false
	case !plausible(escaped) && plausible(plain):
		return plain, false
	case !plausible(plain) && plausible(escaped):
		return escaped, true
	}
	at := plain[i].at
	rest := token{literal, sql[at:], at, len(sql), true}
	return append(plain[:i:i], rest), false
}

// firstDifference is the first place where two scans of one text part; -1
// when they agree.
func firstDifference(a, b []token) int {
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			return i
		}
	}
	return -1
}

// plausible reports whether toks could be SQL, perhaps cut short: no
// backslash outside of quotes, and no bare word that touches the end of a
// string.
func plausible(toks []token) bool {
	for i, t := range toks {
		if t.is(`\`) {
			return false
		}
		if i == 0 || t.at != toks[i-1].end || toks[i-1].kind != literal {
			continue
		}
		if t.kind == number || t.kind == word && !spaced[strings.ToUpper(t.text)] {
			return false
		}
	}
	return true
}

// joinSigns makes one number of a sign and a number where the sign cannot be
// an operator: = -5, (-5, LIMIT -1.
func joinSigns(toks []token) []token {
	out := toks[:0]
	for _, t := range toks {
		n := len(out)
		if t.kind == number && n > 0 && (out[n-1].is("-") || out[n-1].is("+")) && (n == 1 || !out[n-2].value()) {
			sign := out[n-1]
			out[n-1] = token{number, sign.text + t.text, sign.at, t.end, false}
			continue
		}
		out = append(out, t)
	}
	return out
}

func unfinished(sql string) string {
	toks, _ := read(sql)
	depth := 0
	for _, t := range toks {
		switch {
		case t.is("("):
			depth++
		case t.is(")"):
			depth--
		case t.broken && t.kind == comment:
			return "a comment is not closed"
		case t.broken && t.kind == literal:
			return "a quote is not closed"
		}
	}
	if depth != 0 {
		return "parentheses do not match"
	}
	return ""
}
