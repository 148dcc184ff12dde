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
