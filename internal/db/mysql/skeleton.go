package mysql

import "bytes"

// skeleton writes sql to dst with every string as ”, every number as 0 and
// without comments: a short text that says what the statement is, by MySQL's
// rules for quotes and backslashes. Statements with one skeleton have one
// fingerprint; it costs a fraction of that.
//
// Lists of values are one value, and so are the rows of VALUES: they would
// make a skeleton for each length. Under ANSI_QUOTES a "x" is a name.
func skeleton(dst, sql []byte, ansi bool) []byte {
	open := -1    // of the innermost list of values that is written
	rows := false // behind VALUES
	for i := 0; i < len(sql); {
		c := sql[i]
		kind := kindOf[c]
		if ansi && c == '"' {
			kind = kindBacktick
		}
		switch kind {
		case kindWord:
			end := wordEnd(sql, i)
			if next := end < len(sql) && sql[end] == '\''; !next { // X'41' is a value
				open, rows = -1, isValues(sql[i:end])
			}
			dst, i = append(dst, sql[i:end]...), end
		case kindDigit:
			i, dst = skipNumber(sql, i, dst)
		case kindQuote:
			dst, i = append(dropPrefix(dst), '\'', '\''), skipQuoted(sql, i)
		case kindSpace:
			dst, i = addSpace(dst), i+1
		case kindBacktick:
			open, rows = -1, false
			end := skipQuoted(sql, i)
			dst, i = append(dst, sql[i:end]...), end
		case kindComment:
			i, dst = skipComment(sql, i, dst)
		case kindOperator:
			open = -1
			dst, i = append(dst, c), i+1
		case kindOpen:
			open = len(dst)
			dst, i = append(dst, c), i+1
		case kindClose:
			dst, rows = closeList(append(dst, c), open, rows)
			open, i = -1, i+1
		default:
			dst, i = append(dst, c), i+1
		}
	}
	return dst
}

// closeList folds the list that ends here, if it is one of plain values; behind
// any other there are no more rows.
func closeList(dst []byte, open int, rows bool) ([]byte, bool) {
	if open < 0 {
		return dst, false
	}
	return fold(dst, open, rows), rows
}

func isValues(word []byte) bool {
	return len(word) >= 5 && word[0]|0x20 == 'v' && (bytes.EqualFold(word, []byte("VALUES")) || bytes.EqualFold(word, []byte("VALUE")))
}

// fold shortens the list of values at dst[open:]: that of an IN to one value,
// a row of VALUES behind another to nothing.
func fold(dst []byte, open int, rows bool) []byte {
	before := bytes.TrimRight(dst[:open], " ")
	n := len(before)
	if rows && n > 1 && before[n-1] == ',' {
		if before = bytes.TrimRight(before[:n-1], " "); len(before) > 0 && before[len(before)-1] == ')' {
			return before
		}
		return dst
	}
	if n > 2 && before[n-2]|0x20 == 'i' && before[n-1]|0x20 == 'n' && !nameByte(before[n-3]) {
		return append(dst[:open], "(0)"...)
	}
	return dst
}

// The kinds of bytes.
const (
	kindOther = iota
	kindWord
	kindDigit
	kindQuote
	kindBacktick
	kindSpace
	kindComment // may begin one
	kindOpen
	kindClose
	kindOperator // what no list of plain values holds
)

// kindOf is a table because it is asked for every byte of a log; it does not
// change.
var kindOf = makeKinds()

func makeKinds() (t [256]byte) {
	for c := range t {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_', c == '$', c == '@', c >= 0x80:
			t[c] = kindWord
		case c >= '0' && c <= '9':
			t[c] = kindDigit
		case c == '\'', c == '"':
			t[c] = kindQuote
		case c == '`':
			t[c] = kindBacktick
		case c == '*', c == '=', c == '<', c == '>', c == '%', c == '|', c == '&', c == '!', c == '^', c == '~', c == '?', c == ';', c == ':':
			t[c] = kindOperator
		case c == '(':
			t[c] = kindOpen
		case c == ')':
			t[c] = kindClose
		case c == ' ', c == '\t', c == '\n', c == '\r', c == '\v', c == '\f':
			t[c] = kindSpace
		case c == '/', c == '-', c == '#':
			t[c] = kindComment
		}
	}
	return t
}

func wordEnd(sql []byte, i int) int {
	for i < len(sql) && (kindOf[sql[i]] == kindWord || kindOf[sql[i]] == kindDigit) {
		i++
	}
	return i
}

func addSpace(dst []byte) []byte {
	if n := len(dst); n > 0 && dst[n-1] != ' ' {
		dst = append(dst, ' ')
	}
	return dst
}

// skipNumber reads 12, 1.5, .5e-3, 0xFF; a name may begin with a digit (1abc)
// and is kept. A number behind a dot is part of it.
func skipNumber(sql []byte, i int, dst []byte) (int, []byte) {
	end := i
	for end < len(sql) && kindOf[sql[end]] == kindDigit {
		end++
	}
	if end == i+1 && sql[i] == '0' && end < len(sql) && (sql[end]|0x20 == 'x' || sql[end]|0x20 == 'b') {
		end = wordEnd(sql, end)
		return end, append(dst, '0')
	}
	if end < len(sql) && sql[end] == '.' {
		for end++; end < len(sql) && kindOf[sql[end]] == kindDigit; end++ {
		}
	}
	if e := exponentEnd(sql, end); e > end {
		end = e
	}
	if end < len(sql) && kindOf[sql[end]] == kindWord {
		e := wordEnd(sql, end)
		return e, append(dst, sql[i:e]...)
	}
	if n := len(dst); n > 0 && dst[n-1] == '.' && (n == 1 || !nameByte(dst[n-2])) { // .5
		dst = dst[:n-1]
	}
	return end, append(dst, '0')
}

func nameByte(c byte) bool {
	return kindOf[c] == kindWord || kindOf[c] == kindDigit || c == '`'
}

// exponentEnd is the end of "e+10" at i; i when there is none.
func exponentEnd(sql []byte, i int) int {
	if i >= len(sql) || sql[i]|0x20 != 'e' {
		return i
	}
	end := i + 1
	if end < len(sql) && (sql[end] == '+' || sql[end] == '-') {
		end++
	}
	first := end
	for end < len(sql) && kindOf[sql[end]] == kindDigit {
		end++
	}
	if end == first {
		return i
	}
	return end
}

// dropPrefix takes the x of x'41' away: how a value is written is no part of
// what a statement is.
func dropPrefix(dst []byte) []byte {
	n := len(dst)
	if n == 0 || n > 1 && nameByte(dst[n-2]) {
		return dst
	}
	switch dst[n-1] | 0x20 {
	case 'x', 'b', 'n':
		return dst[:n-1]
	}
	return dst
}

// skipQuoted is the end of the quoted text that begins at i, or of a text cut
// short. Doubled quotes and, but for names, backslashes are minded.
func skipQuoted(sql []byte, i int) int {
	q := sql[i]
	for i++; i < len(sql); i++ {
		switch c := sql[i]; {
		case c == '\\' && q != '`':
			i++
		case c != q:
		case i+1 < len(sql) && sql[i+1] == q:
			i++
		default:
			return i + 1
		}
	}
	return len(sql)
}

// skipComment leaves a comment out, but for those that the server executes.
func skipComment(sql []byte, i int, dst []byte) (int, []byte) {
	rest := sql[i:]
	switch {
	case rest[0] == '#', len(rest) > 2 && rest[0] == '-' && rest[1] == '-' && kindOf[rest[2]] == kindSpace:
		for i < len(sql) && sql[i] != '\n' {
			i++
		}
		return i, dst
	case len(rest) > 2 && rest[0] == '/' && rest[1] == '*' && rest[2] != '!' && rest[2] != '+':
		for j := i + 2; j+1 < len(sql); j++ {
			if sql[j] == '*' && sql[j+1] == '/' {
				return j + 2, addSpace(dst)
			}
		}
		return len(sql), dst
	}
	return i + 1, append(dst, rest[0])
}
