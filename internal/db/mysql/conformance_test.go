package mysql

import (
	"database/sql"
	"errors"
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
		Numbers: []string{
			"queries", "commits", "connections_used", "connections_allowed", "cache_hits", "cache_reads", "file_bytes", "disk_free_bytes",
			"Connections", "Com_select", "Com_insert", "Rows_sent", "Rows_read", "Handler_read_key", "Handler_read_rnd_next",
			"Sort_rows", "Created_tmp_tables", "Created_tmp_disk_tables", "Innodb_row_lock_waits", "Innodb_row_lock_time", "Innodb_deadlocks",
			"Innodb_buffer_pool_reads", "Innodb_data_read", "Innodb_data_written", "Innodb_os_log_written", "Bytes_sent",
		},
		Truth: func(t testing.TB, name string) (float64, bool) { return statusTruth(t, app, e, name) },
	})
}

// statusTruth is what SHOW GLOBAL STATUS tells the application; of questions
// without those that were ours.
func statusTruth(t testing.TB, app *sql.DB, e *Engine, name string) (float64, bool) {
	t.Helper()
	known := map[string]string{"queries": "Questions", "connections_used": "Threads_connected", "cache_reads": "Innodb_buffer_pool_read_requests"}
	factor := 1.0
	for _, k := range knownCounters() {
		if k.name == name && k.factor != 0 {
			factor = k.factor
		}
	}
	variable := name
	if known[name] != "" {
		variable = known[name]
	}
	var v float64
	switch err := app.QueryRow("SHOW GLOBAL STATUS LIKE '"+variable+"'").Scan(&variable, &v); {
	case errors.Is(err, sql.ErrNoRows):
		return 0, false
	case err != nil:
		t.Fatal(err)
	}
	if name == "queries" {
		v -= float64(e.o.own.sent.Load())
	}
	return v * factor, true
}
