package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"mltop/internal/db/dbtest"
)

// TestAServerWithAnotherClock: what a server tells of times is moved to ours,
// how old something is comes from its own clock, and the difference is said.
func TestAServerWithAnotherClock(t *testing.T) {
	const ahead = 90 * time.Minute
	pg := dbtest.NewPostgres(t, dbtest.PostgresOptions{Ahead: ahead})
	maria := dbtest.NewMariaDB(t, dbtest.MariaDBOptions{Ahead: -ahead})
	dbtest.Exec(t, maria.OpenMariaDB(t, ""), "CREATE DATABASE shop")
	sleeper, sleeper2 := dbtest.OpenPostgres(t, pg.PostgresURL("postgres")), maria.OpenMariaDB(t, "shop")
	dbtest.Exec(t, sleeper, "BEGIN")
	dbtest.Exec(t, sleeper, "SELECT 1 AS asleep")
	dbtest.Exec(t, sleeper2, "CREATE TABLE asleep (a INT)")
	dbtest.Exec(t, sleeper2, "START TRANSACTION WITH CONSISTENT SNAPSHOT")
	for _, row := range []struct{ name, url, says string }{
		{"PostgreSQL, ahead", pg.PostgresURL("postgres"), "1h30m0s ahead of this machine's"},
		{"MariaDB, behind", maria.MariaDBURL("shop"), "1h30m0s behind this machine's"},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := newDeck(t)
			d.says(exitOK, []string{row.says, "by NTP"}, "doctor", row.url)
			out := d.says(exitOK, nil, "snapshot", row.url, "--interval", "1s", "-o", "json")
			var l struct {
				Database struct {
					Commits  *float64 `json:"commits_per_second"`
					Since    *time.Time
					Counters []struct {
						Name string
						Now  *float64 `json:"per_second"`
						Mean *float64 `json:"mean_per_second"`
					}
					Sessions []struct {
						For         *float64 `json:"seconds"`
						Transaction *float64 `json:"transaction_seconds"`
					}
				}
				Errors map[string]string
			}
			if err := json.Unmarshal([]byte(out), &l); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(l.Errors["database.clock"], row.says) {
				t.Errorf("the clock: got %q, want %q in it", l.Errors["database.clock"], row.says)
			}
			if c := l.Database.Commits; c == nil || *c < 0 || *c > 100 {
				t.Errorf("commits a second of an idle server: got %v", c)
			}
			if len(l.Database.Sessions) == 0 {
				t.Fatalf("the sleeper is not there: %s", out)
			}
			for _, s := range l.Database.Sessions {
				for what, v := range map[string]*float64{"in its state": s.For, "in its transaction": s.Transaction} {
					if v != nil && (*v < 0 || *v > 600) {
						t.Errorf("a session of some seconds: got %v s %s", *v, what)
					}
				}
			}
			for _, c := range l.Database.Counters {
				if c.Mean != nil && *c.Mean < 0 {
					t.Errorf("%s: got a mean of %v a second", c.Name, *c.Mean)
				}
			}
		})
	}
}
