package advisor_test

import (
	"path/filepath"
	"testing"

	"mltop/advisor"
	"mltop/internal/db"
	"mltop/internal/db/dbtest"
	"mltop/internal/db/postgres"
)

// How PostgreSQL will write an expression down is not known before the index is
// there: an mltop that is killed during its build leaves an entry that does not
// say what the index was to be.
func TestAKilledBuildOfAnIndexOnAnExpressionIsSettled(t *testing.T) {
	url := dbtest.Postgres(t).PostgresDatabase(t)
	app := dbtest.OpenPostgres(t, url)
	dbtest.Exec(t, app, "CREATE TABLE people (id int PRIMARY KEY, name text); INSERT INTO people SELECT i, 'Name ' || i FROM generate_series(1, 500) i")
	e := opened(postgres.Open(t.Context(), url, postgres.Options{}))(t)
	step := e.CreateIndex(db.Index{Schema: "public", Table: "people", Columns: []db.IndexColumn{{Expr: "lower(name)"}}})
	if step.After != "" || !step.Object.NameTells() {
		t.Fatalf("the step says what it comes to: %q, under the name %s", step.After, step.Object.Name)
	}
	half := "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'public." + step.Object.Name + "'::regclass"
	for _, c := range []struct {
		name string
		done []string
		want advisor.EntryState
	}{
		{"before it began", nil, advisor.EntryFailed},
		{"half made: the invalid index is removed", []string{step.Do[0], half}, advisor.EntryFailed},
		{"whole: it stays, and can be undone", []string{step.Do[0]}, advisor.EntryApplied},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := advisor.New(e, advisor.Config{StateDir: filepath.Join(t.TempDir(), "state"), Path: "test"})
			t.Cleanup(func() { _ = a.Close() })
			for _, text := range c.done {
				dbtest.Exec(t, app, text)
			}
			if err := a.Left(t.Context(), advisor.Entry{State: advisor.EntryApplying, Kind: advisor.KindCreateIndex, Steps: []db.Step{step}}); err != nil {
				t.Fatal(err)
			}
			got := settledBy(t, a)
			if got.state != c.want {
				t.Errorf("settled as %s (%s), want %s", got.state, got.note, c.want)
			}
			if got.state == advisor.EntryApplied {
				if _, err := a.Undo(t.Context(), "1", nil); err != nil {
					t.Errorf("undo: %v", err)
				}
			}
			if left := ask(t, app, "SELECT count(*) FROM pg_class WHERE relname LIKE 'mltop%'"); left != "0\n" {
				t.Errorf("indexes that are left: %s", left)
			}
		})
	}
}
