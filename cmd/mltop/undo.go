package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"mltop/advisor"
)

func newUndo(w *world, o *options) *cobra.Command {
	last, all := false, false
	c := &cobra.Command{
		Use: "undo TARGET ENTRY|--last|--all", Short: "Take changes back, after asking", Args: atLeast(1, "a target and an entry of its journal, --last or --all"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if given(len(args) == 2)+given(last)+given(all) != 1 || len(args) > 2 {
				return usagef("mltop undo takes one of: an entry of the journal, --last, --all")
			}
			a, err := openApp(cmd.Context(), w, o, args[0], purpose{changes: true})
			if err != nil {
				return err
			}
			return errors.Join(a.undo(cmd.Context(), args[1:], last), a.Close())
		},
	}
	c.Flags().BoolVar(&last, "last", false, "the newest change that still stands")
	c.Flags().BoolVar(&all, "all", false, "every change that still stands, newest first")
	return c
}

func given(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (a *app) undo(ctx context.Context, ids []string, last bool) error {
	settled, err := a.recover(ctx)
	if err != nil {
		return err
	}
	var errs []error
	all := len(ids) == 0 && !last
	if len(ids) == 0 {
		if all {
			errs = lostOf(settled)
		}
		if e, ok, err := a.settledLast(ctx, settled); last && (ok || err != nil) {
			return errors.Join(append(lostOf([]advisor.Entry{e}), err, a.emitEntries([]advisor.Entry{e}))...)
		}
		if ids, err = a.standing(ctx, last); err != nil {
			return errors.Join(append(errs, err)...)
		}
	}
	var done []advisor.Entry
	for _, id := range ids {
		e, err := a.undoOne(ctx, id)
		if err != nil {
			errs = append(errs, fmt.Errorf("undo entry %s: %w", id, err))
			continue
		}
		done = append(done, e)
	}
	if all {
		errs = append(errs, a.halfway(ctx)...)
	}
	return errors.Join(append(errs, a.emitEntries(done))...)
}

// halfway are the entries that an earlier run left in the middle and that
// cannot be settled yet: they stay, whatever else was undone.
func (a *app) halfway(ctx context.Context) (errs []error) {
	entries, err := a.advisor.Journal(ctx)
	if err != nil {
		return []error{err}
	}
	for _, e := range entries {
		if e.State == advisor.EntryApplying || e.State == advisor.EntryUndoing {
			errs = append(errs, fmt.Errorf("entry %s stays: %s", e.ID, e.Note))
		}
	}
	return errs
}

// lostOf are the entries that were to be undone and cannot be.
func lostOf(settled []advisor.Entry) (errs []error) {
	for _, e := range settled {
		if e.State == advisor.EntryLost {
			errs = append(errs, fmt.Errorf("entry %s stays: %s", e.ID, e.Note))
		}
	}
	return errs
}

// settledLast is the newest change, where an earlier run left it in the middle
// and this one has found that nothing of it stands: whoever asks for the last
// one means this one, and not an older one that works.
func (a *app) settledLast(ctx context.Context, settled []advisor.Entry) (e advisor.Entry, ok bool, err error) {
	entries, err := a.advisor.Journal(ctx)
	if err != nil || len(settled) == 0 {
		return e, false, err
	}
	for _, e := range slices.Backward(entries) {
		if stands(e) {
			return e, false, nil
		}
		if slices.ContainsFunc(settled, func(s advisor.Entry) bool { return s.ID == e.ID }) {
			return e, true, nil
		}
	}
	return e, false, nil
}

func stands(e advisor.Entry) bool {
	return e.State == advisor.EntryApplied || e.State == advisor.EntryUndoPending
}

// standing lists the entries that are still applied, newest first, or only
// the newest.
func (a *app) standing(ctx context.Context, last bool) ([]string, error) {
	entries, err := a.advisor.Journal(ctx)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, e := range slices.Backward(entries) {
		if stands(e) {
			ids = append(ids, e.ID)
		}
	}
	if len(ids) == 0 {
		return nil, errors.New("nothing to undo: no change of mltop's stands on this target")
	}
	if last {
		ids = ids[:1]
	}
	return ids, nil
}

func (a *app) undoOne(ctx context.Context, id string) (advisor.Entry, error) {
	p, err := a.advisor.PreviewUndo(ctx, id)
	if err != nil {
		return advisor.Entry{}, err
	}
	if err := a.confirm(ctx, "Undo on", p); err != nil {
		return advisor.Entry{}, err
	}
	return a.advisor.Undo(ctx, id, a.progress())
}
