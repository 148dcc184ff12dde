package postgres

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// readJSONLog reads a line of a json log: one object of strings and numbers
// (PostgreSQL manual, "Using JSON-Format Log Output"; since version 15). The
// texts are unescaped in the line's own place: bytes that are no UTF-8 stay, as
// the server wrote them. false: the line is none.
func readJSONLog(line []byte) (r logRecord, ok bool) {
	if len(line) == 0 || line[0] != '{' {
		return r, false
	}
	rest := line[1:]
	for len(rest) > 0 && rest[0] != '}' {
		var key, value []byte
		key, rest = jsonValue(rest)
		if len(rest) == 0 || rest[0] != ':' {
			break
		}
		value, rest = jsonValue(rest[1:])
		r.put(string(key), value)
		if len(rest) == 0 || rest[0] != ',' {
			break
		}
		rest = rest[1:]
	}
	r.named = true
	return r, r.time != nil && r.message != nil // a line that was cut has as much as it has
}

func (r *logRecord) put(key string, value []byte) {
	switch key {
	case "timestamp":
		r.time = value
	case "user":
		r.user = value
	case "dbname":
		r.database = value
	case "pid":
		r.session = value
	case "ps":
		r.tag = value
	case "state_code":
		r.failed = failedState(value)
	case "message":
		r.message = value
	case "detail":
		r.detail = value
	case "application_name":
		r.program = value
	}
}

// jsonValue reads a string, without its quotes, or a number, and what is
// behind it.
func jsonValue(b []byte) (value, rest []byte) {
	if len(b) == 0 || b[0] != '"' {
		end := 0
		for end < len(b) && b[end] != ',' && b[end] != '}' && b[end] != ':' {
			end++
		}
		return b[:end], b[end:]
	}
	to := 1
	for i := 1; i < len(b); {
		switch {
		case b[i] == '"':
			return b[1:to], b[i+1:]
		case b[i] != '\\' || i+1 >= len(b):
			b[to] = b[i]
			to, i = to+1, i+1
		default:
			n, size := unescape(b[to:to], b[i:])
			to, i = to+n, i+size
		}
	}
	return b[1:to], nil
}

// unescape writes what an escape stands for, which is never longer than the
// escape.
func unescape(dst, b []byte) (written, size int) {
	if b[1] != 'u' {
		c := b[1]
		switch c {
		case 'n':
			c = '\n'
		case 't':
			c = '\t'
		case 'r':
			c = '\r'
		case 'b':
			c = '\b'
		case 'f':
			c = '\f'
		}
		return len(append(dst, c)), 2
	}
	r, ok := hexRune(b)
	if !ok {
		return len(append(dst, '\\')), 1
	}
	if utf16.IsSurrogate(r) && len(b) >= 12 && b[6] == '\\' {
		if low, ok := hexRune(b[6:]); ok {
			return len(utf8.AppendRune(dst, utf16.DecodeRune(r, low))), 12
		}
	}
	return len(utf8.AppendRune(dst, r)), 6
}

// hexRune reads \u00e4.
func hexRune(b []byte) (rune, bool) {
	if len(b) < 6 || b[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	return rune(n), err == nil
}
