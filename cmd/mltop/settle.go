package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"mltop/advisor"
	"mltop/internal/db"
)

// settleShown is how long a reader of the journal waits for what is being
// settled: most is in an instant, and the journal of a moment ago will do else.
const settleShown = time.Second

// A settling is work on the journal behind the dashboard. It may wait for the
// locks of others, and build an index anew: it has a time of its own, which
// ends with the dashboard and not with a reading of the journal.
type settling struct {
	mu    sync.Mutex
	over  bool
	stop  context.CancelFunc
	done  chan struct{} // nil: nothing is under way
	err   error         // of the last one, until it is told
	since time.Time     // the end of the last one
}

// begin starts work unless some is under way.
func (s *settling) begin(ctx context.Context, work func(context.Context) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over || s.done != nil {
		return
	}
	ctx, s.stop = context.WithCancel(context.WithoutCancel(ctx))
	done := make(chan struct{})
	s.done = done
	go func() {
		defer close(done)
		err := work(ctx)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.stop()
		s.err, s.done, s.since = err, nil, time.Now()
	}()
}

// await waits a little for what is under way.
func (s *settling) await(ctx context.Context, patience time.Duration) {
	s.mu.Lock()
	done := s.done
	s.mu.Unlock()
	if done == nil {
		return
	}
	select {
	case <-done:
	case <-ctx.Done():
	case <-time.After(patience):
	}
}

// rests is how long nothing has been under way.
func (s *settling) rests() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done != nil {
		return 0
	}
	return time.Since(s.since)
}

// failed tells once how the last one went. That somebody is in the way still
// is in the journal.
func (s *settling) failed() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.err
	s.err = nil
	if errors.Is(err, db.ErrBusy) {
		return nil
	}
	return err
}

// end stops what is under way: it stays pending, and the next start goes on.
func (s *settling) end() {
	s.mu.Lock()
	s.over = true
	if s.done != nil {
		s.stop()
	}
	s.mu.Unlock()
	s.await(context.Background(), searchEnds)
}

// recoverFirst settles what an earlier run left unfinished.
func (b *backend) recoverFirst(ctx context.Context) error {
	_, err := b.advisor.Recover(ctx)
	return err
}

// retryPending tries the pending undos again, and marks those that succeed.
func (b *backend) retryPending(ctx context.Context) error {
	list, err := b.advisor.Retry(ctx)
	for _, e := range list {
		b.markUndone(e)
	}
	return err
}

func (b *backend) markUndone(e advisor.Entry) {
	if e.State != advisor.EntryUndone {
		return
	}
	b.changed(undoneEvent(e, time.Now()))
	if b.undone != nil {
		b.undone()
	}
}
