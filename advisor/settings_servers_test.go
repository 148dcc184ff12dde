package advisor_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"mltop/advisor"
	"mltop/internal/db"
	"mltop/internal/db/dbtest"
	"mltop/internal/db/mysql"
	"mltop/internal/db/postgres"
)

// advisedOn is what is advised on the settings of a server with so much memory.
func advisedOn(t *testing.T, e db.Engine, memory int64) (*advisor.Advisor, advisor.Advice) {
	t.Helper()
	return advisedSince(t, e, memory, nil)
}

// anHourAgo is what a server counts now, as if it had been an hour ago.
func anHourAgo(t *testing.T, e db.Engine) *db.Stats {
	t.Helper()
	st, err := e.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	st.At = st.At.Add(-time.Hour)
	return &st
}

// advisedSince is the same where mltop has watched since before.
func advisedSince(t *testing.T, e db.Engine, memory int64, before *db.Stats) (*advisor.Advisor, advisor.Advice) {
	t.Helper()
	a := advisor.New(e, advisor.Config{StateDir: t.TempDir(), MaxBlock: -1})
	t.Cleanup(func() { _ = a.Close() })
	seen := advisor.Seen{RequestsPerSecond: math.NaN(), CommitsPerRequest: math.NaN(), Before: before, Machine: advisor.Machine{Memory: memory, Cores: 2, How: "this test"}}
	advice, err := a.Advise(context.Background(), advisor.Workload{}, seen, advisor.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return a, advice
}

func adviceOn(t *testing.T, advice advisor.Advice, object string) advisor.Recommendation {
	t.Helper()
	i := slices.IndexFunc(advice.Recommendations, func(r advisor.Recommendation) bool { return r.Object == object })
	if i < 0 {
		t.Fatalf("no advice on %s: %+v, declined %+v", object, advice.Recommendations, advice.Declined)
	}
	return advice.Recommendations[i]
}

// ask is what a server answers an application, line by line.
func ask(t *testing.T, d *sql.DB, queries ...string) string {
	t.Helper()
	var b strings.Builder
	for _, q := range queries {
		b.WriteString(column(t, d, q))
	}
	return b.String()
}

// thereAndBack applies advice, expects the server to show this of it, takes it
// back, and expects everything to be as before.
func thereAndBack(t *testing.T, a *advisor.Advisor, r advisor.Recommendation, look func() string, shows string, now func() string) {
	t.Helper()
	ctx := context.Background()
	before := look()
	p, err := a.Preview(ctx, r.ID)
	if err != nil || p.Refused != "" || p.Recommendation.Scope == "" || p.Recommendation.Takes == "" {
		t.Fatalf("preview: %v, refused %q, reaches %q, takes effect %q", err, p.Refused, p.Recommendation.Scope, p.Recommendation.Takes)
	}
	entry, err := a.Apply(ctx, r.ID, nil)
	if err != nil {
		t.Fatalf("apply: %v", err)
	}
	if got := now(); got != shows {
		t.Errorf("behind the change the server shows %q, want %q", got, shows)
	}
	if _, err := a.Undo(ctx, entry.ID, nil); err != nil {
		t.Fatalf("undo: %v", err)
	}
	// A session of PostgreSQL hears of a new value a moment after the server does.
	after := look()
	for end := time.Now().Add(time.Minute); after != before && time.Now().Before(end); after = look() {
		time.Sleep(20 * time.Millisecond)
	}
	if after != before {
		t.Errorf("behind the undo:\n%s\nbefore the change:\n%s", after, before)
	}
}

// wholePostgres is everything that a change of a setting could touch.
func wholePostgres(t *testing.T, d *sql.DB) func() string {
	return func() string {
		return ask(t, d, "SELECT name||' '||setting||' '||source||' '||coalesce(sourcefile, '')||' '||pending_restart FROM pg_settings WHERE name NOT LIKE 'transaction%' ORDER BY 1",
			"SELECT pg_read_file('postgresql.auto.conf')", "SELECT relname||' '||(SELECT string_agg(o, ',' ORDER BY o) FROM unnest(reloptions) o) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1")
	}
}

func TestSettingsOfPostgresGoThereAndBack(t *testing.T) {
	s := dbtest.NewPostgres(t, dbtest.PostgresOptions{Settings: map[string]string{"autovacuum": "on", "autovacuum_naptime": "1h", "max_connections": "20", "maintenance_work_mem": "1MB", "autovacuum_max_workers": "1"}})
	url := s.PostgresDatabase(t)
	app := dbtest.OpenPostgres(t, url)
	e := opened(postgres.Open(t.Context(), url, postgres.Options{}))(t)
	began := anHourAgo(t, e)
	dbtest.Exec(t, app, "ALTER SYSTEM SET work_mem = '64kB'")
	dbtest.Exec(t, app, "SELECT pg_reload_conf()")
	dbtest.Exec(t, app, `CREATE TABLE "Left out" WITH (autovacuum_enabled = false, fillfactor = 90) AS SELECT i FROM generate_series(1, 30000) i`)
	dbtest.Exec(t, app, `DELETE FROM "Left out" WHERE i % 2 = 0`)
	dbtest.Exec(t, app, "SET work_mem = '64kB'")
	for range 8 { // an hour: one would be no work of every day
		dbtest.Exec(t, app, "SELECT max(i) FROM (SELECT i, md5(i::text) m FROM generate_series(1, 60000) i ORDER BY m) x")
	}
	dbtest.Exec(t, app, "RESET work_mem")
	dbtest.Exec(t, app, "SELECT pg_stat_force_next_flush()")
	dbtest.Exec(t, app, "SELECT 1")

	a, advice := advisedSince(t, e, 260<<20, began)
	for _, row := range []struct{ name, object, shows, now, takes string }{
		{"a setting that had a value of its own there", "work_mem", "1024kB\n", "SELECT setting FROM pg_file_settings WHERE name = 'work_mem' AND sourcefile LIKE '%auto.conf' ORDER BY seqno DESC LIMIT 1", "at once"},
		{"a setting that had none, and waits for a restart", "shared_buffers", "16384 true\n", "SELECT setting||' '||pending_restart FROM pg_settings WHERE name = 'shared_buffers'", "after a restart of the server, which mltop leaves to you"},
		{"a table's own setting", "Left out.autovacuum_enabled", "fillfactor=90\n", `SELECT array_to_string(reloptions, ',') FROM pg_class WHERE relname = 'Left out'`, "at once"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := adviceOn(t, advice, row.object)
			if r.Takes != row.takes {
				t.Errorf("takes effect %q, want %q", r.Takes, row.takes)
			}
			thereAndBack(t, a, r, wholePostgres(t, app), row.shows, func() string { return ask(t, app, row.now) })
		})
	}
	t.Run("what waits for a restart is not advised again", func(t *testing.T) {
		if _, err := a.Apply(t.Context(), adviceOn(t, advice, "shared_buffers").ID, nil); err != nil {
			t.Fatal(err)
		}
		_, again := advisedSince(t, e, 260<<20, began)
		if !slices.ContainsFunc(again.Declined, func(d advisor.Declined) bool {
			return d.What == "shared_buffers" && strings.HasPrefix(d.Reason, "64MB is set already")
		}) {
			t.Errorf("declined: %+v", again.Declined)
		}
	})
}

// Index builds sort in maintenance_work_mem: however much they write to
// temporary files, it is nothing that work_mem would spare.
func TestTheTemporaryFilesOfIndexBuildsAskForNoWorkMem(t *testing.T) {
	s := dbtest.NewPostgres(t, dbtest.PostgresOptions{Extensions: true, Settings: map[string]string{"maintenance_work_mem": "1MB", "work_mem": "64kB"}})
	url := s.PostgresDatabase(t)
	app := dbtest.OpenPostgres(t, url)
	e := opened(postgres.Open(t.Context(), url, postgres.Options{}))(t)
	began := anHourAgo(t, e)
	app.SetMaxOpenConns(1)
	for _, text := range []string{"SET work_mem = '64MB'", "CREATE TABLE sorted AS SELECT i, md5(i::text) m FROM generate_series(1, 60000) i", "CREATE INDEX by_hash ON sorted (m)",
		"ALTER TABLE sorted ADD PRIMARY KEY (m, i)", "REINDEX TABLE sorted", "SELECT pg_stat_force_next_flush()"} {
		dbtest.Exec(t, app, text)
	}
	awaitText(t, app, "SELECT temp_bytes > 3 * 1024 * 1024 FROM pg_stat_database WHERE datname = current_database()", "true\n")
	_, advice := advisedSince(t, e, 4<<30, began)
	for _, r := range advice.Recommendations {
		if r.Object == "work_mem" {
			t.Errorf("advised %s, by %q", r.Title, r.Evidence)
		}
	}
	sort := "SELECT max(i) FROM (SELECT i, m FROM sorted ORDER BY m || 'x') x"
	for _, text := range append(append([]string{"SET work_mem = '64kB'"}, slices.Repeat([]string{sort}, 8)...), "SELECT pg_stat_force_next_flush()") {
		dbtest.Exec(t, app, text)
	}
	_, advice = advisedSince(t, e, 4<<30, began)
	if got := strings.Join(adviceOn(t, advice, "work_mem").Evidence, "; "); !strings.Contains(got, "8 calls of queries that use temporary files") {
		t.Errorf("evidence of one query that sorts on disk: %s", got)
	}
}

// awaitText waits until a server answers so.
func awaitText(t *testing.T, d *sql.DB, question, want string) {
	t.Helper()
	got := ""
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if got = ask(t, d, question); got == want {
			return
		}
	}
	t.Fatalf("%s: got %q, want %q", question, got, want)
}

func TestSettingsOfMariaDBGoThereAndBack(t *testing.T) {
	s := dbtest.NewMariaDB(t, dbtest.MariaDBOptions{Settings: map[string]string{"max-connections": "10", "innodb-flush-method": "fsync", "query-cache-type": "1", "query-cache-size": "1048576"}})
	name := s.MariaDBDatabase(t)
	app := s.OpenMariaDB(t, name)
	var others []*sql.DB
	for range 8 {
		others = append(others, s.OpenMariaDB(t, name))
		dbtest.Exec(t, others[len(others)-1], "SELECT 1")
	}
	for i := range 10_100 {
		if _, err := app.Exec(fmt.Sprintf("DO %d", i)); err != nil {
			t.Fatal(err)
		}
	}
	for _, o := range others {
		_ = o.Close()
	}
	awaitText(t, app, "SELECT COUNT(*) < 5 FROM information_schema.PROCESSLIST", "1\n") // mltop's own is none beside theirs
	e, err := mysql.Open(t.Context(), s.MariaDBURL(name), mysql.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	a, advice := advisedOn(t, e, 110<<20)
	look := func() string {
		return ask(t, app, "SELECT CONCAT(VARIABLE_NAME, ' ', GLOBAL_VALUE) FROM information_schema.SYSTEM_VARIABLES WHERE GLOBAL_VALUE IS NOT NULL AND VARIABLE_NAME NOT LIKE 'gtid%' AND VARIABLE_NAME NOT LIKE '%timestamp' ORDER BY 1")
	}
	thereAndBack(t, a, adviceOn(t, advice, "max_connections"), look, "15\n", func() string { return ask(t, app, "SELECT @@global.max_connections") })

	t.Run("a restart takes it back by itself", func(t *testing.T) {
		entry, err := a.Apply(t.Context(), adviceOn(t, advice, "max_connections").ID, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(s.Kill(syscall.SIGKILL), s.Restart()); err != nil {
			t.Fatal(err)
		}
		if _, err = a.Undo(t.Context(), entry.ID, nil); err == nil || !strings.Contains(err.Error(), "is gone with the restart of the server at ") || !strings.HasSuffix(err.Error(), ": nothing to undo") {
			t.Errorf("undo: got %v, want that it is gone with the restart", err)
		}
		list, err := a.Journal(t.Context())
		i := slices.IndexFunc(list, func(e advisor.Entry) bool { return e.ID == entry.ID })
		if err != nil || i < 0 || list[i].State != advisor.EntryLost || !strings.Contains(list[i].Note, "gone with the restart") {
			t.Errorf("journal: got %+v, %v", list, err)
		}
	})

	r := adviceOn(t, advice, "innodb_flush_method")
	if want := "[mysqld]\ninnodb_flush_method = O_DIRECT"; r.Statement != want || len(r.Change) != 0 || !strings.Contains(r.Takes, "restart") {
		t.Errorf("what needs a restart: %q with %d steps, takes effect %q; want the lines %q", r.Statement, len(r.Change), r.Takes, want)
	}
	if p, err := a.Preview(t.Context(), r.ID); err != nil || p.Refused == "" {
		t.Errorf("preview: %v, refused %q; want it refused", err, p.Refused)
	}
}
