package postgres

import (
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// A partial index of few rows is small, and its size is reckoned from them.
func TestAPartialIndexIsReckonedFromItsRows(t *testing.T) {
	url := dbtest.Postgres(t).PostgresDatabase(t)
	app := dbtest.OpenPostgres(t, url)
	dbtest.Exec(t, app, `CREATE TABLE notes (id bigint PRIMARY KEY, state text, at bigint)`)
	dbtest.Exec(t, app, `INSERT INTO notes SELECT i, CASE WHEN i%50 = 0 THEN 'spam' ELSE 'ok' END, i*7 FROM generate_series(1, 50000) i`)
	dbtest.Exec(t, app, `ANALYZE`)
	e, err := Open(t.Context(), url, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	lab, err := e.Lab(t.Context(), db.LabOptions{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer lab.Close()
	for _, where := range []string{"state = 'spam'", "state <> 'spam'"} {
		dbtest.Exec(t, app, `DROP INDEX IF EXISTS it; CREATE INDEX it ON notes (at) WHERE `+where)
		var real float64
		if err := app.QueryRow(`SELECT pg_relation_size('it')`).Scan(&real); err != nil {
			t.Fatal(err)
		}
		got := lab.Size(db.Index{Schema: "public", Table: "notes", Columns: []db.IndexColumn{{Name: "at"}}, Where: where, Method: "btree"}).Value
		if got < real/1.3 || got > real*1.3 {
			t.Errorf("WHERE %s: reckoned %.0f bytes, built %.0f", where, got, real)
		}
	}
}
