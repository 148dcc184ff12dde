package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mltop/internal/db/dbtest"
)

// A test run is over when the check begins: what the server has counted meanwhile
// is compared with what it had counted before.
func TestACheckOfAServerKnowsWhatWasCountedBetweenTheLooks(t *testing.T) {
	pg, maria := dbtest.NewPostgres(t, dbtest.PostgresOptions{}), dbtest.NewMariaDB(t, dbtest.MariaDBOptions{PerformanceSchema: true})
	pgURL, name := pg.PostgresDatabase(t), maria.MariaDBDatabase(t)
	pgApp, mariaApp := dbtest.OpenPostgres(t, pgURL), maria.OpenMariaDB(t, name)
	for _, row := range []struct {
		name, url string
		run       func(seconds float64)
	}{
		{"PostgreSQL", pgURL, func(s float64) { dbtest.Exec(t, pgApp, fmt.Sprintf("SELECT pg_sleep(%v)", s)) }},
		{"MariaDB", maria.MariaDBURL(name), func(s float64) { dbtest.Exec(t, mariaApp, fmt.Sprintf("SELECT SLEEP(%v)", s)) }},
	} {
		t.Run(row.name, func(t *testing.T) {
			state, base := t.TempDir(), filepath.Join(t.TempDir(), "base.json")
			for range 120 {
				row.run(0.0005)
			}
			if out, err := mltopIn(state, nil, "snapshot", row.url, "--window", "all", "-o", "json", "-w", base).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			for range 110 {
				row.run(0.02)
			}
			out, err := mltopIn(state, nil, "check", row.url, "--window", "all", "--baseline", base, "--fail-on", "query-mean+50%", "-o", "json").Output()
			if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != exitFindings {
				t.Fatalf("got %v, want the exit code of findings: %s", err, out)
			}
			var doc struct {
				Targets []struct{ Compared []comparedDoc }
			}
			if err := json.Unmarshal(out, &doc); err != nil {
				t.Fatal(err)
			}
			for _, c := range doc.Targets[0].Compared {
				if strings.Contains(strings.ToUpper(c.Subject), "SLEEP") {
					if c.Outcome != outcomeBroken || *c.Now < 0.02 {
						t.Errorf("got %+v, want the mean of the later calls alone, which take 20 ms", c)
					}
					return
				}
			}
			t.Errorf("the statement is not compared: %s", out)
		})
	}
}

func TestWhatTheSameCountersCountedBefore(t *testing.T) {
	began := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	doc := func(since time.Time, calls uint64, mean float64) []statementDoc {
		ever := float64(calls)
		return []statementDoc{{Fingerprint: "f", Text: "SELECT 1", Calls: &calls, Mean: &mean, Since: &since, EverCalls: &ever, EverMean: &mean}}
	}
	interval := func(list []statementDoc, calls uint64) []statementDoc {
		list[0].Calls = &calls // of an interval, and not of all
		return list
	}
	for _, c := range []struct {
		name        string
		before, now []statementDoc
		want        float64 // seconds; 0: not compared
	}{
		{"is taken away from what they have counted now", doc(began, 200, 0.001), doc(began.Add(time.Second), 400, 0.002), 0.003},
		{"and what is left may be too little", doc(began, 200, 0.001), doc(began, 210, 0.002), 0},
		{"is none of those that began anew", doc(began, 200, 0.001), doc(began.Add(time.Hour), 400, 0.002), 0.002},
		{"is no part of an interval", interval(doc(began, 900, 0.001), 200), interval(doc(began, 1200, 0.002), 300), 0.002},
	} {
		got := compareStatements(c.before, c.now, nil)
		switch {
		case c.want == 0 && len(got) > 0:
			t.Errorf("%s: got %+v, want nothing", c.name, got)
		case c.want > 0 && (len(got) != 1 || *got[0].Now < c.want-1e-9 || *got[0].Now > c.want+1e-9):
			t.Errorf("%s: got %+v, want a mean of %v", c.name, got, c.want)
		}
	}
}
