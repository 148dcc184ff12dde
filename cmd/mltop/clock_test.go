package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"mltop/internal/db/dbtest"
)

func show(n *float64) string {
	if n == nil {
		return "nothing"
	}
	return fmt.Sprint(*n)
}

// TestAServerWithAnotherClock: what a server tells of times is moved to ours,
// how old something is comes from its own clock, and the difference is said.
func TestAServerWithAnotherClock(t *testing.T) {
	const ahead = 97 * time.Minute // no number of quarters of an hour
	pg := dbtest.NewPostgres(t, dbtest.PostgresOptions{Ahead: ahead})
	maria := dbtest.NewMariaDB(t, dbtest.MariaDBOptions{Ahead: -ahead})
	dbtest.Exec(t, maria.OpenMariaDB(t, ""), "CREATE DATABASE shop")
	logs, logs2 := dbtest.OpenPostgres(t, pg.PostgresURL("postgres")), maria.OpenMariaDB(t, "shop")
	dbtest.Exec(t, logs, "CREATE TABLE request_logs (id BIGSERIAL PRIMARY KEY, timestamp TIMESTAMPTZ DEFAULT now(), method TEXT, path TEXT, status_code INT, process_time_ms INT)")
	dbtest.Exec(t, logs2, "CREATE TABLE request_logs (id BIGINT AUTO_INCREMENT PRIMARY KEY, timestamp TIMESTAMP DEFAULT CURRENT_TIMESTAMP, method VARCHAR(8), path VARCHAR(99), status_code INT, process_time_ms INT)")
	sleeper, sleeper2 := dbtest.OpenPostgres(t, pg.PostgresURL("postgres")), maria.OpenMariaDB(t, "shop")
	dbtest.Exec(t, sleeper, "BEGIN")
	dbtest.Exec(t, sleeper, "SELECT 1 AS asleep")
	dbtest.Exec(t, sleeper2, "CREATE TABLE asleep (a INT)")
	dbtest.Exec(t, sleeper2, "START TRANSACTION WITH CONSISTENT SNAPSHOT")
	for _, row := range []struct {
		name, url, says string
		log             *sql.DB
	}{
		{"PostgreSQL, ahead", pg.PostgresURL("postgres"), "1h37m0s ahead of this machine's", logs},
		{"MariaDB, behind", maria.MariaDBURL("shop"), "1h37m0s behind this machine's", logs2},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := newDeck(t)
			d.says(exitOK, []string{row.says, "by NTP"}, "doctor", row.url)
			for range 30 { // a request every tenth of a second
				dbtest.Exec(t, row.log, "INSERT INTO request_logs (method, path, status_code, process_time_ms) VALUES ('GET', '/items', 200, 5)")
				time.Sleep(100 * time.Millisecond)
			}
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
				Requests struct {
					Rate *float64 `json:"per_second"`
				}
				Errors map[string]string
			}
			if err := json.Unmarshal([]byte(out), &l); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(l.Errors["database.clock"], row.says) {
				t.Errorf("the clock: got %q, want %q in it", l.Errors["database.clock"], row.says)
			}
			if n := l.Requests.Rate; n == nil || *n < 0.5 || *n > 60 {
				t.Errorf("30 requests of the last seconds, dated by the server: got %s a second, want between 0.5 and 60: %s", show(n), l.Errors["requests.per_second"])
			}
			if text := l.Errors["requests.clock"]; !strings.Contains(text, "by the server's clock") {
				t.Errorf("the requests' clock: got %q", text)
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
