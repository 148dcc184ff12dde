package mysql

import (
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// besides is a session of another mltop on the same database: one whose number
// e does not know, and which the server counts and logs like anybody's.
func besides(t *testing.T, s *dbtest.Server, e *Engine) *conn {
	t.Helper()
	other := open(t, s, e.server.Database, Options{})
	pool := must(openPool(other.target, other.o, nil))(t)
	t.Cleanup(func() { pool.Close() })
	c := must(take(t.Context(), pool, "test", nil))(t)
	if e.o.own.has(c.id) {
		t.Fatal("the two know each other's sessions: nothing is tried")
	}
	return c
}

func TestAnotherMltopsQuestionsAreNotSampled(t *testing.T) {
	s := dbtest.MariaDB(t)
	e, app := orders(t, s, 20, Options{})
	other := besides(t, s, e)
	stop := func(id string) { dbtest.Exec(t, s.OpenMariaDB(t, ""), "KILL "+id) }
	id := idOf(t, app)
	go func() { _, _ = app.Exec("SELECT SLEEP(300), 'the application' FROM orders LIMIT 1") }()
	defer stop(id)
	go func() { _ = other.exec(t.Context(), "SELECT SLEEP(300), COUNT(*) FROM orders") }()
	defer stop(other.id)
	await(t, e, other.id, func(x db.Session) bool { return strings.Contains(x.Statement, "SLEEP") })
	for end := time.Now().Add(time.Minute); ; time.Sleep(200 * time.Millisecond) {
		totals := must(e.StatementTotals(t.Context()))(t)
		if x := dbtest.FindTotal(totals, "COUNT(*)"); x != nil {
			t.Fatalf("another mltop's question is the application's load: %s", x.Text)
		}
		if x := dbtest.FindTotal(totals, "SLEEP(?), ?"); x != nil && x.Seconds > 0 {
			return // looked at while both ran
		}
		if time.Now().After(end) {
			t.Fatalf("the application's is not met: got %+v", totals.List)
		}
	}
}

func TestAnotherMltopsQuestionsInTheSlowLogDoNotCount(t *testing.T) {
	for _, where := range []string{"TABLE", "FILE"} {
		t.Run(where, func(t *testing.T) {
			s := dbtest.NewMariaDB(t, dbtest.MariaDBOptions{SlowLog: where})
			e, app := orders(t, s, 20, Options{})
			other := besides(t, s, e)
			if err := other.exec(t.Context(), "SELECT COUNT(*) FROM orders WHERE total_cents = 11"); err != nil {
				t.Fatal(err)
			}
			dbtest.Exec(t, app, "SELECT id FROM orders WHERE total_cents = 12") // behind the other's in the log
			for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
				totals := must(e.StatementTotals(t.Context()))(t)
				if x := dbtest.FindTotal(totals, "COUNT(*) FROM orders"); x != nil {
					t.Fatalf("another mltop's question is the application's load: %s", x.Text)
				}
				if callsOf(totals, "id FROM orders WHERE total_cents") == 1 {
					return
				}
				if time.Now().After(end) {
					t.Fatalf("the application's is not met: got %+v", totals.List)
				}
			}
		})
	}
}
