package advisor_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"mltop/advisor"
	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// lockFile takes the file's lock with a statement, and answers what gives it
// back.
func lockFile(t *testing.T, file, begin string) (release func()) {
	t.Helper()
	d := dbtest.Open(t, file)
	d.SetMaxOpenConns(1)
	dbtest.Exec(t, d, begin)
	return func() {
		dbtest.Exec(t, d, "ROLLBACK")
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestAFileThatIsLockedIsWaitedForAWhile(t *testing.T) {
	ctx := context.Background()
	file := dbtest.Path(t)
	dbtest.Orders(t, file, 2000)
	got, a, _ := adviseOn(t, file, statements("c: SELECT id FROM orders WHERE customer_id = 77 ORDER BY placed_at"))
	r := card(got, advisor.KindCreateIndex)

	t.Run("advice is found once the lock is free", func(t *testing.T) {
		release := lockFile(t, file, "BEGIN EXCLUSIVE")
		time.AfterFunc(300*time.Millisecond, release)
		again, err := a.Advise(ctx, statements("c: SELECT id FROM orders WHERE customer_id = 77 ORDER BY placed_at"), nothingSeen(), advisor.Options{Seed: 1})
		if err != nil || card(again, advisor.KindCreateIndex).ID != r.ID {
			t.Errorf("got %v, %v; want %s", advisedIndexes(again), err, r.ID)
		}
	})
	t.Run("a preview is given once the lock is free", func(t *testing.T) {
		release := lockFile(t, file, "BEGIN EXCLUSIVE")
		time.AfterFunc(300*time.Millisecond, release)
		if p, err := a.Preview(ctx, r.ID); err != nil || p.Refused != "" {
			t.Errorf("got refused %q, %v; want a preview", p.Refused, err)
		}
	})
	t.Run("a lock that stays is named, with what to do", func(t *testing.T) {
		release := lockFile(t, file, "BEGIN EXCLUSIVE")
		defer release()
		_, err := a.Preview(ctx, r.ID)
		if !errors.Is(err, db.ErrBusy) || !strings.Contains(err.Error(), "holds the file and lets nobody in for 2 s now: wait until") {
			t.Errorf("got %v, want who holds it and what to do", err)
		}
	})
	t.Run("waiting ends when the user gives up", func(t *testing.T) {
		release := lockFile(t, file, "BEGIN EXCLUSIVE")
		defer release()
		given, cancel := context.WithCancel(ctx)
		time.AfterFunc(50*time.Millisecond, cancel)
		if _, err := a.Preview(given, r.ID); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want %v", err, context.Canceled)
		}
	})
	t.Run("an undo is carried out once the lock is free", func(t *testing.T) {
		e, err := a.Apply(ctx, r.ID, nil)
		if err != nil {
			t.Fatal(err)
		}
		release := lockFile(t, file, "BEGIN EXCLUSIVE")
		time.AfterFunc(300*time.Millisecond, release)
		if e, err = a.Undo(ctx, e.ID, nil); err != nil || e.State != advisor.EntryUndone {
			t.Errorf("got %s, %v; want it undone", e.State, err)
		}
	})
}

// Read-only until :unlock is the advisor's own gate, not only the screen's.
func TestAGateThatIsClosedRefusesEveryChange(t *testing.T) {
	ctx := context.Background()
	file := dbtest.Path(t)
	dbtest.Orders(t, file, 2000)
	got, open, e := adviseOn(t, file, statements("c: SELECT id FROM orders WHERE customer_id = 77 ORDER BY placed_at"))
	r := card(got, advisor.KindCreateIndex)
	entry, err := open.Apply(ctx, r.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, act := range []struct {
		name string
		do   func() error
	}{
		{"apply", func() error { _, err := open.Apply(ctx, r.ID, nil); return err }},
		{"undo", func() error { _, err := open.Undo(ctx, entry.ID, nil); return err }},
		{"trying pending undos again", func() error { _, err := open.Retry(ctx); return err }},
	} {
		if err := open.SetReadOnly(ctx, true); err != nil {
			t.Fatal(err)
		}
		if err := act.do(); !errors.As(err, new(advisor.Refused)) || !strings.Contains(err.Error(), ":unlock") {
			t.Errorf("%s: got %v, want it refused until :unlock", act.name, err)
		}
	}
	state, err := e.State(ctx, entry.Steps[0].Object)
	if err != nil || state != entry.Steps[0].After {
		t.Errorf("the index is %q (%v), want it untouched", state, err)
	}
}
