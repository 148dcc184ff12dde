package demo

import (
	"context"
	"fmt"
	"time"
)

// hold has the back office forget its transaction. The client's phase begins
// before, so that it holds every call that gets stuck.
func (t *tour) hold(context.Context) ([]string, error) {
	if _, err := t.client.Phase("stuck"); err != nil {
		return nil, err
	}
	session, err := t.server.Hold()
	if err != nil {
		return nil, err
	}
	t.seen.Lock, t.heldSince = &Lock{Holder: session}, time.Now()
	return []string{"changes prices in a transaction, and forgets to commit"}, nil
}

func (t *tour) findRoot(ctx context.Context) ([]string, error) {
	b, err := t.mltop.Blocking(ctx)
	if err != nil {
		return nil, err
	}
	t.blocking = b
	t.seen.Lock.Named, t.seen.Lock.Idle, t.seen.Lock.Waiting = b.Session, b.Idle, b.Waiting
	return []string{b.Text}, nil
}

// readFor is how long a person needs to read the verdict and press the key;
// for as long clients wait.
const readFor = 5 * time.Second

func (t *tour) endRoot(ctx context.Context) ([]string, error) {
	select {
	case <-time.After(readFor - time.Since(t.heldSince)):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if err := t.mltop.End(ctx); err != nil {
		return nil, err
	}
	var err error
	t.seen.Lock.Stuck, err = t.client.Phase("let go") // its last call has ended
	return []string{fmt.Sprintf("session %s ended; what died: %s", t.blocking.Session, t.blocking.Dies)}, err
}

// freedPart of a phase's calls is enough to see that they are answered again.
const freedPart = 8

func (t *tour) measureFreed(ctx context.Context) ([]string, error) {
	return t.measure(ctx, "freed", max(t.Calls/freedPart, 1), &t.seen.Lock.Freed)
}
