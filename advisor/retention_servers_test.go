package advisor_test

import (
	"database/sql"
	"strings"
	"testing"

	"mltop/advisor"
	"mltop/internal/db"
	"mltop/internal/db/dbtest"
	"mltop/internal/db/mysql"
	"mltop/internal/db/postgres"
)

// What is advised as a text has to run where it is advised.
func TestTheDeleteOfOldRowsRunsOnEachEngine(t *testing.T) {
	const rows, old, most = 120_000, 1500, 1000
	for name, open := range map[string]func(*testing.T) (db.Engine, *sql.DB){
		"SQLite": func(t *testing.T) (db.Engine, *sql.DB) {
			path := dbtest.Path(t)
			d := dbtest.Open(t, path)
			dbtest.Exec(t, d, "CREATE TABLE hits (id INTEGER PRIMARY KEY, at INTEGER)")
			dbtest.Exec(t, d, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < ?) INSERT INTO hits SELECT i, i FROM n", rows)
			dbtest.Exec(t, d, "CREATE INDEX hits_at ON hits (at)")
			dbtest.Exec(t, d, "ANALYZE")
			return openEngine(t, path), d
		},
		"PostgreSQL": func(t *testing.T) (db.Engine, *sql.DB) {
			url := dbtest.Postgres(t).PostgresDatabase(t)
			d := dbtest.OpenPostgres(t, url)
			dbtest.Exec(t, d, "CREATE TABLE hits (id INTEGER PRIMARY KEY, at INTEGER)")
			dbtest.Exec(t, d, "INSERT INTO hits SELECT i, i FROM generate_series(1, 120000) i")
			dbtest.Exec(t, d, "ANALYZE hits")
			return opened(postgres.Open(t.Context(), url, postgres.Options{}))(t), d
		},
		"MariaDB": func(t *testing.T) (db.Engine, *sql.DB) {
			s := dbtest.MariaDB(t)
			base := s.MariaDBDatabase(t)
			d := s.OpenMariaDB(t, base)
			dbtest.Exec(t, d, "CREATE TABLE hits (id INTEGER PRIMARY KEY, at INTEGER)")
			dbtest.Exec(t, d, "INSERT INTO hits SELECT seq, seq FROM seq_1_to_120000")
			dbtest.Exec(t, d, "ANALYZE TABLE hits")
			return opened(mysql.Open(t.Context(), s.MariaDBURL(base), mysql.Options{}))(t), d
		},
	} {
		t.Run(name, func(t *testing.T) {
			e, d := open(t)
			a := advisor.New(e, advisor.Config{StateDir: t.TempDir()})
			t.Cleanup(func() { _ = a.Close() })
			seen := nothingSeen()
			seen.Logs = []advisor.LogTable{{Table: "hits", Time: "at", ID: "id"}}
			got, err := a.Advise(t.Context(), advisor.Workload{}, seen, advisor.Options{})
			if err != nil {
				t.Fatal(err)
			}
			text := card(got, advisor.KindRetention).Statement
			for _, left := range []int{rows - most, rows - old, rows - old} {
				dbtest.Exec(t, d, strings.TrimSuffix(strings.ReplaceAll(text, ":keep_from", "1501"), ";"))
				count, least := 0, 0
				if err := d.QueryRow("SELECT count(*), min(id) FROM hits").Scan(&count, &least); err != nil {
					t.Fatal(err)
				}
				if count != left || least != rows-left+1 {
					t.Errorf("after %s: %d rows from %d on are left, want %d from %d on", text, count, least, left, rows-left+1)
				}
			}
		})
	}
}
