package main

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"mltop/collectors"
	"mltop/internal/db/dbtest"
	"mltop/internal/db/mysql"
	"mltop/internal/db/postgres"
)

// What a statement takes now stands beside what it has taken since the
// server's counters began.
func TestAMeanOfNowBesideThatSinceTheReset(t *testing.T) {
	pg, maria := dbtest.Postgres(t), dbtest.NewMariaDB(t, dbtest.MariaDBOptions{PerformanceSchema: true})
	pgURL, name := pg.PostgresDatabase(t), maria.MariaDBDatabase(t)
	pgApp, mariaApp := dbtest.OpenPostgres(t, pgURL), maria.OpenMariaDB(t, name)
	began := time.Now()
	dbtest.Exec(t, pgApp, "SELECT pg_stat_statements_reset()")
	for range 40 {
		dbtest.Exec(t, pgApp, "SELECT pg_sleep(0.002)")
		dbtest.Exec(t, mariaApp, "SELECT SLEEP(0.002)")
	}
	for _, row := range []struct {
		name, url, text string
		busy            func() float64
	}{
		{"PostgreSQL", pgURL, "pg_sleep", dbtest.Busy(t, pgApp, "SELECT pg_sleep(0.2)")},
		{"MariaDB", maria.MariaDBURL(name), "SLEEP", dbtest.Busy(t, mariaApp, "SELECT SLEEP(0.2)")},
	} {
		t.Run(row.name, func(t *testing.T) {
			out, err := mltopIn(t.TempDir(), nil, "snapshot", row.url, "--interval", "2s", "-o", "json").Output()
			if err != nil {
				t.Fatal(err)
			}
			row.busy()
			var doc struct{ Statements []statementDoc }
			if err := json.Unmarshal(out, &doc); err != nil {
				t.Fatal(err)
			}
			for _, s := range doc.Statements {
				if !strings.Contains(s.Text, row.text) {
					continue
				}
				if s.Mean == nil || s.EverMean == nil || math.Abs(*s.Mean-0.2) > 0.06 || *s.EverMean > *s.Mean/2 || *s.EverCalls < 40 {
					t.Errorf("got a mean of %v now, %v of %v calls ever", s.Mean, s.EverMean, s.EverCalls)
				}
				if s.Since == nil || s.Since.Sub(began).Abs() > time.Minute {
					t.Errorf("the counters began %v, they were reset %v", s.Since, began)
				}
				return
			}
			t.Errorf("not listed: %+v", doc.Statements)
		})
	}
}

// A server that has no room for more statements, and one whose counters begin
// anew, say so: their calls are missing.
func TestEvictionsAndResetsAreNoticed(t *testing.T) {
	pg := dbtest.NewPostgres(t, dbtest.PostgresOptions{Settings: map[string]string{"pg_stat_statements.max": "100"}})
	pgURL := pg.PostgresDatabase(t)
	app := dbtest.OpenPostgres(t, pgURL)
	e, err := postgres.Open(t.Context(), pgURL, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	look := func(c *collectors.StatementTotals) *collectors.Statements {
		t.Helper()
		for {
			list, err := c.Collect(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if len(list) > 0 {
				return list[0].(*collectors.Statements)
			}
			time.Sleep(50 * time.Millisecond) // it rests
		}
	}
	c := collectors.NewStatementTotals(e)
	look(c)
	for n := range 250 {
		dbtest.Exec(t, app, "SELECT 1"+strings.Repeat(", 1", n))
	}
	if why := look(c).Missing["evicted"]; !strings.Contains(why, "found no room") {
		t.Errorf("250 statements where 100 have room: said %q", why)
	}
	dbtest.Exec(t, app, "SELECT pg_stat_statements_reset()")
	dbtest.Exec(t, app, "SELECT count(*) FROM pg_class")
	s := look(c)
	if why := s.Missing["totals"]; !strings.Contains(why, "began anew") {
		t.Errorf("behind a reset: said %q", why)
	}

	maria := dbtest.NewMariaDB(t, dbtest.MariaDBOptions{PerformanceSchema: true, Settings: map[string]string{"performance-schema-digests-size": "200"}})
	name := maria.MariaDBDatabase(t)
	mariaApp := maria.OpenMariaDB(t, name)
	m, err := mysql.Open(t.Context(), maria.MariaDBURL(name), mysql.Options{Home: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	c = collectors.NewStatementTotals(m)
	look(c)
	for n := range 400 {
		dbtest.Exec(t, mariaApp, "SELECT 1 AS c"+strconv.Itoa(n))
	}
	if why := look(c).Missing["evicted"]; !strings.Contains(why, "found no room") {
		t.Errorf("MariaDB, 400 statements where 200 have room: said %q", why)
	}
}
