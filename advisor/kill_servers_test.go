package advisor_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mltop/advisor"
	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// A serverScene is a server with one change that is made and taken back.
type serverScene struct {
	target string
	look   func() string // everything that the change could touch
	change func(*testing.T, db.Engine) db.Change
}

// TestASettingKilledAtEveryPoint does for servers what TestKilledAtEveryPoint
// does for files: their statements commit one by one, so that a kill may fall
// between two of them.
func TestASettingKilledAtEveryPoint(t *testing.T) {
	for _, row := range []struct {
		name, verbs string
		scene       func(*testing.T) serverScene
	}{
		{"a setting of PostgreSQL that had a value", "apply undo", func(t *testing.T) serverScene { return postgresScene(t, settingStep("work_mem", "4096kB")) }},
		{"a setting of PostgreSQL that had none and needs a restart", "apply", func(t *testing.T) serverScene { return postgresScene(t, settingStep("shared_buffers", "64MB")) }},
		{"what a table of PostgreSQL has of its own", "undo", func(t *testing.T) serverScene { return postgresScene(t, optionStep) }},
		{"an index with a comment, which CLUSTER sorts by", "undo", droppedScene},
		{"an index of a partitioned table", "apply undo", partsScene},
		{"a variable of MariaDB", "apply undo", func(t *testing.T) serverScene { return mariadbScene(t, settingStep("max_connections", "77")) }},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := row.scene(t)
			for _, verb := range strings.Fields(row.verbs) {
				s.killEverywhere(t, verb)
			}
		})
	}
}

func settingStep(name, value string) func(*testing.T, db.Engine) db.Step {
	return func(t *testing.T, e db.Engine) db.Step {
		list, err := e.Settings(t.Context())
		for _, s := range list {
			if s.Name == name {
				return e.SetSetting(s, value)
			}
		}
		t.Fatalf("there is no %s: %v", name, err)
		return db.Step{}
	}
}

func optionStep(t *testing.T, e db.Engine) db.Step {
	s, err := e.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return e.(db.TableSetter).SetTableSetting(s.Table("kept"), "autovacuum_vacuum_scale_factor", "0.02")
}

func postgresScene(t *testing.T, change func(*testing.T, db.Engine) db.Step) serverScene {
	url := dbtest.Postgres(t).PostgresDatabase(t)
	app := dbtest.OpenPostgres(t, url)
	dbtest.Exec(t, app, "CREATE TABLE kept (a integer) WITH (fillfactor = 90)")
	dbtest.Exec(t, app, "ALTER SYSTEM SET work_mem = '64kB'")
	t.Cleanup(func() { dbtest.Exec(t, app, "ALTER SYSTEM RESET ALL") })
	return serverScene{url, func() string {
		return ask(t, app, "SELECT pg_read_file('postgresql.auto.conf')", "SELECT array_to_string(reloptions, ',') FROM pg_class WHERE relname = 'kept'")
	}, only(change)}
}

// droppedScene is the drop of an index whose undo is four statements.
func droppedScene(t *testing.T) serverScene {
	url := dbtest.Postgres(t).PostgresDatabase(t)
	app := dbtest.OpenPostgres(t, url)
	for _, sql := range []string{
		"CREATE TABLE kept AS SELECT i AS a, i AS b FROM generate_series(1, 100) i", "CREATE INDEX twin ON kept ((a + 1))",
		"ALTER INDEX twin ALTER COLUMN 1 SET STATISTICS 700", "COMMENT ON INDEX twin IS 'ask Ann''s team'", "ALTER TABLE kept CLUSTER ON twin",
	} {
		dbtest.Exec(t, app, sql)
	}
	return serverScene{url, func() string {
		return ask(t, app, `SELECT concat_ws('|', pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisclustered, obj_description(i.indexrelid, 'pg_class'),
			(SELECT x.attstattarget FROM pg_attribute x WHERE x.attrelid = i.indexrelid)) FROM pg_index i WHERE i.indrelid = 'kept'::regclass`)
	}, only(func(t *testing.T, e db.Engine) db.Step {
		s, err := e.Schema(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return e.DropIndex(*s.Index("twin"))
	})}
}

func only(change func(*testing.T, db.Engine) db.Step) func(*testing.T, db.Engine) db.Change {
	return func(t *testing.T, e db.Engine) db.Change { return db.Change{change(t, e)} }
}

func mariadbScene(t *testing.T, change func(*testing.T, db.Engine) db.Step) serverScene {
	s := dbtest.MariaDB(t)
	name := s.MariaDBDatabase(t)
	app := s.OpenMariaDB(t, name)
	return serverScene{s.MariaDBURL(name), func() string {
		return ask(t, app, "SELECT @@global.max_connections")
	}, only(change)}
}

func (s serverScene) open(t *testing.T, state string) *advisor.Advisor {
	t.Helper()
	e, err := openAny(t.Context(), s.target)
	if err != nil {
		t.Fatal(err)
	}
	a := advisor.New(e, advisor.Config{StateDir: state, Path: s.target, MaxBlock: -1})
	if !exists(state) {
		err = a.Save(t.Context(), []advisor.Recommendation{{ID: "x", Title: "x", Kind: advisor.KindSetting, Change: s.change(t, e)}})
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close(); _ = e.Close() })
	return a
}

// prepare answers a state folder with the advice, applied where it is to be
// undone.
func (s serverScene) prepare(t *testing.T, verb string) (state string, a *advisor.Advisor) {
	t.Helper()
	state = filepath.Join(t.TempDir(), "state")
	a = s.open(t, state)
	if verb == "undo" {
		if _, err := a.Apply(context.Background(), "x", nil); err != nil {
			t.Fatal(err)
		}
	}
	return state, a
}

func (s serverScene) killEverywhere(t *testing.T, verb string) {
	untouched := s.look()
	state, a := s.prepare(t, verb)
	before := s.look()
	points, _ := runVictim(t, s.target, state, verb, 0)
	after := s.look()
	if before == after || len(points) < 8 {
		t.Fatalf("%s: %d fault points, changed: %v", verb, len(points), before != after)
	}
	s.takeBack(t, a, untouched)
	t.Logf("%s: %d fault points", verb, len(points))
	for i, point := range points {
		if len(points) > manyPoints && !between(point) {
			continue
		}
		t.Run(fmt.Sprintf("%s, %d, %s", verb, i+1, point), func(t *testing.T) { // closes its connections
			state, a := s.prepare(t, verb)
			if _, killed := runVictim(t, s.target, state, verb, i+1); !killed {
				t.Fatal("not killed")
			}
			e := settledBy(t, a)
			got := s.look()
			where := map[string]string{before: "before", after: "after"}[got]
			if where == "" || !e.agrees(verb, where == "after") {
				t.Errorf("the server is %q and the journal says %q (%s)\n%s", where, e.state, e.note, got)
			}
			s.takeBack(t, a, untouched)
		})
	}
}

// manyPoints has a change of more than one statement. Of its points those are tried
// at which what is in the server is new, or the journal lags behind it.
const manyPoints = 20

func between(point string) bool {
	_, statement, _ := strings.Cut(point, ": statement")
	return statement != "" && !strings.Contains(statement, " of ")
}

// A server may end with us, in the middle of a build.
func TestAnUndoThatLeftAnInvalidIndexIsFinished(t *testing.T) {
	s := droppedScene(t)
	untouched := s.look()
	state, _ := s.prepare(t, "undo")
	points, _ := runVictim(t, s.target, state, "undo", 0)
	at := slices.IndexFunc(points, func(p string) bool { return strings.HasSuffix(p, ": statement 1") })
	state, a := s.prepare(t, "undo")
	if _, killed := runVictim(t, s.target, state, "undo", at+1); !killed {
		t.Fatalf("not killed at %d of %q", at+1, points)
	}
	dbtest.Exec(t, dbtest.OpenPostgres(t, s.target), "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'twin'::regclass")
	if e := settledBy(t, a); e.state != advisor.EntryUndone || s.look() != untouched {
		t.Errorf("the journal says %q (%s), the server\n%s\nwant\n%s", e.state, e.note, s.look(), untouched)
	}
}

// settledBy is the one entry behind the next start.
func settledBy(t *testing.T, a *advisor.Advisor) settled {
	t.Helper()
	if _, err := a.Recover(context.Background()); err != nil {
		t.Fatalf("recover: %v", err)
	}
	list, err := a.Journal(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if len(list) == 0 {
		return settled{}
	}
	return settled{list[0].State, list[0].Note}
}

// takeBack undoes what still stands: everything is then as it was.
func (s serverScene) takeBack(t *testing.T, a *advisor.Advisor, untouched string) {
	t.Helper()
	if e := settledBy(t, a); e.state == advisor.EntryApplied {
		if _, err := a.Undo(context.Background(), "1", nil); err != nil {
			t.Fatalf("undo: %v", err)
		}
	}
	if got := s.look(); got != untouched {
		t.Fatalf("everything taken back, the server is not as it was:\n%s\nit was:\n%s", got, untouched)
	}
}
