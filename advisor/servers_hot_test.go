package advisor_test

import (
	"strings"
	"testing"
	"time"

	"mltop/internal/db/dbtest"
	"mltop/internal/db/postgres"
)

// TestAnIndexThatEndsHeapOnlyUpdatesPaysForAllIndexes: on PostgreSQL an update
// that changes no indexed column writes to no index.
func TestAnIndexThatEndsHeapOnlyUpdatesPaysForAllIndexes(t *testing.T) {
	url := dbtest.Postgres(t).PostgresDatabase(t)
	app := dbtest.OpenPostgres(t, url)
	dbtest.Exec(t, app, `CREATE TABLE players (id bigint PRIMARY KEY, score integer, level integer, team integer, name text) WITH (fillfactor = 70)`)
	dbtest.Exec(t, app, `INSERT INTO players SELECT i, (i * 7919) % 50021, i % 30, i % 400, 'player ' || i FROM generate_series(1, 50000) i`)
	dbtest.Exec(t, app, `CREATE INDEX ON players (level); CREATE INDEX ON players (team)`)
	dbtest.Exec(t, app, `ANALYZE players`)
	dbtest.Exec(t, app, `UPDATE players SET score = score + 1 WHERE id % 25 = 0`)
	hot := 0
	for end := time.Now().Add(time.Minute); hot < 1000 && time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if err := app.QueryRow("SELECT n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = 'players'").Scan(&hot); err != nil {
			t.Fatal(err)
		}
	}
	const best = "best: SELECT * FROM players ORDER BY score DESC LIMIT 10"
	for _, c := range []struct {
		name, update string
		perHour      float64
		advised      bool
		evidence     string
	}{
		{"few updates are worth it, and it is said what they lose", "win: UPDATE players SET score = 5 WHERE id = 7", 3600, true,
			"heap-only updates (HOT) an hour by win change what it indexes: each will write to it and to the table's 3 other indexes besides, which is counted as its cost ("},
		{"many are not", "win: UPDATE players SET score = 5 WHERE id = 7", 72000, false, ""},
		{"as many that write to all indexes as it is", "rise: UPDATE players SET score = 5, level = 2 WHERE id = 7", 72000, true, ""},
		{"as many that change another column", "name: UPDATE players SET name = 'x' WHERE id = 7", 72000, true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, err := postgres.Open(t.Context(), url, postgres.Options{})
			if err != nil {
				t.Fatal(err)
			}
			w := statements(best, c.update)
			w.Statements[0].CallsPerHour, w.Statements[1].CallsPerHour = 60, c.perHour
			got, _ := adviseOnServer(t, e, w)
			if list := created(got); (len(list) == 1 && list[0] == "public.players USING btree (score)") != c.advised || len(list) > 1 {
				t.Fatalf("advised %q, want one on score: %v; declined %+v", list, c.advised, got.Declined)
			}
			said := strings.Join(card(got, "create_index").Evidence, "\n")
			if !strings.Contains(said, c.evidence) || strings.Contains(said, "heap-only") != (c.evidence != "") {
				t.Errorf("it says %q, want %q", said, c.evidence)
			}
		})
	}
}
