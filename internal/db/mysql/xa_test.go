package mysql

import (
	"database/sql"
	"strings"
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// prepareXA leaves a transaction prepared, and its session gone.
func prepareXA(t *testing.T, s *dbtest.Server, database, id, update string) {
	t.Helper()
	app := s.OpenMariaDB(t, database)
	holdXA(t, app, id, update)
	if err := app.Close(); err != nil {
		t.Fatal(err)
	}
}

// holdXA leaves a transaction prepared in a session.
func holdXA(t *testing.T, app *sql.DB, id, update string) {
	t.Helper()
	app.SetMaxOpenConns(1)
	for _, text := range []string{"XA START " + id, update, "XA END " + id, "XA PREPARE " + id} {
		dbtest.Exec(t, app, text)
	}
}

// A coordinator died between the halves of its commit: nobody in the process
// list holds the row, and XA ROLLBACK alone frees it.
func TestWhoWaitsForAPreparedTransactionIsToldWhichOne(t *testing.T) {
	s := dbtest.NewMariaDB(t, dbtest.MariaDBOptions{})
	e, admin := orders(t, s, 50, Options{})
	ours := e.server.Database
	prepareXA(t, s, ours, "'it''s tx9'", "UPDATE orders SET status = 'x' WHERE id = 2")
	waiter := s.OpenMariaDB(t, ours)
	waiterID := idOf(t, waiter)
	done := make(chan error, 1)
	go func() { _, err := waiter.Exec("UPDATE orders SET status = 'y' WHERE id = 2"); done <- err }()
	const root = "prepared transaction it's tx9"
	await(t, e, waiterID, func(x db.Session) bool { return len(x.BlockedBy) == 1 && x.BlockedBy[0] == root })
	list := must(e.Sessions(t.Context()))(t)
	tree := db.BlockingTree(list)
	if len(tree) != 2 || tree[0].ID != root || tree[0].Behind != 1 || tree[0].At < 0 {
		t.Fatalf("the tree is %+v, want %q with 1 behind it, listed", tree, root)
	}
	x := list[tree[0].At]
	if x.Prepared == nil || x.Prepared.Rollback != "XA ROLLBACK 'it''s tx9'" || x.Transaction <= 0 || x.Idle || !strings.Contains(x.Dies, "1 changed rows") || x.Prepared.NoAge != "" {
		t.Fatalf("got %+v of %+v, want its end, its age and what dies", x, x.Prepared)
	}
	if n := db.CountSessions(list); n != len(list)-1 {
		t.Errorf("%d of %d are sessions, want all but the prepared one", n, len(list))
	}
	if err := e.Terminate(t.Context(), root); err == nil {
		t.Error("it was terminated; there is no session")
	}
	dbtest.Exec(t, admin, x.Prepared.Rollback) // what is shown to be copied is what frees them
	if err := <-done; err != nil {
		t.Errorf("who waited failed when its row was free: %v", err)
	}
}

// Of several, InnoDB does not say which is which; nothing is invented.
func TestOfSeveralPreparedTransactionsAllNamesAreSaid(t *testing.T) {
	s := dbtest.NewMariaDB(t, dbtest.MariaDBOptions{})
	e, admin := orders(t, s, 50, Options{})
	prepareXA(t, s, e.server.Database, "'a','b',7", "UPDATE orders SET status = 'x' WHERE id = 2")
	prepareXA(t, s, e.server.Database, "X'00ff'", "UPDATE orders SET status = 'x' WHERE id = 3")
	var both []*db.Prepared
	for _, x := range must(e.Sessions(t.Context()))(t) {
		if x.Prepared != nil {
			both = append(both, x.Prepared)
		}
	}
	if len(both) != 2 || !strings.Contains(both[0].Name, "one of ") {
		t.Fatalf("got %+v, want two that may be either", both)
	}
	for _, literal := range []string{"'a','b',7", "X'00ff'"} {
		if !strings.Contains(both[0].Rollback, literal) || !strings.Contains(both[1].Rollback, literal) {
			t.Errorf("%q and %q do not name %s", both[0].Rollback, both[1].Rollback, literal)
		}
		dbtest.Exec(t, admin, "XA ROLLBACK "+literal) // the server takes it as it is written
	}
}

// One that its session still holds outlives the session: ending that frees
// nobody, and the preview must not say so.
func TestASessionThatHoldsAPreparedTransactionSaysWhatItsEndDoesNot(t *testing.T) {
	s := dbtest.NewMariaDB(t, dbtest.MariaDBOptions{})
	e, admin := orders(t, s, 50, Options{})
	holder, waiter := s.OpenMariaDB(t, e.server.Database), s.OpenMariaDB(t, e.server.Database)
	holdXA(t, holder, "'held'", "UPDATE orders SET status = 'x' WHERE id = 2")
	waiterID := idOf(t, waiter)
	done := make(chan error, 1)
	go func() { _, err := waiter.Exec("UPDATE orders SET status = 'y' WHERE id = 2"); done <- err }()
	w := await(t, e, waiterID, func(x db.Session) bool { return len(x.BlockedBy) == 1 })
	h := await(t, e, w.BlockedBy[0], func(db.Session) bool { return true })
	if !strings.Contains(h.Dies, "it outlives its session") {
		t.Errorf("the holder's end: got %q", h.Dies)
	}
	if err := e.Terminate(t.Context(), h.ID); err != nil {
		t.Fatal(err)
	}
	root := await(t, e, "prepared transaction held", func(x db.Session) bool { return x.Prepared != nil })
	dbtest.Exec(t, admin, root.Prepared.Rollback)
	if err := <-done; err != nil {
		t.Errorf("who waited: %v", err)
	}
}

// Who may not see open transactions is told of prepared ones all the same.
func TestAPreparedTransactionIsSeenWithoutRights(t *testing.T) {
	s := dbtest.NewMariaDB(t, dbtest.MariaDBOptions{})
	e, admin := orders(t, s, 50, Options{})
	prepareXA(t, s, e.server.Database, "'tx1'", "UPDATE orders SET status = 'x' WHERE id = 2")
	dbtest.Exec(t, admin, "CREATE USER low@localhost")
	dbtest.Exec(t, admin, "GRANT SELECT ON "+e.server.Database+".* TO low@localhost")
	low := must(Open(t.Context(), strings.Replace(s.MariaDBURL(e.server.Database), "root@", "low@", 1), Options{Home: t.TempDir()}))(t)
	defer low.Close()
	for _, x := range must(low.Sessions(t.Context()))(t) {
		if p := x.Prepared; p != nil {
			if p.Name != "tx1" || p.NoAge == "" || x.Transaction != 0 {
				t.Errorf("got %+v of %+v, want its name, and why its age is not known", x, p)
			}
			dbtest.Exec(t, admin, p.Rollback)
			return
		}
	}
	t.Error("it is not seen")
}
