package gateway

import "bytes"

// targetChars are those of a path and a query, RFC 3986, and what browsers
// send in them all the same. No control characters, no space, no # and no
// backslash; nothing beyond ASCII, which would have to be percent-encoded.
var targetChars = tableOf("-._~!$&'()*+,;=:@/?%[]|^`{}\"<>0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")

// checkTarget lets pass a path from / on, whose meaning does not depend on
// who takes the dots out of it.
func checkTarget(method, target, path []byte) error {
	switch string(method) {
	case "CONNECT", "TRACE":
		return refuse(405, "this method is not passed on")
	case "OPTIONS":
		if string(target) == "*" {
			return nil
		}
	}
	if len(target) == 0 || target[0] != '/' {
		return refuse(400, "the target is not a path from / on")
	}
	for _, c := range target {
		if !targetChars[c] {
			return refuse(400, "the target holds a character that has to be encoded")
		}
	}
	return checkPath(path)
}

// checkPath refuses dotted segments, also encoded ones and those behind which
// a parameter hides, and encodings that are none.
func checkPath(path []byte) error {
	begin := 1
	for i := 1; i <= len(path); {
		c, width, ok := decoded(path, i)
		if !ok {
			return refuse(400, "the path holds an encoding that is none")
		}
		if c == 0 && i < len(path) {
			return refuse(400, "the path holds a NUL")
		}
		if c == '/' || c == '\\' || i == len(path) {
			if dotted(path[begin:i]) {
				return refuse(400, "the path holds . or .. as a segment")
			}
			begin = i + width
		}
		i += width
	}
	return nil
}

// decoded is the character at i, and how much of the path it takes.
func decoded(path []byte, i int) (c byte, width int, ok bool) {
	if i >= len(path) {
		return 0, 1, true
	}
	if path[i] != '%' {
		return path[i], 1, true
	}
	if i+2 >= len(path) {
		return 0, 0, false
	}
	high, ok1 := unhex(path[i+1])
	low, ok2 := unhex(path[i+2])
	return high<<4 | low, 3, ok1 && ok2
}

func unhex(c byte) (byte, bool) {
	switch {
	case digit(c):
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// dotted reports whether a segment is . or .. to somebody: to a server that
// decodes it, or cuts it at a semicolon.
func dotted(segment []byte) bool {
	dots := 0
	for i := 0; i < len(segment); {
		c, width, _ := decoded(segment, i)
		if c == ';' {
			break
		}
		if c != '.' {
			return false
		}
		dots++
		i += width
	}
	return dots == 1 || dots == 2
}

// hostChars are those of a name, an address and a port.
var hostChars = tableOf("-._~!$&'()*+;=0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ%")

// isHost reports whether v is a host with or without a port.
func isHost(v []byte) bool {
	name, port := v, []byte(nil)
	if len(v) > 0 && v[0] == '[' {
		end := bytes.IndexByte(v, ']')
		if end < 3 || !isBracketed(v[1:end]) {
			return false
		}
		return len(v) == end+1 || v[end+1] == ':' && isPort(v[end+2:])
	}
	if i := bytes.IndexByte(v, ':'); i >= 0 {
		name, port = v[:i], v[i+1:]
		if !isPort(port) {
			return false
		}
	}
	for _, c := range name {
		if !hostChars[c] {
			return false
		}
	}
	return len(name) > 0 && len(name) <= 255
}

func isBracketed(v []byte) bool {
	for _, c := range v {
		if _, hex := unhex(c); !hex && c != ':' && c != '.' {
			return false
		}
	}
	return true
}

func isPort(v []byte) bool {
	for _, c := range v {
		if !digit(c) {
			return false
		}
	}
	return len(v) > 0 && len(v) <= 5
}

// normalPath is the path that rules are looked up with: decoded once where
// that is unambiguous, with no empty segments. checkPath has passed it.
func normalPath(to, path []byte) []byte {
	to = to[:0]
	for i := 0; i < len(path); {
		c, width, ok := decoded(path, i)
		if !ok {
			c, width = path[i], 1
		}
		if c != '/' || len(to) == 0 || to[len(to)-1] != '/' {
			to = append(to, c)
		}
		i += width
	}
	return to
}
