package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

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
			if got := changes(); len(got) != 0 {
				t.Errorf("told already: got %q", got)
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
