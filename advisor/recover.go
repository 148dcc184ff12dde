package advisor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mltop/internal/db"
)

// Journal lists the entries of this target, oldest first.
func (a *Advisor) Journal(ctx context.Context) ([]Entry, error) {
	s, err := a.store(ctx)
	if err != nil {
		return nil, err
	}
	j, err := s.loadJournal()
	if err != nil {
		return j.Entries, err
	}
	if !slices.ContainsFunc(j.Entries, halfway) {
		return j.Entries, nil
	}
	return s.markUnfinished(j.Entries)
}

// JournalNow is the journal with what is true now: an entry noted as applied
// whose object is gone or another one's by now is lost, and one that was lost
// and is there again is applied. That is written down by who changes something.
func (a *Advisor) JournalNow(ctx context.Context) ([]Entry, error) {
	list, err := a.Journal(ctx)
	list = slices.Clone(list)
	t := act{a: a, journal: journalFile{Entries: list}}
	for i := range list {
		e := &list[i]
		var unseen error
		switch e.State {
		case EntryApplied:
			unseen = t.noticeLoss(ctx, e)
		case EntryLost:
			unseen = t.noticeReturn(ctx, e)
		}
		if unseen != nil {
			e.Note = firstOf(e.Note, "whether it still stands is not known: "+unseen.Error())
		}
	}
	return list, err
}

// unfinishedNote tells what the next change or undo does by itself.
const unfinishedNote = "unfinished: mltop ended in the middle of it; mltop undo, apply or a start of the dashboard settles it"

func halfway(e Entry) bool { return e.State == EntryApplying || e.State == EntryUndoing }

// markUnfinished notes the entries that no living process is working on. The
// journal is read again once the lock is seen free: the work may have ended
// in between.
func (s store) markUnfinished(list []Entry) ([]Entry, error) {
	busy, err := s.underWay()
	if err != nil || busy {
		return list, err
	}
	j, err := s.loadJournal()
	for i := range j.Entries {
		if halfway(j.Entries[i]) {
			j.Entries[i].Note = unfinishedNote
		}
	}
	return j.Entries, err
}

// Record keeps a verdict with its entry.
func (a *Advisor) Record(ctx context.Context, entry string, v Verdict) error {
	t, err := a.begin(ctx, nil)
	if err != nil {
		return err
	}
	defer t.release()
	e := t.find(entry)
	if e == nil {
		return errors.New("the journal has no entry " + quoted(entry))
	}
	e.Verdict = &v
	return t.store.saveJournal(t.journal, "verdict")
}

// Recover settles what an earlier run left unfinished, by the state that each
// object is in: an entry ends as applied, failed or undone, never between. It
// also notices applied changes that somebody else has removed, and tries
// pending undos again. It answers the entries that it settled.
func (a *Advisor) Recover(ctx context.Context) ([]Entry, error) {
	if quiet, err := a.nothingToRecover(ctx); quiet || err != nil {
		return nil, err
	}
	t, err := a.begin(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer t.release()
	return t.settleAll(ctx)
}

// settleAll settles every entry and writes that down.
func (t *act) settleAll(ctx context.Context) ([]Entry, error) {
	settled, err := t.recoverAll(ctx)
	if len(settled) == 0 {
		return nil, err
	}
	return settled, errors.Join(err, t.store.saveJournal(t.journal, "recovered"))
}

// nothingToRecover spares a target without a journal every write.
func (a *Advisor) nothingToRecover(ctx context.Context) (bool, error) {
	s, err := a.store(ctx)
	if err != nil {
		return false, err
	}
	j, err := s.loadJournal()
	return err == nil && len(j.Entries) == 0, nil
}

func (t *act) recoverAll(ctx context.Context) ([]Entry, error) {
	var settled []Entry
	var errs []error
	for i := range t.journal.Entries {
		e := &t.journal.Entries[i]
		was := e.State
		if err := t.recoverOne(ctx, e); err != nil {
			errs = append(errs, fmt.Errorf("settle entry %s: %w", e.ID, err))
		}
		if e.State != was {
			e.SettledAt = t.store.now().UTC()
			settled = append(settled, *e)
		}
	}
	return settled, errors.Join(errs...)
}

func (t *act) recoverOne(ctx context.Context, e *Entry) error {
	switch e.State {
	case EntryApplying:
		return t.recoverApplying(ctx, e)
	case EntryUndoing:
		return t.recoverUndoing(ctx, e)
	case EntryUndoPending:
		err := t.undo(ctx, e)
		if errors.Is(err, db.ErrBusy) {
			return nil
		}
		return err
	case EntryApplied:
		return t.noticeLoss(ctx, e)
	case EntryLost:
		return t.noticeReturn(ctx, e)
	case EntryActing:
		e.State, e.Note = EntryDone, "mltop ended before the server answered"
	}
	return nil
}

// recoverApplying keeps a change that reached its end and takes back one that
// did not.
func (t *act) recoverApplying(ctx context.Context, e *Entry) error {
	if err := t.learnAfter(ctx, e); err != nil {
		return err
	}
	found, err := t.lookAt(ctx, e, len(e.Steps))
	if err != nil {
		return err
	}
	if found.reached() {
		e.State, e.Done = EntryApplied, len(e.Steps)
		e.Note = "mltop ended during the change; it was complete"
		return nil
	}
	foreign, err := t.rewind(ctx, e, len(e.Steps), "take back")
	if err != nil {
		return err
	}
	e.State, e.Note = EntryFailed, "mltop ended during the change; nothing of it is left"
	if foreign != "" {
		e.State, e.Note = EntryLost, "mltop ended during the change; "+foreign
	}
	return nil
}

// learnAfter takes what stands under a name that tells all of what it is for
// the work of the step that was to make it: the words in which a server keeps
// an expression are not known before, and a concurrent build tells them to
// nobody ahead of its end.
func (t *act) learnAfter(ctx context.Context, e *Entry) error {
	for i := range e.Steps {
		s := &e.Steps[i]
		if s.After != "" || s.Before != db.Absent || !s.Object.NameTells() {
			continue
		}
		now, err := t.stateOrRepair(ctx, s.Object)
		if err != nil {
			return err
		}
		if now != db.Absent {
			s.After = db.State(strings.TrimPrefix(string(now), string(db.Unfinished)))
		}
	}
	return nil
}

// stateOrRepair looks at an object; where a killed writer left a journal of
// the engine's own that a reader may not roll back, an empty step with the
// right to write does.
func (t *act) stateOrRepair(ctx context.Context, o db.Object) (db.State, error) {
	now, err := t.a.state(ctx, o)
	if err == nil {
		return now, nil
	}
	if _, runErr := t.a.engine.Run(ctx, db.Step{Object: o, Mode: db.InTransaction}, nil); runErr != nil {
		return "", errors.Join(err, runErr)
	}
	return t.a.state(ctx, o)
}

// recoverUndoing finishes an undo that was cut short: what the user asked
// for is that the change be gone.
func (t *act) recoverUndoing(ctx context.Context, e *Entry) error {
	found, err := t.lookAt(ctx, e, len(e.Steps))
	if err != nil {
		return err
	}
	if foreign := found.foreign(e.Steps); foreign != "" {
		e.restore()
		e.State, e.Note = EntryLost, foreign
		return nil
	}
	if _, err := t.rewind(ctx, e, len(e.Steps), "finish undo"); err != nil {
		return t.undoLater(ctx, e)
	}
	e.restore()
	e.State, e.Note = EntryUndone, "mltop ended during the undo; it is complete now"
	return nil
}

// undoLater keeps an undo that cannot be finished now: one that has not begun
// is pending; one that has is unfinished still, for the next start.
func (t *act) undoLater(ctx context.Context, e *Entry) error {
	e.Note = t.a.whoHolds(ctx)
	found, err := t.lookAt(ctx, e, len(e.Steps))
	if err == nil && found.reached() {
		e.State = EntryUndoPending
		e.restore()
	}
	return err
}

func (t *act) noticeLoss(ctx context.Context, e *Entry) error {
	lost, err := t.a.lost(ctx, *e)
	if err == nil && lost != "" {
		e.State, e.Note = EntryLost, lost
	}
	return err
}

// noticeReturn finds a lost change whole again: an older file had been put in
// its place for a while.
func (t *act) noticeReturn(ctx context.Context, e *Entry) error {
	if t.takenOver(e) {
		return nil
	}
	lost, err := t.a.lost(ctx, *e)
	if err == nil && lost == "" {
		e.State, e.Done, e.Note = EntryApplied, len(e.Steps), "it had been lost and is there again"
	}
	return err
}

// takenOver reports whether an object of e's is now another entry's.
func (t *act) takenOver(e *Entry) bool {
	for i := range t.journal.Entries {
		other := &t.journal.Entries[i]
		if other != e && !ended(other.State) && slices.ContainsFunc(other.Steps, func(s db.Step) bool {
			return slices.ContainsFunc(e.Steps, func(own db.Step) bool { return own.Object == s.Object })
		}) {
			return true
		}
	}
	return false
}

func ended(s EntryState) bool {
	return s == EntryFailed || s == EntryUndone || s == EntryLost || s == EntryDone
}

// Dismiss keeps advice from being given again, with the user's reason.
func (a *Advisor) Dismiss(ctx context.Context, id, why string) error {
	r, err := a.recommendation(ctx, id)
	if err != nil {
		return err
	}
	t, err := a.begin(ctx, nil)
	if err != nil {
		return err
	}
	defer t.release()
	list, err := t.store.loadDismissals()
	if err != nil {
		return err
	}
	list[r.ID] = Dismissal{ID: r.ID, Title: r.Title, Why: why, At: t.store.now().UTC()}
	return t.store.saveDismissals(list)
}
