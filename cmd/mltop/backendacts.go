package main

import (
	"context"
	"errors"
	"slices"
	"time"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/db"
)

func (b *backend) Preview(ctx context.Context, id string) (advisor.Preview, error) {
	p, err := b.advisor.Preview(ctx, id)
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil && b.atWork {
		return p, errors.New("the advisor is still at work: this can be applied when it has finished")
	}
	return p, err
}

// Outdated also takes what no longer holds out of what is said of statements.
func (b *backend) Outdated(ctx context.Context, list []advisor.Recommendation, schema *db.Schema) (map[string]string, error) {
	ctx, cancel := context.WithTimeout(ctx, b.o.timeout)
	defer cancel()
	gone, err := b.advisor.Outdated(ctx, list, schema)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.advice = b.advice.Without(gone)
	return gone, err
}

func (b *backend) Apply(ctx context.Context, id string, progress func(db.Progress)) (advisor.Entry, error) {
	e, err := b.advisor.Apply(ctx, id, progress)
	if e.State == advisor.EntryApplied {
		b.changed(appliedEvent(e))
	}
	return e, errors.Join(err, b.o.paths.Settle())
}

func (b *backend) Confirm(ctx context.Context, name string) error {
	return b.advisor.Confirm(ctx, name)
}

func (b *backend) PreviewAct(ctx context.Context, act advisor.Act) (advisor.Preview, error) {
	return b.advisor.PreviewAct(ctx, act)
}

func (b *backend) Act(ctx context.Context, act advisor.Act) (advisor.Entry, error) {
	e, err := b.advisor.Act(ctx, act)
	b.sampler.Refresh()
	return e, errors.Join(err, b.o.paths.Settle())
}

func (b *backend) PreviewUndo(ctx context.Context, entry string) (advisor.Preview, error) {
	return b.advisor.PreviewUndo(ctx, entry)
}

func (b *backend) Undo(ctx context.Context, entry string, progress func(db.Progress)) (advisor.Entry, error) {
	e, err := b.advisor.Undo(ctx, entry, progress)
	b.markUndone(e)
	return e, err
}

// changed marks a change of ours where it took effect, not where it began.
func (b *backend) changed(event collectors.Event) {
	event.At = time.Now()
	b.mu.Lock()
	b.events = append(b.events, event)
	b.mu.Unlock()
	b.sampler.Refresh()
}

// Journal answers the entries of this target. The first call settles what an
// earlier run left unfinished, and marks the charts with the past; later ones
// try pending undos again.
func (b *backend) Journal(ctx context.Context) ([]advisor.Entry, error) {
	first := b.settleOnce()
	entries, err := b.advisor.Journal(ctx)
	if b.settleMore(ctx, first, entries) {
		b.settling.await(ctx, settleShown)
		entries, err = b.advisor.Journal(ctx)
	}
	if first {
		b.mu.Lock()
		b.events = append(b.events, journalEvents(entries)...)
		b.mu.Unlock()
	}
	return entries, errors.Join(b.settling.failed(), err)
}

// settleMore begins what there is to settle, and reports whether there is.
func (b *backend) settleMore(ctx context.Context, first bool, entries []advisor.Entry) bool {
	switch {
	case b.o.readOnly:
		return false
	case first:
		b.settling.begin(ctx, b.recoverFirst)
	case pendingUndo(entries) && b.settling.rests() >= pendingEvery:
		b.settling.begin(ctx, b.retryPending)
	default:
		return false
	}
	return true
}

func pendingUndo(entries []advisor.Entry) bool {
	return slices.ContainsFunc(entries, func(e advisor.Entry) bool { return e.State == advisor.EntryUndoPending })
}

// SetReadOnly closes or opens the advisor's own gate: :lock and :unlock.
func (b *backend) SetReadOnly(ctx context.Context, on bool) error {
	return b.advisor.SetReadOnly(ctx, on)
}

func (b *backend) settleOnce() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	first := !b.settled
	b.settled = true
	return first
}

func (b *backend) Dismiss(ctx context.Context, id, why string) error {
	return b.advisor.Dismiss(ctx, id, why)
}

func (b *backend) Record(ctx context.Context, entry string, v advisor.Verdict) error {
	return b.advisor.Record(ctx, entry, v)
}
