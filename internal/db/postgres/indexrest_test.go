package postgres

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// catalogsOf are the rows of all catalogs on one index, without what each
// build makes anew, and places in its text.
func catalogsOf(t *testing.T, app *sql.DB, index string) (text string) {
	t.Helper()
	err := app.QueryRow(`SELECT concat_ws(E'\n', to_jsonb(c) - '{oid,relfilenode,relpages,reltuples,relallvisible}'::text[], regexp_replace((to_jsonb(i) - '{indexrelid,indcheckxmin}'::text[])::text, ':location \d+', '', 'g'),
		(SELECT string_agg((to_jsonb(a) - '{attrelid}'::text[])::text, E'\n' ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = c.oid),
		(SELECT string_agg(d.description, E'\n') FROM pg_description d WHERE d.objoid = c.oid AND d.classoid = 'pg_class'::regclass), pg_get_indexdef(c.oid))
		FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid WHERE c.relname = $1`, index).Scan(&text)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// dropAndBack drops an index and builds it again, as an advisor does.
func dropAndBack(t *testing.T, e *Engine, name string) {
	t.Helper()
	s, err := e.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	step := e.DropIndex(*s.Index(name))
	if now, err := e.State(t.Context(), step.Object); err != nil || now != step.Before {
		t.Fatalf("the catalog says\n%s\nthe state is\n%s\n%v", step.Before, now, err)
	}
	stored := strings.Join(step.Undo, "\n")
	if step = e.Complete(step); strings.Join(step.Undo, "\n") != stored {
		t.Fatalf("completed, the undo is\n%q\nwant\n%q", step.Undo, stored)
	}
	back := db.Step{Object: step.Object, Do: step.Undo, Mode: step.Mode, Before: db.Absent, After: step.Before}
	for _, s := range []db.Step{step, back} {
		if _, err := e.Run(t.Context(), s, nil); err != nil {
			t.Fatalf("%q: %v", s.Do, err)
		}
	}
}

func TestADroppedIndexComesBackRowByRow(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 200)
	space := fmt.Sprintf("fast disk %d", time.Now().UnixNano())
	dbtest.Exec(t, app, "SET allow_in_place_tablespaces = on")
	dbtest.Exec(t, app, fmt.Sprintf(`CREATE TABLESPACE %q LOCATION ''`, space))
	for _, c := range []struct{ name, ddl string }{
		{"with all that hangs on one", fmt.Sprintf(`CREATE INDEX %%q ON orders ((total_cents + 1), (status || ' WHERE (')) INCLUDE (id) WITH (fillfactor = 70) TABLESPACE %q WHERE status <> 'it''s ) WHERE "'; `, space) +
			`ALTER INDEX %[1]q ALTER COLUMN 1 SET STATISTICS 700; ALTER INDEX %[1]q ALTER COLUMN 2 SET STATISTICS 0; COMMENT ON INDEX %[1]q IS E'ask Ann''s team;\nbefore \\ dropping'`},
		{"that CLUSTER sorts by, on another disk", fmt.Sprintf(`CREATE INDEX %%q ON orders (customer_id, placed_at DESC) TABLESPACE %q; `, space) + `ALTER TABLE orders CLUSTER ON %[1]q`},
		{"with a comment alone", `CREATE INDEX %q ON orders (status); COMMENT ON INDEX %[1]q IS 'needed by billing'`},
		{"with nothing", `CREATE UNIQUE INDEX %q ON orders (id DESC)`},
	} {
		t.Run(c.name, func(t *testing.T) {
			dbtest.Exec(t, app, fmt.Sprintf(c.ddl, c.name))
			before := catalogsOf(t, app, c.name)
			dropAndBack(t, open(t, url), c.name)
			if now := catalogsOf(t, app, c.name); now != before {
				t.Errorf("its catalogs are\n%s\nwant\n%s", now, before)
			}
		})
	}
}

func TestOfAnIndexThatIsBuiltAgainOnlyTheRestIsLeft(t *testing.T) {
	const definition, comment, cluster = "CREATE INDEX i ON t USING btree (a)", "COMMENT ON INDEX i IS 'x'", "ALTER TABLE t CLUSTER ON i"
	build := concurrently(definition)
	for _, c := range []struct {
		name string
		now  db.State
		want []string // nil: it is somebody else's
	}{
		{"the definition stands", definition, []string{comment, cluster}},
		{"and its comment", wholeState(definition, []string{comment}), []string{cluster}},
		{"a build was left unfinished", db.State(invalidMark + definition), []string{"DROP INDEX CONCURRENTLY i", build, comment, cluster}},
		{"somebody else made another one", "CREATE INDEX i ON t USING btree (b)", nil},
		{"somebody else has given it a comment", wholeState(definition, []string{"COMMENT ON INDEX i IS 'y'"}), nil},
		{"there is more than was there", wholeState(definition, []string{comment, cluster, cluster}), nil},
	} {
		step := db.Step{Object: db.Object{Kind: db.ObjectIndex, Name: "i"}, Before: db.Absent, After: wholeState(definition, []string{comment, cluster}),
			Do: []string{build, comment, cluster}, Undo: []string{"DROP INDEX CONCURRENTLY i"}}
		rest, ok := Dialect{}.Finish(step, c.now)
		if ok != (c.want != nil) || ok && (!slices.Equal(rest.Do, c.want) || rest.Before != c.now || rest.After != step.After) {
			t.Errorf("%s: got %+v, %v; want %q", c.name, rest, ok, c.want)
		}
	}
}

func TestANewIndexIsItsOwnDefinitionWhereverTheDefaultDiskIs(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 50)
	space := fmt.Sprintf("default_%d", time.Now().UnixNano())
	dbtest.Exec(t, app, "SET allow_in_place_tablespaces = on")
	dbtest.Exec(t, app, "CREATE TABLESPACE "+space+" LOCATION ''")
	dbtest.Exec(t, app, "CREATE INDEX at_home ON orders (status)")
	dbtest.Exec(t, app, "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_tablespace = "+space+"', current_database()); END $$")
	e := open(t, url)
	if _, err := e.Run(t.Context(), e.CreateIndex(db.Index{Schema: "public", Table: "orders", Columns: []db.IndexColumn{{Name: "total_cents"}}}), nil); err != nil {
		t.Errorf("an index beside that default is not what was asked for: %v", err)
	}
	before := catalogsOf(t, app, "at_home")
	dropAndBack(t, e, "at_home")
	if now := catalogsOf(t, app, "at_home"); now != before {
		t.Errorf("one on the database's own disk is\n%s\nwant\n%s", now, before)
	}
}

func TestAMarkThatCameSinceTheAdviceSpeaksAgainstTheDrop(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 50)
	for _, c := range []struct{ name, ddl string }{
		{"a comment", "COMMENT ON INDEX twin IS 'ask Ann'"},
		{"the replica identity", "ALTER TABLE orders REPLICA IDENTITY USING INDEX twin"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dbtest.Exec(t, app, "DROP INDEX IF EXISTS twin; CREATE UNIQUE INDEX twin ON orders (id)")
			e := open(t, url)
			s, err := e.Schema(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			step := e.DropIndex(*s.Index("twin"))
			dbtest.Exec(t, app, c.ddl)
			if r, err := e.Run(t.Context(), step, nil); err == nil || r.Before == step.Before {
				t.Errorf("it is dropped all the same: %v, before %q", err, r.Before)
			}
		})
	}
}
