package yamlfile

import (
	"strconv"
	"strings"

	"mltop/internal/pattern"
)

var (
	yamlLine = pattern.Late(`^yaml: (?:line (\d+): )?(.*)`)
	// questionInFlow is a question mark that ends a text between braces or
	// brackets: YAML 1.1 (5.3) has it for the beginning of a key there.
	questionInFlow = pattern.Late(`[{\[][^\n"'{}\[\]]*[^\s"'{}\[\],?](\?)`)
)

// unreadable says what of a text is no YAML. The parser knows no column, and
// of what it found within something its line is counted from 0.
func unreadable(text, why string) problem {
	m := yamlLine().FindStringSubmatch(why)
	if m == nil {
		return problem{1, 1, why}
	}
	what := m[2]
	within := strings.HasSuffix(what, "',' or '}'") || strings.HasSuffix(what, "',' or ']'")
	if at := questionInFlow().FindStringSubmatchIndex(text); within && at != nil {
		line, column := place(text, at[2])
		return problem{line, column, `a text with ? in it needs quotes between { and }: url: "/items?page=2"`}
	}
	line, err := strconv.Atoi(m[1])
	if err != nil { // without one it is the first
		return problem{1, 1, what}
	}
	if within || strings.HasSuffix(what, "expected key") || strings.HasSuffix(what, "'-' indicator") {
		line++
	}
	return problem{line, firstColumn(text, line), what}
}

// place is where a byte of a text stands, both counted from 1, the column in
// characters.
func place(text string, at int) (line, column int) {
	before := text[:at]
	return strings.Count(before, "\n") + 1, len([]rune(before[strings.LastIndex(before, "\n")+1:])) + 1
}

// firstColumn is where the text of a line begins.
func firstColumn(text string, line int) int {
	lines := strings.Split(text, "\n")
	if line > len(lines) {
		return 1
	}
	return len(lines[line-1]) - len(strings.TrimLeft(lines[line-1], " ")) + 1
}
