package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"mltop/advisor"
)

func newJournal(w *world, o *options) *cobra.Command {
	return &cobra.Command{
		Use: "journal TARGET", Short: "What mltop changed here, and how it went", Args: exactly(1, "one target"),
		RunE: func(cmd *cobra.Command, args []string) error {
			a, err := openApp(cmd.Context(), w, o, args[0], purpose{})
			if err != nil {
				return err
			}
			return errors.Join(a.journal(cmd.Context()), a.Close())
		},
	}
}

func (a *app) journal(ctx context.Context) error {
	entries, err := a.advisor.JournalNow(ctx)
	for _, n := range a.advisor.Notes(ctx) {
		fmt.Fprintln(a.w.err, "mltop: "+safeLines(n))
	}
	if err != nil {
		return err
	}
	d := newJournalDoc(a.targetDoc(), time.Now(), entries)
	d.TrackRecord = newTrackDoc(entries)
	return a.o.emit(a.w, journalView(d))
}

// journalChecks tell the doctor of a journal that needs a hand.
func (a *app) journalChecks(ctx context.Context) []checkDoc {
	entries, err := a.advisor.Journal(ctx)
	if err != nil {
		return []checkDoc{{"journal", false, err.Error(), ""}}
	}
	return unfinishedChecks(entries)
}

// unfinishedChecks name the changes that a kill cut short. One that another
// mltop is working on has no note.
func unfinishedChecks(entries []advisor.Entry) []checkDoc {
	var checks []checkDoc
	for _, e := range entries {
		if (e.State == advisor.EntryApplying || e.State == advisor.EntryUndoing) && e.Note != "" {
			checks = append(checks, checkDoc{"journal", false, "entry " + e.ID + " (" + e.Title + ") is " + string(e.State) + ": " + e.Note,
				"mltop undo --last, or start the dashboard: both first settle what was cut short"})
		}
	}
	return checks
}

func newForget(w *world, o *options) *cobra.Command {
	force := false
	c := &cobra.Command{
		Use: "forget TARGET", Short: "Remove every trace of a target from the state folder", Args: exactly(1, "one target"),
		RunE: func(cmd *cobra.Command, args []string) error {
			a, err := openApp(cmd.Context(), w, o, args[0], purpose{changes: true})
			if err != nil {
				return forgetGone(cmd.Context(), w, o, args[0], force, err)
			}
			return errors.Join(a.forget(cmd.Context(), force), a.Close())
		},
	}
	c.Flags().BoolVar(&force, "force", false, "also while changes stand, whose undo is then lost")
	return c
}

// forgetGone forgets a file that is there no more, by the path that its
// journal's entries name; cause is why it could not be attached to.
func forgetGone(ctx context.Context, w *world, o *options, arg string, force bool, cause error) error {
	t, err := parseTarget(arg)
	if err != nil {
		return err
	}
	if t.server() && !force {
		return fmt.Errorf("%w; to forget a server that cannot be reached: --force", cause)
	}
	if _, err := os.Stat(t.path); !t.server() && !errors.Is(err, fs.ErrNotExist) {
		return cause
	}
	known, err := advisor.Remembered(o.paths.State, t.path)
	if err != nil {
		return err
	}
	if len(known) == 0 {
		return fmt.Errorf("%w; and no journal names it", cause)
	}
	a := &app{w: w, o: o, target: t}
	return a.forgetBy(ctx, untouched, func() error { return advisor.ForgetGone(ctx, o.paths.State, t.path, force) })
}

func (a *app) forget(ctx context.Context, force bool) error {
	effect := "A change that a kill left unfinished is settled first; else the database is not touched."
	if force || a.o.readOnly {
		effect = untouched
	}
	return a.forgetBy(ctx, effect, func() error {
		return errors.Join(a.advisor.Forget(ctx, force), a.forgetAttached(ctx))
	})
}

const untouched = "The database is not touched."

func (a *app) forgetBy(ctx context.Context, effect string, remove func() error) error {
	if !a.o.yes {
		answer, err := a.ask(ctx, "Forget the journal of "+a.target.path+"? "+effect+" Type y to go on: ")
		if err != nil {
			return err
		}
		if answer != "y" {
			return errors.New("not confirmed; nothing was removed")
		}
	}
	if err := remove(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(a.w.out, "forgotten: "+safeLines(a.target.path))
	return err
}
