package sqltext

import "strings"

// mask keeps the text between tokens, but not its comments: they can hold
// literals as well.
func mask(sql string, toks []token) string {
	var b strings.Builder
	pos, last := 0, byte(0)
	for _, t := range toks {
		gap := blank(sql[pos:t.at])
		if t.kind == literal || t.kind == number {
			t.text = "?"
		}
		if gap == "" && grows(last, t.text, b.String()) {
			gap = " "
		}
		b.WriteString(gap)
		b.WriteString(t.text)
		pos, last = t.end, t.text[len(t.text)-1]
	}
	return b.String()
}

// blank is the text between two tokens without its comments.
func blank(gap string) string {
	for i := range len(gap) {
		if gap[i] > ' ' && gap[i] != 0x7f {
			return " "
		}
	}
	return gap
}

// grows reports whether next, written directly behind what is written and
// ends in last, would be read as part of it: ?1, or a [ that opens no name.
func grows(last byte, next, written string) bool {
	switch last {
	case '?':
		return digit(next[0]) || next[0] == '?'
	case '[':
		return wordStart(next[0]) && (len(written) < 2 || !subscripted(written[len(written)-2]))
	}
	return false
}

// fold turns every literal and placeholder into ?, and lists of any length
// into lists of one: IN (?), VALUES (?, ?).
func fold(toks []token) []token {
	lists := valueLists(toks)
	out := make([]token, len(toks))
	for i, t := range toks {
		if t.kind == literal || t.kind == number || t.kind == param || lists[i] && constant(toks, i) {
			t = token{kind: param, text: "?"}
		}
		out[i] = t
	}
	return foldLists(trimEnd(out))
}

// constant reports whether toks[i], in a list, is NULL and the like, or the
// ... that a server writes for the rest of a list.
func constant(toks []token, i int) bool {
	t := toks[i]
	if t.is("...") {
		return true
	}
	if t.kind != word || i+1 < len(toks) && !toks[i+1].is(",") && !toks[i+1].is(")") {
		return false
	}
	switch strings.ToUpper(t.text) {
	case "NULL", "TRUE", "FALSE", "DEFAULT":
		return toks[i-1].is("(") || toks[i-1].is(",")
	}
	return false
}

func trimEnd(toks []token) []token {
	for len(toks) > 0 && toks[len(toks)-1].is(";") {
		toks = toks[:len(toks)-1]
	}
	return toks
}

// foldLists keeps the first row of VALUES, and the first element of a list
// that holds nothing but ? and rows of ?.
func foldLists(toks []token) []token {
	out := make([]token, 0, len(toks))
	for i := 0; i < len(toks); i++ {
		t := toks[i]
		out = append(out, t)
		if i+1 >= len(toks) {
			break
		}
		next := toks[i+1]
		switch {
		case t.isWord("VALUES") && next.is("("):
			out = append(out, foldLists(toks[i+1:closing(toks, i+1)])...)
			i = rowsEnd(toks, i+1) - 1
		case t.isWord("IN") && next.is("("), t.isWord("ARRAY") && next.is("["):
			if end := closing(toks, i+1); constants(toks[i+1 : end]) {
				out = append(out, firstElement(toks[i+1:end])...)
				i = end - 1
			}
		}
	}
	return out
}

func constants(list []token) bool {
	for _, t := range list {
		if t.kind != param && (t.kind != op || strings.IndexByte("(),[]", t.text[0]) < 0) {
			return false
		}
	}
	return true
}

// firstElement is ( ? ) of ( ?, ?, ? ); it stays open if the list was cut
// short.
func firstElement(list []token) []token {
	depth := 0
	for i, t := range list {
		switch {
		case t.is("("), t.is("["):
			depth++
		case t.is(")"), t.is("]"):
			depth--
		case t.is(",") && depth == 1:
			if balanced(list) {
				return append(list[:i:i], list[len(list)-1])
			}
			return list[:i]
		}
	}
	return list
}

func balanced(list []token) bool {
	depth := 0
	for _, t := range list {
		switch {
		case t.is("("), t.is("["):
			depth++
		case t.is(")"), t.is("]"):
			depth--
		}
	}
	return depth == 0
}
