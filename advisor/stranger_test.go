package advisor_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"mltop/advisor"
	"mltop/internal/db/dbtest"
)

// strangers are what somebody else does, between a kill and the next start,
// to the very object that a change was about.
var strangers = map[string]string{
	"an index is made":        "DROP INDEX IF EXISTS mltop_orders_customer_id; CREATE UNIQUE INDEX mltop_orders_customer_id ON orders(customer_id, id)",
	"an index is dropped":     "DROP INDEX IF EXISTS products_category; CREATE INDEX products_category ON products(category, id)",
	"statistics are gathered": "DELETE FROM orders WHERE id % 3 = 0; ANALYZE",
	"two steps in one change": "DROP INDEX IF EXISTS products_category; CREATE INDEX products_category ON products(category, id)",
}

// TestWhatAStrangerMadeAfterAKillStays kills mltop at every point, lets
// somebody else change the object, and settles and undoes all that can be:
// the file stays as the stranger left it.
func TestWhatAStrangerMadeAfterAKillStays(t *testing.T) {
	path := dbtest.Path(t)
	dbtest.Orders(t, path, 60)
	template, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for change := range strangers {
		t.Run(change+", apply", func(t *testing.T) { strangerEverywhere(t, template, change, "apply") })
	}
	// An undo is looked at in the same way, whatever the kind of change.
	t.Run("an index is made, undo", func(t *testing.T) { strangerEverywhere(t, template, "an index is made", "undo") })
}

func strangerEverywhere(t *testing.T, template []byte, change, verb string) {
	_, _, points := wholeRun(t, template, change, verb)
	for i, point := range points {
		s := newScene(t, template, change)
		s.prepare(t, verb)
		runVictim(t, s.file, s.state, verb, i+1)
		d := dbtest.Open(t, s.file)
		dbtest.Exec(t, d, strangers[change])
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		want := dump(t, s.file)
		e := s.recover(t)
		s.undoAll(t)
		if got := dump(t, s.file); got != want {
			t.Errorf("killed at %d (%s), settled as %q (%s): got\n%s\nthe stranger left\n%s", i+1, point, e.state, e.note, got, want)
		}
		if e.state == advisor.EntryApplying || e.state == advisor.EntryUndoing {
			t.Errorf("killed at %d (%s): still %s", i+1, point, e.state)
		}
	}
}

// undoAll is a user who wants everything back.
func (s scene) undoAll(t *testing.T) {
	t.Helper()
	a, done := s.advisor(t)
	defer done()
	list, err := a.Journal(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if _, err := a.Undo(context.Background(), e.ID, nil); err != nil && !strings.Contains(err.Error(), "refused") {
			t.Errorf("undo of an entry that is %s: %v", e.State, err)
		}
	}
}
