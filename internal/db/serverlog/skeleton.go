package serverlog

import "bytes"

// Skeleton writes sql to dst with every string as an empty one, every number as 0 and
// without comments: a short text that says what the statement is. Statements
// with one skeleton have one fingerprint; it costs a fraction of that.
//
// Lists of values are one value, and so are the rows of VALUES: they would
// make a skeleton for each length.
func (l *Lexis) Skeleton(dst, sql []byte) []byte {
	open := -1    // of the innermost list of values that is written
	rows := false // behind VALUES
	for i := 0; i < len(sql); {
		c := sql[i]
		switch l.kinds[c] {
		case kindWord:
			end := l.wordEnd(sql, i)
			if next := end < len(sql) && sql[end] == '\''; !next { // X'41' is a value
				open, rows = -1, isValues(sql[i:end])
			}
			dst, i = append(dst, sql[i:end]...), end
		case kindDigit:
			i, dst = l.skipNumber(sql, i, dst)
		case kindQuote:
			i, dst = l.skipString(sql, i, dst)
		case kindSpace:
			dst, i = addSpace(dst), i+1
		case kindName:
			open, rows = -1, false
			end := skipQuoted(sql, i, false)
			dst, i = append(dst, sql[i:end]...), end
		case kindComment:
			i, dst = l.skipComment(sql, i, dst)
		case kindDollar:
			i, dst = l.skipDollar(sql, i, dst)
		case kindOperator:
			open = -1
			dst, i = append(dst, c), i+1
		case kindOpen:
			open = len(dst)
			dst, i = append(dst, c), i+1
		case kindClose:
			dst, rows = l.closeList(append(dst, c), open, rows)
			open, i = -1, i+1
		default:
			dst, i = append(dst, c), i+1
		}
	}
	return dst
}

// closeList folds the list that ends here, if it is one of plain values; behind
// any other there are no more rows.
func (l *Lexis) closeList(dst []byte, open int, rows bool) ([]byte, bool) {
	if open < 0 {
		return dst, false
	}
	return l.fold(dst, open, rows), rows
}

func isValues(word []byte) bool {
	return len(word) >= 5 && word[0]|0x20 == 'v' && (bytes.EqualFold(word, []byte("VALUES")) || bytes.EqualFold(word, []byte("VALUE")))
}

// fold shortens the list of values at dst[open:]: that of an IN to one value,
// a row of VALUES behind another to nothing.
func (l *Lexis) fold(dst []byte, open int, rows bool) []byte {
	before := bytes.TrimRight(dst[:open], " ")
	n := len(before)
	if rows && n > 1 && before[n-1] == ',' {
		if before = bytes.TrimRight(before[:n-1], " "); len(before) > 0 && before[len(before)-1] == ')' {
			return before
		}
		return dst
	}
	if n > 2 && before[n-2]|0x20 == 'i' && before[n-1]|0x20 == 'n' && !l.nameByte(before[n-3]) {
		return append(dst[:open], "(0)"...)
	}
	return dst
}

func (l *Lexis) wordEnd(sql []byte, i int) int {
	for i < len(sql) && l.inWord(sql[i]) {
		i++
	}
	return i
}

// inWord reports a byte that may stand in a name, though not all begin one.
func (l *Lexis) inWord(c byte) bool {
	k := l.kinds[c]
	return k == kindWord || k == kindDigit || k == kindDollar
}

func (l *Lexis) nameByte(c byte) bool { return l.inWord(c) || l.kinds[c] == kindName }

func addSpace(dst []byte) []byte {
	if n := len(dst); n > 0 && dst[n-1] != ' ' {
		dst = append(dst, ' ')
	}
	return dst
}

// skipNumber reads 12, 1.5, .5e-3, 0xFF; a name may begin with a digit (1abc)
// and is kept. A number behind a dot is part of it.
func (l *Lexis) skipNumber(sql []byte, i int, dst []byte) (int, []byte) {
	end := digitsEnd(sql, i)
	if end == i+1 && sql[i] == '0' && end < len(sql) && (sql[end]|0x20 == 'x' || sql[end]|0x20 == 'b') {
		return l.wordEnd(sql, end), append(dst, '0')
	}
	if end < len(sql) && sql[end] == '.' {
		end = digitsEnd(sql, end+1)
	}
	if e := exponentEnd(sql, end); e > end {
		end = e
	}
	if end < len(sql) && l.kinds[sql[end]] == kindWord {
		e := l.wordEnd(sql, end)
		return e, append(dst, sql[i:e]...)
	}
	if n := len(dst); n > 0 && dst[n-1] == '.' && (n == 1 || !l.nameByte(dst[n-2])) { // .5
		dst = dst[:n-1]
	}
	return end, append(dst, '0')
}

func digitsEnd(sql []byte, i int) int {
	for i < len(sql) && sql[i] >= '0' && sql[i] <= '9' {
		i++
	}
	return i
}

// exponentEnd is the end of "e+10" at i; i when there is none.
func exponentEnd(sql []byte, i int) int {
	if i >= len(sql) || sql[i]|0x20 != 'e' {
		return i
	}
	first := i + 1
	if first < len(sql) && (sql[first] == '+' || sql[first] == '-') {
		first++
	}
	if end := digitsEnd(sql, first); end > first {
		return end
	}
	return i
}

// skipString reads a string, and takes the x of x'41' away: how a value is
// written is no part of what a statement is.
func (l *Lexis) skipString(sql []byte, i int, dst []byte) (int, []byte) {
	escapes := l.o.Escapes
	if n := len(dst); i > 0 && n > 0 && l.inWord(sql[i-1]) && (n == 1 || !l.nameByte(dst[n-2])) {
		if c := dst[n-1] | 0x20; bytes.IndexByte([]byte(l.o.Prefixes), c) >= 0 {
			dst, escapes = dst[:n-1], escapes || c == 'e'
		}
	}
	return skipQuoted(sql, i, escapes), append(dst, '\'', '\'')
}

// skipQuoted is the end of the quoted text that begins at i, or of a text cut
// short. Doubled quotes are minded.
func skipQuoted(sql []byte, i int, escapes bool) int {
	q := sql[i]
	for i++; i < len(sql); i++ {
		switch c := sql[i]; {
		case c == '\\' && escapes:
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

// skipDollar reads $tag$ … $tag$, which is a string, and $1.
func (l *Lexis) skipDollar(sql []byte, i int, dst []byte) (int, []byte) {
	end := i + 1
	for end < len(sql) && (l.kinds[sql[end]] == kindWord || l.kinds[sql[end]] == kindDigit) {
		end++
	}
	if end == len(sql) || sql[end] != '$' || end > i+1 && l.kinds[sql[i+1]] == kindDigit {
		return end, append(dst, sql[i:end]...)
	}
	tag := sql[i : end+1]
	if n := bytes.Index(sql[end+1:], tag); n >= 0 {
		return end + 1 + n + len(tag), append(dst, '\'', '\'')
	}
	return len(sql), append(dst, '\'', '\'')
}

// skipComment leaves a comment out, but for those that the server executes.
func (l *Lexis) skipComment(sql []byte, i int, dst []byte) (int, []byte) {
	rest := sql[i:]
	switch {
	case rest[0] == '#', len(rest) > 1 && rest[0] == '-' && rest[1] == '-' && (!l.o.Spaced || len(rest) > 2 && l.kinds[rest[2]] == kindSpace):
		for i < len(sql) && sql[i] != '\n' {
			i++
		}
		return i, dst
	case len(rest) > 2 && rest[0] == '/' && rest[1] == '*' && !(l.o.Executed && (rest[2] == '!' || rest[2] == '+')):
		return i + l.commentEnd(rest), addSpace(dst)
	}
	return i + 1, append(dst, rest[0])
}

// commentEnd is the length of the comment that a text begins with.
func (l *Lexis) commentEnd(text []byte) int {
	depth := 1
	for j := 2; j+1 < len(text); j++ {
		switch {
		case text[j] == '*' && text[j+1] == '/':
			if depth--; depth == 0 {
				return j + 2
			}
			j++
		case l.o.Nests && text[j] == '/' && text[j+1] == '*':
			depth++
			j++
		}
	}
	return len(text)
}
