package advisor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"mltop/internal/db"
)

const (
	// lockPatience is well above the time for which a writer keeps readers out,
	// and as long as a person waits without wondering.
	lockPatience = 2 * time.Second
	lockAgain    = 20 * time.Millisecond
)

// patiently asks again while another process holds the lock, and then says
// who holds it and what to do.
func (a *Advisor) patiently(ctx context.Context, ask func() error) error {
	for end := time.Now().Add(lockPatience); ; {
		err := ask()
		if !errors.Is(err, db.ErrBusy) {
			return err
		}
		if time.Now().After(end) {
			return lockedBy{a.whoHolds(ctx), err}
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(lockAgain):
		}
	}
}

// A lockedBy error names who keeps everybody out.
type lockedBy struct {
	who string
	err error
}

func (e lockedBy) Error() string {
	return fmt.Sprintf("%s and lets nobody in for %s now: wait until its transaction has ended, or end that process", e.who, seconds(lockPatience.Seconds()))
}

func (e lockedBy) Unwrap() error { return e.err }

// patient is one read of the engine, asked patiently.
func patient[T any](ctx context.Context, a *Advisor, read func(context.Context) (T, error)) (answer T, err error) {
	err = a.patiently(ctx, func() error {
		answer, err = read(ctx)
		return err
	})
	return answer, err
}

// state is what an object is now.
func (a *Advisor) state(ctx context.Context, o db.Object) (db.State, error) {
	return patient(ctx, a, func(ctx context.Context) (db.State, error) { return a.engine.State(ctx, o) })
}

// id is the target's identity.
func (a *Advisor) id(ctx context.Context) (db.TargetID, error) {
	return patient(ctx, a, a.engine.ID)
}

// explain is the plan of a statement. A lock on a server is one table's, and
// there are statements on others.
func (a *Advisor) explain(ctx context.Context, q db.Query) (*db.Plan, error) {
	if _, file := a.engine.(db.FileHolder); !file {
		return a.engine.Explain(ctx, q)
	}
	return patient(ctx, a, func(ctx context.Context) (*db.Plan, error) { return a.engine.Explain(ctx, q) })
}
