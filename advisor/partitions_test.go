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
	"mltop/internal/db/postgres"
)

// partedEvents are of three partitions, of which one is partitioned itself. The
// server has gathered statistics of the partitions only, as it does by itself.
func partedEvents(t *testing.T) (url string, app *sql.DB) {
	url = dbtest.Postgres(t).PostgresDatabase(t)
	app = dbtest.OpenPostgres(t, url)
	dbtest.Exec(t, app, `CREATE TABLE events (id bigint, who integer, kind text, at timestamp NOT NULL) PARTITION BY RANGE (at);
		CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-01-15');
		CREATE SCHEMA old; CREATE TABLE old."Events 2" PARTITION OF events FOR VALUES FROM ('2026-01-15') TO ('2026-02-01') PARTITION BY HASH (id);
		CREATE TABLE events_2a PARTITION OF old."Events 2" FOR VALUES WITH (MODULUS 2, REMAINDER 0);
		CREATE TABLE events_2b PARTITION OF old."Events 2" FOR VALUES WITH (MODULUS 2, REMAINDER 1);
		INSERT INTO events SELECT i, (i*7919)%5003, 'k'||i%5, timestamp '2026-01-01' + i * interval '1 minute' FROM generate_series(1, 40000) i;
		ANALYZE events_1; ANALYZE events_2a; ANALYZE events_2b`)
	return url, app
}

// indexesOf lists all indexes with whether they are valid, and what they are
// parts of.
func indexesOf(t *testing.T, app *sql.DB) string {
	return ask(t, app, `SELECT coalesce(string_agg(pg_get_indexdef(i.indexrelid) || ' ' || i.indisvalid || coalesce(' in ' || h.inhparent::regclass, ''), E'\n' ORDER BY i.indexrelid::regclass::text), '')
		FROM pg_index i LEFT JOIN pg_inherits h ON h.inhrelid = i.indexrelid WHERE i.indrelid::regclass::text NOT LIKE 'pg\_%'`)
}

func openPostgres(t *testing.T, url string) *postgres.Engine {
	t.Helper()
	e, err := postgres.Open(t.Context(), url, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// The server writes a foreign key of a partitioned table down again for each
// partition, and one that refers to it for each that it refers to.
func TestAForeignKeyOfPartitionsIsToldOnce(t *testing.T) {
	url, app := partedEvents(t)
	dbtest.Exec(t, app, `CREATE TABLE people (id integer PRIMARY KEY); INSERT INTO people SELECT i FROM generate_series(0, 5003) i;
		ALTER TABLE events ADD FOREIGN KEY (who) REFERENCES people; ALTER TABLE events ADD PRIMARY KEY (id, at);
		CREATE TABLE notes (id integer, at timestamp, FOREIGN KEY (id, at) REFERENCES events); ANALYZE people`)
	for _, c := range []struct {
		name, ddl string
		want      []string
	}{
		{"no partition has an index", "", []string{"events (who) refers to people: a delete there reads all of this table", "notes (id, at) refers to events: a delete there reads all of this table"}},
		{"one has", "CREATE INDEX ON events_1 (who); CREATE INDEX ON notes (id)", []string{"events (who) refers to people: a delete there reads all of 2 of its 3 partitions", "notes (id, at) refers to events: a delete there reads all of this table"}},
		{"each has one of its own", "CREATE INDEX ON events_2a (who); CREATE INDEX ON events_2b (who); CREATE INDEX ON notes (at, id)", nil},
	} {
		dbtest.Exec(t, app, c.ddl)
		e := openPostgres(t, url)
		s, err := e.Schema(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, k := range advisor.Concerns(s, time.Now()) {
			if k.Kind == "foreign key without index" {
				got = append(got, k.Object+" "+k.Text)
			}
		}
		if slices.Sort(got); !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%q, want\n%q", c.name, got, c.want)
		}
		_ = e.Close()
	}
}

func TestADeleteThatChecksPartitionsAsksForOneIndex(t *testing.T) {
	url, app := partedEvents(t)
	dbtest.Exec(t, app, `CREATE TABLE people (id integer PRIMARY KEY); INSERT INTO people SELECT i FROM generate_series(0, 5003) i;
		ALTER TABLE events ADD FOREIGN KEY (who) REFERENCES people; ANALYZE people`)
	got, _ := adviseOnServer(t, openPostgres(t, url), statements("it: DELETE FROM people WHERE id = 17"))
	var made []string
	for _, r := range got.Recommendations {
		if r.Kind == advisor.KindCreateIndex {
			made = append(made, r.Title)
		}
	}
	if want := []string{"Create index on events(who)"}; !slices.Equal(made, want) {
		t.Errorf("advised %q, want %q; declined %+v", made, want, got.Declined)
	}
}

func TestAnIndexOfAPartitionedTableIsMadePartByPart(t *testing.T) {
	url, app := partedEvents(t)
	e := openPostgres(t, url)
	untouched := indexesOf(t, app)
	got, a := adviseOnServer(t, e, statements("it: SELECT * FROM events WHERE who = 17", "digest: SELECT id FROM events WHERE who = $1"))
	r := card(got, advisor.KindCreateIndex)
	want := `CREATE INDEX mltop_events_who ON ONLY public.events USING btree (who);
CREATE INDEX CONCURRENTLY mltop_events_1_who ON public.events_1 USING btree (who);
ALTER INDEX public.mltop_events_who ATTACH PARTITION public.mltop_events_1_who;
CREATE INDEX NAME ON ONLY old."Events 2" USING btree (who);
CREATE INDEX CONCURRENTLY mltop_events_2a_who ON public.events_2a USING btree (who);
ALTER INDEX old.NAME ATTACH PARTITION public.mltop_events_2a_who;
CREATE INDEX CONCURRENTLY mltop_events_2b_who ON public.events_2b USING btree (who);
ALTER INDEX old.NAME ATTACH PARTITION public.mltop_events_2b_who;
ALTER INDEX public.mltop_events_who ATTACH PARTITION old.NAME;`
	odd := ""
	for _, s := range r.Change {
		if strings.Contains(s.Object.Table, "Events 2") {
			odd = s.Object.Name
		}
	}
	if r.Statement != strings.ReplaceAll(want, "NAME", odd) || r.Undo != "DROP INDEX public.mltop_events_who;" {
		t.Fatalf("got\n%s\nundone by %s\nwant\n%s\ndeclined %+v", r.Statement, r.Undo, want, got.Declined)
	}
	if r.Build.Seconds == nil || *r.Build.Seconds <= 0 || *r.SizeBytes < 200_000 || !strings.Contains(r.Risk, "comes later gets it by itself") {
		t.Errorf("build %+v, %d bytes, risk %s", r.Build, *r.SizeBytes, r.Risk)
	}
	p, err := a.Preview(t.Context(), r.ID)
	if err != nil || p.Refused != "" {
		t.Fatalf("preview: %v, %s", err, p.Refused)
	}
	var sizes []string
	for _, s := range p.Steps {
		if m := advisor.Makes(s); m != "" {
			sizes = append(sizes, s.Object.Name)
		}
	}
	if len(sizes) != 3 {
		t.Errorf("time and size are told of %q, want three builds", sizes)
	}
	entry, err := a.Apply(t.Context(), r.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	if now := indexesOf(t, app); strings.Count(now, " true") != 5 || strings.Count(now, " in ") != 4 || strings.Contains(now, "false") {
		t.Errorf("applied, the indexes are\n%s", now)
	}
	live, err := e.Explain(t.Context(), db.Query{SQL: "SELECT * FROM events WHERE who = 17"})
	if err != nil || !usesIndex(live, "mltop_events_1_who") || !usesIndex(live, "mltop_events_2a_who") {
		t.Errorf("the live plan does not use it: %v", err)
	}
	again, err := a.Advise(t.Context(), statements("it: SELECT * FROM events WHERE who = 17"), nothingSeen(), advisor.Options{Seed: 1})
	for _, r := range again.Recommendations {
		if err != nil || r.Kind == advisor.KindCreateIndex || r.Kind == advisor.KindDropIndex {
			t.Errorf("with the index there, advised %s, %v", r.Title, err)
		}
	}
	// A month later the table has other partitions.
	dbtest.Exec(t, app, `CREATE TABLE events_3 PARTITION OF events FOR VALUES FROM ('2026-02-01') TO ('2026-03-01'); DROP TABLE events_1; ALTER TABLE old."Events 2" DETACH PARTITION events_2b`)
	back, err := a.PreviewUndo(t.Context(), entry.ID)
	if err != nil || back.Refused != "" || back.Recommendation.Statement != "DROP INDEX public.mltop_events_who;" {
		t.Errorf("undo: %v, %q, %s", err, back.Refused, back.Recommendation.Statement)
	}
	if e, err := a.Undo(t.Context(), entry.ID, nil); err != nil || e.State != advisor.EntryUndone {
		t.Fatalf("undo: %v, %s", err, e.State)
	}
	if now := indexesOf(t, app); now != untouched {
		t.Errorf("undone, the indexes are\n%s\nwant\n%s", now, untouched)
	}
}

func TestPartitionsWithIndexesOfTheirOwnKeepThem(t *testing.T) {
	url, app := partedEvents(t)
	dbtest.Exec(t, app, "CREATE INDEX theirs ON events_2a (who)")
	untouched := indexesOf(t, app)
	got, a := adviseOnServer(t, openPostgres(t, url), statements("it: SELECT * FROM events WHERE who = 17"))
	r := card(got, advisor.KindCreateIndex)
	want := `CREATE INDEX CONCURRENTLY mltop_events_1_who ON public.events_1 USING btree (who);
CREATE INDEX CONCURRENTLY mltop_events_2b_who ON public.events_2b USING btree (who);`
	if r.Statement != want || !strings.Contains(r.Risk, "needs its own") {
		t.Fatalf("got\n%s\nwant\n%s\nrisk %s; declined %+v", r.Statement, want, r.Risk, got.Declined)
	}
	entry, err := a.Apply(t.Context(), r.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	if now := indexesOf(t, app); strings.Count(now, " true") != 3 || strings.Contains(now, " in ") {
		t.Errorf("applied, the indexes are\n%s", now)
	}
	if _, err := a.Undo(t.Context(), entry.ID, nil); err != nil {
		t.Fatal(err)
	}
	if now := indexesOf(t, app); now != untouched {
		t.Errorf("undone, the indexes are\n%s\nwant\n%s", now, untouched)
	}
}

func TestAPartitionThatCameSinceTheAdviceIsSeen(t *testing.T) {
	url, app := partedEvents(t)
	got, a := adviseOnServer(t, openPostgres(t, url), statements("it: SELECT * FROM events WHERE who = 17"))
	id := card(got, advisor.KindCreateIndex).ID
	dbtest.Exec(t, app, "CREATE TABLE events_3 PARTITION OF events FOR VALUES FROM ('2026-02-01') TO ('2026-03-01')")
	if p, err := a.Preview(t.Context(), id); err != nil || p.Refused != "the partitions of events are not those that the advice was given for: run advise again" {
		t.Errorf("preview: %v, %q", err, p.Refused)
	}
}

// partsScene is the change of a partitioned table for the kill tests.
func partsScene(t *testing.T) serverScene {
	url := dbtest.Postgres(t).PostgresDatabase(t)
	app := dbtest.OpenPostgres(t, url)
	dbtest.Exec(t, app, `CREATE TABLE events (id bigint, who integer) PARTITION BY RANGE (id);
		CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (10) PARTITION BY RANGE (id);
		CREATE TABLE events_1a PARTITION OF events_1 FOR VALUES FROM (0) TO (5)`)
	return serverScene{url, func() string { return indexesOf(t, app) }, partsChange}
}

func partsChange(t *testing.T, e db.Engine) db.Change {
	s, err := e.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c, err := db.MakeIndex(e, s, db.Index{Schema: "public", Table: "events", Columns: []db.IndexColumn{{Expr: "who + 1"}}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The build of a partition's index is cut off in the middle: what it leaves is
// taken for ours, and goes with all that was there before it.
func TestAPartThatIsHalfBuiltIsTakenBack(t *testing.T) {
	s := partsScene(t)
	untouched := s.look()
	state, whole := s.prepare(t, "apply")
	points, _ := runVictim(t, s.target, state, "apply", 0)
	s.takeBack(t, whole, untouched)
	at := 0
	for range 3 { // the index of the whole, that of its partition, and the first with rows
		at += 1 + slices.Index(points[at:], "do: statement 1")
	}
	state, a := s.prepare(t, "apply")
	if _, killed := runVictim(t, s.target, state, "apply", at); !killed {
		t.Fatal("not killed")
	}
	app := dbtest.OpenPostgres(t, s.target)
	dbtest.Exec(t, app, "UPDATE pg_index SET indisvalid = false WHERE indrelid = 'events_1a'::regclass")
	if now := s.look(); strings.Count(now, " false") != 3 {
		t.Fatalf("killed, the indexes are\n%s", now)
	}
	if e := settledBy(t, a); e.state != advisor.EntryFailed || s.look() != untouched {
		t.Errorf("the journal says %q (%s); the indexes are\n%s", e.state, e.note, s.look())
	}
}

func TestTheUndoOfPartsThatAreInUseIsTriedAgain(t *testing.T) {
	s := partsScene(t)
	untouched := s.look()
	state, whole := s.prepare(t, "undo")
	_ = whole.Close()
	tx, err := dbtest.OpenPostgres(t, s.target).Begin()
	if err == nil {
		_, err = tx.Exec("SELECT * FROM events_1a")
	}
	if err != nil {
		t.Fatal(err)
	}
	e, err := postgres.Open(t.Context(), s.target, postgres.Options{WriteTimeout: 300 * time.Millisecond, WriteLockTimeout: 100 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	a := advisor.New(e, advisor.Config{StateDir: state, Path: s.target, MaxBlock: -1})
	t.Cleanup(func() { _ = a.Close() })
	if got, err := a.Undo(t.Context(), "1", nil); got.State != advisor.EntryUndoPending {
		t.Fatalf("in use, it is %q: %v", got.State, err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if got, err := a.Retry(t.Context()); err != nil || len(got) != 1 || got[0].State != advisor.EntryUndone || s.look() != untouched {
		t.Errorf("free again, it is %+v, %v; the indexes are\n%s", got, err, s.look())
	}
}
