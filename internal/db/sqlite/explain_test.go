package sqlite

import (
	"strings"
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

func TestAVirtualTableThatThisSQLiteDoesNotKnowIsNamedWithItsRemedy(t *testing.T) {
	path := dbtest.Path(t)
	dbtest.Exec(t, dbtest.Open(t, path), `PRAGMA writable_schema = ON;
		INSERT INTO sqlite_schema VALUES ('table', 'docs', 'docs', 0, 'CREATE VIRTUAL TABLE docs USING fts5(x)'), ('table', 'odd', 'odd', 0, 'CREATE VIRTUAL TABLE odd USING no_such(x)');
		PRAGMA writable_schema = RESET`)
	e := open(t, path)
	for _, c := range []struct{ name, sql, want, not string }{
		{"a module that a build can have", "SELECT * FROM docs", "-tags sqlite_fts5", "explain: explain"},
		{"a module of the application's own", "SELECT * FROM odd", "module no_such cannot be planned", "-tags"},
		{"a table that is not there", "SELECT * FROM nowhere", "no such table: nowhere", "module"},
	} {
		_, err := e.Explain(background(), db.Query{SQL: c.sql})
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), c.not) {
			t.Errorf("%s: got %v, want %q and not %q", c.name, err, c.want, c.not)
		}
	}
}
