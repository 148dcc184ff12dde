package sqltext

import (
	"slices"
	"strings"
)

// longestRead is how much of a statement is read to name it: a longer text is
// data.
const longestRead = 4 << 10

func short(sql string) string {
	toks := lex(head(sql, longestRead))
	if len(toks) == 0 {
		return ""
	}
	verb, table := strings.ToUpper(toks[0].text), firstTable(toks)
	switch {
	case table == "":
		return opening(toks)
	case verb == "UPDATE":
		return verb + " " + table
	}
	return verb + " … " + table
}

// firstTable is the first name behind FROM, INTO or UPDATE, without its
// schema; "" without one.
func firstTable(toks []token) string {
	for i, t := range toks[:len(toks)-1] {
		if !t.isWord("FROM") && !t.isWord("INTO") && !t.isWord("UPDATE") || !toks[i+1].named() {
			continue
		}
		for i++; i+2 < len(toks) && toks[i+1].is(".") && toks[i+2].named(); {
			i += 2
		}
		return toks[i].text
	}
	return ""
}

// named reports that t can be the name of a table.
func (t token) named() bool { return t.kind == name || t.kind == word && !t.isWord("SELECT") }

// opening is a statement's first words, four of which make a phrase.
func opening(toks []token) string {
	var out []string
	for _, t := range toks[:min(len(toks), 4)] {
		if t.kind == literal || t.kind == number {
			t.text = "?"
		}
		out = append(out, t.text)
	}
	return strings.Join(out, " ")
}

// shortList is how long a list of columns or of values may be and stay in a
// gist.
const shortList = 24

func gist(sql string) string {
	sql = head(sql, longestRead)
	toks := lex(sql)
	switch {
	case len(toks) == 0:
	case toks[0].isWord("SELECT"):
		if at := outerFrom(toks); at-toks[0].end > shortList {
			sql = toks[0].text + " … " + sql[at:]
		}
	case toks[0].isWord("INSERT"), toks[0].isWord("REPLACE"):
		sql = withoutLists(sql, toks)
	}
	return strings.Join(strings.Fields(sql), " ")
}

// withoutLists writes … for what stands in long outer parentheses.
func withoutLists(sql string, toks []token) string {
	var b strings.Builder
	depth, open, pos := 0, 0, 0
	for _, t := range toks {
		switch {
		case t.is("("):
			if depth++; depth == 1 {
				open = t.end
			}
		case t.is(")"):
			if depth--; depth == 0 && t.at-open > shortList {
				b.WriteString(sql[pos:open] + "…")
				pos = t.at
			}
		}
	}
	return b.String() + sql[pos:]
}

// outerFrom is where the FROM of a SELECT stands that is not a subquery's; 0
// without one.
func outerFrom(toks []token) int {
	depth := 0
	i := slices.IndexFunc(toks, func(t token) bool {
		switch {
		case t.is("("):
			depth++
		case t.is(")"):
			depth--
		}
		return depth == 0 && t.isWord("FROM")
	})
	if i < 0 {
		return 0
	}
	return toks[i].at
}

// head is the beginning of a text, cut between characters.
func head(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}
