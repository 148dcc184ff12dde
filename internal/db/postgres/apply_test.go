package postgres

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// impatient gives up soon.
func impatient(t testing.TB, url string) *Engine {
	t.Helper()
	e, err := Open(t.Context(), url, Options{WriteTimeout: 600 * time.Millisecond, WriteLockTimeout: 150 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// hold opens a transaction that has written to orders.
func hold(t testing.TB, app *sql.DB) *sql.Tx {
	t.Helper()
	tx, err := app.Begin()
	if err == nil {
		_, err = tx.Exec("UPDATE orders SET status = 'held' WHERE id = 1")
	}
	if err != nil {
		t.Fatal(err)
	}
	return tx
}

func release(t testing.TB, tx *sql.Tx) {
	t.Helper()
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
}

func byStatus() db.Index {
	return db.Index{Table: "orders", Columns: []db.IndexColumn{{Name: "status"}, {Name: "placed_at", Desc: true}}, Include: []string{"total_cents"}}
}

func TestALockThatNeverEndsIsGivenUpAndNothingIsLeft(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 500)
	held := hold(t, app) // a build waits for its end
	e := impatient(t, url)
	step := e.CreateIndex(byStatus())
	_, err := e.Run(t.Context(), step, nil)
	var locked *ServerError
	if !errors.As(err, &locked) || locked.Problem != ProblemLocked || !errors.Is(err, db.ErrBusy) {
		t.Fatalf("got %v", err)
	}
	release(t, held) // it gave up: the transaction was open to here
	if now, err := e.State(t.Context(), step.Object); now != db.Absent || err != nil {
		t.Errorf("an index is left: %q, %v", now, err)
	}
	if _, err := e.Run(t.Context(), step, nil); err != nil {
		t.Errorf("and behind it: %v", err)
	}
}

func TestACancelledBuildIsSwept(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 500)
	dbtest.Exec(t, app, "CREATE FUNCTION slow(a text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.1); RETURN a; END'")
	e := open(t, url)
	step := e.CreateIndex(byStatus())
	step.Do = []string{strings.Replace(step.Do[0], "(status,", "(slow(status),", 1)} // it takes a minute
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan error, 1)
	go func() { _, err := e.Run(ctx, step, func(db.Progress) {}); ended <- err }()
	for left := ""; !strings.HasPrefix(left, invalidMark); {
		now, err := e.State(t.Context(), step.Object)
		if err != nil {
			t.Fatal(err)
		}
		left = string(now)
		select {
		case err := <-ended:
			t.Fatalf("it ended by itself: %v", err)
		case <-time.After(10 * time.Millisecond):
		}
	}
	cancel()
	if err := <-ended; err == nil || err.Error() != "change index "+step.Object.Name+": cancelled" {
		t.Errorf("a cancelled build ended by %v", err)
	}
	if now, err := e.State(t.Context(), step.Object); now != db.Absent || err != nil {
		t.Errorf("an index is left: %q, %v", now, err)
	}
}

func TestAnIndexThatIsNotOursIsNeverSwept(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 100)
	dbtest.Exec(t, app, "CREATE INDEX theirs ON orders (status)")
	e := open(t, url)
	ix := byStatus()
	ix.Name = "theirs"
	step := e.CreateIndex(ix)
	if _, err := e.Run(t.Context(), step, nil); err == nil {
		t.Fatal("an index was made over another")
	}
	step.Before = ""
	if _, err := e.Run(t.Context(), step, nil); err == nil {
		t.Fatal("an index was made over another")
	}
	if now, err := e.State(t.Context(), step.Object); !strings.Contains(string(now), "(status)") || err != nil {
		t.Errorf("got %q, %v", now, err)
	}
}

func TestADroppedIndexComesBackAsItWas(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 100)
	dbtest.Exec(t, app, `CREATE INDEX "Odd name" ON orders (lower(status), placed_at DESC) WHERE total_cents > 5`)
	e := open(t, url)
	s, err := e.Schema(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if who, err := e.Replicas(t.Context()); err != nil || len(who) > 0 {
		t.Errorf("replicas of a server that has none: got %+v, %v", who, err)
	}
	step := e.DropIndex(*s.Index("Odd name"))
	before, err := e.State(t.Context(), step.Object)
	if err != nil {
		t.Fatal(err)
	}
	step.Before = before
	step = e.Complete(step)
	if _, err := e.Run(t.Context(), step, nil); err != nil {
		t.Fatal(err)
	}
	step.Do, step.Before, step.After = step.Undo, step.After, step.Before
	if _, err := e.Run(t.Context(), step, nil); err != nil {
		t.Fatal(err)
	}
	if now, err := e.State(t.Context(), step.Object); now != before || err != nil {
		t.Errorf("got  %q, %v\nwant %q", now, err, before)
	}
	if pk := s.Table("orders").Indexes; len(e.DropIndex(*s.Index("orders_pkey")).Do) != 0 || len(pk) < 2 {
		t.Error("a primary key would be dropped")
	}
}

func TestASettingGoesBackToWhatItWas(t *testing.T) {
	url := dbtest.Postgres(t).PostgresDatabase(t)
	e := open(t, url)
	change := func(value string) db.Step {
		for _, s := range must(e.Settings(t.Context()))(t) {
			if s.Name != "work_mem" {
				continue
			}
			step := e.SetSetting(s, value)
			step.Before = must(e.State(t.Context(), step.Object))(t)
			return e.Complete(step)
		}
		t.Fatal("there is no work_mem")
		return db.Step{}
	}
	undo := func(s db.Step) db.Step { s.Do, s.Before, s.After = s.Undo, s.After, s.Before; return s }
	first := change("8MB")
	if first.Before != db.Absent {
		t.Fatalf("before: got %q", first.Before)
	}
	must(e.Run(t.Context(), first, nil))(t)
	second := change("16MB")
	must(e.Run(t.Context(), second, nil))(t)
	must(e.Run(t.Context(), undo(second), nil))(t)
	if now := must(e.State(t.Context(), first.Object))(t); now != "8MB" {
		t.Errorf("behind the second undo: got %q", now)
	}
	must(e.Run(t.Context(), undo(first), nil))(t)
	if now := must(e.State(t.Context(), first.Object))(t); now != db.Absent {
		t.Errorf("behind the first undo: got %q", now)
	}
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestStatisticsAreGatheredAndCannotBePutBack(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 100)
	dbtest.Exec(t, app, "CREATE TABLE fresh AS SELECT i FROM generate_series(1, 1000) i")
	e := open(t, url)
	step := e.Analyze("fresh")
	if step.Irreversible == "" {
		t.Error("it promises an undo")
	}
	must(e.Run(t.Context(), step, nil))(t)
	var known bool
	if err := app.QueryRow("SELECT reltuples = 1000 FROM pg_class WHERE relname = 'fresh'").Scan(&known); err != nil || !known {
		t.Errorf("no statistics: %v", err)
	}
}
