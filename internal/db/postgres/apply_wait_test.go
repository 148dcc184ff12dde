package postgres

import (
	"errors"
	"strings"
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// A drop goes by name, and may wait a minute for its lock.
func TestAnIndexThatSomebodyMadeWholeWhileItsDropWaitedStays(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 100)
	other := dbtest.OpenPostgres(t, url)
	valid := func(is string) {
		dbtest.Exec(t, other, "UPDATE pg_index SET indisvalid = "+is+" WHERE indexrelid = 'bad'::regclass")
	}
	dbtest.Exec(t, app, "CREATE INDEX bad ON orders (status)")
	valid("false")
	e := open(t, url)
	step := e.DropIndex(*must(e.Schema(t.Context()))(t).Index("bad"))
	step.Before = must(e.State(t.Context(), step.Object))(t)
	step = e.Complete(step)
	held := hold(t, app) // the drop waits for its end
	waits, ended := make(chan bool, 1), make(chan error, 1)
	go func() {
		_, err := e.Run(t.Context(), step, func(p db.Progress) {
			if strings.HasPrefix(p.Stage, "waiting for a lock") {
				select {
				case waits <- true:
				default:
				}
			}
		})
		ended <- err
	}()
	select {
	case <-waits:
	case err := <-ended:
		t.Fatalf("it did not wait: %v", err)
	}
	valid("true")
	release(t, held)
	var moved *db.StateError
	if err := <-ended; !errors.As(err, &moved) {
		t.Errorf("got %v, want a word on what it is now", err)
	}
	if now := must(e.State(t.Context(), step.Object))(t); now == db.Absent || strings.HasPrefix(string(now), invalidMark) {
		t.Errorf("the index is %q, want it whole", now)
	}
}
