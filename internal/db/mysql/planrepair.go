package mysql

import (
	"strings"
)

// repaired is a plan whose texts are escaped: MariaDB writes names and
// conditions into its JSON as they are, with their quotes and line breaks.
// Each member stands on a line of its own, so that a text ends at the quote
// behind which only a comma and the end of the line come, and then another
// member or a bracket.
func repaired(plan string) string {
	var b strings.Builder
	for plan != "" {
		at := strings.Index(plan, `: `)
		if at < 0 {
			break
		}
		at += len(`: `)
		b.WriteString(plan[:at])
		plan = plan[at:]
		switch {
		case strings.HasPrefix(plan, `"`):
			end := 1 + textEnd(plan[1:])
			b.WriteString(`"` + escaped(plan[1:end]))
			plan = plan[end:]
		case strings.HasPrefix(plan, `["`): // names, in one line of the plan
			list, rest, _ := strings.Cut(plan[2:], `"]`)
			b.WriteString(`["` + strings.ReplaceAll(escaped(list), `\", \"`, `", "`) + `"]`)
			plan = rest
		}
	}
	b.WriteString(plan)
	return b.String()
}

// textEnd is where the quote stands that ends a text; all of it where none
// does.
func textEnd(s string) int {
	for i := range len(s) {
		if s[i] != '"' {
			continue
		}
		line, rest, more := strings.Cut(s[i+1:], "\n")
		if line != "" && line != "," {
			continue
		}
		rest = strings.TrimLeft(rest, " ")
		if !more || rest == "" || strings.ContainsRune(`"}]{`, rune(rest[0])) {
			return i
		}
	}
	return len(s)
}

// escaped is a text as JSON wants it. What is escaped already stays.
func escaped(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			b.WriteString(s[i : i+2])
			i++
		case c == '\\' || c == '"':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ':
			b.WriteString(map[byte]string{'\n': `\n`, '\t': `\t`, '\r': `\r`}[c])
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
