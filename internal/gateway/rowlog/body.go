package rowlog

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// body is what is kept of one: of a form and of JSON with the secrets hidden,
// of other text as it is, of anything else how much it was.
func (m *mask) body(b []byte, kind, encoding string, all int64) string {
	if len(b) == 0 {
		return ""
	}
	kind, _, _ = strings.Cut(strings.ToLower(kind), ";")
	kind = strings.TrimSpace(kind)
	for cut := 0; cut < utf8.UTFMax && len(b) > 0 && !utf8.Valid(b) && all > int64(len(b)); cut++ {
		b = b[:len(b)-1] // a character that was cut
	}
	if encoding != "" && !strings.EqualFold(encoding, "identity") || !utf8.Valid(b) {
		return fmt.Sprintf("(%d bytes, not text)", all)
	}
	switch {
	case kind == "application/x-www-form-urlencoded":
		return m.query(string(b))
	case strings.HasSuffix(kind, "json"), b[0] == '{', b[0] == '[':
		return m.json(string(b))
	case kind == "multipart/form-data":
		return fmt.Sprintf("(%d bytes of a form with parts)", all)
	}
	return string(b)
}

// json hides the values behind secret names. It goes by strings and colons, so
// that a text which was cut, or is not quite JSON, hides no less.
func (m *mask) json(s string) string {
	var out strings.Builder
	for s != "" {
		i := strings.IndexByte(s, '"')
		if i < 0 {
			break
		}
		name := stringEnd(s[i:])
		out.WriteString(s[:i+name])
		key := s[i : i+name]
		s = s[i+name:]
		rest := strings.TrimLeft(s, " \t\r\n")
		if !strings.HasPrefix(rest, ":") || !m.secret(strings.Trim(key, `"`)) {
			continue
		}
		out.WriteString(`:"` + hidden + `"`)
		rest = strings.TrimLeft(rest[1:], " \t\r\n")
		s = rest[valueEnd(rest):]
	}
	out.WriteString(s)
	return out.String()
}

// stringEnd is where the string ends that s begins with.
func stringEnd(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(s)
}

// valueEnd is where the value ends that s begins with.
func valueEnd(s string) int {
	deep := 0
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == '"':
			i += stringEnd(s[i:])
			if deep == 0 {
				return i
			}
			continue
		case c == '{' || c == '[':
			deep++
		case c == '}' || c == ']':
			if deep--; deep <= 0 {
				return i + max(deep+1, 0)
			}
		case deep == 0 && (c == ',' || c == '\n'):
			return i
		}
		i++
	}
	return len(s)
}
