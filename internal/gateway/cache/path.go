package cache

import (
	"bytes"
	"strings"
)

// mostDecodings: a path that is encoded deeper than so is nobody's by mistake.
const mostDecodings = 4

// CleanPath is a path as the most tolerant server may read it: decoded as long
// as there is something to decode, in lower case, \ as /, without parameters,
// without what a server that decodes first takes for a query, without empty
// and dotted segments, and without dots and spaces at the end of one, which
// Windows drops. Prefixes are looked up with it, so that no spelling leads
// past them.
func CleanPath(path []byte) string {
	s := path
	for range mostDecodings {
		next, changed := unescape(s)
		if s = next; !changed {
			break
		}
	}
	text := strings.ReplaceAll(string(appendLower(nil, s)), `\`, "/")
	var out []string
	for segment := range strings.SplitSeq(text, "/") {
		out = follow(out, strings.TrimRight(segment[:parametersOf(segment)], " "))
	}
	clean := "/" + strings.Join(out, "/")
	if len(out) > 0 && strings.HasSuffix(text, "/") {
		clean += "/"
	}
	return clean
}

// parametersOf is where the name in a segment ends.
func parametersOf(segment string) int {
	if i := strings.IndexAny(segment, ";?#"); i >= 0 {
		return i
	}
	return len(segment)
}

// follow goes one segment on.
func follow(out []string, segment string) []string {
	if segment == ".." {
		return out[:max(len(out)-1, 0)]
	}
	if segment = strings.TrimRight(segment, ". "); segment == "" {
		return out
	}
	return append(out, segment)
}

// plain reports that CleanPath would answer the path itself.
func plain(path []byte) bool {
	for i, c := range path {
		switch {
		case c >= 'A' && c <= 'Z', c == '%', c == ';', c == '\\', c == '?', c == '#', c == ' ':
			return false
		case c == '.' && (i+1 == len(path) || i > 0 && path[i-1] == '/'), c == '/' && i > 0 && (path[i-1] == '/' || path[i-1] == '.'):
			return false
		}
	}
	return len(path) > 0 && path[0] == '/'
}

func unescape(s []byte) (out []byte, changed bool) {
	if bytes.IndexByte(s, '%') < 0 {
		return s, false
	}
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			high, ok1 := unhex(s[i+1])
			low, ok2 := unhex(s[i+2])
			if ok1 && ok2 {
				out = append(out, high<<4|low)
				i += 2
				changed = true
				continue
			}
		}
		out = append(out, s[i])
	}
	return out, changed
}

func unhex(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}

// excludes reports whether a path lies below a prefix that goes past the
// cache. /admin/ has /admin too, in every spelling.
func (r *Rule) excludes(path []byte) bool {
	if len(r.Exclude) == 0 {
		return false
	}
	if plain(path) {
		return r.excludesClean(path)
	}
	return r.excludesClean([]byte(CleanPath(path)))
}

func (r *Rule) excludesClean(path []byte) bool {
	for _, prefix := range r.Exclude {
		p := strings.TrimSuffix(prefix, "/")
		if len(path) >= len(p) && strings.EqualFold(string(path[:len(p)]), p) && (len(path) == len(p) || path[len(p)] == '/') {
			return true
		}
	}
	return false
}
