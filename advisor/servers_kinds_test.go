package advisor_test

import (
	"slices"
	"strings"
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
	"mltop/internal/db/postgres"
)

// TestKindsOfIndexesOnPostgreSQL: each kind where it is the best one, and a
// plain B-tree, or nothing, where it is not.
func TestKindsOfIndexesOnPostgreSQL(t *testing.T) {
	url := dbtest.Postgres(t).PostgresDatabase(t)
	app := dbtest.OpenPostgres(t, url)
	dbtest.Exec(t, app, `CREATE TABLE log (id bigint PRIMARY KEY, at timestamp NOT NULL, due timestamp, who integer, what integer, n1 integer, n2 integer, n3 integer, note text, pad text, done timestamp)`)
	dbtest.Exec(t, app, `INSERT INTO log SELECT i, timestamp '2026-01-01' + i * interval '1 minute', timestamp '2026-01-01' + ((i * 7919) % 200003) * interval '1 minute',
		(i * 37) % 1009, (i * 101) % 97, i % 7, i % 11, i % 13, 'note ' || i, repeat('x', 150), CASE WHEN i % 500 = 0 THEN timestamp '2026-05-01' + i * interval '1 minute' END FROM generate_series(1, 200000) i`)
	dbtest.Exec(t, app, `VACUUM ANALYZE`)
	const month = "* FROM log WHERE at >= '2026-03-01' AND at < '2026-04-05'"
	const adding = "INSERT INTO log (id, at) VALUES (7, '2026-06-01')" // a hundred a second; all others once a minute
	for _, c := range []struct {
		name string
		list []string
		want []string
	}{
		{"NULLs last where they come first by themselves", []string{"SELECT * FROM log ORDER BY due DESC NULLS LAST LIMIT 10"}, []string{"public.log USING btree (due NULLS FIRST)"}},
		{"NULLs where they come anyway", []string{"SELECT * FROM log ORDER BY due DESC LIMIT 10"}, []string{"public.log USING btree (due)"}},
		{"one column rises and the other falls", []string{"SELECT * FROM log ORDER BY who, due DESC LIMIT 10"}, []string{"public.log USING btree (who, due DESC)"}},
		{"an order within what is searched", []string{"SELECT * FROM log WHERE who = 17 ORDER BY what, due DESC NULLS LAST LIMIT 10"}, []string{"public.log USING btree (who, what, due DESC NULLS LAST)"}},
		{"columns that are only read are held beside the keys", []string{"SELECT who, what, n1, n2, n3 FROM log WHERE due >= '2026-02-01' AND due < '2026-02-20'"}, []string{"public.log USING btree (due) INCLUDE (who, what, n1, n2, n3)"}},
		{"the few rows that have a value", []string{"SELECT * FROM log WHERE done IS NOT NULL"}, []string{"public.log USING btree (done) WHERE done IS NOT NULL"}},
		{"a text without a bound is not held", []string{"SELECT who, what, n1, n2, note FROM log WHERE due >= '2026-02-01' AND due < '2026-02-02'"}, []string{"public.log USING btree (due)"}},
		{"a long range of a table to which much is added", []string{"SELECT " + month, adding}, []string{"public.log USING brin (at)"}},
		{"a long range where nothing is added: the planner finds it faster by a B-tree", []string{"SELECT " + month}, []string{"public.log USING btree (at)"}},
		{"a short range of it", []string{"SELECT * FROM log WHERE at >= '2026-03-01' AND at < '2026-03-01 00:20'"}, []string{"public.log USING btree (at)"}},
		{"a range of what lies anywhere", []string{"SELECT sum(id) FROM log WHERE due >= '2026-02-01' AND due < '2026-02-02'"}, []string{"public.log USING btree (due, id)"}},
		{"the same where rows are changed", []string{"SELECT " + month, adding, "UPDATE log SET note = 'x' WHERE id = 5"}, []string{"public.log USING btree (at)"}},
		{"a range of what lies anywhere, where much is added", []string{"SELECT note FROM log WHERE due >= '2026-02-01' AND due < '2026-03-02'", adding}, []string{"public.log USING btree (due, note)"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, err := postgres.Open(t.Context(), url, postgres.Options{})
			if err != nil {
				t.Fatal(err)
			}
			for i := range c.list {
				c.list[i] = string(rune('a'+i)) + ": " + c.list[i]
			}
			w := statements(c.list...)
			for i, s := range w.Statements {
				if w.Statements[i].CallsPerHour = 60; strings.Contains(s.Text, "INSERT") {
					w.Statements[i].CallsPerHour = 360_000
				}
			}
			got, a := adviseOnServer(t, e, w)
			if list := created(got); !slices.Equal(list, c.want) {
				t.Fatalf("advised %q, want %q; declined %+v", list, c.want, got.Declined)
			}
			entry, err := a.Apply(t.Context(), card(got, "create_index").ID, nil)
			if err != nil {
				t.Fatal(err)
			}
			p, err := e.Explain(t.Context(), db.Query{SQL: c.list[0][3:]})
			if err != nil || !usesIndex(p, entry.Steps[0].Object.Name) {
				t.Errorf("the live plan does not use %s: %v", entry.Steps[0].Object.Name, err)
			}
			if _, err := a.Undo(t.Context(), entry.ID, nil); err != nil {
				t.Errorf("the undo: %v", err)
			}
			var left int
			if err := app.QueryRow("SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'mltop%'").Scan(&left); err != nil || left != 0 {
				t.Errorf("%d indexes are left, %v", left, err)
			}
		})
	}
}
