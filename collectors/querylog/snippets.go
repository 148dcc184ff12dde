package querylog

import _ "embed"

//go:embed snippet/querylog.py
var python string

//go:embed snippet/snippet.go
var golang string

// A Snippet is code that makes an application write a query log.
type Snippet struct {
	Language string
	Text     string
}

// Snippets are for the applications that a query log is asked of most.
func Snippets() []Snippet {
	return []Snippet{{"Python (sqlite3, SQLAlchemy)", python}, {"Go (database/sql)", golang}}
}
