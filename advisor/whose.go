package advisor

import (
	"context"
	"slices"

	"mltop/internal/db"
)

// Whose an object is, is told by its state alone: as it was before the step,
// as the step makes it, or neither. What is neither is somebody else's.
type stands int

const (
	standsBefore  stands = iota
	standsAfter          // the step's work, whole or half made
	standsBetween        // an undo was cut short between two of its statements
	standsForeign
)

// whose compares an object's state with what a step makes of it. Where After
// is not known nothing but Before proves anything.
func whose(s db.Step, now db.State) stands {
	switch {
	case now == s.Before:
		return standsBefore
	case s.After != "" && (now == s.After || now == db.Unfinished+s.After):
		return standsAfter
	case s.Before.Met(now): // made anew, and whole
		return standsBefore
	}
	return standsForeign
}

// A look is the state of a step's object and whose it is.
type look struct {
	now    db.State
	stands stands
	whole  bool // it is all that the step makes
}

// looks are one for each step.
type looks []look

// lookAt looks at the objects of an entry's first n steps before any of them
// is touched.
func (t *act) lookAt(ctx context.Context, e *Entry, n int) (looks, error) {
	var found looks
	for i := range e.Steps[:n] {
		if onlyLooks(e.Steps[i]) { // it has made nothing
			found = append(found, look{stands: standsAfter, whole: true})
			continue
		}
		_, l, err := t.asItStands(ctx, e, i)
		if err != nil {
			return nil, err
		}
		found = append(found, l)
	}
	return found, nil
}

// asItStands answers step i of an entry as it is to be undone now, and whose
// its object is: the entry's own steps may have moved it, and those of others.
func (t *act) asItStands(ctx context.Context, e *Entry, i int) (db.Step, look, error) {
	now, err := t.stateOrRepair(ctx, e.Steps[i].Object)
	if err != nil {
		return db.Step{}, look{}, err
	}
	tries := []db.Step{e.Steps[i]}
	if len(e.Was) == len(e.Steps) {
		tries = []db.Step{e.Was[i], e.Steps[i]}
	}
	for _, s := range tries {
		moved, err := t.a.followed(ctx, []db.Step{s})
		if err != nil {
			return db.Step{}, look{}, err
		}
		for _, s := range append(moved, s) {
			if w := whose(s, now); w != standsForeign {
				return s, look{now, w, now == s.After}, nil
			}
		}
	}
	for _, s := range tries {
		if _, ok := t.a.restOf(s, now); ok && e.State == EntryUndoing {
			return s, look{now, standsBetween, false}, nil
		}
	}
	return e.Steps[i], look{now, standsForeign, false}, nil
}

// foreign names the first object that is not provably ours; "" for none.
func (l looks) foreign(steps []db.Step) string {
	for i := range l {
		if l[i].stands == standsForeign {
			return "somebody else has changed " + objectName(steps[i].Object) + "; it is left alone"
		}
	}
	return ""
}

// reached reports whether every step was carried out to its end.
func (l looks) reached() bool {
	return !slices.ContainsFunc(l, func(one look) bool { return one.stands != standsAfter || !one.whole })
}
