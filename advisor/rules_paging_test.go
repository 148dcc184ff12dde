package advisor_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "github.com/mattn/go-sqlite3"

	"mltop/advisor"
	"mltop/internal/db"
	"mltop/internal/db/mysql"
	"mltop/internal/db/postgres"
	"mltop/internal/db/sqlite"
	"mltop/internal/sqltext"
)

// paged runs the rules on one statement and answers the text that is advised.
func paged(t *testing.T, d db.Dialect, text string) string {
	t.Helper()
	schema := &db.Schema{Tables: []*db.Table{{
		Schema: "main", Name: "logs", RowID: "id", PrimaryKey: []string{"id"}, SQL: "…",
		Columns: []db.Column{{Name: "id", Type: "integer", NotNull: true}, {Name: "at", Type: "integer", NotNull: true}, {Name: "path", Type: "text"}, {Name: "n", Type: "integer"}},
	}}}
	norm := sqltext.Normalize(text)
	shape, err := d.Parse(norm, schema)
	if err != nil {
		t.Fatalf("parse %s: %v", norm, err)
	}
	f := advisor.Facts{
		Target: db.TargetID{Engine: d.Name()}, Schema: schema, Dialect: d, Shapes: map[string]*db.Shape{"f q": shape},
		Workload: advisor.Workload{Statements: []advisor.Statement{{Fingerprint: "f", Name: "q", Text: norm}}},
	}
	for _, rule := range advisor.Rules() {
		for _, r := range rule(f) {
			if r.Rule == "rewrite.keyset" {
				return r.Statement
			}
		}
	}
	return ""
}

func TestPagesByOffsetAreAskedForByKey(t *testing.T) {
	for _, c := range []struct {
		name string
		d    db.Dialect
		sql  string
		want string
	}{
		{"the newest first", sqlite.Dialect{}, "SELECT * FROM logs ORDER BY at DESC LIMIT 10 OFFSET 5000", "SELECT * FROM logs WHERE (at, id) < (?, ?) ORDER BY at DESC, id DESC LIMIT ?"},
		{"by the key alone", sqlite.Dialect{}, "SELECT * FROM logs ORDER BY id LIMIT 10 OFFSET 5000", "SELECT * FROM logs WHERE id > ? ORDER BY id LIMIT ?"},
		{"beside conditions with an OR", sqlite.Dialect{}, "SELECT * FROM logs WHERE path = 'a' OR n = 1 ORDER BY at LIMIT 10 OFFSET 20", "SELECT * FROM logs WHERE (path = ? OR n = ?) AND (at, id) > (?, ?) ORDER BY at, id LIMIT ?"},
		{"under an alias", sqlite.Dialect{}, "SELECT l.n FROM logs AS l ORDER BY l.at LIMIT 10 OFFSET 20", "SELECT l.n FROM logs AS l WHERE (l.at, l.id) > (?, ?) ORDER BY l.at, l.id LIMIT ?"},
		{"MySQL gets it spelt out", mysql.Dialect{}, "SELECT * FROM logs ORDER BY at DESC LIMIT 10 OFFSET 20", "SELECT * FROM logs WHERE at <= ? AND (at < ? OR id < ?) ORDER BY at DESC, id DESC LIMIT ?"},
		{"PostgreSQL compares rows", postgres.Dialect{}, "SELECT * FROM logs ORDER BY at LIMIT 10 OFFSET 20", "SELECT * FROM logs WHERE (at, id) > (?, ?) ORDER BY at, id LIMIT ?"},
		{"no OFFSET, nothing to say", sqlite.Dialect{}, "SELECT * FROM logs ORDER BY at LIMIT 10", ""},
		{"an order that turns round has no key", sqlite.Dialect{}, "SELECT * FROM logs ORDER BY at DESC, n LIMIT 10 OFFSET 20", ""},
		{"nor has an order by an expression", sqlite.Dialect{}, "SELECT * FROM logs ORDER BY at + n LIMIT 10 OFFSET 20", ""},
		{"groups are not rows", sqlite.Dialect{}, "SELECT path, count(*) FROM logs GROUP BY path ORDER BY path LIMIT 10 OFFSET 20", ""},
		{"the rows of a join have no one key", sqlite.Dialect{}, "SELECT a.n FROM logs a JOIN logs b ON a.id = b.n ORDER BY a.at LIMIT 10 OFFSET 20", ""},
		{"a union has two", sqlite.Dialect{}, "SELECT n FROM logs UNION ALL SELECT id FROM logs ORDER BY n LIMIT 10 OFFSET 20", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := paged(t, c.d, c.sql); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

// Every page by key holds the rows of the page by OFFSET, on real rows of
// which many share a time.
func TestAPageByKeyHoldsTheRowsOfThePageByOffset(t *testing.T) {
	d, err := sql.Open("sqlite3", filepath.Join(t.TempDir(), "logs.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := d.Exec(`CREATE TABLE logs (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, path TEXT, n INTEGER);
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) INSERT INTO logs SELECT i, i * 7919 % 13, 'p', i FROM n`); err != nil {
		t.Fatal(err)
	}
	ids := func(query string, args ...any) (list []string, lastAt, lastID int) {
		rows, err := d.Query(query, args...)
		if err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		defer rows.Close()
		for rows.Next() {
			if err := rows.Scan(&lastAt, &lastID); err != nil {
				t.Fatal(err)
			}
			list = append(list, fmt.Sprint(lastID))
		}
		return list, lastAt, lastID
	}
	for _, d := range []db.Dialect{sqlite.Dialect{}, mysql.Dialect{}} {
		text := paged(t, d, "SELECT at, id FROM logs ORDER BY at DESC LIMIT 10 OFFSET 20")
		marks := strings.Count(text, "?") - 1
		_, at, id := ids("SELECT at, id FROM logs ORDER BY at DESC, id DESC LIMIT 10")
		for page := 1; page < 50; page++ {
			args := []any{at, id, 10}
			if marks == 3 {
				args = []any{at, at, id, 10}
			}
			var got []string
			got, at, id = ids(text, args...)
			if want, _, _ := ids("SELECT at, id FROM logs ORDER BY at DESC, id DESC LIMIT 10 OFFSET ?", page*10); !slices.Equal(got, want) {
				t.Fatalf("%s, page %d: got %v, want %v", d.Name(), page, got, want)
			}
		}
	}
}
