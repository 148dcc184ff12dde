package mysql

import (
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// A server goes on with a build whose client was killed: it is seen to run,
// whoever asked for it, until it ends.
func TestABuildThatStillRunsIsSeen(t *testing.T) {
	s := dbtest.MariaDB(t)
	e, holder := orders(t, s, 50, Options{})
	builder := s.OpenMariaDB(t, e.server.Database)
	id := idOf(t, builder)
	step := e.CreateIndex(db.Index{Table: "orders", Columns: []db.IndexColumn{{Name: "status"}}})
	dbtest.Exec(t, holder, "BEGIN")
	dbtest.Exec(t, holder, "SELECT id FROM orders LIMIT 1")
	done := make(chan error, 1)
	go func() { _, err := builder.Exec(step.Do[0]); done <- err }()
	await(t, e, id, func(x db.Session) bool { return strings.HasPrefix(x.Statement, "ALTER") })
	if got := must(e.Runs(t.Context(), step))(t); got != id {
		t.Errorf("while it runs: got session %q, want %s", got, id)
	}
	dbtest.Exec(t, holder, "COMMIT")
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	got := id
	for end := time.Now().Add(10 * time.Second); got != "" && time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		got = must(e.Runs(t.Context(), step))(t) // the list lags behind the answer
	}
	if got != "" {
		t.Errorf("behind its end: got session %s", got)
	}
}
