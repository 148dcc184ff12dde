package advisor

import (
	"fmt"
	"strings"

	"mltop/internal/db"
	"mltop/internal/sqltext"
)

// expressions lists those of an index's terms that are no bare column.
func expressions(ix db.Index) []string {
	var out []string
	for _, c := range ix.Columns {
		if c.Name == "" {
			out = append(out, c.Expr)
		}
	}
	return out
}

// mayRefuse warns of the rows that a table takes now and would not take with
// the index: the expression is worked out for each row that is written, and
// where that fails so does the write.
func mayRefuse(ix db.Index) string {
	var out string
	for _, e := range expressions(ix) {
		if what := needs(sqltext.Expression(e)); what != "" {
			out += "; from then on a row is refused for which " + e + " fails: " + what
		}
	}
	return out
}

// needs says what a row must hold for an expression not to fail; "" where it
// cannot.
func needs(expr string) string {
	switch {
	case strings.Contains(expr, "json") || strings.Contains(expr, "->"):
		return "what is not JSON"
	case strings.Contains(expr, "abs("):
		return "the smallest number of 64 bits"
	}
	for _, f := range []string{"date(", "time(", "julianday(", "unixepoch("} {
		if strings.Contains(expr, f) {
			return "the text 'now' in place of a time"
		}
	}
	return ""
}

// rangeInstead offers the comparison of the bare column that finds the same
// rows as one of its date: no index on an expression is needed then.
func (s *search) rangeInstead(ix db.Index, d db.Dialect) string {
	t := s.schema.Table(ix.Table)
	for _, c := range t.Columns {
		name := d.QuoteIdent(c.Name)
		if d.Name() != "sqlite" || !holds(ix.Columns, db.IndexColumn{Expr: "date(" + name + ")"}) {
			continue
		}
		text := fmt.Sprintf("; where %[1]s holds dates and times as SQLite writes them, %[1]s >= :day AND %[1]s < date(:day, '+1 day') finds the same rows", name)
		if have := t.IndexOn([]string{c.Name}); have != nil {
			return text + " by " + have.Name + ", with no new index"
		}
		return text + " by an index on " + name + ", which serves other ranges as well"
	}
	return ""
}

// wordsOf are the names and keywords of an expression, for the name of an index
// on it.
func wordsOf(expr string) string {
	words := strings.FieldsFunc(expr, func(r rune) bool { return plain(string(r)) == "" })
	return strings.ToLower(strings.Join(words, "_"))
}
