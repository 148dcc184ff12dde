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
	for name, o := range map[string]dbtest.MariaDBOptions{
		"performance_schema tells who holds the locks": {PerformanceSchema: true},
		"nothing tells, as on a server just installed": {},
	} {
		t.Run(name, func(t *testing.T) { seesMetadataTree(t, dbtest.NewMariaDB(t, o), !o.PerformanceSchema) })
	}
}

func seesMetadataTree(t *testing.T, s *dbtest.Server, inferred bool) {
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
		if s := list[x.At]; !s.Locked || s.Inferred != inferred {
			t.Errorf("got %+v, want it to wait for a lock, its holder inferred: %v", s, inferred)
		}
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

// The guess where nothing tells: by who came first, and never outside the
// database of who waits.
func TestWhoSeemsToHoldAMetadataLock(t *testing.T) {
	row := func(id, database, state, info string, ms float64) processRow {
		return processRow{id: id, database: database, command: "Query", state: state, info: info, ms: ms}
	}
	const lock = "Waiting for table metadata lock"
	for _, c := range []struct {
		name string
		list []processRow
		open map[string]transaction
		want string // of session 9
	}{
		{"a change waits for the oldest transaction", []processRow{row("1", "shop", "", "", 0), row("2", "shop", "", "", 0), row("9", "shop", lock, "ALTER TABLE t ADD x INT", 4000)},
			map[string]transaction{"1": {seconds: 10}, "2": {seconds: 60}}, "2"},
		{"a read waits for the change before it", []processRow{row("1", "shop", "", "", 0), row("3", "shop", lock, "alter table t add x int", 5000), row("9", "shop", lock, "SELECT 1 FROM t", 4000)},
			map[string]transaction{"1": {seconds: 60}}, "3"},
		{"a transaction that began later holds nothing up", []processRow{row("1", "shop", "", "", 0), row("9", "shop", lock, "ALTER TABLE t ADD x INT", 9000)},
			map[string]transaction{"1": {seconds: 2}}, ""},
		{"a transaction of another database is not it", []processRow{row("1", "other", "", "", 0), row("9", "shop", lock, "ALTER TABLE t ADD x INT", 1000)},
			map[string]transaction{"1": {seconds: 60}}, ""},
		{"who waits for no metadata is behind nobody", []processRow{row("1", "shop", "", "", 0), row("9", "shop", "Sending data", "SELECT 1", 1000)},
			map[string]transaction{"1": {seconds: 60}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := sessionFacts{list: c.list, transactions: c.open, blockers: map[string][]string{}, noPlugin: true}
			f.guessHolders()
			if got := strings.Join(f.blockers["9"], ","); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
