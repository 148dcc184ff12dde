package sqltext

import "strings"

// join writes tokens with canonical spaces, so that scanning the result
// yields the same tokens.
func join(toks []token) string {
	var b strings.Builder
	for i, t := range toks {
		if i > 0 && spaceBefore(toks, i) {
			b.WriteByte(' ')
		}
		b.WriteString(t.text)
	}
	return b.String()
}

// spaceBefore reports whether a space stands between toks[i-1] and toks[i].
func spaceBefore(toks []token, i int) bool {
	a, b := toks[i-1], toks[i]
	switch {
	case b.is(","), b.is(")"), b.is("]"), b.is(";"), a.is("("):
		return false
	case a.is("["):
		return !subscript(toks, i-1) && b.kind == word // [ a is no name
	case b.is("["):
		return !subscript(toks, i)
	case b.is("("):
		return a.kind != word || spaced[strings.ToUpper(a.text)]
	case b.is("."):
		return !nameToken(a)
	case a.is("."):
		return i < 2 || !nameToken(toks[i-2]) || !nameToken(b) && !b.is("*")
	case b.is("::"):
		return !a.value() || i+1 >= len(toks) || toks[i+1].kind != word
	case a.is("::"):
		return i < 2 || !toks[i-2].value() || b.kind != word
	}
	return true
}

// subscript reports whether the [ at toks[i] stands directly behind a value.
func subscript(toks []token, i int) bool { return i > 0 && toks[i-1].value() }

func nameToken(t token) bool { return t.kind == word || t.kind == name }
