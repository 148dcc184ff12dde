package requestlog

import "strings"

// restOfPath stands for what is too deep; it is classified as a value.
const restOfPath = "%"

// segments are the parts of a path without its query, fragment, host and
// empty parts, one after the other.
type segments struct {
	text string // the present one
	rest string
	n    int
}

func newSegments(path string) segments {
	if len(path) > maxPath || strings.IndexByte(path, ':') >= 0 {
		path = bare(path)
	}
	return segments{rest: path}
}

// next goes to the next one; false if there is none.
func (s *segments) next() bool {
	for s.rest != "" {
		rest, i := s.rest, 0
		for i < len(rest) && rest[i] != '/' && rest[i] != '?' && rest[i] != '#' {
			i++
		}
		s.text, s.rest = rest[:i], ""
		if i < len(rest) && rest[i] == '/' {
			s.rest = rest[i+1:]
		}
		if i == 0 {
			continue
		}
		if s.n++; s.n > maxSegments {
			s.text, s.rest = restOfPath, ""
		}
		return true
	}
	return false
}

// bare is a path without scheme and host, query and fragment.
func bare(path string) string {
	path = path[:min(len(path), maxPath)]
	if i := strings.IndexAny(path, "?#"); i >= 0 {
		path = path[:i]
	}
	if _, rest, ok := strings.Cut(path, "://"); ok {
		_, path, _ = strings.Cut(rest, "/")
	}
	return path
}
