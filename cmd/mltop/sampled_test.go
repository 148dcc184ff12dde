package main

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"mltop/internal/db/dbtest"
)

// Where a server counts no statements, a snapshot still says what it is busy
// with, and claims no calls.
func TestASnapshotOfWhatIsSampled(t *testing.T) {
	pg, maria := dbtest.Postgres(t), dbtest.MariaDB(t)
	pgURL, name := pg.PostgresDatabase(t), maria.MariaDBDatabase(t)
	pgApp, mariaApp := dbtest.OpenPostgres(t, pgURL), maria.OpenMariaDB(t, name)
	dbtest.Exec(t, pgApp, "DROP EXTENSION IF EXISTS pg_stat_statements")
	for _, row := range []struct {
		name, url, remedy string
		busy              func() float64
		text              string
	}{
		{"PostgreSQL", pgURL, "CREATE EXTENSION", dbtest.Busy(t, pgApp, "SELECT pg_sleep(0.07)"), "SELECT pg_sleep(?)"},
		{"MariaDB", maria.MariaDBURL(name), "slow_query_log = ON", dbtest.Busy(t, mariaApp, "SELECT SLEEP(0.07)"), "SELECT SLEEP(?)"},
	} {
		t.Run(row.name, func(t *testing.T) {
			out, err := mltopIn(t.TempDir(), nil, "snapshot", row.url, "--interval", "5s", "-o", "json").Output()
			if err != nil {
				t.Fatal(err)
			}
			truth := row.busy()
			var doc struct {
				Statements []statementDoc
				Errors     map[string]string
			}
			if err := json.Unmarshal(out, &doc); err != nil {
				t.Fatal(err)
			}
			if len(doc.Statements) != 1 || doc.Statements[0].Text != row.text || doc.Statements[0].Calls != nil || doc.Statements[0].PerHour != nil || doc.Statements[0].Mean != nil {
				t.Fatalf("got %+v, want %s alone and no calls", doc.Statements, row.text)
			}
			// 50 looks at one half differ by 0.07 in the mean: three times that.
			if got := doc.Statements[0].Concurrency; got == nil || math.Abs(*got-truth) > 0.22 {
				t.Errorf("got %v in flight, the client ran for %.2f of the time", got, truth)
			}
			if why := doc.Errors["statements.calls"]; !strings.Contains(why, "times a second") || !strings.Contains(why, row.remedy) || !strings.HasSuffix(doc.Statements[0].Source, "sampled") {
				t.Errorf("source %q, why: %q", doc.Statements[0].Source, why)
			}
		})
	}
}
