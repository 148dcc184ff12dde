package advisor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"mltop/internal/db"
)

// A server goes on with a build when its client is killed or cut off. The
// objects look untouched meanwhile, so nobody may judge by them before the
// build has ended.
const (
	// endFor bounds the wait for a statement that was cancelled: it rolls back
	// what it has written, or is in the step that cannot be cancelled.
	endFor   = 30 * time.Second
	endPause = 200 * time.Millisecond
	// sameText is how much of a statement has to agree: PostgreSQL keeps the
	// first 1,024 bytes, of which our mark takes some.
	sameText = 900
)

// endOurs cancels what the entry's own session still runs in the server, and
// waits for its end.
func (t *act) endOurs(ctx context.Context, e Entry) error {
	stop, ok := t.a.engine.(db.SessionEnder)
	if !ok || e.Session == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, endFor)
	defer cancel()
	for {
		running, err := t.runsStill(ctx, e)
		if err != nil || !running {
			return err
		}
		cancelled := stop.Cancel(ctx, e.Session) // it may have ended by itself: the next look tells
		select {
		case <-ctx.Done():
			return stillRuns(e, cancelled)
		case <-time.After(endPause):
		}
	}
}

func stillRuns(e Entry, cancelled error) error {
	err := fmt.Errorf("the server still runs the change in session %s; it is settled once that has ended", e.Session)
	if cancelled != nil {
		err = fmt.Errorf("%w: %w", err, cancelled)
	}
	return err
}

// runsStill reports whether the session that the journal names is at one of
// the entry's statements: its number alone may be another's by now.
func (t *act) runsStill(ctx context.Context, e Entry) (bool, error) {
	list, err := t.a.engine.Sessions(ctx)
	if err != nil {
		return false, fmt.Errorf("look whether the server still runs the change: %w", err)
	}
	for _, s := range list {
		if s.ID == e.Session && !strings.HasPrefix(s.State, "idle") && isOf(e, s.Statement) {
			return true, nil
		}
	}
	return false, nil
}

func isOf(e Entry, running string) bool {
	return slices.ContainsFunc(slices.Concat(e.Steps, e.Was), func(s db.Step) bool {
		return slices.ContainsFunc(slices.Concat(s.Do, s.Undo, s.Sweep, s.TakeBack), func(sql string) bool {
			return strings.Contains(running, sql[:min(len(sql), sameText)])
		})
	})
}
