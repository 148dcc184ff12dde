package advisor_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mltop/advisor"
	"mltop/internal/db"
	"mltop/internal/db/dbtest"
	"mltop/internal/db/mysql"
	"mltop/internal/db/postgres"
	"mltop/internal/db/sqlite"
)

// Each statement is one that an advisor stumbles over. It is either given
// advice or declined with a reason; the others are not harmed by it.
func TestBadInputOnPostgreSQL(t *testing.T) {
	url := dbtest.Postgres(t).PostgresDatabase(t)
	app := dbtest.OpenPostgres(t, url)
	for _, sql := range []string{
		`CREATE TABLE plain (id bigint PRIMARY KEY, a integer, b text, twice integer GENERATED ALWAYS AS (a * 2) STORED, c text COLLATE "C")`,
		`CREATE UNLOGGED TABLE fleeting (id bigint PRIMARY KEY, a integer)`,
		`CREATE VIEW seen AS SELECT id, a FROM plain WHERE b <> 'x'`,
		`CREATE TABLE parent (id bigint, at date) PARTITION BY RANGE (at)`,
		`CREATE TABLE parent_1 PARTITION OF parent FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')`,
		`CREATE SCHEMA other`,
		`CREATE TABLE other.plain (id bigint PRIMARY KEY, z integer)`,
		`CREATE FOREIGN DATA WRAPPER nowhere`,
		`CREATE SERVER far FOREIGN DATA WRAPPER nowhere`,
		`CREATE FOREIGN TABLE abroad (id bigint, a integer) SERVER far`,
		`CREATE TEMP TABLE mine (id bigint, a integer)`,
		`INSERT INTO plain (id, a, b, c) SELECT i, (i*37)%5003, 'b'||(i%4001), 'c'||(i%4001) FROM generate_series(1, 20000) i`,
		`INSERT INTO fleeting SELECT i, (i*37)%5003 FROM generate_series(1, 20000) i`,
		`INSERT INTO parent SELECT i, date '2026-01-01' + i % 300 FROM generate_series(1, 20000) i`,
		`INSERT INTO other.plain SELECT i, (i*37)%5003 FROM generate_series(1, 20000) i`,
		`ANALYZE`,
	} {
		dbtest.Exec(t, app, sql)
	}
	rows := []stumble{
		{"does not parse", `SELEC * FORM plain`, "", "could not be parsed"},
		{"a table that was dropped", `SELECT * FROM gone WHERE a = 1`, "", "gone"},
		{"a temporary table of another session", `SELECT * FROM mine WHERE a = 1`, "", "mine"},
		{"a view", `SELECT * FROM seen WHERE a = 17`, "", "a column of a subquery"},
		{"a generated column", `SELECT * FROM plain WHERE twice = 34`, "plain(twice)", ""},
		{"a collation", `SELECT * FROM plain WHERE c = 'c17'`, "plain(c)", ""},
		{"an unlogged table", `SELECT * FROM fleeting WHERE a = 17`, "fleeting(a)", ""},
		{"a foreign table that cannot even be planned", `SELECT * FROM abroad WHERE a = 1`, "", "abroad"},
		{"a partitioned parent", `SELECT * FROM parent WHERE id = 17`, "parent(id)", ""},
		{"an equal name in another schema", `SELECT * FROM other.plain WHERE z = 17`, "", ""},
		{"no statement at all", `;`, "", "could not be parsed"},
	}
	e, err := postgres.Open(t.Context(), url, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, _ := adviseOnServer(t, e, stumbling(rows))
	answersAll(t, got, rows)
	for _, keys := range created(got) {
		if strings.HasPrefix(keys, "public.plain") && strings.Contains(keys, "(z)") || keys == "public.parent USING btree (id)" {
			t.Errorf("an index for other.plain, or for the parts of a parent, is advised as %s", keys)
		}
	}
}

// A stumble is a statement that advice could stumble over, the index that is
// advised for it and what the reason says where none is.
type stumble struct{ name, sql, advised, declined string }

func stumbling(rows []stumble) advisor.Workload {
	var w []string
	for _, r := range rows {
		w = append(w, r.name+": "+r.sql)
	}
	return statements(w...)
}

// answersAll finds advice or a reason for each, and the ones that are wanted.
func answersAll(t *testing.T, got advisor.Advice, rows []stumble) {
	t.Helper()
	list := advisedIndexes(got)
	for _, r := range rows {
		served := slices.ContainsFunc(got.Recommendations, func(x advisor.Recommendation) bool { return slices.Contains(x.Queries, r.name) })
		why := reasonFor(got, r.name)
		switch {
		case !served && why == "":
			t.Errorf("%s: neither advice nor a reason", r.name)
		case r.advised != "" && !slices.Contains(list, r.advised):
			t.Errorf("%s: advised %q, want %q among it; declined: %s", r.name, list, r.advised, why)
		case !strings.Contains(why, r.declined):
			t.Errorf("%s: declined because %q, want a reason with %q", r.name, why, r.declined)
		}
	}
}

func TestBadInputOnMariaDB(t *testing.T) {
	s := dbtest.MariaDB(t)
	name := s.MariaDBDatabase(t)
	app := s.OpenMariaDB(t, name) // the one connection that has the temporary table
	for _, sql := range []string{
		"CREATE TABLE plain (id bigint PRIMARY KEY, a int, b varchar(40), twice int AS (a * 2) PERSISTENT, c varchar(40) COLLATE utf8mb4_bin, g geometry) DEFAULT CHARSET=utf8mb4",
		"CREATE VIEW seen AS SELECT a, count(*) AS n FROM plain GROUP BY a",
		"CREATE TABLE parts (id bigint, at date NOT NULL) PARTITION BY RANGE COLUMNS (at) (PARTITION p0 VALUES LESS THAN ('2026-06-01'), PARTITION p1 VALUES LESS THAN (MAXVALUE))",
		"CREATE TABLE heaped (id bigint PRIMARY KEY, a int) ENGINE=MEMORY",
		"CREATE TEMPORARY TABLE mine (id bigint, a int)",
		"INSERT INTO plain (id, a, b, c) SELECT seq, (seq*37)%5003, CONCAT('b', seq%4001), CONCAT('c', seq%4001) FROM seq_1_to_20000",
		"INSERT INTO parts SELECT seq, DATE '2026-01-01' + INTERVAL seq % 300 DAY FROM seq_1_to_20000",
		"INSERT INTO heaped SELECT seq, (seq*37)%5003 FROM seq_1_to_5000",
		"ANALYZE TABLE plain, parts",
	} {
		dbtest.Exec(t, app, sql)
	}
	rows := []stumble{
		{"does not parse", "SELEC * FORM plain", "", "could not be parsed"},
		{"a table that was dropped", "SELECT * FROM gone WHERE a = 1", "", "gone"},
		{"a temporary table of another session", "SELECT * FROM mine WHERE a = 1", "", "mine"},
		{"a view", "SELECT * FROM seen WHERE n = 17", "", ""},
		{"a generated column", "SELECT id FROM plain WHERE twice = 34", "plain(twice)", ""},
		{"a collation", "SELECT id FROM plain WHERE c = 'c17'", "plain(c)", ""},
		{"a partitioned table", "SELECT id FROM parts WHERE id = 17", "parts(id)", ""},
		{"a table in memory", "SELECT id FROM heaped WHERE a = 17", "", ""},
		{"an equal name in another schema", "SELECT * FROM information_schema.plain WHERE z = 17", "", "plain"},
		{"no statement at all", ";", "", "could not be parsed"},
	}
	e := opened(mysql.Open(t.Context(), s.MariaDBURL(name), mysql.Options{}))(t)
	got, _ := adviseOnServer(t, e, stumbling(rows))
	answersAll(t, got, rows)
}

func TestBadInputOnSQLite(t *testing.T) {
	path := dbtest.Path(t)
	app := dbtest.Open(t, path)
	app.SetMaxOpenConns(1) // which has the temporary table
	const some = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
	for _, sql := range []string{
		"CREATE TABLE plain (id INTEGER PRIMARY KEY, a INTEGER, b TEXT, twice INTEGER AS (a * 2) STORED, shadow INTEGER AS (a * 3), c TEXT COLLATE NOCASE, d TEXT COLLATE RTRIM)",
		"CREATE TABLE narrow (k TEXT PRIMARY KEY, a INTEGER) WITHOUT ROWID",
		"CREATE VIEW seen AS SELECT a, count(*) AS n FROM plain GROUP BY a",
		"CREATE VIRTUAL TABLE words USING fts4(body)",
		"CREATE TEMP TABLE mine (id INTEGER, a INTEGER)",
		some + "INSERT INTO plain (id, a, b, c, d) SELECT i, (i*37)%5003, 'b'||(i%4001), 'c'||(i%4001), 'd'||(i%4001) FROM n",
		some + "INSERT INTO narrow SELECT 'k'||i, (i*37)%5003 FROM n",
		"INSERT INTO words VALUES ('some text')",
	} {
		dbtest.Exec(t, app, sql)
	}
	rows := []stumble{
		{"does not parse", "SELEC * FORM plain", "", "could not be parsed"},
		{"a table that was dropped", "SELECT * FROM gone WHERE a = 1", "", "gone"},
		{"a temporary table of another connection", "SELECT * FROM mine WHERE a = 1", "", "mine"},
		{"a view", "SELECT * FROM seen WHERE n = 17", "", ""},
		{"a generated column", "SELECT b FROM plain WHERE twice = 34", "plain(twice)", ""},
		{"a generated column that is not stored", "SELECT b FROM plain WHERE shadow = 51", "plain(shadow)", ""},
		{"a collation of the column", "SELECT b FROM plain WHERE c = 'C17'", "plain(c)", ""},
		{"a collation of the comparison", "SELECT b FROM plain WHERE d = 'd17' COLLATE NOCASE", "plain(d collate NOCASE)", ""},
		{"a table without rowid", "SELECT k FROM narrow WHERE a = 17", "narrow(a)", ""},
		{"a virtual table", "SELECT * FROM words WHERE body = 'x'", "", "words"},
		{"an equal name in another schema", "SELECT * FROM other.plain WHERE z = 17", "", "other"},
		{"no statement at all", ";", "", "could not be parsed"},
	}
	e := opened(sqlite.Open(t.Context(), path, sqlite.Options{}))(t)
	got, _ := adviseOnServer(t, e, stumbling(rows))
	answersAll(t, got, rows)
}

func TestFiveThousandStatementsAreAnsweredInBoundedTime(t *testing.T) {
	path := dbtest.Path(t)
	d := dbtest.Open(t, path)
	var columns []string
	for i := range 70 {
		columns = append(columns, fmt.Sprintf("c%d INTEGER", i))
	}
	dbtest.Exec(t, d, "CREATE TABLE wide (id INTEGER PRIMARY KEY, "+strings.Join(columns, ", ")+")")
	dbtest.Exec(t, d, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO wide (id, c0, c1) SELECT i, i % 997, i % 991 FROM n")
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	var texts []string
	for i := range 5000 {
		texts = append(texts, fmt.Sprintf("s%d: SELECT c%d FROM wide WHERE c%d = 5", i, i/70, i%70))
	}
	e, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	a := advisor.New(e, advisor.Config{StateDir: t.TempDir()})
	defer a.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	got, err := a.Advise(ctx, statements(texts...), nothingSeen(), advisor.Options{Duration: 2 * time.Second, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	answered := map[string]bool{}
	for _, d := range got.Declined {
		for _, q := range d.Queries {
			answered[q] = true
		}
	}
	for _, r := range got.Recommendations {
		for _, q := range r.Queries {
			answered[q] = true
		}
	}
	if len(answered) != 5000 && got.Partial == "" {
		t.Errorf("%d of 5000 statements are answered, and nothing says that time was up", len(answered))
	}
}

// A renamer is a real file whose table changes once the search has begun.
type renamer struct {
	*sqlite.Engine
	change func()
}

func (r renamer) Lab(ctx context.Context, o db.LabOptions, p func(db.Progress)) (db.Lab, error) {
	lab, err := r.Engine.Lab(ctx, o, p)
	if err == nil {
		r.change()
	}
	return lab, err
}

func TestATableThatChangesUnderTheAdvisor(t *testing.T) {
	for _, c := range []struct{ name, sql, want string }{
		{"its column goes", "ALTER TABLE logs DROP COLUMN path", "the column logs.path is gone since the search began"},
		{"it goes itself", "DROP TABLE logs", "the table logs is gone since the search began"},
		{"another column comes", "ALTER TABLE logs ADD COLUMN extra TEXT", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := dbtest.Path(t)
			d := dbtest.Open(t, path)
			dbtest.Exec(t, d, "CREATE TABLE logs (id INTEGER PRIMARY KEY, path TEXT, n INTEGER)")
			dbtest.Exec(t, d, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) INSERT INTO logs SELECT i, '/p/' || (i * 7919 % 5003), i FROM n")
			e, err := sqlite.Open(t.Context(), path, sqlite.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			a := advisor.New(renamer{e, func() { dbtest.Exec(t, d, c.sql) }}, advisor.Config{StateDir: t.TempDir()})
			defer a.Close()
			got, err := a.Advise(t.Context(), statements("q: SELECT n FROM logs WHERE path = '/p/17'"), nothingSeen(), advisor.Options{Duration: 30 * time.Second, Seed: 1, CopyBytes: 64 << 20})
			if err != nil {
				t.Fatal(err)
			}
			gone := reasonFor(got, "q")
			if c.want == "" && len(created(got)) == 0 || c.want != "" && len(created(got)) > 0 {
				t.Errorf("advised %q; declined: %q", created(got), gone)
			}
			if c.want != "" && !strings.Contains(gone, c.want) && !strings.Contains(gone, "could not be") {
				t.Errorf("declined because %q, want %q", gone, c.want)
			}
			if !slices.ContainsFunc(got.Notes, func(n string) bool { return strings.Contains(n, "the catalog has changed while the search went on") }) {
				t.Errorf("the notes do not say that the catalog changed: %q", got.Notes)
			}
		})
	}
}
