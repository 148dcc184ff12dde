package mysql

import (
	"database/sql"
	"testing"

	"mltop/internal/db/dbtest"
)

// open attaches to a database of a test server.
func open(t testing.TB, s *dbtest.Server, database string, o Options) *Engine {
	t.Helper()
	o.Home = t.TempDir() // the tester's own ~/.my.cnf is no part of the test
	e, err := Open(t.Context(), s.MariaDBURL(database), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return e
}

// orders is the sample application's database, a connection of it, and an
// engine beside it.
func orders(t testing.TB, s *dbtest.Server, n int, o Options) (*Engine, *sql.DB) {
	t.Helper()
	name := s.MariaDBDatabase(t)
	app := s.OpenMariaDB(t, name)
	dbtest.FillOrdersMariaDB(t, app, n)
	return open(t, s, name, o), app
}

func TestItKeepsThePromisesOfAnEngine(t *testing.T) {
	e, app := orders(t, dbtest.MariaDB(t), 2000, Options{})
	dbtest.Exec(t, app, "SET SESSION lock_wait_timeout = 5") // a server lets go of a lock just after its answer; what is held fails it
	dbtest.Run(t, dbtest.Subject{
		Engine: e, Plain: "total_cents", DropPassing: "DROP INDEX passing ON products",
		// MariaDB ends a recursion after max_recursive_iterations by itself.
		Endless: "SELECT count(*) FROM seq_1_to_1000000 a, seq_1_to_1000000 b",
		App: func(t testing.TB, sql string) {
			t.Helper()
			dbtest.Exec(t, app, sql)
		},
	})
}
