package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

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
		app               *sql.DB
		load, text        string
	}{
		{"PostgreSQL", pgURL, "CREATE EXTENSION", pgApp, "SELECT pg_sleep(0.07)", "SELECT pg_sleep(?)"},
		{"MariaDB", maria.MariaDBURL(name), "slow_query_log = ON", mariaApp, "SELECT SLEEP(0.07)", "SELECT SLEEP(?)"},
	} {
		t.Run(row.name, func(t *testing.T) {
			dbtest.Longer(t, 5*time.Second, func(d time.Duration) error {
				busy := dbtest.Busy(t, row.app, row.load)
				out, err := mltopIn(t.TempDir(), nil, "snapshot", row.url, "--interval", d.String(), "-o", "json").Output()
				if err != nil {
					t.Fatal(err)
				}
				return sampledInFlight(t, out, row.text, row.remedy, busy())
			})
		})
	}
}

// sampledInFlight: the document's only statement was in flight for the truth's
// share of the time.
func sampledInFlight(t *testing.T, out []byte, text, remedy string, truth float64) error {
	var doc struct {
		Statements []statementDoc
		Errors     map[string]string
	}
	if err := json.Unmarshal(out, &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Statements) != 1 || doc.Statements[0].Text != text || doc.Statements[0].Calls != nil || doc.Statements[0].PerHour != nil || doc.Statements[0].Mean != nil {
		t.Fatalf("got %+v, want %s alone and no calls", doc.Statements, text)
	}
	if why := doc.Errors["statements.calls"]; !strings.Contains(why, "times a second") || !strings.Contains(why, remedy) || !strings.HasSuffix(doc.Statements[0].Source, "sampled") {
		t.Errorf("source %q, why: %q", doc.Statements[0].Source, why)
	}
	got := doc.Statements[0].Concurrency
	if got == nil {
		t.Fatal("nothing is said to be in flight")
	}
	// 50 looks at one half differ by 0.07 in the mean: three times that.
	if math.Abs(*got-truth) > 0.22 {
		return fmt.Errorf("got %.2f in flight, the client ran for %.2f of the time", *got, truth)
	}
	return nil
}
