package advisor

import (
	"context"
	"fmt"
	"os"
)

// forgottenSuffix marks a folder that is being removed.
const forgottenSuffix = ".forgotten"

// Forget removes every trace of this target from the state folder. Unless
// forced it first settles what an earlier run left, and refuses while a change
// stands, or may stand, whose undo would be lost.
func (a *Advisor) Forget(ctx context.Context, force bool) error {
	t, err := a.begin(ctx, nil)
	if err != nil {
		return err
	}
	defer t.release()
	if !force && a.forbids(ctx) == "" {
		if _, err := t.settleAll(ctx); err != nil {
			return fmt.Errorf("nothing is forgotten: %w", err)
		}
	}
	return t.store.forget(t.journal.Entries, force)
}

// over reports whether nothing of an entry can be left in the database, or
// nothing that is ours.
func (s EntryState) over() bool {
	return s == EntryFailed || s == EntryUndone || s == EntryLost
}

// forget removes a folder unless an entry in it is not over. The folder is
// first moved away as a whole: whoever waits for its lock then begins anew.
func (s store) forget(entries []Entry, force bool) error {
	for _, e := range entries {
		if !force && !e.State.over() {
			return Refused{"entry " + e.ID + " (" + comment(e.Title) + ") is " + string(e.State) + ": undo it first, or its undo is lost"}
		}
	}
	aside := s.dir + forgottenSuffix
	err := os.RemoveAll(aside) // of one that was cut short
	if err == nil {
		err = os.Rename(s.dir, aside)
	}
	if err == nil {
		s.fault("forget: moved")
		err = os.RemoveAll(aside)
	}
	if err != nil {
		return fmt.Errorf("forget the target: %w", err)
	}
	return nil
}
