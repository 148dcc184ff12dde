package advisor_test

import (
	"database/sql"
	"slices"
	"strings"
	"testing"
	"time"

	"mltop/advisor"
	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// drop is the only advice to drop an index.
func drop(t *testing.T, got advisor.Advice) advisor.Recommendation {
	t.Helper()
	var list []advisor.Recommendation
	for _, r := range got.Recommendations {
		if r.Kind == advisor.KindDropIndex {
			list = append(list, r)
		}
	}
	if len(list) != 1 {
		t.Fatalf("advised to drop %q, want one; declined %+v", dropped(got), got.Declined)
	}
	return list[0]
}

// thereAndUndone looks at the database behind each of both.
func thereAndUndone(t *testing.T, a *advisor.Advisor, id string, look func(when string)) {
	t.Helper()
	entry, err := a.Apply(t.Context(), id, nil)
	if err != nil {
		t.Fatal(err)
	}
	look("applied")
	if entry, err = a.Undo(t.Context(), entry.ID, nil); err != nil || entry.State != advisor.EntryUndone {
		t.Fatalf("undo: %v, %s", err, entry.State)
	}
	look("undone")
}

// published is a table that a publication sends, so that an UPDATE of it is an
// error without a replica identity.
const published = `CREATE TABLE ri (a integer NOT NULL, b integer NOT NULL, t text);
	INSERT INTO ri SELECT i, i, 'x' FROM generate_series(1, 20000) i;
	CREATE UNIQUE INDEX ri_u1 ON ri (a); CREATE UNIQUE INDEX ri_u2 ON ri (a); CREATE PUBLICATION pub FOR TABLE ri; `

func TestAnIndexThatTheCatalogStandsOnStaysAndItsTwinGoes(t *testing.T) {
	for _, c := range []struct{ name, scene, gone, because string }{
		{"the replica identity, though it has the later name", published + "ALTER TABLE ri REPLICA IDENTITY USING INDEX ri_u2", "ri_u1", "is the table's replica identity"},
		{"the replica identity, though a longer one begins with it",
			published + "DROP INDEX ri_u2; ALTER TABLE ri REPLICA IDENTITY USING INDEX ri_u1; CREATE INDEX ri_long ON ri (a, b); CREATE INDEX ri_longer ON ri (a, b, t)", "ri_long", "begins with the same columns"},
		{"the one that CLUSTER sorts by", published + "ALTER TABLE ri REPLICA IDENTITY FULL; CLUSTER ri USING ri_u2", "ri_u1", "is what CLUSTER sorts the table by"},
		{"the part of a partitioned table's index, though it has the later name", `CREATE TABLE ri (a integer, b integer, t text) PARTITION BY RANGE (a);
			CREATE TABLE ri_1 PARTITION OF ri FOR VALUES FROM (0) TO (90000); INSERT INTO ri SELECT i, i, 'x' FROM generate_series(1, 20000) i;
			CREATE INDEX ri_b ON ri (b); CREATE INDEX ri_1_a ON ri_1 (b)`, "ri_1_a", "belongs to ri_b of the partitioned table"},
	} {
		t.Run(c.name, func(t *testing.T) {
			url := dbtest.Postgres(t).PostgresDatabase(t)
			app := dbtest.OpenPostgres(t, url)
			dbtest.Exec(t, app, c.scene+"; ANALYZE")
			untouched := standingOf(t, app)
			got, a := adviseOnServer(t, openPostgres(t, url), statements("one: SELECT t FROM ri WHERE b = 17 AND a = 3"))
			r := drop(t, got)
			if r.Object != "index "+c.gone || !strings.Contains(r.Reason, c.because) {
				t.Fatalf("advised %s: %s; want %s, because it %s", r.Title, r.Reason, c.gone, c.because)
			}
			thereAndUndone(t, a, r.ID, func(when string) {
				if _, err := app.Exec("UPDATE ri SET t = 'y' WHERE a = 1"); err != nil {
					t.Errorf("%s, a row cannot be changed: %v", when, err)
				}
				if now := standingOf(t, app); when == "undone" && now != untouched {
					t.Errorf("undone, the indexes are\n%s\nwant\n%s", now, untouched)
				}
			})
		})
	}
}

// standingOf is what the catalog takes each index for.
func standingOf(t *testing.T, app *sql.DB) string {
	return ask(t, app, `SELECT string_agg(concat_ws(' ', pg_get_indexdef(i.indexrelid), i.indisreplident, i.indisclustered, h.inhparent::regclass), E'\n' ORDER BY i.indexrelid::regclass::text)
		FROM pg_index i LEFT JOIN pg_inherits h ON h.inhrelid = i.indexrelid WHERE i.indrelid::regclass::text LIKE 'ri%'`)
}

func TestTheConcernOfADuplicateNamesTheOneThatMayGo(t *testing.T) {
	twin := func(name string, identity bool) *db.Index {
		return &db.Index{Table: "ri", Name: name, Columns: []db.IndexColumn{{Name: "a"}}, Identity: identity}
	}
	for _, c := range []struct {
		name string
		list []*db.Index
		want string
	}{
		{"the first stays", []*db.Index{twin("u1", true), twin("u2", false)}, "ri.u2: the same as u1"},
		{"the second stays", []*db.Index{twin("u1", false), twin("u2", true)}, "ri.u1: the same as u2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, x := range advisor.Concerns(&db.Schema{Tables: []*db.Table{{Name: "ri", Indexes: c.list}}}, time.Now()) {
				got = append(got, x.Object+": "+x.Text)
			}
			if !slices.Equal(got, []string{c.want}) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// What nobody sees in a definition comes back too, and the entry says undone
// only where it did.
func TestTheUndoOfADropBringsTheCommentBack(t *testing.T) {
	url := dbtest.Postgres(t).PostgresDatabase(t)
	app := dbtest.OpenPostgres(t, url)
	dbtest.Exec(t, app, published+"ALTER TABLE ri REPLICA IDENTITY USING INDEX ri_u2; COMMENT ON INDEX ri_u1 IS 'needed by the billing job, ask Ann'; ANALYZE")
	got, a := adviseOnServer(t, openPostgres(t, url), statements("one: SELECT t FROM ri WHERE b = 17"))
	comments := "SELECT count(*) || ' ' || coalesce(max(description), '') FROM pg_description WHERE objoid = to_regclass('ri_u1')"
	thereAndUndone(t, a, drop(t, got).ID, func(when string) {
		want := map[string]string{"applied": "0 ", "undone": "1 needed by the billing job, ask Ann"}[when]
		if now := strings.TrimRight(ask(t, app, comments), "\n"); now != want {
			t.Errorf("%s, its comments are %q, want %q", when, now, want)
		}
	})
}
