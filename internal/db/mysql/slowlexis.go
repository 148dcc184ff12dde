package mysql

import (
	"mltop/internal/db/serverlog"
	"mltop/internal/sqltext"
)

// logDialect is how the texts of a slow log are read; under ANSI_QUOTES a "x"
// is a name.
func logDialect(q sqltext.Quotes) serverlog.Dialect {
	o := serverlog.LexisOptions{Names: "`", Texts: `'"`, Comments: "#", Inside: "$@", Prefixes: "xbn", Escapes: true, Spaced: true, Executed: true}
	if q == sqltext.Names {
		o.Names, o.Texts = "`\"", "'"
	}
	return serverlog.Dialect{Quotes: q, Lexis: serverlog.NewLexis(o), Rows: true}
}
