package querylog

import _ "embed"

//go:embed snippet/querylog.py
var python3 string

//go:embed snippet/snippet.go
var golang string

// A Snippet is code that makes an application write a query log.
type Snippet struct {
	Language string
	Text     string
	Use      string // how an application takes it up, and what it leaves out
}

// Snippets are for the applications that a query log is asked of most: the
// 30 lines of Python, in half as many nobody would read them before they are
// pasted, and some 50 of Go. Forty would do for a wrapper that takes
// Ping, the session's reset and pgx's arrays away from an application.
func Snippets() []Snippet {
	return []Snippet{
		{"Python (sqlite3, SQLAlchemy)", python3, `sqlite3.connect("app.db", factory=Connection), or create_engine("sqlite:///app.db", connect_args={"factory": Connection}). ` +
			"It costs about 20 µs of processor time a statement and 2 µs a row, since each line opens the file; executescript is not logged"},
		{"Go (database/sql)", golang, "for SQLite's drivers and pgx; MySQL's with interpolateParams=true. Statements of db.Prepare, and queries that fail at once, are not logged; a time ends when the rows are closed. " +
			"ColumnTypes has no types and NextResultSet no second result while it is in: an application that needs one of them is not to be wrapped"},
	}
}
