package main

import (
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// A statement that is quick for most values and reads the whole table for the
// one that most rows have shows both plans.
func TestTheWorstConstantsHaveAPlanOfTheirOwn(t *testing.T) {
	pg := dbtest.Postgres(t)
	url := pg.PostgresDatabase(t)
	app := dbtest.OpenPostgres(t, url)
	dbtest.Exec(t, app, "CREATE TABLE skewed (id int PRIMARY KEY, kind int, pad text)")
	dbtest.Exec(t, app, "INSERT INTO skewed SELECT i, CASE WHEN i % 10 < 9 THEN 0 ELSE i END, repeat('x', 100) FROM generate_series(1, 20000) i")
	dbtest.Exec(t, app, "CREATE INDEX skewed_kind ON skewed (kind)")
	dbtest.Exec(t, app, "ANALYZE skewed")
	b := attachBackend(t, url)
	for sql, want := range map[string]bool{"SELECT pad FROM skewed WHERE kind = $1": true, "SELECT pad FROM skewed WHERE id = $1": false} {
		e, err := b.Explain(t.Context(), db.Query{SQL: sql})
		if err != nil {
			t.Fatal(err)
		}
		if got := e.Worst != nil; got != want {
			t.Errorf("%s: got a worst plan %v, want %v: %s", sql, got, want, wayOf(e.Plan))
		}
		if e.Worst != nil && wayOf(e.Worst) == wayOf(e.Plan) {
			t.Errorf("%s: both plans are %s", sql, wayOf(e.Plan))
		}
	}
}
