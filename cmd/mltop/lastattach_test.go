package main

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mltop/collectors"
	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

func TestWhatChangedSinceTheLastAttach(t *testing.T) {
	pg, maria := dbtest.Postgres(t), dbtest.NewMariaDB(t, dbtest.MariaDBOptions{})
	pgURL, name := pg.PostgresDatabase(t), maria.MariaDBDatabase(t)
	pgApp, mariaApp := dbtest.OpenPostgres(t, pgURL), maria.OpenMariaDB(t, name)
	for _, row := range []struct {
		name, url string
		run       func(sql string)
		change    []string
		want      []string
	}{
		{"PostgreSQL", pgURL, func(sql string) { dbtest.Exec(t, pgApp, sql) },
			[]string{"CREATE INDEX t_b ON t (b)", "ALTER TABLE t ADD COLUMN c int", "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = %L', current_database(), '7MB'); END $$"},
			[]string{"index created: t_b on t(b)", "table changed: t", "work_mem"}},
		{"MariaDB", maria.MariaDBURL(name), func(sql string) { dbtest.Exec(t, mariaApp, sql) },
			[]string{"CREATE INDEX t_b ON t (b)", "ALTER TABLE t ADD COLUMN c int", "SET GLOBAL long_query_time = 7"},
			[]string{"index created: t_b on t(b)", "table changed: t", "long_query_time"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.run("CREATE TABLE t (a int primary key, b int)")
			home := t.TempDir()
			changes := func() (out []string) {
				t.Helper()
				text, err := mltopIn(home, nil, "snapshot", row.url, "--interval", "200ms", "-o", "json").Output()
				if err != nil {
					t.Fatal(err)
				}
				var doc struct{ Changes []changeDoc }
				if err := json.Unmarshal(text, &doc); err != nil {
					t.Fatal(err)
				}
				for _, c := range doc.Changes {
					out = append(out, c.Text)
				}
				return out
			}
			if got := changes(); len(got) != 0 {
				t.Errorf("at the first attach: got %q", got)
			}
			if got := changes(); len(got) != 0 {
				t.Errorf("nothing changed: got %q", got)
			}
			for _, sql := range row.change {
				row.run(sql)
			}
			got := changes()
			for _, want := range row.want {
				if !strings.Contains(strings.Join(got, "; "), want) {
					t.Errorf("got %q, want %q in it", got, want)
				}
			}
			for _, text := range got {
				if !strings.HasPrefix(text, "since the last attach ") {
					t.Errorf("got %q", text)
				}
			}
			if again := changes(); len(again) != len(got) {
				t.Errorf("nobody watched: got %q, want again %q", again, got)
			}
			text, err := mltopIn(home, nil, "snapshot", row.url, "--interval", "200ms").Output()
			if err != nil || !strings.Contains(string(text), "index created: t_b on t(b)") || !strings.Contains(string(text), "Changed") {
				t.Errorf("as a table: %v, got\n%s", err, text)
			}
			if out, err := mltopIn(home, nil, "forget", row.url, "--yes").CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			if left, err := filepath.Glob(filepath.Join(home, ".local/state/mltop/attached/*")); err != nil || len(left) > 0 {
				t.Errorf("behind forget: %q is left, %v", left, err)
			}
		})
	}
}

// readAs is a collector that sees one state of a database.
type readAs struct {
	collectors.Collector
	index string
}

func (r readAs) Collect(context.Context) ([]collectors.Section, error) {
	table := &db.Table{Name: "orders", Indexes: []*db.Index{{Name: r.index, Table: "orders"}}}
	return []collectors.Section{&collectors.Database{At: time.Now(), Schema: &db.Schema{Tables: []*db.Table{table}},
		Settings: []db.Setting{{Name: "work_mem", Value: "4MB"}}, Missing: map[string]string{}}}, nil
}

func TestOnlySomebodyWhoWatchesMovesOnWhatChangesAreComparedWith(t *testing.T) {
	dir := t.TempDir()
	look := func(account, index string, watched bool) (n int) {
		t.Helper()
		c := &lastAttach{Collector: readAs{index: index}, watched: watched, dir: dir,
			id: func(context.Context) (db.TargetID, error) { return db.TargetID{}, nil }, account: func(context.Context) (string, error) { return account, nil }}
		for range 2 { // the second tick has nothing new
			sections, err := c.Collect(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range sections {
				if e, ok := s.(*collectors.Events); ok {
					n += len(e.List)
				}
			}
		}
		return n
	}
	for _, row := range []struct {
		name, account, index string
		watched              bool
		want                 int
	}{
		{"a verb is the first to look", "ann", "a", false, 0},
		{"a verb sees what changed", "ann", "b", false, 2},
		{"the next verb sees it too", "ann", "b", false, 2},
		{"the dashboard sees it", "ann", "b", true, 2},
		{"the next dashboard has seen it", "ann", "b", true, 0},
		{"so has a verb", "ann", "b", false, 0},
		{"another account, which sees something else, is the first of its own to look", "bob", "c", true, 0},
		{"what it saw is no change to the first", "ann", "b", true, 0},
		{"to itself it is compared", "bob", "d", true, 2},
	} {
		if got := look(row.account, row.index, row.watched); got != row.want {
			t.Errorf("%s: got %d changes, want %d", row.name, got, row.want)
		}
	}
}
