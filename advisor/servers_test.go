package advisor_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mltop/advisor"
	"mltop/internal/db"
	"mltop/internal/db/dbtest"
	"mltop/internal/db/mysql"
	"mltop/internal/db/postgres"
)

// adviseOnServer runs the advisor on a server's database.
func adviseOnServer(t *testing.T, e db.Engine, w advisor.Workload) (advisor.Advice, *advisor.Advisor) {
	t.Helper()
	return adviseWithin(t, e, w, 30*time.Second)
}

func adviseWithin(t *testing.T, e db.Engine, w advisor.Workload, limit time.Duration) (advisor.Advice, *advisor.Advisor) {
	t.Helper()
	t.Cleanup(func() { _ = e.Close() })
	a := advisor.New(e, advisor.Config{StateDir: filepath.Join(t.TempDir(), "state"), Path: "test"})
	t.Cleanup(func() { _ = a.Close() })
	got, err := a.Advise(context.Background(), w, nothingSeen(), advisor.Options{Duration: limit, Seed: 1, AllowScratch: true})
	if err != nil {
		t.Fatalf("Advise: %v", err)
	}
	return got, a
}

func TestExpressionsAndOrsOnPostgreSQL(t *testing.T) {
	url := dbtest.Postgres(t).PostgresDatabase(t)
	app := dbtest.OpenPostgres(t, url)
	dbtest.Exec(t, app, `CREATE TABLE events (id bigint PRIMARY KEY, kind text, name text, "from" text, ts timestamp, at timestamptz, a integer, b integer, body jsonb)`)
	dbtest.Exec(t, app, `INSERT INTO events SELECT i, 'kind-'||(i%5), 'Name '||((i*7919)%5003), 'Box '||(i%4001), timestamp '2026-01-01' + i * interval '7 minutes',
		timestamptz '2026-01-01' + i * interval '7 minutes', (i*37)%1009, (i*101)%997, jsonb_build_object('x', (i*7919)%6007) FROM generate_series(1, 30000) i`)
	dbtest.Exec(t, app, `ANALYZE`)
	for _, c := range []struct {
		name, sql string
		want      []string
		declined  string
	}{
		{"a lower-cased name is indexed", `SELECT e.id FROM events AS e WHERE lower(e.name) = 'name 17'`, []string{"public.events USING btree ((lower(name)))"}, ""},
		{"a column whose name is a keyword stays quoted", `SELECT id FROM events WHERE lower("from") = 'box 17'`, []string{`public.events USING btree ((lower("from")))`}, ""},
		{"a JSON path is indexed", `SELECT id FROM events WHERE body ->> 'x' = '17'`, []string{"public.events USING btree ((body ->> 'x'))"}, ""},
		{"a sum is indexed", `SELECT id FROM events WHERE a + b = 17`, []string{"public.events USING btree ((a + b))"}, ""},
		{"two columns of an OR get an index each", `SELECT * FROM events WHERE a = 17 OR b = 88`, []string{"public.events USING btree (a)", "public.events USING btree (b)"}, ""},
		{"what depends on the time zone is no key", `SELECT id FROM events WHERE date(at) = '2026-01-09'`, nil, "no index helps: a function of the column: date"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, err := postgres.Open(t.Context(), url, postgres.Options{})
			if err != nil {
				t.Fatal(err)
			}
			got, a := adviseOnServer(t, e, statements("it: "+c.sql))
			if list := created(got); !slices.Equal(list, c.want) || !strings.Contains(reasonFor(got, "it"), c.declined) {
				t.Fatalf("%s\nadvised %q, want %q; declined %+v", c.sql, list, c.want, got.Declined)
			}
			if len(c.want) > 0 {
				applyOnServer(t, a, e, c.sql, got)
			}
		})
	}
}

// applyOnServer applies the advice, finds its indexes in the plan, asks again
// and undoes it.
func applyOnServer(t *testing.T, a *advisor.Advisor, e db.Engine, sql string, got advisor.Advice) {
	ctx := context.Background()
	entry, err := a.Apply(ctx, card(got, advisor.KindCreateIndex).ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := e.Explain(ctx, db.Query{SQL: sql})
	for _, s := range entry.Steps {
		if err != nil || !usesIndex(p, s.Object.Name) {
			t.Errorf("the live plan does not use %s: %v", s.Object.Name, err)
		}
	}
	again, err := a.Advise(ctx, statements("it: "+sql), nothingSeen(), advisor.Options{Seed: 1, AllowScratch: true})
	if err != nil || len(created(again)) > 0 {
		t.Errorf("with the index there, advised %q, %v", created(again), err)
	}
	for _, r := range again.Recommendations {
		if r.Kind == advisor.KindDropIndex {
			t.Errorf("with the index there, advised %s", r.Title)
		}
	}
	if _, err := a.Undo(ctx, entry.ID, nil); err != nil {
		t.Fatal(err)
	}
}

func TestExpressionsAndOrsOnMariaDB(t *testing.T) {
	s := dbtest.MariaDB(t)
	name := s.MariaDBDatabase(t)
	app := s.OpenMariaDB(t, name)
	dbtest.Exec(t, app, `CREATE TABLE events (id bigint PRIMARY KEY, name varchar(40), ts datetime, a int, b int, pad varchar(200))`)
	dbtest.Exec(t, app, `INSERT INTO events SELECT seq, concat('Name ', (seq*7919)%5003), '2026-01-01' + interval seq*7 minute, (seq*37)%1009, (seq*101)%997, repeat('x', 150) FROM seq_1_to_30000`)
	dbtest.Exec(t, app, `ANALYZE TABLE events`)
	for _, c := range []struct {
		name, sql string
		want      []string
		declined  string
	}{
		{"MariaDB has no index on an expression", `SELECT id FROM events WHERE lower(name) = 'name 17'`, nil, "MariaDB has no indexes on expressions: a generated column"},
		{"two columns of an OR get an index each", `SELECT * FROM events WHERE a = 17 OR b = 88`, []string{"(`a`)", "(`b`)"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, err := mysql.Open(t.Context(), s.MariaDBURL(name), mysql.Options{})
			if err != nil {
				t.Fatal(err)
			}
			got, a := adviseOnServer(t, e, statements("it: "+c.sql))
			if list := keysOf(got); !slices.Equal(list, c.want) || !strings.Contains(reasonFor(got, "it"), c.declined) {
				t.Fatalf("%s\nadvised %q, want %q; declined %+v; notes %q", c.sql, list, c.want, got.Declined, got.Notes)
			}
			if len(c.want) > 0 {
				applyOnServer(t, a, e, c.sql, got)
			}
		})
	}
}

// keysOf lists what stands in the parentheses of MariaDB's statements.
func keysOf(a advisor.Advice) (out []string) {
	for _, r := range a.Recommendations {
		for _, s := range r.Change {
			if r.Kind == advisor.KindCreateIndex {
				from, to := strings.Index(s.Do[0], "("), strings.Index(s.Do[0], ")")
				out = append(out, s.Do[0][from:to+1])
			}
		}
	}
	slices.Sort(out)
	return out
}

// Where only a sample could tell, a statement on a partitioned table is neither
// free nor without hope: it is not looked at, and that is what is said.
func TestAPartitionedTableIsDeclinedInTrueWords(t *testing.T) {
	url := dbtest.Postgres(t).PostgresDatabase(t)
	app := dbtest.OpenPostgres(t, url)
	dbtest.Exec(t, app, `CREATE TABLE events (id bigint, kind text, at timestamp NOT NULL) PARTITION BY RANGE (at);
		CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2026-03-01');
		INSERT INTO events SELECT i, 'k'||i%5, timestamp '2026-01-01' + i * interval '1 minute' FROM generate_series(1, 40000) i; ANALYZE; DROP EXTENSION hypopg`)
	for _, sql := range []string{"SELECT id, at FROM events WHERE id = 777", "SELECT count(*) FROM events WHERE kind = $1||$2::text AND at > $3"} {
		e, err := postgres.Open(t.Context(), url, postgres.Options{})
		if err != nil {
			t.Fatal(err)
		}
		got, _ := adviseOnServer(t, e, statements("it: "+sql))
		if why := reasonFor(got, "it"); !strings.HasPrefix(why, "no advice, because events is partitioned") {
			t.Errorf("%s: %s", sql, why)
		}
	}
}

func TestWhatReadsRowsOfFunctionsOnPostgreSQL(t *testing.T) {
	url := dbtest.Postgres(t).PostgresDatabase(t)
	app := dbtest.OpenPostgres(t, url)
	dbtest.Exec(t, app, `CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, total integer)`)
	dbtest.Exec(t, app, `INSERT INTO orders SELECT i, (i*7919)%30011, i%97 FROM generate_series(1, 60000) i`)
	dbtest.Exec(t, app, `ANALYZE`)
	e, err := postgres.Open(t.Context(), url, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, _ := adviseOnServer(t, e, statements(
		"keys: SELECT sum(o.total) FROM unnest($1::bigint[]) u JOIN orders o ON o.customer_id = u",
		"json: SELECT o.id FROM jsonb_to_recordset($1) AS x(id bigint) JOIN orders o ON o.customer_id = x.id",
		"activity: SELECT pid FROM pg_stat_activity WHERE datname = $1",
		"locks: SELECT count(*) FROM pg_catalog.pg_locks WHERE NOT granted",
		"clock: SELECT now()",
	))
	if list := created(got); !slices.Equal(list, []string{"public.orders USING btree (customer_id)"}) {
		t.Errorf("advised %q; declined %+v", list, got.Declined)
	}
	if served := card(got, advisor.KindCreateIndex).Queries; !slices.Contains(served, "keys") || !slices.Contains(served, "json") {
		t.Errorf("it serves %q, want both statements on orders", served)
	}
	var catalogs []advisor.Declined
	for _, d := range advisor.Alike(got.Declined) {
		if len(d.Queries) > 0 {
			catalogs = append(catalogs, d)
		}
	}
	if len(catalogs) != 1 || strings.Join(catalogs[0].Queries, " ") != "activity locks clock" || !strings.Contains(catalogs[0].Reason, "no table of this database") {
		t.Errorf("want the three that read no table in one row, got %+v", catalogs)
	}
}
