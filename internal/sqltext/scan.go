package sqltext

import "strings"

// A scanner cuts a text into tokens; their order and places are the text's.
type scanner struct {
	src     string
	pos     int
	escapes bool // a backslash escapes a quote
	toks    []token
}

func scan(sql string, escapes bool) []token {
	s := &scanner{src: sql, escapes: escapes}
	for s.pos < len(s.src) {
		if s.src[s.pos] <= ' ' || s.src[s.pos] == 0x7f {
			s.pos++
			continue
		}
		s.next()
	}
	return s.toks
}

func (s *scanner) peek(n int) byte {
	if s.pos+n < len(s.src) {
		return s.src[s.pos+n]
	}
	return 0
}

// emit takes the text up to end as one token.
func (s *scanner) emit(k kind, end int, broken bool) {
	s.toks = append(s.toks, token{k, s.src[s.pos:end], s.pos, end, broken})
	s.pos = end
}

func (s *scanner) next() {
	c := s.src[s.pos]
	switch {
	case c == '\'':
		s.quoted(literal, s.pos+1, '\'', s.escapes)
	case c == '"':
		s.quoted(dquote, s.pos+1, '"', s.escapes)
	case c == '`':
		s.quoted(name, s.pos+1, '`', false)
	case c == '[' && s.bracketName():
	case s.comment():
	case digit(c) || c == '.' && digit(s.peek(1)):
		s.number()
	case wordStart(c):
		s.word()
	case c == '$':
		s.dollar()
	case s.param(c):
	default:
		s.operator()
	}
}

// quoted takes a quoted token whose body starts at from. A doubled quote is
// part of it. An unclosed one counts as a literal, whatever it is.
func (s *scanner) quoted(k kind, from int, quote byte, escapes bool) {
	for i := from; i < len(s.src); i++ {
		switch {
		case escapes && s.src[i] == '\\':
			i++
		case s.src[i] != quote:
		case i+1 < len(s.src) && s.src[i+1] == quote:
			i++
		default:
			s.emit(k, i+1, false)
			return
		}
	}
	s.emit(literal, len(s.src), true)
}

// bracketName takes [a name]; a subscript, as in a[1] and array['x'], is
// left to operator.
func (s *scanner) bracketName() bool {
	n := strings.IndexByte(s.src[s.pos:], ']')
	if s.pos > 0 && subscripted(s.src[s.pos-1]) || n < 0 || !nameLike(s.src[s.pos:s.pos+n+1]) {
		return false
	}
	s.emit(name, s.pos+n+1, false)
	return true
}

// subscripted reports whether a [ directly behind c opens a subscript.
func subscripted(c byte) bool { return wordByte(c) || strings.IndexByte(")]\"`'?", c) >= 0 }

// comment takes --, # (MySQL; #> and #- are operators of PostgreSQL) and
// /* */.
func (s *scanner) comment() bool {
	c, d := s.src[s.pos], s.peek(1)
	switch {
	case c == '-' && d == '-', c == '#' && d != '>' && (d != '-' || s.peek(2) == '-'):
		end := strings.IndexByte(s.src[s.pos:], '\n')
		if end < 0 {
			end = len(s.src) - s.pos
		}
		s.emit(comment, s.pos+end, false)
	case c == '/' && d == '*':
		end := strings.Index(s.src[s.pos+2:], "*/")
		if end < 0 {
			s.emit(comment, len(s.src), true)
			break
		}
		s.emit(comment, s.pos+2+end+2, false)
	default:
		return false
	}
	return true
}

// number takes 1, 1.5, .5, 1e-5, 0xFF, 0b01, 1_000.
func (s *scanner) number() {
	i := s.pos
	if s.src[i] == '0' && i+1 < len(s.src) && strings.IndexByte("xXbBoO", s.src[i+1]) >= 0 {
		s.emit(number, s.run(i+2, hexByte), false)
		return
	}
	i = s.run(i, numberByte)
	if i < len(s.src) && s.src[i]|0x20 == 'e' {
		j := i + 1
		if j < len(s.src) && (s.src[j] == '+' || s.src[j] == '-') {
			j++
		}
		if k := s.run(j, numberByte); k > j {
			i = k
		}
	}
	s.emit(number, i, false)
}

// run is the end of the bytes from i on that satisfy ok.
func (s *scanner) run(i int, ok func(byte) bool) int {
	for i < len(s.src) && ok(s.src[i]) {
		i++
	}
	return i
}

// word takes a word, or a string with a prefix: x'ff', b'01', N'x', E'\”,
// U&'x', _utf8'x'.
func (s *scanner) word() {
	end := s.run(s.pos, wordByte)
	w := s.src[s.pos:end]
	if strings.HasPrefix(s.src[end:], "&'") && strings.EqualFold(w, "u") {
		s.quoted(literal, end+2, '\'', false)
		return
	}
	if end < len(s.src) && s.src[end] == '\'' && stringPrefix(w) {
		s.quoted(literal, end+1, '\'', s.escapes || strings.EqualFold(w, "e"))
		return
	}
	s.emit(word, end, false)
}

func stringPrefix(w string) bool {
	return len(w) == 1 && strings.ContainsAny(w, "xXbBnNeEqQ") || w[0] == '_'
}

// dollar takes $1, $name, and PostgreSQL's $tag$ strings $tag$.
func (s *scanner) dollar() {
	end := s.run(s.pos+1, tagByte)
	if end < len(s.src) && s.src[end] == '$' && !digit(s.peek(1)) {
		tag := s.src[s.pos : end+1]
		if n := strings.Index(s.src[end+1:], tag); n >= 0 {
			s.emit(literal, end+1+n+len(tag), false)
		} else {
			s.emit(literal, len(s.src), true)
		}
		return
	}
	if end == s.pos+1 {
		s.emit(op, end, false)
		return
	}
	s.emit(param, end, false)
}

// param takes ?, ?1, :a, :1, @a, @@a; a :: is a cast, and a : behind a value
// and before a digit belongs to a slice.
func (s *scanner) param(c byte) bool {
	switch {
	case c == '?':
		s.emit(param, s.run(s.pos+1, digit), false)
	case c == '@' && (wordStart(s.peek(1)) || s.peek(1) == '@' && wordStart(s.peek(2))):
		s.emit(param, s.run(s.pos+2, wordByte), false)
	case c == ':' && wordStart(s.peek(1)),
		c == ':' && digit(s.peek(1)) && (len(s.toks) == 0 || !s.toks[len(s.toks)-1].value()):
		s.emit(param, s.run(s.pos+1, wordByte), false)
	default:
		return false
	}
	return true
}

// operators of more than one byte, longest first. A sign never ends one, so
// that =-5 is an = and a -5; what is not here is taken byte by byte.
var operators = []string{"->>", "#>>", "<=>", "!~*", "...", "->", "#>", "#-", "||", "<=", ">=", "<>", "!=", "==", "<<", ">>", "::", ":=", "=>", "&&", "@>", "<@", "~*", "!~"}

func (s *scanner) operator() {
	for _, o := range operators {
		if strings.HasPrefix(s.src[s.pos:], o) {
			s.emit(op, s.pos+len(o), false)
			return
		}
	}
	s.emit(op, s.pos+1, s.src[s.pos] == '\\')
}

func digit(c byte) bool      { return '0' <= c && c <= '9' }
func numberByte(c byte) bool { return digit(c) || c == '.' || c == '_' }
func hexByte(c byte) bool {
	return digit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' || c == '_'
}
func wordStart(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' || c >= 0x80 }
func wordByte(c byte) bool  { return wordStart(c) || digit(c) || c == '$' }
func tagByte(c byte) bool   { return wordStart(c) || digit(c) }
