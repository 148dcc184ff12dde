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

// A slow log that is brought after the incident is read over its own times.
func TestASnapshotReadsThePastOfTheSlowLogThatIsGiven(t *testing.T) {
	maria := dbtest.MariaDB(t)
	url := maria.MariaDBURL(maria.MariaDBDatabase(t))
	var log strings.Builder
	for i, ago := range []time.Duration{5 * time.Hour, 4 * time.Hour, 20 * time.Minute} {
		fmt.Fprintf(&log, "# User@Host: a[a] @ b []\n# Query_time: 2  Lock_time: 0  Rows_sent: 1  Rows_examined: 9\nSET timestamp=%d;\nSELECT total FROM bills WHERE id = %d;\n", time.Now().Add(-ago).Unix(), i)
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
		t.Run(c.window, func(t *testing.T) {
			newDeck(t).says(exitOK, c.want, "snapshot", url, "--slow-log", file, "--window", c.window, "--interval", "300ms", "-o", "json")
		})
	}
}
