package sqlite

import "strings"

// The catalog's PRAGMAs tell neither the expressions of an index, nor its
// WHERE, nor a column's collation. They stand in the definitions that SQLite
// stores, cut here into tokens; what SQLite has accepted needs no grammar.

// ddlTokens cuts SQL into words, quoted names, literals and single marks,
// each with its place; comments and white space are left out.
func ddlTokens(sql string) []ddlToken {
	var out []ddlToken
	for i := 0; i < len(sql); {
		n := ddlLength(sql[i:])
		switch c := sql[i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f':
		case c == '-' && n > 1, c == '/' && n > 1: // comments
		default:
			out = append(out, ddlToken{sql[i : i+n], i})
		}
		i += n
	}
	return out
}

type ddlToken struct {
	text string
	at   int
}

func (t ddlToken) is(word string) bool { return strings.EqualFold(t.text, word) }

// ddlLength is the length of the first token.
func ddlLength(s string) int {
	switch c := s[0]; {
	case c == '\'' || c == '"' || c == '`':
		return quotedLength(s, c)
	case c == '[':
		return through(s, "]")
	case strings.HasPrefix(s, "--"):
		return through(s, "\n")
	case strings.HasPrefix(s, "/*"):
		return 2 + through(s[2:], "*/")
	case wordByte(c):
		n := 1
		for n < len(s) && wordByte(s[n]) {
			n++
		}
		return n
	}
	return 1
}

func wordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '$' || c >= 0x80
}

func through(s, end string) int {
	if i := strings.Index(s, end); i >= 0 {
		return i + len(end)
	}
	return len(s)
}

// quotedLength minds doubled quotes.
func quotedLength(s string, quote byte) int {
	for i := 1; i < len(s); i++ {
		if s[i] != quote {
			continue
		}
		if i+1 < len(s) && s[i+1] == quote {
			i++
			continue
		}
		return i + 1
	}
	return len(s)
}

// unquote is the name that a token stands for.
func unquote(s string) string {
	if len(s) < 2 {
		return s
	}
	switch q := s[0]; q {
	case '"', '`', '\'':
		return strings.ReplaceAll(s[1:len(s)-1], string([]byte{q, q}), string(q))
	case '[':
		return s[1 : len(s)-1]
	}
	return s
}

// A ddlList is what stands between the outermost parentheses, cut at its
// commas, and the text behind.
type ddlList struct {
	items [][]ddlToken
	rest  []ddlToken
}

// parseDDLList finds the first parenthesis behind from.
func parseDDLList(tokens []ddlToken) ddlList {
	var l ddlList
	depth, start := 0, 0
	for i, t := range tokens {
		switch t.text {
		case "(":
			if depth++; depth == 1 {
				start = i + 1
			}
		case ",":
			if depth == 1 {
				l.items = append(l.items, tokens[start:i])
				start = i + 1
			}
		case ")":
			if depth--; depth == 0 {
				l.items = append(l.items, tokens[start:i])
				l.rest = tokens[i+1:]
				return l
			}
		}
	}
	return l
}

// indexText is what an index's definition says of its terms: the expression
// of each, without COLLATE and ASC or DESC, and the text of its WHERE.
func indexText(sql string) (terms []string, where string) {
	tokens := ddlTokens(sql)
	on := 0
	for on < len(tokens) && !tokens[on].is("ON") {
		on++
	}
	l := parseDDLList(tokens[min(on+1, len(tokens)):])
	for _, item := range l.items {
		terms = append(terms, termText(sql, item))
	}
	if len(l.rest) > 1 && l.rest[0].is("WHERE") {
		where = strings.TrimRight(strings.TrimSpace(sql[l.rest[1].at:]), "; ")
	}
	return terms, where
}

func termText(sql string, item []ddlToken) string {
	end := len(item)
	for end > 1 && (item[end-1].is("ASC") || item[end-1].is("DESC")) {
		end--
	}
	if end > 2 && item[end-2].is("COLLATE") {
		end -= 2
	}
	if end == 0 {
		return ""
	}
	last := item[end-1]
	return sql[item[0].at : last.at+len(last.text)]
}

// columnCollations are the collations that a table's definition gives its
// columns, by lower-case name.
func columnCollations(sql string) map[string]string {
	out := map[string]string{}
	for _, item := range parseDDLList(ddlTokens(sql)).items {
		depth := 0
		for i, t := range item {
			switch {
			case t.text == "(":
				depth++
			case t.text == ")":
				depth--
			case depth == 0 && i > 0 && t.is("COLLATE") && i+1 < len(item):
				out[strings.ToLower(unquote(item[0].text))] = strings.ToUpper(unquote(item[i+1].text))
			}
		}
	}
	return out
}

// virtualModule is the module of a CREATE VIRTUAL TABLE; "" for other text.
func virtualModule(sql string) string {
	tokens := ddlTokens(sql)
	if len(tokens) < 2 || !tokens[0].is("CREATE") || !tokens[1].is("VIRTUAL") {
		return ""
	}
	for i, t := range tokens {
		if t.is("USING") && i+1 < len(tokens) {
			return strings.ToLower(unquote(tokens[i+1].text))
		}
	}
	return "unknown"
}
