package rowlog

import (
	"strings"
	"unicode"
)

// longestReason is what fits into a line.
const longestReason = 300

// reasonOf is why a row was refused, in the database's words without the values
// that it tells along: they may be anybody's. What it puts in quotes behind a
// word such as column is a name.
func reasonOf(err error) string {
	s := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(err.Error(), "\uFFFD"))
	var out strings.Builder
	for {
		i := strings.IndexAny(s, `'"`)
		if i < 0 {
			break
		}
		quote, before, rest := s[i:i+1], s[:i], s[i+1:]
		out.WriteString(before + quote)
		switch end := strings.Index(rest, quote); {
		case i > 0 && unicode.IsLetter(rune(s[i-1])): // doesn't
			s = rest
		case end >= 0 && isNamed(before):
			out.WriteString(rest[:end+1])
			s = rest[end+1:]
		default:
			out.WriteString("***" + quote)
			s = rest[endOfValue(rest, quote):]
		}
	}
	out.WriteString(s)
	return clean(out.String(), longestReason)
}

// isNamed reports whether a name follows in quotes.
func isNamed(before string) bool {
	words := strings.Fields(before)
	if len(words) == 0 {
		return false
	}
	switch strings.ToLower(words[len(words)-1]) {
	case "column", "field", "key", "index", "constraint", "relation", "table", "type", "encoding":
		return true
	}
	return false
}

// endOfValue is where a value's quotes end that may hold quotes itself: before
// what MariaDB says behind it, or at the last one.
func endOfValue(s, quote string) int {
	if i := strings.LastIndex(s, quote+" for "); i >= 0 {
		return i + 1
	}
	if i := strings.LastIndex(s, quote); i >= 0 {
		return i + 1
	}
	return len(s)
}
