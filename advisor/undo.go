package advisor

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"mltop/internal/db"
)

// PreviewUndo answers what undoing an entry would do now.
func (a *Advisor) PreviewUndo(ctx context.Context, entry string) (Preview, error) {
	e, others, err := a.entry(ctx, entry)
	if err != nil {
		return Preview{}, err
	}
	if e.Steps, err = a.followed(ctx, a.rebased(e, others)); err != nil {
		return Preview{}, err
	}
	p := Preview{
		Recommendation: Recommendation{
			ID: e.Recommendation, Kind: e.Kind, Title: "undo: " + e.Title, Table: e.Table, SizeBytes: e.SizeBytes, Warnings: builtUpon(e, others),
		},
		Tried: "nowhere: it restores what was there before",
	}
	p.Steps = a.behind(undoing(e))
	if why := a.stillNamed(ctx, p.Steps); why != "" {
		p.Recommendation.Warnings = append(p.Recommendation.Warnings, Warning{Text: why})
	}
	for _, s := range p.Steps {
		p.Recommendation.Change = append(p.Recommendation.Change, s)
		p.Recommendation.Statement += statements(s.Do)
	}
	p.UndoSeconds = blockedSeconds(e.Steps)
	p.Confirm = a.confirm(p.Steps)
	a.forClient(&p)
	if p.Holders, err = a.holders(ctx); err != nil {
		return Preview{}, err
	}
	lost, err := a.lost(ctx, e)
	p.Refused = firstOf(cannotUndo(e), a.forbids(ctx), lost)
	return p, err
}

// undoing is what takes an entry back: its steps, inverse, last first.
func undoing(e Entry) []db.Step {
	var steps []db.Step
	for _, s := range slices.Backward(alone(e.Steps)) {
		steps = append(steps, inverse(s))
	}
	return steps
}

// behind names for each step whom it would wait for now.
func (a *Advisor) behind(steps []db.Step) []db.Step {
	if c, ok := a.engine.(Completer); ok {
		for i := range steps {
			steps[i].Blocks.Behind = c.Complete(steps[i]).Blocks.Behind
		}
	}
	return steps
}

func blockedSeconds(steps []db.Step) float64 {
	var sum float64
	for _, s := range steps {
		sum += s.Blocks.For.Seconds()
	}
	return sum
}

func cannotUndo(e Entry) string {
	if e.State != EntryApplied && e.State != EntryUndoPending {
		return "entry " + e.ID + " is " + string(e.State)
	}
	if why := irreversible(e.Steps); why != "" {
		return "IRREVERSIBLE: " + why
	}
	return ""
}

// lost says why an applied entry is no longer ours to undo; "" if it is.
func (a *Advisor) lost(ctx context.Context, e Entry) (string, error) {
	steps, err := a.followed(ctx, alone(e.Steps))
	if err != nil {
		return "", err
	}
	for _, s := range steps {
		now, err := a.state(ctx, s.Object)
		if err != nil {
			return "", fmt.Errorf("look at %s: %w", objectName(s.Object), err)
		}
		if now == s.After {
			continue
		}
		if gone := a.forgotten(ctx, e, s); gone != "" {
			return gone, nil
		}
		switch {
		case s.Before.Met(now):
			return "somebody else has already undone it: " + objectName(s.Object), nil
		case now == db.Absent:
			return "somebody else has removed " + objectName(s.Object), nil
		default:
			return "somebody else has changed " + objectName(s.Object) + "; it is left alone", nil
		}
	}
	return "", nil
}

// forgotten says that the server has restarted since, and with that gone back
// to the value that it starts with; "" of what outlives a restart.
func (a *Advisor) forgotten(ctx context.Context, e Entry, s db.Step) string {
	if !fleeting(s) {
		return ""
	}
	st, err := a.engine.Stats(ctx)
	if err != nil || !st.Started.After(e.SettledAt.Add(-db.ClockTolerance)) {
		return "" // what is there now is told all the same
	}
	return objectName(s.Object) + " is gone with the restart of the server at " + st.Started.Local().Format("2006-01-02 15:04:05") + ": nothing to undo"
}

// entry finds an entry among all.
func (a *Advisor) entry(ctx context.Context, id string) (e Entry, all []Entry, err error) {
	list, err := a.Journal(ctx)
	if err != nil {
		return Entry{}, nil, err
	}
	for _, e := range list {
		if e.ID == id {
			return e, list, nil
		}
	}
	return Entry{}, nil, errors.New("the journal has no entry " + quoted(id))
}

// Undo takes an applied change back. When the engine refuses for now, the
// entry stays pending and Retry tries again.
func (a *Advisor) Undo(ctx context.Context, entry string, progress func(db.Progress)) (Entry, error) {
	t, err := a.begin(ctx, progress)
	if err != nil {
		return Entry{}, err
	}
	defer t.release()
	e := t.find(entry)
	if e == nil {
		return Entry{}, errors.New("the journal has no entry " + quoted(entry))
	}
	if why := firstOf(a.forbids(ctx), a.unconfirmed(ctx, undoing(*e))); why != "" {
		return *e, Refused{why}
	}
	err = t.undo(ctx, e)
	return *e, err
}

// Retry tries the pending undos again. They were confirmed when they were
// asked for.
func (a *Advisor) Retry(ctx context.Context) ([]Entry, error) {
	if why := a.forbids(ctx); why != "" {
		return nil, Refused{why}
	}
	t, err := a.begin(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer t.release()
	return t.undoWhere(ctx, func(e *Entry) bool { return e.State == EntryUndoPending })
}

func (t *act) undoWhere(ctx context.Context, wanted func(*Entry) bool) ([]Entry, error) {
	var done []Entry
	var errs []error
	for i := len(t.journal.Entries) - 1; i >= 0; i-- {
		e := &t.journal.Entries[i]
		if !wanted(e) {
			continue
		}
		if err := t.undo(ctx, e); err != nil {
			errs = append(errs, fmt.Errorf("undo entry %s: %w", e.ID, err))
		}
		done = append(done, *e)
	}
	return done, errors.Join(errs...)
}

func (t *act) find(id string) *Entry {
	for i := range t.journal.Entries {
		if t.journal.Entries[i].ID == id {
			return &t.journal.Entries[i]
		}
	}
	return nil
}

func (t *act) undo(ctx context.Context, e *Entry) error {
	if why := cannotUndo(*e); why != "" {
		return Refused{why}
	}
	lost, err := t.a.lost(ctx, *e)
	if err != nil {
		return err
	}
	if lost != "" {
		e.State, e.Note = EntryLost, lost
		return errors.Join(Refused{lost}, t.settle(e, "lost"))
	}
	again := e.State == EntryUndoPending
	was := t.a.rebased(*e, t.journal.Entries)
	if e.Steps, err = t.a.followed(ctx, was); err != nil {
		return err
	}
	e.State, e.Was, e.Note = EntryUndoing, was, ""
	if err := t.store.saveJournal(t.journal, "undoing"); err != nil {
		return fmt.Errorf("%w; nothing was undone", err)
	}
	err = t.runBack(ctx, e, again)
	return errors.Join(err, t.settle(e, "undone"))
}

// runBack undoes the steps, the last first, and sets the entry's state; again
// says that it was pending.
func (t *act) runBack(ctx context.Context, e *Entry, again bool) error {
	t.at = e
	for i := len(e.Steps) - 1; i >= 0; i-- {
		here, l, err := t.asItStands(ctx, e, i) // the step behind may have moved it
		if err != nil {
			return t.stayPending(ctx, e, i, postponed(err, again), err)
		}
		if skipped(e, i, l) {
			e.Done = i
			continue
		}
		back := inverse(here)
		if err := t.run(ctx, &back, pointUndo); err != nil {
			return t.stayPending(ctx, e, i, postponed(err, again), err)
		}
		e.Done = i
	}
	e.State = EntryUndone
	e.restore()
	return nil
}

// restore puts the steps back as they were applied, once an undo has ended.
func (e *Entry) restore() {
	if len(e.Was) == len(e.Steps) {
		e.Steps = e.Was
	}
	e.Was = nil
}

// postponed reports whether an undo that failed is to be tried again later:
// the engine refuses for now, or whoever tried it again has run out of time,
// which says nothing of the undo.
func postponed(cause error, again bool) bool {
	return errors.Is(cause, db.ErrBusy) || again && (errors.Is(cause, context.DeadlineExceeded) || errors.Is(cause, context.Canceled))
}

// stayPending keeps an undo that failed for another time, where that is of
// use. Steps already undone are done again, so that the entry is whole.
func (t *act) stayPending(ctx context.Context, e *Entry, failed int, later bool, cause error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	if half, err := t.halfUndone(ctx, e, failed, cause); half {
		return err
	}
	e.restore()
	for i := failed + 1; i < len(e.Steps) && !goesAlong(e.Steps[i]); i++ {
		again := e.Steps[i]
		if err := t.run(ctx, &again, "do again"); err != nil {
			e.State, e.Note = EntryLost, cause.Error()+"; half undone: "+err.Error()
			return fmt.Errorf("%w; half undone: %w", cause, err)
		}
	}
	e.Done = len(e.Steps)
	if !later {
		e.State, e.Note = EntryApplied, "undo failed: "+cause.Error()
		return cause
	}
	e.State, e.Note = EntryUndoPending, t.a.whoHolds(ctx)
	return fmt.Errorf("undo pending: %s: %w", e.Note, cause)
}

// whoHolds names who is in the way: of a file a process, on a server a session.
func (a *Advisor) whoHolds(ctx context.Context) string {
	if _, file := a.engine.(db.FileHolder); !file {
		list, err := a.engine.Sessions(ctx)
		if who := db.OlderTransactions(list); err == nil && who != "" {
			return "the lock may be held by " + who
		}
		return "another session holds the lock"
	}
	list, err := a.holders(ctx)
	if err != nil || len(list) == 0 {
		return "another process holds the file"
	}
	if len(list) == 1 {
		return holderNames(list) + " holds the file"
	}
	return holderNames(list) + " hold the file"
}
