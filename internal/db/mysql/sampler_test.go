package mysql

import (
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// took are the statements that took time: what the first look happens to meet,
// of whoever made the scene, stands for none.
func took(totals db.StatementTotals) (texts []string) {
	for _, s := range totals.List {
		if s.Seconds > 0 {
			texts = append(texts, s.Text[:min(len(s.Text), 60)])
		}
	}
	return texts
}

func TestWhereNothingCountsTimeIsSampled(t *testing.T) {
	s := dbtest.MariaDB(t)
	e, app := orders(t, s, 200, Options{})
	long := strings.Repeat("status = 'some words' OR ", 300) + "total_cents = 4"
	whole, elsewhere := s.OpenMariaDB(t, e.server.Database), s.OpenMariaDB(t, "mysql")
	id := idOf(t, whole)
	go func() { _, _ = whole.Exec("SELECT SLEEP(300), COUNT(*) FROM orders WHERE " + long) }()
	defer func() { dbtest.Exec(t, s.OpenMariaDB(t, ""), "KILL "+id) }()
	other := dbtest.Busy(t, elsewhere, "SELECT SLEEP(0.1), 'another database'")
	defer other()
	var totals db.StatementTotals
	dbtest.Longer(t, 8*time.Second, func(d time.Duration) (err error) {
		totals, err = dbtest.SampledRight(t, e, app, "SELECT SLEEP(0.12), 'secret'", "SLEEP(?), ?", "WHERE status = ? OR status", d)
		return err
	})
	if found := took(totals); len(found) != 2 {
		t.Errorf("got %q, want the application's two statements alone", found)
	}
	if !totals.Sampled || !strings.Contains(totals.Missing["calls"], "times a second") || !strings.Contains(totals.Missing["calls"], "slow_query_log") || !strings.Contains(totals.Missing["cut"], "4096 bytes") {
		t.Errorf("said: %v", totals.Missing)
	}
}

// What mltop itself runs, on whatever connection of its own, is no load.
func TestOurOwnSessionsAreNotSampled(t *testing.T) {
	e, _ := orders(t, dbtest.MariaDB(t), 20, Options{})
	pool, err := openPool(e.target, e.o, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	go func() { _, _ = pool.Exec("SELECT SLEEP(1), COUNT(*) FROM orders") }()
	if got := dbtest.SampleFor(t, e, 800*time.Millisecond); len(got.List) != 0 {
		t.Errorf("got %+v", got.List)
	}
}

// What carries no mark is an application's, but for a SET of the session's own.
func TestAnApplicationsStatementIsNotTakenForOurs(t *testing.T) {
	for _, text := range []string{"SELECT CONNECTION_ID()", "SELECT * FROM orders", "SELECT /* mltop */ 1", "SET @a = (SELECT COUNT(*) FROM orders)", ""} {
		if ownText(text) {
			t.Errorf("%q is taken for one of ours", text)
		}
	}
}
