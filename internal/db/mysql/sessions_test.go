package mysql

import (
	"database/sql"
	"errors"
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// idOf is a connection's number in the server.
func idOf(t testing.TB, d *sql.DB) string {
	t.Helper()
	var id string
	if err := d.QueryRow("SELECT CONNECTION_ID()").Scan(&id); err != nil {
		t.Fatal(err)
	}
	return id
}

// await asks for the sessions until ok is content with one of them, and not
// too often: InnoDB renews its tables of transactions and locks only when
// nobody has read them for a tenth of a second.
func await(t testing.TB, e *Engine, id string, ok func(db.Session) bool) db.Session {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(200 * time.Millisecond) {
		list, err := e.Sessions(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range list {
			if s.ID == id && ok(s) {
				return s
			}
		}
		if time.Now().After(end) {
			t.Fatalf("session %s: got %+v", id, list)
		}
	}
}

func TestABlockingTreeHasItsRoot(t *testing.T) {
	s := dbtest.MariaDB(t)
	e, root := orders(t, s, 50, Options{})
	waiter := s.OpenMariaDB(t, e.server.Database)
	rootID, waiterID := idOf(t, root), idOf(t, waiter)
	dbtest.Exec(t, root, "BEGIN")
	dbtest.Exec(t, root, "UPDATE orders SET status = 'x' WHERE id IN (1, 2, 3)")
	done := make(chan error, 1)
	go func() { _, err := waiter.Exec("UPDATE orders SET status = 'y' WHERE id = 2"); done <- err }()
	w := await(t, e, waiterID, func(s db.Session) bool {
		return len(s.BlockedBy) > 0 && strings.HasPrefix(s.Statement, "UPDATE orders")
	})
	if w.BlockedBy[0] != rootID || w.Waits != "row lock" || !strings.HasPrefix(w.Statement, "UPDATE orders") {
		t.Errorf("the waiter: got %+v", w)
	}
	r := await(t, e, rootID, func(db.Session) bool { return true })
	if !r.Idle || r.Transaction <= 0 || r.Transaction > time.Minute || !strings.Contains(r.Dies, "3 changed rows are rolled back") {
		t.Errorf("the root: got %+v", r)
	}
	if err := e.Cancel(t.Context(), waiterID); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err == nil {
		t.Error("the statement was not cancelled")
	}
	if err := e.Terminate(t.Context(), rootID); err != nil {
		t.Fatal(err)
	}
	var status string
	if err := waiter.QueryRow("SELECT status FROM orders WHERE id = 2").Scan(&status); err != nil || status == "x" {
		t.Errorf("got %q, %v: the root's work is still there", status, err)
	}
	for _, id := range []string{"", "1 OR 1", "x"} {
		if e.Terminate(t.Context(), id) == nil {
			t.Errorf("%q was taken for a session", id)
		}
	}
}

// metadataTree: an ALTER waits behind an idle transaction; s has
// performance_schema on.
func metadataTree(t *testing.T, s *dbtest.Server, e *Engine) {
	root, waiter := s.OpenMariaDB(t, e.server.Database), s.OpenMariaDB(t, e.server.Database)
	rootID, waiterID := idOf(t, root), idOf(t, waiter)
	dbtest.Exec(t, root, "BEGIN")
	dbtest.Exec(t, root, "SELECT id FROM orders LIMIT 1")
	done := make(chan error, 1)
	go func() { _, err := waiter.Exec("ALTER TABLE orders ADD COLUMN x INT"); done <- err }()
	w := await(t, e, waiterID, func(s db.Session) bool { return len(s.BlockedBy) > 0 && strings.HasPrefix(s.Statement, "ALTER TABLE") })
	if w.BlockedBy[0] != rootID || !strings.Contains(w.Waits, "metadata lock") {
		t.Errorf("got %+v", w)
	}
	dbtest.Exec(t, root, "COMMIT")
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestAUserWithoutRightsSeesWhatItMay(t *testing.T) {
	s := dbtest.MariaDB(t)
	e, app := orders(t, s, 20, Options{})
	name := e.server.Database
	dbtest.Exec(t, app, "CREATE OR REPLACE USER watcher@localhost")
	dbtest.Exec(t, app, "GRANT SELECT ON "+name+".* TO watcher@localhost")
	w, err := Open(t.Context(), strings.Replace(s.MariaDBURL(name), "root@", "watcher@", 1), Options{Home: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if _, err := w.Sessions(t.Context()); err != nil {
		t.Errorf("sessions: %v", err)
	}
	if st, err := w.Stats(t.Context()); err != nil || st.Queries == nil || st.Missing["replication_lag_seconds"] == "" {
		t.Errorf("stats: got %+v, %v", st.Missing, err)
	}
	if c, err := w.Schema(t.Context()); err != nil || c.Table("orders") == nil {
		t.Errorf("schema: %v", err)
	}
	_, err = w.Run(t.Context(), w.CreateIndex(db.Index{Table: "orders", Columns: []db.IndexColumn{{Name: "total_cents"}}}), nil)
	var no *ServerError
	if !errors.As(err, &no) || !strings.HasPrefix(no.Do, "GRANT ALTER ON ") {
		t.Fatalf("a change: got %v, want the grant that is missing", err)
	}
	dbtest.Exec(t, app, no.Do) // a statement that the server takes, for the account that it knows
	if _, err = w.Run(t.Context(), w.CreateIndex(db.Index{Table: "orders", Columns: []db.IndexColumn{{Name: "total_cents"}}}), nil); errors.As(err, &no) && strings.HasPrefix(no.Do, "GRANT ALTER") {
		t.Errorf("behind %s: got %v", no.Do, err)
	}
}
