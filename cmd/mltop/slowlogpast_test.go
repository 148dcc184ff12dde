package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mltop/internal/db/dbtest"
)

// A log that is brought after the incident is read over its own times.
func TestASnapshotReadsThePastOfTheSlowLogThatIsGiven(t *testing.T) {
	maria, postgres := dbtest.MariaDB(t), dbtest.Postgres(t)
	url := postgres.PostgresDatabase(t)
	_, name, _ := strings.Cut(url, ":///")
	name, _, _ = strings.Cut(name, "?")
	for _, engine := range []struct {
		name, url string
		entry     func(at time.Time, id int) string
	}{
		{"MariaDB", maria.MariaDBURL(maria.MariaDBDatabase(t)), func(at time.Time, id int) string {
			return fmt.Sprintf("# User@Host: a[a] @ b []\n# Query_time: 2  Lock_time: 0  Rows_sent: 1  Rows_examined: 9\nSET timestamp=%d;\nSELECT total FROM bills WHERE id = %d;\n", at.Unix(), id)
		}},
		{"PostgreSQL", url, func(at time.Time, id int) string {
			head := at.UTC().Format("2006-01-02 15:04:05.000 MST") + " [7]: [1-1] user=a,db=%s LOG:  duration: 2000.000 ms  statement: SELECT total FROM bills WHERE id = %d;\n"
			return fmt.Sprintf(head, name, id) + fmt.Sprintf(head, "other", id)
		}},
	} {
		var log strings.Builder
		for i, ago := range []time.Duration{5 * time.Hour, 4 * time.Hour, 20 * time.Minute} {
			log.WriteString(engine.entry(time.Now().Add(-ago), i))
		}
		file := filepath.Join(t.TempDir(), "slow.log")
		if err := os.WriteFile(file, []byte(log.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			window string
			want   []string
		}{
			{"all", []string{`"calls": 3`, `"slow_log": {`, `"statements": 3`}},
			{"1h", []string{`"calls": 1`, `"statements": 1`}},
			{"1m", []string{`"statements": []`, `"statements": 0`, `"first": null`}},
		} {
			t.Run(engine.name+" "+c.window, func(t *testing.T) {
				newDeck(t).says(exitOK, c.want, "snapshot", engine.url, "--slow-log", file, "--window", c.window, "--interval", "300ms", "-o", "json")
			})
		}
	}
}
