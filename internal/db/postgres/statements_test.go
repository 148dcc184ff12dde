package postgres

import (
	"database/sql"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

func TestTotalsOfStatementsAreWhatTheApplicationRan(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 200)
	e := open(t, url)
	for range 7 {
		dbtest.Exec(t, app, "SELECT count(*) FROM orders WHERE status = 'open' AND total_cents > 12345")
	}
	totals, err := e.StatementTotals(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	found := find(totals, "total_cents > $")
	if found == nil || *found.Calls != 7 || found.Seconds <= 0 || *found.Rows != 7 || strings.Contains(found.Text, "12345") {
		t.Fatalf("got %+v", found)
	}
	dbtest.Exec(t, app, "SELECT count(*) FROM orders WHERE status = 'done' AND total_cents > 1")
	again, err := e.StatementTotals(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if found := find(again, "total_cents > $"); found == nil || *found.Calls != 8 {
		t.Errorf("after one more: got %+v", found)
	}
	for _, s := range again.List {
		if strings.Contains(s.Text, "mltop") || strings.Contains(s.Text, "pg_stat_statements") {
			t.Errorf("our own statement is listed: %s", s.Text)
		}
	}
	if again.Evicted == nil || again.Since.IsZero() {
		t.Errorf("got evicted %v since %v", again.Evicted, again.Since)
	}
}

func find(totals db.StatementTotals, part string) *db.StatementTotal {
	for i, s := range totals.List {
		if strings.Contains(s.Text, part) {
			return &totals.List[i]
		}
	}
	return nil
}

// sampleFor asks for totals, as a dashboard does, until the time is over.
func sampleFor(t *testing.T, e *Engine, d time.Duration) (totals db.StatementTotals) {
	t.Helper()
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(250 * time.Millisecond) {
		totals = must(e.StatementTotals(t.Context()))(t)
	}
	return totals
}

func TestWithoutTheExtensionTimeIsSampled(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 200)
	dbtest.Exec(t, app, "DROP EXTENSION pg_stat_statements")
	e := open(t, url)
	long := strings.Repeat("status = 'some words' OR ", 60) + "total_cents = 4"
	whole := dbtest.OpenPostgres(t, url)
	go func() { _, _ = whole.Exec("SELECT pg_sleep(300), count(*) FROM orders WHERE " + long) }()
	var totals db.StatementTotals
	dbtest.Longer(t, 8*time.Second, func(d time.Duration) (err error) {
		totals, err = sampledRight(t, e, app, d)
		return err
	})
	if !totals.Sampled || !strings.Contains(totals.Missing["calls"], "times a second") || !strings.Contains(totals.Missing["calls"], "CREATE EXTENSION") || !strings.Contains(totals.Missing["cut"], "1020 bytes") {
		t.Errorf("said: %v", totals.Missing)
	}
	for _, s := range totals.List {
		if strings.Contains(s.Text, "secret") || strings.Contains(s.Text, "pg_stat_activity") || strings.Contains(s.Text, "mltop") {
			t.Errorf("got %s", s.Text)
		}
	}
	if st := must(e.Stats(t.Context()))(t); st.Queries != nil || !strings.Contains(st.Missing["queries"], "CREATE EXTENSION") {
		t.Errorf("got %v", st.Missing)
	}
}

// sampledRight compares what is sampled of one statement that runs half the
// time, and of one that runs all the time, with what they do.
func sampledRight(t *testing.T, e *Engine, app *sql.DB, d time.Duration) (db.StatementTotals, error) {
	half := dbtest.Busy(t, app, "SELECT pg_sleep(0.12), 'secret'")
	before := sampleFor(t, e, time.Second) // both run
	totals := sampleFor(t, e, d)
	truth := half()
	seconds := totals.At.Sub(before.At).Seconds()
	concurrency := func(part string) float64 {
		a, b := find(before, part), find(totals, part)
		if b == nil {
			return math.NaN()
		}
		if b.Calls != nil {
			t.Fatalf("%s: got calls of what is sampled: %+v", part, b)
		}
		if a == nil { // not met yet
			a = &db.StatementTotal{}
		}
		return (b.Seconds - a.Seconds) / seconds
	}
	// 80 looks at a share of one half differ by 0.056 in the mean: three times that.
	if got := concurrency("pg_sleep(?), ?"); !(math.Abs(got-truth) <= 0.17) { // so that none at all is wrong too
		return totals, fmt.Errorf("got %.2f sessions in the mean, the client itself ran for %.2f of the time", got, truth)
	}
	if got := concurrency("WHERE status = ? OR status"); !(math.Abs(got-1) <= 0.1) {
		return totals, fmt.Errorf("one that runs all the time: got %.2f sessions in the mean", got)
	}
	return totals, nil
}

func TestARestartIsAskedForOnlyWhereTheServerHasNotLoadedTheExtension(t *testing.T) {
	bare := dbtest.NewPostgres(t, dbtest.PostgresOptions{Settings: map[string]string{"shared_preload_libraries": ""}})
	for name, s := range map[string]*dbtest.Server{"loaded, and not made here": dbtest.Postgres(t), "not loaded": bare} {
		t.Run(name, func(t *testing.T) {
			url := s.PostgresDatabase(t)
			dbtest.Exec(t, dbtest.OpenPostgres(t, url), "DROP EXTENSION IF EXISTS pg_stat_statements")
			e := open(t, url)
			totals, st := must(e.StatementTotals(t.Context()))(t), must(e.Stats(t.Context()))(t)
			for _, got := range []string{totals.Missing["calls"], st.Missing["queries"]} {
				if restarts := strings.Contains(got, "restart"); restarts != (s == bare) || !strings.Contains(got, "CREATE EXTENSION pg_stat_statements") {
					t.Errorf("got %q", got)
				}
			}
		})
	}
}

// Somebody else makes the extension, and drops it, while mltop watches.
func TestTheSourceOfStatementsComesAndGoes(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 20)
	e := open(t, url)
	sources := []string{must(e.StatementTotals(t.Context()))(t).Source}
	dbtest.Exec(t, app, "DROP EXTENSION pg_stat_statements")
	if _, err := e.StatementTotals(t.Context()); err == nil {
		t.Error("an extension that is gone is no error")
	}
	sources = append(sources, must(e.StatementTotals(t.Context()))(t).Source)
	dbtest.Exec(t, app, "CREATE EXTENSION pg_stat_statements")
	e.mu.Lock()
	e.known.at = e.known.at.Add(-factsEvery) // a minute later
	e.mu.Unlock()
	sources = append(sources, must(e.StatementTotals(t.Context()))(t).Source)
	if got := strings.Join(sources, "; "); got != "pg_stat_statements; pg_stat_activity, sampled; pg_stat_statements" {
		t.Errorf("got %s", got)
	}
}
