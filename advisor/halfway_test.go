package advisor

import (
	"context"
	"errors"
	"strings"
	"testing"

	"mltop/internal/db"
)

// TestAnUndoThatIsHalfDoneIsFinishedLater cuts an undo short behind its first
// step; at the next start the file is held.
func TestAnUndoThatIsHalfDoneIsFinishedLater(t *testing.T) {
	ctx := context.Background()
	list := chain(&fakeEngine{}, "a", "b")
	list[0].Change = append(list[0].Change, list[1].Change...)
	a, e := saved(t, list[:1])
	if _, err := a.Apply(ctx, "id-a", nil); err != nil {
		t.Fatal(err)
	}
	s, err := a.store(ctx)
	if err != nil {
		t.Fatal(err)
	}
	j, err := s.loadJournal()
	if err != nil {
		t.Fatal(err)
	}
	j.Entries[0].State, j.Entries[0].Was = EntryUndoing, j.Entries[0].Steps
	delete(e.objects, j.Entries[0].Steps[1].Object)
	if err := s.saveJournal(j, "test"); err != nil {
		t.Fatal(err)
	}
	for _, now := range []struct {
		name  string
		holds error
		state EntryState
		note  string
	}{
		{"held, it stays unfinished", db.ErrBusy, EntryUndoing, "unfinished"},
		{"held still, it stays", errors.Join(db.ErrBusy), EntryUndoing, "unfinished"},
		{"free, it is finished", nil, EntryUndone, "complete now"},
	} {
		t.Run(now.name, func(t *testing.T) {
			e.runErr = now.holds
			_, err := a.Recover(ctx)
			entries, jerr := a.Journal(ctx)
			if err != nil || jerr != nil || entries[0].State != now.state || !strings.Contains(entries[0].Note, now.note) {
				t.Errorf("%v, %v: %s (%s), want %s (%s)", err, jerr, entries[0].State, entries[0].Note, now.state, now.note)
			}
		})
	}
	for object, state := range e.objects {
		if state != db.Absent {
			t.Errorf("left %v: %s", object, state)
		}
	}
}
