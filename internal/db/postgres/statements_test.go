package postgres

import (
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
	found := dbtest.FindTotal(totals, "total_cents > $")
	if found == nil || *found.Calls != 7 || found.Seconds <= 0 || *found.Rows != 7 || strings.Contains(found.Text, "12345") {
		t.Fatalf("got %+v", found)
	}
	dbtest.Exec(t, app, "SELECT count(*) FROM orders WHERE status = 'done' AND total_cents > 1")
	again, err := e.StatementTotals(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if found := dbtest.FindTotal(again, "total_cents > $"); found == nil || *found.Calls != 8 {
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

func TestWithoutTheExtensionTimeIsSampled(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 200)
	dbtest.Exec(t, app, "DROP EXTENSION pg_stat_statements")
	e := open(t, url)
	long := strings.Repeat("status = 'some words' OR ", 60) + "total_cents = 4"
	whole := dbtest.OpenPostgres(t, url)
	go func() { _, _ = whole.Exec("SELECT pg_sleep(300), count(*) FROM orders WHERE " + long) }()
	var totals db.StatementTotals
	dbtest.Longer(t, 8*time.Second, func(d time.Duration) (err error) {
		totals, err = dbtest.SampledRight(t, e, app, "SELECT pg_sleep(0.12), 'secret'", "pg_sleep(?), ?", "WHERE status = ? OR status", d)
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
