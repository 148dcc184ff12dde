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

// unqualified takes our database's name away from a statement's tables and
// columns: with it the live ones would be read. One that names another database
// is refused.
func unqualified(text string, s server) (string, error) {
	stmt, err := parseOne(text, s.flavour)
	if err != nil {
		return "", err
	}
	f := schemaStripper{own: s.Database}
	stmt.Accept(&f)
	switch {
	case f.other != "":
		return "", db.NotMeasuredf("it names the database %s: on the sample it would read the live tables", f.other)
	case !f.stripped:
		return text, nil
	}
	out, err := writtenAgain(stmt)
	if err != nil {
		return "", fmt.Errorf("it could not be written without the name of its database: %w", err)
	}
	return out, nil
}

// A schemaStripper takes the names of one database away, and notes another's.
type schemaStripper struct {
	own, other string
	stripped   bool
}

// Enter looks at one name.
func (f *schemaStripper) Enter(n ast.Node) (ast.Node, bool) {
	switch t := n.(type) {
	case *ast.TableName:
		f.strip(&t.Schema)
	case *ast.ColumnName:
		f.strip(&t.Schema)
	}
	return n, false
}

func (f *schemaStripper) strip(name *ast.CIStr) {
	switch {
	case name.O == "":
	case strings.EqualFold(name.O, f.own):
		*name, f.stripped = ast.CIStr{}, true
	default:
		f.other = name.O
	}
}

// Leave goes on.
func (f *schemaStripper) Leave(n ast.Node) (ast.Node, bool) { return n, true }

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
