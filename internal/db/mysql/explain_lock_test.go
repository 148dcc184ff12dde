package mysql

import (
	"errors"
	"strings"
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

func TestAPlanNeverQueuesForAMetadataLock(t *testing.T) {
	s := dbtest.MariaDB(t)
	e, _ := orders(t, s, 20, Options{})
	// The server folds the condition: a plan without the table says that the wait was 0.
	p, err := e.Explain(t.Context(), db.Query{SQL: "SELECT id FROM orders WHERE @@session.lock_wait_timeout > 0"})
	if err != nil {
		t.Fatal(err)
	}
	p.Walk(func(n *db.Node, _ int) {
		if n.Table != "" {
			t.Errorf("it is planned by a session that waits for locks: %+v", n)
		}
	})
	holder, waiter := s.OpenMariaDB(t, e.server.Database), s.OpenMariaDB(t, e.server.Database)
	waiterID := idOf(t, waiter)
	dbtest.Exec(t, holder, "BEGIN")
	dbtest.Exec(t, holder, "SELECT id FROM orders LIMIT 1")
	done := make(chan error, 1)
	go func() { _, err := waiter.Exec("ALTER TABLE orders ADD COLUMN x INT"); done <- err }()
	await(t, e, waiterID, func(s db.Session) bool { return strings.Contains(s.Waits, "metadata lock") })
	for _, sql := range []string{"SELECT id FROM orders WHERE id = ?", "UPDATE orders SET status = 'x' WHERE id = 1"} {
		if _, err := e.Explain(t.Context(), db.Query{SQL: sql}); !errors.Is(err, db.ErrBusy) || !strings.Contains(err.Error(), "orders is locked by session "+waiterID+" (") {
			t.Errorf("%s behind the lock: got %v", sql, err)
		}
	}
	schema, err := e.Schema(t.Context())
	if err != nil {
		t.Fatalf("the catalog behind the lock: %v", err)
	}
	if o := schema.Table("orders"); len(o.Columns) == 0 || len(o.Indexes) == 0 || o.Unseen || !strings.HasPrefix(o.Locked, "orders is locked by session "+waiterID+" (") {
		t.Errorf("the locked table in the catalog: got %+v", o)
	}
	if locked := schema.LockedTables(); len(locked) != 1 {
		t.Errorf("%d tables are locked, want one", len(locked))
	}
	dbtest.Exec(t, holder, "COMMIT")
	if err := <-done; err != nil {
		t.Error(err)
	}
	rows, err := e.Select(t.Context(), db.Query{SQL: "SELECT @@session.lock_wait_timeout"}, 1)
	if err != nil || rows.Values[0][0] != "1" {
		t.Errorf("the session waits %v s for locks after a plan, %v; want 1", rows.Values, err)
	}
}
