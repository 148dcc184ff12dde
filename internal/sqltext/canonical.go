package sqltext

import "strings"

// canonical is the one form of a statement that its fingerprint is made of,
// whoever wrote it down: the application, or a server that keeps digests.
// MariaDB's and MySQL's digests quote every name, print one word of several
// that mean the same, take NULL for a value, and leave only (...) of a list of
// values (dev.mysql.com/doc/refman/8.4/en/performance-schema-statement-digests.html;
// the words are those of one symbol in MariaDB 10.11's sql/lex.h).
func canonical(toks []token, q Quotes) []token {
	out := make([]token, 0, len(toks))
	for i, t := range toks {
		switch {
		case t.is("..."), t.isWord("NULL") && nullValue(toks, i):
			t = token{kind: param, text: "?"}
		case t.kind == name && (q != Exact || bare(t.text[1:max(len(t.text)-1, 1)], "postgres")):
			t = unquoted(t)
		case t.is("<>"):
			t.text = "!="
		}
		if t.kind == word {
			t.text = oneWord(strings.ToLower(t.text))
		}
		if t.kind == param {
			out = unsigned(out)
		}
		out = append(out, t)
	}
	return foldValues(out)
}

// nullValue tells the value from IS NULL, and from a column's NOT NULL.
func nullValue(toks []token, i int) bool {
	return i > 0 && !toks[i-1].isWord("IS") && !toks[i-1].isWord("NOT")
}

// unquoted takes quotes off that need not be there.
func unquoted(t token) token {
	if t.broken || len(t.text) < 3 {
		return t
	}
	for i, c := range []byte(t.text[1 : len(t.text)-1]) {
		if !wordStart(c) && (i == 0 || !digit(c)) || c >= 0x80 {
			return t
		}
	}
	t.kind, t.text = word, t.text[1:len(t.text)-1]
	return t
}

// oneWord is the word that stands for all that mean the same.
func oneWord(w string) string {
	if unit, ok := strings.CutPrefix(w, "sql_tsi_"); ok {
		return unit
	}
	switch w {
	case "distinctrow":
		return "distinct"
	case "substr", "mid":
		return "substring"
	case "curdate":
		return "current_date"
	case "curtime":
		return "current_time"
	case "now", "localtime", "localtimestamp":
		return "current_timestamp"
	case "std", "stddev_pop":
		return "stddev"
	case "var_pop":
		return "variance"
	case "some":
		return "any"
	case "rlike":
		return "regexp"
	case "character":
		return "char"
	case "int", "int4":
		return "integer"
	case "dec", "numeric":
		return "decimal"
	case "float8":
		return "double"
	case "float4":
		return "float"
	case "session_user", "system_user":
		return "user"
	case "schema":
		return "database"
	}
	return w
}

// unsigned takes a sign off that stands before a value and is no operator, and
// the @ of a variable, which a digest leaves.
func unsigned(out []token) []token {
	n := len(out)
	if n > 0 && out[n-1].is("@") {
		return out[:n-1]
	}
	if n > 0 && (out[n-1].is("-") || out[n-1].is("+")) && (n == 1 || !out[n-2].value()) {
		return out[:n-1]
	}
	return out
}

// foldValues leaves two of a run of values, and one where they are all that
// stands in parentheses.
func foldValues(toks []token) []token {
	out := toks[:0]
	for i := 0; i < len(toks); i++ {
		t := toks[i]
		end := runEnd(toks, i)
		if t.kind != param || end == i+1 {
			out = append(out, t)
			continue
		}
		whole := len(out) > 0 && out[len(out)-1].is("(") && end < len(toks) && toks[end].is(")")
		out = append(out, t)
		if !whole {
			out = append(out, token{kind: op, text: ","}, token{kind: param, text: "?"})
		}
		i = end - 1
	}
	return out
}

// runEnd is the place behind the values from toks[i] on, with commas between.
func runEnd(toks []token, i int) int {
	end := i + 1
	for end+1 < len(toks) && toks[end].is(",") && toks[end+1].kind == param {
		end += 2
	}
	return end
}
