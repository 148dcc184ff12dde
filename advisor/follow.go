package advisor

import (
	"context"
	"fmt"
	"slices"

	"mltop/internal/db"
)

// A follower knows how a change of one object shows in the state of another:
// an index that is dropped takes its statistics along.
type follower interface {
	Follow(ctx context.Context, s db.Step, now db.State) (db.Step, error)
}

// A rebaser knows what the undo of an earlier change means for that of a later
// one: an index that was dropped with its new statistics comes back with those
// from before they were gathered.
type rebaser interface {
	Rebase(s, undone db.Step) db.Step
}

// A finisher knows what is left of a step that was cut short between two of its
// statements, by the state that it left; ok is false of a state that none of
// them leaves. It is the step to run from there.
type finisher interface {
	Finish(s db.Step, now db.State) (rest db.Step, ok bool)
}

// restOf answers what is left of the undo of a step.
func (a *Advisor) restOf(s db.Step, now db.State) (rest db.Step, ok bool) {
	if f, able := a.engine.(finisher); able {
		return f.Finish(inverse(s), now)
	}
	return db.Step{}, false
}

// rebased answers the steps of an entry after the undo of those before it.
func (a *Advisor) rebased(e Entry, all []Entry) []db.Step {
	out := slices.Clone(e.Steps)
	r, ok := a.engine.(rebaser)
	at := slices.IndexFunc(all, func(other Entry) bool { return other.ID == e.ID })
	for i := at - 1; ok && i >= 0; i-- {
		if all[i].State != EntryUndone {
			continue
		}
		for _, undone := range all[i].Steps {
			for j := range out {
				out[j] = r.Rebase(out[j], undone)
			}
		}
	}
	return out
}

// followed answers steps as they stand now, after what came and went since.
func (a *Advisor) followed(ctx context.Context, steps []db.Step) ([]db.Step, error) {
	f, ok := a.engine.(follower)
	if !ok {
		return steps, nil
	}
	out := slices.Clone(steps)
	for i, s := range out {
		now, err := a.state(ctx, s.Object)
		if err == nil {
			out[i], err = f.Follow(ctx, s, now)
		}
		if err != nil {
			return nil, fmt.Errorf("look at %s: %w", objectName(s.Object), err)
		}
	}
	return out, nil
}
