package postgres

import (
	"database/sql"
	"testing"

	"mltop/internal/db/dbtest"
)

func TestItKeepsThePromisesOfAnEngine(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 2000)
	e := open(t, url)
	dbtest.Exec(t, app, "SET lock_timeout = '5s'") // what is held between ticks would fail it
	dbtest.Run(t, dbtest.Subject{
		Engine: e,
		App: func(t testing.TB, sql string) {
			t.Helper()
			dbtest.Exec(t, app, sql)
		},
		Numbers: []string{
			"queries", "query_seconds", "commits", "connections_used", "connections_allowed", "cache_hits", "cache_reads", "file_bytes", "disk_free_bytes",
			"pg_stat_database.tup_returned", "pg_stat_database.tup_inserted", "pg_stat_database.tup_updated", "pg_stat_database.xact_rollback",
			"pg_stat_database.temp_files", "pg_stat_database.temp_bytes", "pg_stat_database.deadlocks", "pg_stat_database.sessions",
			"pg_stat_bgwriter.checkpoints_timed", "pg_stat_bgwriter.checkpoints_req", "pg_stat_bgwriter.buffers_checkpoint",
			"pg_stat_wal.wal_records", "pg_stat_wal.wal_bytes",
		},
		Truth: func(t testing.TB, name string) (float64, bool) { return viewTruth(t, app, name) },
	})
}

// viewTruth is what the server's own views tell the application. Of what is
// counted without ours there is no such column.
func viewTruth(t testing.TB, app *sql.DB, name string) (float64, bool) {
	t.Helper()
	query := map[string]string{
		"cache_hits":          "SELECT blks_hit FROM pg_stat_database WHERE datname = current_database()",
		"cache_reads":         "SELECT blks_hit + blks_read FROM pg_stat_database WHERE datname = current_database()",
		"connections_used":    "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'",
		"connections_allowed": "SELECT current_setting('max_connections')",
	}[name]
	factor := 1.0
	for _, c := range statColumns() {
		if c.view+"."+c.column != name || c.column == "xact_rollback" {
			continue
		}
		query, factor = "SELECT "+c.column+" FROM "+c.view, oneIfZero(c.scale)
		if c.view == "pg_stat_database" {
			query += " WHERE datname = current_database()"
		}
	}
	if query == "" {
		return 0, false
	}
	var v float64
	if err := app.QueryRow(query).Scan(&v); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return v * factor, true
}

func open(t testing.TB, url string) *Engine {
	t.Helper()
	e, err := Open(t.Context(), url, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}
