package advisor

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"mltop/internal/db"
)

// A Refused error says why a change is not made. Nothing was touched.
type Refused struct{ Why string }

func (e Refused) Error() string { return "refused: " + e.Why }

// settleTime bounds the look at an object after a change was cancelled.
const settleTime = 10 * time.Second

// mostSettled bounds for how many steps of a change settleTime is given.
const mostSettled = 12

// An act is one change under way: it holds the target's lock and its journal.
type act struct {
	a        *Advisor
	store    store
	journal  journalFile
	progress func(db.Progress)
	release  func()
	at       *Entry // whose steps run
}

// begin waits for its turn, here and among other processes, and reads the
// journal.
func (a *Advisor) begin(ctx context.Context, progress func(db.Progress)) (*act, error) {
	if progress == nil {
		progress = func(db.Progress) {}
	}
	select {
	case a.acts <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	t, err := a.beginAlone(ctx, progress)
	if err != nil {
		<-a.acts
	}
	return t, err
}

func (a *Advisor) beginAlone(ctx context.Context, progress func(db.Progress)) (*act, error) {
	s, err := a.store(ctx)
	if err != nil {
		return nil, err
	}
	unlock, err := s.waitLock(ctx, func(why string) { progress(db.Progress{Stage: "waiting: " + why, Done: -1}) })
	if err != nil {
		return nil, err
	}
	j, err := a.readJournal(ctx, s)
	if err != nil {
		unlock()
		return nil, err
	}
	return &act{a: a, store: s, journal: j, progress: progress, release: func() { unlock(); <-a.acts }}, nil
}

// readJournal reads the journal for a change; one that makes no sense is kept
// aside and said.
func (a *Advisor) readJournal(ctx context.Context, s store) (journalFile, error) {
	j, err := s.loadJournal()
	var corrupt corruptJournal
	if !errors.As(err, &corrupt) {
		return j, err
	}
	note, err := s.keepAside(corrupt)
	a.note(ctx, note)
	return j, err
}

// Apply carries out a recommendation. The entry is in the journal, on disk,
// before the first statement runs.
func (a *Advisor) Apply(ctx context.Context, id string, progress func(db.Progress)) (Entry, error) {
	t, err := a.begin(ctx, progress)
	if err != nil {
		return Entry{}, err
	}
	defer t.release()
	return t.apply(ctx, id)
}

// irreversible says why a change cannot be undone; "" if it can.
func irreversible(c []db.Step) string {
	for _, s := range c {
		if s.Irreversible != "" {
			return s.Irreversible
		}
	}
	return ""
}

func (t *act) apply(ctx context.Context, id string) (Entry, error) {
	if why := t.a.forbids(ctx); why != "" { // whatever else speaks against it
		return Entry{}, Refused{why}
	}
	p, err := t.a.Preview(ctx, id)
	if err != nil {
		return Entry{}, err
	}
	if p.Refused != "" {
		return Entry{}, Refused{p.Refused}
	}
	own := p.own()
	if why := t.a.unconfirmed(ctx, own.Steps); why != "" {
		return Entry{}, Refused{why}
	}
	for _, first := range p.First {
		if _, err := t.applyPart(ctx, first); err != nil {
			return Entry{}, fmt.Errorf("apply #%s, which it builds on: %w", first.Recommendation.ID, err)
		}
	}
	return t.applyPart(ctx, own)
}

func (t *act) applyPart(ctx context.Context, p Part) (Entry, error) {
	e := t.open(p)
	if err := t.store.saveJournal(t.journal, "applying"); err != nil {
		return Entry{}, fmt.Errorf("%w; nothing was applied", err)
	}
	err := t.carryOut(ctx, e)
	return *e, errors.Join(err, t.settle(e, "settled"))
}

// open adds an entry to the journal, in memory.
func (t *act) open(p Part) *Entry {
	r := p.Recommendation
	t.journal.Entries = append(t.journal.Entries, Entry{
		ID:             strconv.Itoa(t.journal.Next),
		Target:         t.store.target,
		Path:           t.a.config.Path,
		At:             t.store.now().UTC(),
		State:          EntryApplying,
		Recommendation: r.ID,
		Title:          r.Title,
		Kind:           r.Kind,
		Table:          r.Table,
		Requires:       r.Requires,
		Queries:        r.Queries,
		Fingerprints:   r.Fingerprints,
		Routes:         r.Routes,
		Steps:          p.Steps,
		SizeBytes:      r.SizeBytes,
		Predicted:      r.predicted(),
	})
	t.journal.Next++
	return &t.journal.Entries[len(t.journal.Entries)-1]
}

// settle writes how an entry ended. When that fails the entry on disk is
// still "applying" or "undoing", and the next start settles it.
func (t *act) settle(e *Entry, point string) error {
	e.SettledAt = t.store.now().UTC()
	if err := t.store.saveJournal(t.journal, point); err != nil {
		return fmt.Errorf("%w; the next start will settle entry %s", err, e.ID)
	}
	return nil
}

// carryOut runs the steps of an entry, or leaves things as they were.
func (t *act) carryOut(ctx context.Context, e *Entry) error {
	t.at = e
	for i := range e.Steps {
		err := t.run(ctx, &e.Steps[i], pointDo)
		if errors.As(err, new(foundOther)) {
			return t.takeBack(ctx, e, i, err)
		}
		if err != nil {
			return t.takeBack(ctx, e, i+1, err)
		}
		e.Done = i + 1
		if e.Done < len(e.Steps) {
			if err := t.store.saveJournal(t.journal, fmt.Sprintf("step %d", e.Done)); err != nil {
				return t.takeBack(ctx, e, i+1, err)
			}
		}
	}
	e.State = EntryApplied
	return nil
}

// A foundOther error means that a step found its object otherwise than it had
// been looked at, and so did nothing: whatever is there is somebody else's.
type foundOther struct{ error }

func (e foundOther) Unwrap() error { return e.error }

// run carries out one step and checks that its object is as promised. On an
// error the object's state decides: a step that took effect all the same is
// done.
func (t *act) run(ctx context.Context, s *db.Step, point string) error {
	result, runErr := t.runSigned(ctx, s, point)
	t.store.fault(point + ": statements run")
	if runErr != nil && s.Before != "" && result.Before != "" && result.Before != s.Before {
		return foundOther{runErr}
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	now, err := t.a.state(ctx, s.Object)
	switch {
	case err != nil:
		return errors.Join(runErr, fmt.Errorf("look at %s: %w", objectName(s.Object), err))
	case runErr != nil && (s.After == "" || !s.After.Met(now)):
		return runErr
	case s.After != "" && !s.After.Met(now):
		return fmt.Errorf("%s is not as it should be after the change: %s", objectName(s.Object), now)
	}
	s.After = now
	return nil
}

// runSigned runs a step. What it comes to, where that could not be known
// before, is in the journal ahead of the commit: only so can a later start
// tell our statistics from those that somebody else has gathered since. So is
// the session, ahead of the statements: a server may go on with them when we
// are gone.
func (t *act) runSigned(ctx context.Context, s *db.Step, point string) (db.Result, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ctx, stop := t.yieldingAt(ctx, *s, point)
	defer stop()
	var unsigned error
	sign := func(what string) {
		if err := t.store.saveJournal(t.journal, point+": "+what); err != nil {
			unsigned = err
			cancel()
		}
	}
	result, err := t.a.engine.Run(ctx, t.mayHold(*s, point), func(p db.Progress) {
		if p.After != "" && s.After == "" {
			s.After = p.After
			sign("signed")
		}
		if p.Session != "" && t.at != nil {
			t.at.Session = p.Session
			sign("session")
		}
		t.progress(p)
		t.store.fault(point + ": " + p.Stage)
	})
	if came := (cameBy{}); err != nil && errors.As(context.Cause(ctx), &came) {
		err = came
	}
	return result, errors.Join(unsigned, err)
}

// yieldingAt is yielding where a user waits, who can try again.
func (t *act) yieldingAt(ctx context.Context, s db.Step, point string) (context.Context, func()) {
	if !userWaits(point) {
		return ctx, func() {}
	}
	return t.a.yielding(ctx, s)
}

// The points at which a user waits for a step, who can try again. What has to
// be taken back is taken back, however long it lasts.
const (
	pointDo   = "do"
	pointUndo = "undo"
)

func (t *act) mayHold(s db.Step, point string) db.Step {
	if userWaits(point) {
		return t.a.limited(s)
	}
	return s
}

func userWaits(point string) bool { return point == pointDo || point == pointUndo }

// takeBack undoes what a failed change did in its first n steps, and says what
// is so.
func (t *act) takeBack(ctx context.Context, e *Entry, n int, cause error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime*time.Duration(max(1, min(n, mostSettled))))
	defer cancel()
	if errors.Is(cause, db.ErrBusy) && !errors.As(cause, new(lockedBy)) && !strings.Contains(cause.Error(), "pid ") { // it names nobody yet
		cause = fmt.Errorf("%w: %s", cause, t.a.whoHolds(ctx))
	}
	where, err := t.rewind(ctx, e, n, "take back")
	e.Note = cause.Error()
	if err != nil {
		e.State = EntryLost
		e.Note += "; taking it back failed: " + err.Error()
		return fmt.Errorf("%w; taking it back failed: %w", cause, err)
	}
	e.State = EntryFailed
	if where != "" {
		e.State = EntryLost
		e.Note += "; " + where
		return fmt.Errorf("%w; %s", cause, where)
	}
	return fmt.Errorf("%w; nothing was changed", cause)
}

// rewind brings the objects of an entry's first n steps back to their states
// before. When one of them is not provably ours it touches none, and names it.
func (t *act) rewind(ctx context.Context, e *Entry, n int, point string) (foreign string, err error) {
	t.at = e
	if err := t.endOurs(ctx, *e); err != nil {
		return "", err
	}
	found, err := t.lookAt(ctx, e, n)
	if err != nil {
		return "", err
	}
	if foreign := found.foreign(e.Steps); foreign != "" {
		return foreign, nil
	}
	for i := n - 1; i >= 0; i-- {
		if onlyLooks(e.Steps[i]) {
			continue
		}
		s, l, err := t.asItStands(ctx, e, i) // the step behind may have moved it
		if err != nil {
			return "", err
		}
		if l.stands == standsBefore {
			continue
		}
		back := inverse(s)
		back.Before = l.now
		if l.stands == standsBetween {
			back, _ = t.a.restOf(s, l.now)
		}
		if err := t.run(ctx, &back, point); err != nil {
			return "", err
		}
	}
	e.Done = 0
	return "", nil
}

// inverse is the step that undoes s.
func inverse(s db.Step) db.Step {
	if len(s.Undo) == 0 {
		s.Undo, s.TakeBack = s.TakeBack, nil
	}
	s.Do, s.Undo = s.Undo, s.Do
	s.Before, s.After = s.After, s.Before
	s.Sweep, s.Build, s.Bytes = nil, db.Took{}, nil
	if s.UndoBlocks.Who != "" {
		s.Blocks, s.UndoBlocks = s.UndoBlocks, s.Blocks
	}
	return s
}
