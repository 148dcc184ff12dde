package advisor

import (
	"context"

	"mltop/internal/db"
)

// Whose an object is, is told by its state alone: as it was before the step,
// as the step makes it, or neither. What is neither is somebody else's.
type stands int

const (
	standsBefore stands = iota
	standsAfter         // the step's work, whole or half made
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
	}
	return standsForeign
}

// A look is the state of a step's object and whose it is.
type look struct {
	now    db.State
	stands stands
}

// looks are one for each step.
type looks []look

// lookAt looks at the objects of all steps before any of them is touched.
func (t *act) lookAt(ctx context.Context, steps []db.Step) (looks, error) {
	var found looks
	for _, s := range steps {
		now, err := t.stateOrRepair(ctx, s.Object)
		if err != nil {
			return nil, err
		}
		found = append(found, look{now, whose(s, now)})
	}
	return found, nil
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
func (l looks) reached(steps []db.Step) bool {
	for i := range l {
		if l[i].stands != standsAfter || l[i].now != steps[i].After {
			return false
		}
	}
	return true
}
