package main

import (
	"encoding/json"
	"strings"
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

// explain prints both plans of a text with placeholders, and masks what was
// drawn from the rows.
func TestExplainShowsTheTypicalAndTheWorstPlan(t *testing.T) {
	pg, maria := dbtest.Postgres(t), dbtest.MariaDB(t)
	pgURL, name := pg.PostgresDatabase(t), maria.MariaDBDatabase(t)
	app, app2 := dbtest.OpenPostgres(t, pgURL), maria.OpenMariaDB(t, name)
	const rows = "'k', CASE WHEN %s %% 10 < 4 THEN 'everyday' ELSE concat('seldom', %s) END, repeat('x', 100)"
	dbtest.Exec(t, app, "CREATE TABLE skewed (id int PRIMARY KEY, fixed text, kind text, pad text)")
	dbtest.Exec(t, app, "INSERT INTO skewed SELECT i, "+strings.NewReplacer("%s", "i", "%%", "%").Replace(rows)+" FROM generate_series(1, 20000) i")
	dbtest.Exec(t, app, "CREATE INDEX skewed_kind ON skewed (kind); ANALYZE skewed")
	dbtest.Exec(t, app2, "CREATE TABLE skewed (id int PRIMARY KEY, fixed varchar(9), kind varchar(30), pad text)")
	dbtest.Exec(t, app2, "INSERT INTO skewed SELECT seq, "+strings.NewReplacer("%s", "seq", "%%", "%").Replace(rows)+" FROM seq_1_to_20000")
	dbtest.Exec(t, app2, "CREATE INDEX skewed_kind ON skewed (kind)")
	dbtest.Exec(t, app2, "ANALYZE TABLE skewed PERSISTENT FOR ALL")
	for product, target := range map[string]string{"PostgreSQL": pgURL, "MariaDB": maria.MariaDBURL(name)} {
		t.Run(product, func(t *testing.T) {
			d := newDeck(t)
			digest := "SELECT pad FROM skewed WHERE kind = ? AND fixed = ?"
			d.says(exitOK, []string{"Plan, by " + product, "The worst plan, by " + product, "values that find the most rows"}, "explain", target, digest, "-d", "2s")
			out, _ := d.mltop("explain", target, digest, "-d", "2s", "-o", "json")
			hides(t, out, "everyday", "seldom", "'k'")
			var doc explainDoc
			if err := json.Unmarshal([]byte(out), &doc); err != nil || doc.Plan == nil || doc.WorstPlan == nil || doc.Plan.Values == "" {
				t.Fatalf("%v: got %s", err, out)
			}
			if got, want := doc.WorstPlan.Values, "planned with the values that find the most rows"; got != want {
				t.Errorf("the worst plan's values: got %q, want %q", got, want)
			}
			d.says(exitOK, []string{"seldom17"}, "explain", target, "SELECT pad FROM skewed WHERE kind = 'seldom17' AND fixed = 'k'", "-d", "2s", "--show-literals")
			hides(t, d.says(exitOK, []string{"search"}, "explain", target, "SELECT pad FROM skewed WHERE kind = 'seldom17' AND fixed = 'k'", "-d", "2s"), "seldom17")
			out, _ = d.mltop("explain", target, "SELECT pad FROM skewed WHERE id = ?", "-d", "2s", "-o", "json")
			if doc = (explainDoc{}); json.Unmarshal([]byte(out), &doc) != nil || doc.WorstPlan != nil || doc.Errors["worst_plan"] != whySameWay {
				t.Errorf("a lookup by the key has one plan alone: got %s", out)
			}
		})
	}
}

// hides fails where a text shows what it must not.
func hides(t *testing.T, text string, secrets ...string) {
	t.Helper()
	for _, s := range secrets {
		if strings.Contains(text, s) {
			t.Errorf("%q is shown:\n%s", s, text)
		}
	}
}
