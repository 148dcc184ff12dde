package mysql

import (
	"math"
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// sampleFor asks for totals, as a dashboard does, until the time is over.
func sampleFor(t *testing.T, e *Engine, d time.Duration) (totals db.StatementTotals) {
	t.Helper()
	for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(250 * time.Millisecond) {
		var err error
		if totals, err = e.StatementTotals(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return totals
}

func totalOf(totals db.StatementTotals, part string) *db.StatementTotal {
	for i, s := range totals.List {
		if strings.Contains(s.Text, part) {
			return &totals.List[i]
		}
	}
	return nil
}

func TestWhereNothingCountsTimeIsSampled(t *testing.T) {
	s := dbtest.MariaDB(t)
	e, app := orders(t, s, 200, Options{})
	half := dbtest.Busy(t, app, "SELECT SLEEP(0.12), 'secret'")
	long := strings.Repeat("status = 'some words' OR ", 300) + "total_cents = 4"
	whole, elsewhere := s.OpenMariaDB(t, e.server.Database), s.OpenMariaDB(t, "mysql")
	id := idOf(t, whole)
	go func() { _, _ = whole.Exec("SELECT SLEEP(60), COUNT(*) FROM orders WHERE " + long) }()
	defer func() { dbtest.Exec(t, s.OpenMariaDB(t, ""), "KILL "+id) }()
	other := dbtest.Busy(t, elsewhere, "SELECT SLEEP(0.1), 'another database'")
	defer other()
	before := sampleFor(t, e, time.Second) // all run
	totals := sampleFor(t, e, 8*time.Second)
	truth := half()
	seconds := totals.At.Sub(before.At).Seconds()
	concurrency := func(part string) float64 {
		a, b := totalOf(before, part), totalOf(totals, part)
		if a == nil || b == nil || b.Calls != nil {
			t.Fatalf("%s: got %+v, then %+v of %+v", part, a, b, totals)
		}
		return (b.Seconds - a.Seconds) / seconds
	}
	// 80 looks at a share of one half differ by 0.056 in the mean: three times that.
	if got := concurrency("SLEEP(?), ?"); math.Abs(got-truth) > 0.17 {
		t.Errorf("got %.2f sessions in the mean, the client itself ran for %.2f of the time", got, truth)
	}
	if got := concurrency("WHERE status = ? OR status"); math.Abs(got-1) > 0.1 {
		t.Errorf("one that runs all the time: got %.2f sessions in the mean", got)
	}
	if len(totals.List) != 2 {
		t.Errorf("got %+v, want the application's two statements alone", totals.List)
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
	if got := sampleFor(t, e, 800*time.Millisecond); len(got.List) != 0 {
		t.Errorf("got %+v", got.List)
	}
}

// Between its first word and the server's answer to it, a session of ours has
// no number that we know.
func TestASessionOfOursIsKnownFromItsFirstStatement(t *testing.T) {
	for _, text := range append(readSession(Options{}), askNumber) {
		if !opening(text) {
			t.Errorf("%q is taken for an application's", text)
		}
	}
	for _, text := range []string{"SELECT CONNECTION_ID()", "SELECT * FROM orders", "SET @a = (SELECT COUNT(*) FROM orders)", ""} {
		if opening(text) {
			t.Errorf("%q is taken for one of ours", text)
		}
	}
}
