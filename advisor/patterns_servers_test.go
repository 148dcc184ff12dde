package advisor_test

import (
	"strings"
	"testing"

	"mltop/advisor"
	"mltop/internal/db"
	"mltop/internal/db/dbtest"
	"mltop/internal/db/mysql"
	"mltop/internal/db/postgres"
	"mltop/internal/db/sqlite"
)

// TestTheBeginningOfATextIsFoundByAnIndex: each engine has its own condition under
// which LIKE 'x%' goes by an index, and a long text its own kind of key.
func TestTheBeginningOfATextIsFoundByAnIndex(t *testing.T) {
	const like = "SELECT id FROM names WHERE name LIKE 'Name 170%'"
	for _, c := range []struct {
		name, sql, want string
		open            func(*testing.T) db.Engine
	}{
		{"PostgreSQL, where the collation is not that of bytes", like, "public.names USING btree (name text_pattern_ops)", namesOnPostgres},
		{"PostgreSQL, where it is", "SELECT id FROM names WHERE plain LIKE 'Name 170%'", "public.names USING btree (plain, id)", namesOnPostgres},
		{"MariaDB", like, "(`name`)", namesOnMariaDB},
		{"MariaDB, a long text by its beginning", "SELECT id FROM names WHERE address = 'Name 170 lives here'", "(`address`(100))", namesOnMariaDB},
		{"SQLite, whose LIKE knows no case", like, "names (name COLLATE NOCASE)", namesOnSQLite},
		{"SQLite, whose GLOB does", "SELECT id FROM names WHERE name GLOB 'Name 170*'", "names (name)", namesOnSQLite},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := c.open(t)
			got, a := adviseOnServer(t, e, statements("q: "+c.sql))
			r := card(got, advisor.KindCreateIndex)
			if len(r.Change) == 0 || !strings.Contains(r.Change[0].Do[0], c.want) {
				t.Fatalf("advised %q, want %q; declined because %q", r.Statement, c.want, reasonFor(got, "q"))
			}
			entry, err := a.Apply(t.Context(), r.ID, nil)
			if err != nil {
				t.Fatal(err)
			}
			p, err := e.Explain(t.Context(), db.Query{SQL: c.sql})
			if err != nil || !usesIndex(p, entry.Steps[0].Object.Name) {
				t.Errorf("the live plan does not use %s: %v", entry.Steps[0].Object.Name, err)
			}
			if _, err := a.Undo(t.Context(), entry.ID, nil); err != nil {
				t.Errorf("the undo: %v", err)
			}
		})
	}
}

func namesOnPostgres(t *testing.T) db.Engine {
	url := dbtest.Postgres(t).PostgresDatabase(t)
	app := dbtest.OpenPostgres(t, url)
	dbtest.Exec(t, app, `CREATE TABLE names (id bigint PRIMARY KEY, name text COLLATE "en-x-icu", plain text COLLATE "C", pad text)`)
	dbtest.Exec(t, app, `INSERT INTO names SELECT i, 'Name ' || i, 'Name ' || i, repeat('x', 100) FROM generate_series(1, 50000) i`)
	dbtest.Exec(t, app, "VACUUM ANALYZE names")
	return opened(postgres.Open(t.Context(), url, postgres.Options{}))(t)
}

func namesOnMariaDB(t *testing.T) db.Engine {
	s := dbtest.MariaDB(t)
	database := s.MariaDBDatabase(t)
	app := s.OpenMariaDB(t, database)
	dbtest.Exec(t, app, "CREATE TABLE names (id bigint PRIMARY KEY, name varchar(80), address text, pad char(100))")
	dbtest.Exec(t, app, "INSERT INTO names SELECT seq, CONCAT('Name ', seq), CONCAT('Name ', seq, ' lives here'), 'x' FROM seq_1_to_50000")
	dbtest.Exec(t, app, "ANALYZE TABLE names")
	return opened(mysql.Open(t.Context(), s.MariaDBURL(database), mysql.Options{}))(t)
}

func namesOnSQLite(t *testing.T) db.Engine {
	path := dbtest.Path(t)
	app := dbtest.Open(t, path)
	dbtest.Exec(t, app, "CREATE TABLE names (id INTEGER PRIMARY KEY, name TEXT, pad TEXT)")
	dbtest.Exec(t, app, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000) INSERT INTO names SELECT i, 'Name ' || i, printf('%100s', '') FROM n")
	return opened(sqlite.Open(t.Context(), path, sqlite.Options{}))(t)
}
