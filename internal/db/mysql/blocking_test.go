package mysql

import (
	"strings"
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// An ALTER behind an idle transaction holds up all who come behind it: the
// tree has the idle one at its root.
func TestATreeOfMetadataLocksHasTheIdleTransactionAtItsRoot(t *testing.T) {
	s := dbtest.NewMariaDB(t, dbtest.MariaDBOptions{PerformanceSchema: true})
	e, root := orders(t, s, 50, Options{})
	alter, reader := s.OpenMariaDB(t, e.server.Database), s.OpenMariaDB(t, e.server.Database)
	rootID, alterID, readerID := idOf(t, root), idOf(t, alter), idOf(t, reader)
	dbtest.Exec(t, root, "BEGIN")
	dbtest.Exec(t, root, "SELECT id FROM orders LIMIT 1")
	done := make(chan error, 2)
	go func() { _, err := alter.Exec("ALTER TABLE orders ADD COLUMN x INT"); done <- err }()
	await(t, e, alterID, func(s db.Session) bool { return len(s.BlockedBy) > 0 })
	go func() { _, err := reader.Exec("UPDATE orders SET total_cents = 1 WHERE id = 3"); done <- err }()
	await(t, e, readerID, func(s db.Session) bool { return len(s.BlockedBy) > 0 && strings.Contains(s.Waits, "metadata lock") })
	list, err := e.Sessions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	tree := db.BlockingTree(list)
	if len(tree) < 3 || tree[0].ID != rootID || tree[0].Depth != 0 || tree[0].Behind != 2 || !list[tree[0].At].Idle || !strings.Contains(list[tree[0].At].Dies, "changed nothing") {
		t.Fatalf("got %+v, want the idle session %s at the root", tree, rootID)
	}
	under := map[string]bool{}
	for _, x := range tree[1:] {
		under[x.ID] = x.Depth > 0
	}
	if !under[alterID] || !under[readerID] {
		t.Errorf("got %+v, want %s and %s below it", tree, alterID, readerID)
	}
	if err := e.Terminate(t.Context(), rootID); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := <-done; err != nil {
			t.Errorf("one that waited: %v", err)
		}
	}
}
