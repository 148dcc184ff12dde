package sqltext

import "strings"

// decide says of every "x" in place what it is.
func (q Quotes) decide(toks []token, escapes bool) {
	if q == Guess {
		decideQuotes(toks, escapes)
		return
	}
	for i := range toks {
		switch {
		case toks[i].kind != dquote:
		case q == Names || q == Exact:
			toks[i].kind = name
		default:
			toks[i].kind = literal
		}
	}
}

// decideQuotes judges every "x" in place. PostgreSQL and SQLite read it as a
// name, MySQL as a string, and SQLite too where no column has that name. So,
// in this order:
//
//  1. beside a dot, or where only a name can stand (behind FROM, JOIN, INTO,
//     UPDATE, TABLE, INDEX, ON, AS), it is a name;
//  2. where a value stands (behind an operator or LIKE, in a list of IN or
//     VALUES) it is a literal;
//  3. elsewhere it is a name if it looks like one and the text has a "x" of
//     the first sort and no `x`, which is MySQL's way; else a literal.
//
// A text that escapes quotes by backslashes is MySQL's: there all are
// literals. What is unclear is hidden.
func decideQuotes(toks []token, escapes bool) {
	lists := valueLists(toks)
	standard := !escapes && standardQuotes(toks, lists)
	for i := range toks {
		if toks[i].kind != dquote {
			continue
		}
		sure := !escapes && (namePlace(toks, i) || i > 0 && toks[i-1].isWord("AS"))
		if sure || standard && !lists[i] && !valuePlace(toks, i) && nameLike(toks[i].text) {
			toks[i].kind = name
		} else {
			toks[i].kind = literal
		}
	}
}

// standardQuotes reports whether the text, outside of lists of values, quotes
// a sure name by ", and none by `.
func standardQuotes(toks []token, lists []bool) bool {
	found := false
	for i, t := range toks {
		if t.kind == name && t.text[0] == '`' {
			return false
		}
		found = found || t.kind == dquote && !lists[i] && namePlace(toks, i)
	}
	return found
}

func namePlace(toks []token, i int) bool {
	if i+1 < len(toks) && toks[i+1].is(".") {
		return true
	}
	if i == 0 {
		return false
	}
	before := toks[i-1]
	return before.is(".") || before.kind == word && beforeName[strings.ToUpper(before.text)]
}

func valuePlace(toks []token, i int) bool {
	if i == 0 {
		return false
	}
	before := toks[i-1]
	if before.kind == op {
		return strings.IndexByte("(),.;[", before.text[0]) < 0
	}
	return before.kind == word && beforeLiteral[strings.ToUpper(before.text)] ||
		before.isWord("AND") && i >= 3 && toks[i-3].isWord("BETWEEN")
}

// nameLike accepts a "x" of letters, digits, spaces and _ $ -.
func nameLike(quoted string) bool {
	body := quoted[1 : len(quoted)-1]
	if body == "" || !wordStart(body[0]) {
		return false
	}
	for i := range len(body) {
		if c := body[i]; !wordByte(c) && c != ' ' && c != '-' {
			return false
		}
	}
	return true
}

// valueLists marks the tokens inside the rows of VALUES and the lists of IN.
func valueLists(toks []token) []bool {
	in := make([]bool, len(toks))
	for i := 0; i < len(toks); i++ {
		end := i
		switch {
		case toks[i].isWord("VALUES"):
			end = rowsEnd(toks, i+1)
		case inList(toks, i):
			end = closing(toks, i+1)
		}
		for ; i < end; i++ {
			in[i] = true
		}
	}
	return in
}

// inList reports whether toks[i] is an IN before a list of values.
func inList(toks []token, i int) bool {
	if !toks[i].isWord("IN") || i+1 >= len(toks) || !toks[i+1].is("(") {
		return false
	}
	return i+2 >= len(toks) || !(toks[i+2].isWord("SELECT") || toks[i+2].isWord("WITH") || toks[i+2].isWord("VALUES"))
}

// rowsEnd is the end of (…), (…), … from i on.
func rowsEnd(toks []token, i int) int {
	for i < len(toks) && toks[i].is("(") {
		i = closing(toks, i)
		if i+1 >= len(toks) || !toks[i].is(",") || !toks[i+1].is("(") {
			break
		}
		i++
	}
	return i
}

// closing is the place behind the bracket that closes toks[i], or the end of
// a text cut short.
func closing(toks []token, i int) int {
	depth := 0
	for ; i < len(toks); i++ {
		switch {
		case toks[i].is("("), toks[i].is("["):
			depth++
		case toks[i].is(")"), toks[i].is("]"):
			if depth--; depth <= 0 {
				return i + 1
			}
		}
	}
	return i
}
