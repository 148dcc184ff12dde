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
// 15 lines of Python and the 40 of Go that one pastes without reading twice.
func Snippets() []Snippet {
	return []Snippet{
		{"Python (sqlite3, SQLAlchemy)", python3, `sqlite3.connect("app.db", factory=Connection), or create_engine("sqlite:///app.db", connect_args={"factory": Connection})`},
		{"Go (database/sql)", golang, "for SQLite's drivers and pgx; MySQL's with interpolateParams=true. Statements of db.Prepare are not logged; a time ends when the rows are closed"},
	}
}
