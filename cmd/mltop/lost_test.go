package main

import (
	"bufio"
	"encoding/json"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"mltop/internal/db/dbtest"
)

// A seen is what a snapshot says of a database.
type seen struct {
	Database struct {
		State    string   `json:"state"`
		Version  string   `json:"version"`
		Queries  *float64 `json:"queries_per_second"`
		Commits  *float64 `json:"commits_per_second"`
		Pool     *float64 `json:"connection_pool_ratio"`
		Hits     *float64 `json:"cache_hit_ratio"`
		Counters []any    `json:"counters"`
		Sessions []any    `json:"sessions"`
	} `json:"database"`
	Errors   map[string]string `json:"errors"`
	Findings []struct{ Rule string }
}

// looks prints one snapshot after the other, until the test ends.
func looks(t *testing.T, url string) func() seen {
	t.Helper()
	c := mltopIn(t.TempDir(), nil, "snapshot", url, "--interval", "200ms", "--count", "1000000", "-o", "json")
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(c) })
	lines := bufio.NewReader(out)
	return func() (l seen) {
		t.Helper()
		line, err := lines.ReadBytes('\n')
		if err == nil {
			err = json.Unmarshal(line, &l)
		}
		if err != nil {
			t.Fatalf("read a snapshot: %v", err)
		}
		return l
	}
}

func stop(c *exec.Cmd) { _ = c.Process.Kill(); _ = c.Wait() }

// until waits for a look that is as it should be.
func until(t *testing.T, next func() seen, what string, ok func(seen) bool) seen {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); ; {
		l := next()
		if ok(l) {
			return l
		}
		if time.Now().After(end) {
			t.Fatalf("%s: it never came to that: %+v", what, l)
		}
	}
}

func TestAServerThatDiesHasNoNumbers(t *testing.T) {
	pg, maria := dbtest.NewPostgres(t, dbtest.PostgresOptions{}), dbtest.NewMariaDB(t, dbtest.MariaDBOptions{})
	dbtest.Exec(t, maria.OpenMariaDB(t, ""), "CREATE DATABASE shop")
	for _, row := range []struct {
		name, url string
		server    *dbtest.Server
	}{{"PostgreSQL", pg.PostgresURL("postgres"), pg}, {"MariaDB", maria.MariaDBURL("shop"), maria}} {
		t.Run(row.name, func(t *testing.T) {
			next := looks(t, row.url)
			running := func(l seen) bool { return l.Database.State == "ok" && l.Database.Commits != nil }
			alive := until(t, next, "alive", running)
			if err := row.server.Kill(syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
			isToldToBeDead(t, until(t, next, "killed", func(l seen) bool { return l.Database.State == "unreachable" }), alive.Database.Version)
			if err := row.server.Restart(); err != nil {
				t.Fatal(err)
			}
			begins := until(t, next, "started again", func(l seen) bool { return l.Database.State == "ok" })
			if begins.Database.Commits != nil || begins.Errors["database.commits_per_second"] == "" {
				t.Errorf("the first look at a new server: got %v commits a second, %q, want none and why", begins.Database.Commits, begins.Errors["database.commits_per_second"])
			}
			for range 3 {
				// Nobody but mltop asks it anything: more would be a total taken for a rate.
				if l := until(t, next, "rates again", running); *l.Database.Commits < 0 || *l.Database.Commits > 500 {
					t.Errorf("behind the restart: got %v commits a second", *l.Database.Commits)
				}
			}
		})
	}
}

func isToldToBeDead(t *testing.T, l seen, version string) {
	t.Helper()
	d := l.Database
	for name, v := range map[string]*float64{"queries_per_second": d.Queries, "commits_per_second": d.Commits, "connection_pool_ratio": d.Pool, "cache_hit_ratio": d.Hits} {
		if v != nil || l.Errors["database."+name] == "" {
			t.Errorf("%s of a dead server: got %v, %q, want none and why", name, v, l.Errors["database."+name])
		}
	}
	if len(d.Counters) > 0 || len(d.Sessions) > 0 || d.Version != version {
		t.Errorf("got %d counters, %d sessions, version %q, want none of %q", len(d.Counters), len(d.Sessions), d.Version, version)
	}
	if len(l.Findings) == 0 || l.Findings[0].Rule != "unread" {
		t.Errorf("the verdict: got %+v, want unread", l.Findings)
	}
}
