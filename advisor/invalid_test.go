package advisor_test

import (
	"database/sql"
	"strings"
	"testing"
	"time"

	"mltop/advisor"
	"mltop/internal/db"
	"mltop/internal/db/dbtest"
	"mltop/internal/db/postgres"
)

const buildBad = "CREATE INDEX CONCURRENTLY bad ON orders (status)"

// A build that waits for a transaction is left alone; one that gave up leaves
// an index that is dropped, and made anew by the undo.
func TestAnInvalidIndexIsDroppedUnlessItIsBeingBuilt(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 500) // each of these has one connection
	builder, looker := dbtest.OpenPostgres(t, url), dbtest.OpenPostgres(t, url)
	e, err := postgres.Open(t.Context(), url, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	writer, err := app.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer writer.Rollback() //nolint:errcheck // it has ended long before
	if _, err := writer.Exec("LOCK TABLE orders IN ROW EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	ended, pid := make(chan error, 1), 0
	if err := builder.QueryRow("SELECT pg_backend_pid()").Scan(&pid); err != nil {
		t.Fatal(err)
	}
	go func() { _, err := builder.Exec(buildBad); ended <- err }()
	waitForBad(t, looker)
	got, a := adviseOnServer(t, e, advisor.Workload{})
	if bad := invalidOf(t, e); !bad.Invalid || !bad.Building || dropsBad(got) != nil {
		t.Errorf("while it is being built: %+v, advised %+v; want it invalid and left alone", bad, dropsBad(got))
	}
	var gone bool // or it would go on once nobody is in its way
	if err := looker.QueryRow("SELECT pg_terminate_backend($1::int, 60000)", pid).Scan(&gone); err != nil || !gone {
		t.Fatalf("the builder does not end: %v", err)
	}
	if err := <-ended; err == nil {
		t.Fatal("the build ended although a transaction was in its way")
	}
	if err := writer.Rollback(); err != nil {
		t.Fatal(err)
	}
	got, err = a.Advise(t.Context(), advisor.Workload{}, nothingSeen(), advisor.Options{Seed: 1})
	r := dropsBad(got)
	if err != nil || r == nil {
		t.Fatalf("what the build left is not advised to go: %+v, %v", got, err)
	}
	takenAndBroughtBack(t, e, a, *r)
}

// waitForBad waits until the catalog lists the index.
func waitForBad(t *testing.T, app *sql.DB) {
	t.Helper()
	for there, began := false, time.Now(); !there; time.Sleep(10 * time.Millisecond) {
		if err := app.QueryRow("SELECT to_regclass('bad') IS NOT NULL").Scan(&there); err != nil {
			t.Fatal(err)
		}
		if time.Since(began) > time.Minute {
			t.Fatal("no build begins")
		}
	}
}

func invalidOf(t *testing.T, e db.Engine) *db.Index {
	t.Helper()
	s, err := e.Schema(t.Context())
	if err != nil || s.Index("bad") == nil {
		t.Fatalf("the schema has no index bad: %v", err)
	}
	return s.Index("bad")
}

func dropsBad(got advisor.Advice) *advisor.Recommendation {
	for _, r := range got.Recommendations {
		if r.Kind == advisor.KindDropIndex {
			return &r
		}
	}
	return nil
}

func takenAndBroughtBack(t *testing.T, e db.Engine, a *advisor.Advisor, r advisor.Recommendation) {
	t.Helper()
	if !strings.HasPrefix(r.Statement, "DROP INDEX CONCURRENTLY") || !strings.Contains(r.Undo, "CREATE INDEX CONCURRENTLY bad ON public.orders USING btree (status)") {
		t.Errorf("%s: by %q, back by %q", r.Title, r.Statement, r.Undo)
	}
	entry, err := a.Apply(t.Context(), r.ID, nil)
	if err != nil {
		t.Fatalf("apply: %v", err)
	}
	if s, err := e.Schema(t.Context()); err != nil || s.Index("bad") != nil {
		t.Errorf("behind the drop it is still there: %v", err)
	}
	if _, err := a.Undo(t.Context(), entry.ID, nil); err != nil {
		t.Fatalf("undo: %v", err)
	}
	if back := invalidOf(t, e); back.Invalid {
		t.Errorf("the undo made an index that is invalid: %+v", back)
	}
	list, err := a.Journal(t.Context())
	if err != nil || list[0].State != advisor.EntryUndone {
		t.Errorf("the journal behind the undo: %+v, %v", list, err)
	}
}

// Of two that are the same the invalid one goes, whatever their names; what was
// made whole meanwhile stays.
func TestAnInvalidDuplicateIsDroppedAndComesBackWhole(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 500)
	dbtest.Exec(t, app, "CREATE INDEX a_good ON orders (status); CREATE INDEX bad ON orders (status)")
	valid := func(is string) {
		dbtest.Exec(t, app, "UPDATE pg_index SET indisvalid = "+is+" WHERE indexrelid = 'bad'::regclass")
	}
	valid("false")
	e, err := postgres.Open(t.Context(), url, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got, a := adviseOnServer(t, e, advisor.Workload{})
	r := dropsBad(got)
	if r == nil || r.Object != "index bad" {
		t.Fatalf("advised %+v, want bad to go", r)
	}
	valid("true")
	if _, err := a.Apply(t.Context(), r.ID, nil); err == nil || !strings.Contains(err.Error(), "since the advice was given") {
		t.Errorf("it was made whole meanwhile, and to drop it: %v", err)
	}
	valid("false")
	takenAndBroughtBack(t, e, a, *r)
}
