package sqltext

import "strings"

// Expression is an expression in a form that all its writings share: names and
// keywords in lower case, even spaces, no parentheses around it. What stands
// in quotes keeps its letters.
func Expression(sql string) string {
	toks := unparenthesised(lex(sql))
	out := make([]token, 0, len(toks))
	for i := 0; i < len(toks); i++ {
		t := toks[i]
		switch {
		case t.kind == word:
			t.text = strings.ToLower(t.text)
		case t.kind == name, t.text[0] == '"': // in an index's term it is no text
			t = plainName(t)
		}
		out = append(out, t)
		if t.kind == literal && castToText(toks[i+1:]) {
			i += 2
		}
	}
	return join(out)
}

func unparenthesised(toks []token) []token {
	for len(toks) > 2 && toks[0].is("(") && closing(toks, 0) == len(toks) {
		toks = toks[1 : len(toks)-1]
	}
	return toks
}

// plainName takes quotes off that change nothing.
func plainName(t token) token {
	if inner := t.text[1 : len(t.text)-1]; !t.broken && bare(inner, "postgres") {
		t.kind, t.text = word, inner
	}
	return t
}

// castToText: PostgreSQL writes 'x' as 'x'::text in a definition.
func castToText(toks []token) bool {
	return len(toks) > 1 && toks[0].is("::") && toks[1].isWord("text")
}

// Unqualified is an expression without the names of relations before its
// columns, as an index holds it; else letter for letter.
func Unqualified(sql string) string {
	toks := lex(sql)
	var out strings.Builder
	from := 0
	for i := 0; i+2 < len(toks); i++ {
		if toks[i].named() && toks[i+1].is(".") && toks[i+2].named() {
			out.WriteString(sql[from:toks[i].at])
			from = toks[i+2].at
			i++
		}
	}
	return out.String() + sql[from:]
}
