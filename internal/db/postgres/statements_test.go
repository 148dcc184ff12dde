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

func TestWithoutTheExtensionStatementsAreSampled(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 200)
	dbtest.Exec(t, app, "DROP EXTENSION pg_stat_statements")
	e := open(t, url)
	done := make(chan error, 1)
	go func() { _, err := app.Exec("SELECT pg_sleep(1.5), 'secret'"); done <- err }()
	var totals db.StatementTotals
	for end := time.Now().Add(1200 * time.Millisecond); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		var err error
		if totals, err = e.StatementTotals(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	found := find(totals, "pg_sleep")
	if !totals.Sampled || found == nil || found.Calls != nil || found.Seconds < 0.5 || found.Seconds > 1.5 || strings.Contains(found.Text, "secret") {
		t.Errorf("got %+v of %+v", found, totals)
	}
	if st, err := e.Stats(t.Context()); err != nil || st.Queries != nil || !strings.Contains(st.Missing["queries"], "CREATE EXTENSION") {
		t.Errorf("got %v, %v", st.Missing, err)
	}
}
