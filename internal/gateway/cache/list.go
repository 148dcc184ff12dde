package cache

import "bytes"

// A Field is one line of a head.
type Field struct{ Name, Value []byte }

// nameRoom takes every name that is known here; longer ones are not.
const nameRoom = 32

// lowered is a name in lower case, and with - for _, as CGI and WSGI have it;
// nil for one that is too long to be known.
func lowered(room *[nameRoom]byte, name []byte) []byte {
	if len(name) > nameRoom {
		return nil
	}
	for i, c := range name {
		switch {
		case c >= 'A' && c <= 'Z':
			c |= 0x20
		case c == '_':
			c = '-'
		}
		room[i] = c
	}
	return room[:len(name)]
}

// isNamed compares without case; lower is in lower case.
func (f Field) isNamed(lower string) bool {
	var room [nameRoom]byte
	return len(f.Name) == len(lower) && string(lowered(&room, f.Name)) == lower
}

// A list goes through what commas divide, outside of quotes: RFC 9110, 5.6.1.
type list struct{ rest []byte }

// next answers an element that is not empty.
func (l *list) next() ([]byte, bool) {
	for len(l.rest) > 0 {
		end := endOf(l.rest)
		item := bytes.Trim(l.rest[:end], " \t")
		l.rest = l.rest[min(end+1, len(l.rest)):]
		if len(item) > 0 {
			return item, true
		}
	}
	return nil, false
}

// endOf is where the first element ends.
func endOf(v []byte) int {
	quoted := false
	for i := 0; i < len(v); i++ {
		switch v[i] {
		case '"':
			quoted = !quoted
		case '\\':
			if quoted {
				i++
			}
		case ',':
			if !quoted {
				return i
			}
		}
	}
	return len(v)
}

// directive divides NAME or NAME=ARGUMENT. The argument may stand in quotes.
// Spaces around the sign are wrong, and hide no word.
func directive(item []byte) (name, arg []byte, given bool) {
	name, arg, given = bytes.Cut(item, []byte{'='})
	name, arg = bytes.TrimRight(name, " \t"), bytes.TrimLeft(arg, " \t")
	if n := len(arg); n >= 2 && arg[0] == '"' && arg[n-1] == '"' {
		arg = arg[1 : n-1]
	}
	return name, arg, given
}
