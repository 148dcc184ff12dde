package postgres

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

func TestHypoPGIsOfferedMadeAndTakenBack(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 20)
	e := open(t, url)
	if _, brings, err := e.EnableLab(t.Context()); brings != "" || err != nil {
		t.Errorf("it is there, and was offered: %q, %v", brings, err)
	}
	dbtest.Exec(t, app, "DROP EXTENSION hypopg")
	e = open(t, url)
	step, brings, err := e.EnableLab(t.Context())
	if err != nil || !strings.Contains(brings, "HypoPG") || len(step.Do) != 1 || step.Do[0] != "CREATE EXTENSION hypopg" {
		t.Fatalf("got %+v, %q, %v", step, brings, err)
	}
	if _, err := e.Lab(t.Context(), db.LabOptions{}, nil); err == nil {
		t.Error("there is a lab without it")
	}
	must(e.Run(t.Context(), e.Complete(step), nil))(t)
	lab := must(e.Lab(t.Context(), db.LabOptions{}, nil))(t)
	if err := lab.Close(); err != nil {
		t.Error(err)
	}
	step.Do, step.Before, step.After = step.Undo, step.After, step.Before
	must(e.Run(t.Context(), step, nil))(t)
	if now := must(e.State(t.Context(), step.Object))(t); now != db.Absent {
		t.Errorf("behind the undo: %q", now)
	}
	if _, err := e.Lab(t.Context(), db.LabOptions{}, nil); err == nil {
		t.Error("there is a lab behind the undo")
	}
}

// TestAReplicaIsOfferedNothingItCannotMake looks at a real one that lacks both
// extensions as its primary does.
func TestAReplicaIsOfferedNothingItCannotMake(t *testing.T) {
	primary := dbtest.NewPostgres(t, dbtest.PostgresOptions{Extensions: true})
	made := primary.PostgresDatabase(t)
	app := dbtest.OpenPostgres(t, made)
	for _, name := range []string{"hypopg", "pg_stat_statements"} {
		dbtest.Exec(t, app, "DROP EXTENSION IF EXISTS "+name)
	}
	standby := dbtest.NewStandby(t, primary, dbtest.PostgresOptions{Extensions: true})
	e := open(t, strings.Replace(made, url.QueryEscape(primary.Socket), url.QueryEscape(standby.Socket), 1))
	if step, brings, err := e.EnableLab(t.Context()); brings != "" || err != nil {
		t.Errorf("got %q by %q, %v, want no offer", brings, step.Do, err)
	}
	if o := must(e.EnableStatements(t.Context()))(t); len(o.Change) > 0 || !strings.Contains(o.Needs, "on its primary") {
		t.Errorf("got %+v, want no change, and where to make it", o)
	}
	if _, err := e.Lab(t.Context(), db.LabOptions{}, nil); err == nil || !strings.Contains(err.Error(), "on the primary") {
		t.Errorf("got %v, want where to make HypoPG", err)
	}
}

func TestAHypoPGThatCannotHideIsNamed(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 100)
	var version string
	var hides bool
	if err := app.QueryRow("SELECT extversion, EXISTS (SELECT FROM pg_proc WHERE proname = 'hypopg_hide_index') FROM pg_extension WHERE extname = 'hypopg'").Scan(&version, &hides); err != nil {
		t.Fatal(err)
	}
	list, err := open(t, url).Caveats(t.Context())
	i := slices.IndexFunc(list, func(c db.Caveat) bool { return c.Name == "HypoPG" })
	if err != nil || i >= 0 == hides {
		t.Fatalf("HypoPG %s hides indexes: %v; the caveats are %+v, %v", version, hides, list, err)
	}
	if i >= 0 && (!strings.Contains(list[i].Text, "HypoPG "+version+" cannot hide an index") || !strings.Contains(list[i].Do, "ALTER EXTENSION hypopg UPDATE")) {
		t.Errorf("got %+v", list[i])
	}
	dbtest.Exec(t, app, "DROP EXTENSION hypopg")
	if list, err := open(t, url).Caveats(t.Context()); err != nil || slices.ContainsFunc(list, func(c db.Caveat) bool { return c.Name == "HypoPG" }) {
		t.Errorf("without HypoPG: %+v, %v", list, err)
	}
}
