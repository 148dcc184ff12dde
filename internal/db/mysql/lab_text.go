package mysql

import (
	"fmt"
	"strings"

	"github.com/sqlc-dev/marino/ast"

	"mltop/internal/db"
	"mltop/internal/sqltext"
)

// reachesOut names what a statement says that does more than read and write
// rows: files, locks of names, waits, sequences; "" for nothing. Row locks are
// the sample's own.
func reachesOut(text string) string {
	words := " " + strings.Join(strings.FieldsFunc(strings.ToLower(sqltext.Normalize(text)), func(r rune) bool { return !isWord(r) }), " ") + " "
	for _, w := range []string{"into outfile", "into dumpfile", "get_lock", "nextval", "setval", "lastval", "next value for", "sleep", "benchmark", "load_file"} {
		if strings.Contains(words, " "+w+" ") {
			return strings.ToUpper(w)
		}
	}
	return ""
}

// unqualified refuses a statement that names a database: it would read the
// live tables.
func unqualified(text string, s server) (string, error) {
	stmt, err := parseOne(text, s.flavour)
	if err != nil {
		return "", err
	}
	var f schemaFinder
	stmt.Accept(&f)
	if f.found != "" {
		return "", db.NotMeasuredf("it names the database %s: on the sample it would read the live tables", f.found)
	}
	return text, nil
}

// A schemaFinder looks for a name of a database.
type schemaFinder struct{ found string }

// Enter notes one.
func (f *schemaFinder) Enter(n ast.Node) (ast.Node, bool) {
	if t, ok := n.(*ast.TableName); ok && t.Schema.O != "" {
		f.found = t.Schema.O
	}
	return n, false
}

// Leave goes on.
func (f *schemaFinder) Leave(n ast.Node) (ast.Node, bool) { return n, true }

// limitOf is how many rows a statement's own LIMIT lets through; 0: it has
// none, or one that is not known.
func limitOf(text string, f flavour, args []any, s *db.Shape) float64 {
	stmt, err := parseOne(text, f)
	if err != nil {
		return 0
	}
	var limit *ast.Limit
	switch t := stmt.(type) {
	case *ast.SelectStmt:
		limit = t.Limit
	case *ast.UpdateStmt:
		limit = t.Limit
	case *ast.DeleteStmt:
		limit = t.Limit
	}
	if limit == nil {
		return 0
	}
	if v, ok := limit.Count.(ast.ValueExpr); ok {
		if n := number(fmt.Sprint(v.GetValue())); n != nil {
			return *n
		}
	}
	for i, p := range s.Placeholders {
		if p.Role == db.RoleLimit && i < len(args) {
			return valueOf(fmt.Sprint(args[i]))
		}
	}
	return 0
}
