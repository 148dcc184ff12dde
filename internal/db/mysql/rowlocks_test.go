package mysql

import (
	"slices"
	"sync"
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// Of few that wait the server says who stands before whom, of many only who
// holds what: either way the holder comes first.
func TestEachThatWaitsIsBehindTheOneThatHoldsTheRow(t *testing.T) {
	s := dbtest.MariaDB(t)
	e, root := orders(t, s, 50, Options{})
	rootID := idOf(t, root)
	dbtest.Exec(t, root, "BEGIN")
	dbtest.Exec(t, root, "UPDATE orders SET status = 'x' WHERE id IN (1, 2, 3)")
	var waiters []string
	var all sync.WaitGroup
	for _, n := range []int{3, mostPaired + 10} {
		for len(waiters) < n {
			app := s.OpenMariaDB(t, e.server.Database)
			waiters = append(waiters, idOf(t, app))
			all.Go(func() { _, _ = app.Exec("UPDATE orders SET status = 'y' WHERE id = 2") }) // it is let go below
		}
		list := awaitAll(t, e, waiters, rootID)
		tree := db.BlockingTree(list)
		if len(tree) != n+1 || tree[0].ID != rootID || tree[0].Behind != n || tree[1].Depth != 1 || tree[n].Depth != 1 {
			t.Errorf("%d wait: the tree is %+v, want all of them right behind %s", n, tree, rootID)
		}
	}
	dbtest.Exec(t, root, "ROLLBACK")
	all.Wait()
}

// awaitAll answers a look in which all waiters have the holder first.
func awaitAll(t *testing.T, e *Engine, waiters []string, holder string) (out []db.Session) {
	t.Helper()
	await(t, e, holder, func(db.Session) bool {
		list, err := e.Sessions(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		out = list
		n := 0
		for _, s := range list {
			if slices.Contains(waiters, s.ID) && len(s.BlockedBy) > 0 && s.BlockedBy[0] == holder {
				n++
			}
		}
		return n == len(waiters)
	})
	return out
}

func TestWhoHoldsALockStandsBeforeWhoWaitsForItToo(t *testing.T) {
	f := sessionFacts{blockers: map[string][]string{}, transactions: map[string]transaction{"1": {}, "2": {waiting: true}, "3": {waiting: true}}}
	for _, pair := range [][2]string{{"3", "2"}, {"3", "1"}, {"3", "1"}, {"3", "3"}, {"2", "1"}, {"", "1"}, {"4", ""}} {
		f.block(pair[0], pair[1])
	}
	f.holdersFirst()
	if got := f.blockers["3"]; !slices.Equal(got, []string{"1", "2"}) || len(f.blockers) != 2 {
		t.Errorf("got %v, want 3 behind 1 and then 2, and 2 behind 1", f.blockers)
	}
}
