package sqltext

import (
	"strings"

	"github.com/mattn/go-runewidth"
)

// clauses begin a line; with their second word where they have one.
var clauses = set(`SELECT FROM WHERE GROUP HAVING ORDER LIMIT OFFSET FETCH UNION INTERSECT EXCEPT VALUES SET RETURNING
	INSERT UPDATE DELETE REPLACE WITH WINDOW JOIN LEFT RIGHT INNER CROSS FULL NATURAL`)

// phrase: words that do not begin a line behind these.
var phrase = map[string]map[string]bool{
	"JOIN":   set("LEFT RIGHT INNER CROSS FULL NATURAL OUTER"),
	"INNER":  set("NATURAL"),
	"LEFT":   set("NATURAL"),
	"FROM":   set("DELETE DISTINCT"),
	"UPDATE": set("DO FOR ON KEY"),
	"DELETE": set("ON"),
	"SET":    set("DO UPDATE ON CHARACTER"),
	"SELECT": set("UNION INTERSECT EXCEPT ALL"),
	"VALUES": set("DEFAULT ="),
	"GROUP":  set("WITHIN"),
}

const indent = "  "

func format(sql string, width int) []string {
	toks := lex(sql)
	places := nesting(toks)
	var lines []string
	start := 0
	for i := range toks {
		if i > start && breaks(toks, i, places[i]) {
			lines = append(lines, wrap(toks[start:i], places[start].depth, width)...)
			start = i
		}
	}
	if start < len(toks) {
		lines = append(lines, wrap(toks[start:], places[start].depth, width)...)
	}
	return lines
}

// A place says how deep in parentheses a token stands, and whether the
// innermost one holds a query.
type place struct {
	depth int
	query bool
}

func nesting(toks []token) []place {
	places := make([]place, len(toks))
	stack := []place{{0, true}}
	for i, t := range toks {
		top := stack[len(stack)-1]
		places[i] = top
		switch {
		case t.is("("):
			query := i+1 < len(toks) && (toks[i+1].isWord("SELECT") || toks[i+1].isWord("WITH"))
			stack = append(stack, place{top.depth + 1, query})
		case t.is(")") && len(stack) > 1:
			stack = stack[:len(stack)-1]
		}
	}
	return places
}

// breaks reports whether toks[i] begins a line. Inside parentheses only the
// clauses of a subquery do.
func breaks(toks []token, i int, p place) bool {
	if toks[i].kind != word || !p.query {
		return false
	}
	w, before := strings.ToUpper(toks[i].text), strings.ToUpper(toks[i-1].text)
	if toks[i-1].is(".") || i+1 < len(toks) && (toks[i+1].is(".") || toks[i+1].is("(") && !spaced[w]) {
		return false
	}
	if w == "AND" || w == "OR" {
		return !betweenAnd(toks, i)
	}
	return clauses[w] && !phrase[w][before]
}

// betweenAnd reports whether the AND at toks[i] belongs to a BETWEEN.
func betweenAnd(toks []token, i int) bool {
	depth := 0
	for i--; i >= 0; i-- {
		switch {
		case toks[i].is(")"):
			depth++
		case toks[i].is("("):
			if depth--; depth < 0 {
				return false
			}
		case depth > 0:
		case toks[i].isWord("BETWEEN"):
			return true
		case toks[i].isWord("AND"), toks[i].isWord("OR"), toks[i].isWord("WHERE"), toks[i].isWord("ON"):
			return false
		}
	}
	return false
}

// wrap writes toks as one line, indented by its depth, and cut at spaces into
// more where it is wider than width.
func wrap(toks []token, depth, width int) []string {
	lead := strings.Repeat(indent, min(depth, 8)) // deeper ones would leave no room
	if toks[0].isWord("AND") || toks[0].isWord("OR") {
		lead += indent
	}
	var lines []string
	var line strings.Builder
	line.WriteString(lead + toks[0].text)
	used := runewidth.StringWidth(line.String())
	for i := 1; i < len(toks); i++ {
		text := toks[i].text
		w := runewidth.StringWidth(text)
		switch space := spaceBefore(toks, i); {
		case space && used+1+w > width:
			lines = append(lines, line.String())
			line.Reset()
			text, used = lead+indent+indent+text, len(lead)+2*len(indent)
		case space:
			text, used = " "+text, used+1
		}
		line.WriteString(text)
		used += w
	}
	return append(lines, line.String())
}
