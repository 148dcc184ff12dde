//go:build cgo

package sqlite

import (
	"testing"

	"mltop/internal/db/dbtest"
)

const keptSQL = "SELECT count(*) FROM t"

// keptConn is a connection on which keptSQL has run, and a writer beside it.
func keptConn(t *testing.T) (*conn, func(string)) {
	t.Helper()
	path := dbtest.Path(t)
	d := dbtest.Open(t, path)
	dbtest.Exec(t, d, "CREATE TABLE t(a)")
	c, err := openConn(readURI(path, defaultBusyTimeout), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.close() })
	if _, _, err := intOf(background(), c, keptSQL); err != nil {
		t.Fatal(err)
	}
	return c, func(sql string) { dbtest.Exec(t, d, sql) }
}

func TestAKeptStatementIsAsGoodAsANewOne(t *testing.T) {
	for name, test := range map[string]func(*testing.T, *conn, func(string)){
		"it locks nothing: the table can be dropped": func(t *testing.T, c *conn, write func(string)) {
			write("DROP TABLE t")
			if n, _, err := intOf(background(), c, keptSQL); err == nil {
				t.Errorf("got %d rows of a table that is gone, want an error", n)
			}
		},
		"it sees rows that came since": func(t *testing.T, c *conn, write func(string)) {
			write("INSERT INTO t VALUES (1), (2)")
			if n, _, err := intOf(background(), c, keptSQL); n != 2 || err != nil {
				t.Errorf("got %d rows, %v, want 2", n, err)
			}
		},
		"it sees a table that was made anew": func(t *testing.T, c *conn, write func(string)) {
			write("DROP TABLE t")
			write("CREATE TABLE t(b, a)")
			write("INSERT INTO t VALUES (1, 2)")
			if n, _, err := intOf(background(), c, keptSQL); n != 1 || err != nil {
				t.Errorf("got %d rows, %v, want 1", n, err)
			}
		},
		"it asks an authorizer that came since": func(t *testing.T, c *conn, _ func(string)) {
			c.authorize(func(int, string, string) bool { return false })
			if n, _, err := intOf(background(), c, keptSQL); err == nil {
				t.Errorf("got %d rows, want it refused", n)
			}
			c.authorize(nil)
			if _, _, err := intOf(background(), c, keptSQL); err != nil {
				t.Errorf("got %v without the authorizer, want rows", err)
			}
		},
		"it ends with its connection": func(t *testing.T, c *conn, _ func(string)) {
			if err := c.close(); err != nil {
				t.Error(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) { c, write := keptConn(t); test(t, c, write) })
	}
}
