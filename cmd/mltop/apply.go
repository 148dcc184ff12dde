package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mltop/advisor"
	"mltop/internal/export"
)

func newApply(w *world, o *options) *cobra.Command {
	all := false
	c := &cobra.Command{
		Use: "apply TARGET ID…", Short: "Carry out advice, after asking; every change can be undone", Args: atLeast(1, "a target and the ids of advice, or --all"),
		Long: "Shows what would be run, who would wait and how it is undone, then asks.\nIds are those of the last mltop advise on this target, and --all takes that advice;\nwith --queries, --query-log or --budget it looks anew where these are not those of then.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if all == (len(args) > 1) {
				return usagef("mltop apply takes the ids of advice, or --all")
			}
			a, err := openApp(cmd.Context(), w, o, args[0], purpose{changes: true, past: seenPast, whole: true, statements: true})
			if err != nil {
				return err
			}
			return errors.Join(a.apply(cmd.Context(), args[1:], all), a.Close())
		},
	}
	c.Flags().BoolVar(&all, "all", false, "all advice that speeds something up and can be undone; what is merely not seen in use, or only lets mltop see more, is applied by its id")
	return c
}

func (a *app) apply(ctx context.Context, ids []string, all bool) error {
	if _, err := a.recover(ctx); err != nil {
		return err
	}
	if all {
		var err error
		if ids, err = a.applicable(ctx); err != nil {
			return err
		}
	}
	var done []advisor.Entry
	for _, id := range ids {
		entries, err := a.applyOne(ctx, id, done)
		done = append(done, entries...)
		if err != nil {
			return errors.Join(fmt.Errorf("apply %s: %w", id, err), a.emitEntries(done))
		}
	}
	return a.emitEntries(done)
}

// applyOne applies one piece of advice and, before it, what it builds on. It
// answers an entry for each, so far as they were made; what was done just
// before, for another one, is not done again.
func (a *app) applyOne(ctx context.Context, id string, done []advisor.Entry) ([]advisor.Entry, error) {
	if slices.ContainsFunc(done, func(e advisor.Entry) bool { return strings.HasPrefix(e.Recommendation, id) }) {
		return nil, nil
	}
	p, err := a.advisor.Preview(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := a.confirm(ctx, "Apply to", p); err != nil {
		return nil, err
	}
	var made []advisor.Entry
	e, err := a.advisor.Apply(ctx, p.Recommendation.ID, a.progress())
	if len(p.First) > 0 {
		made, err = a.madeFirst(ctx, p.First, err)
	}
	if e.ID != "" && (err == nil || len(made) > 0) {
		made = append(made, e)
	}
	return made, err
}

// madeFirst are the entries of what came before a change.
func (a *app) madeFirst(ctx context.Context, parts []advisor.Part, err error) (made []advisor.Entry, _ error) {
	list, readErr := a.advisor.Journal(ctx)
	for _, p := range parts {
		for i := len(list) - 1; i >= 0; i-- {
			if list[i].Recommendation == p.Recommendation.ID {
				made = append(made, list[i])
				break
			}
		}
	}
	return made, errors.Join(err, readErr)
}

// recover settles what a run that was killed left behind.
func (a *app) recover(ctx context.Context) ([]advisor.Entry, error) {
	settled, err := a.advisor.Recover(ctx)
	for _, e := range settled {
		fmt.Fprintf(a.w.err, "mltop: entry %s (%s) is settled: %s\n", e.ID, safeLines(e.Title), safeLines(e.Note))
	}
	if err != nil {
		return settled, fmt.Errorf("settle what an earlier run left: %w", err)
	}
	return settled, nil
}

// confirm shows a preview and asks: for y, on a production target for the
// object's name. --yes is a person's decision too, written down; on a
// production target --confirm NAME has to go with it.
func (a *app) confirm(ctx context.Context, verb string, p advisor.Preview) error {
	if err := export.Text(a.w.err, previewTable(verb+" "+a.name(), p), a.w.width()); err != nil {
		return err
	}
	if p.Refused != "" {
		return advisor.Refused{Why: p.Refused}
	}
	if p.Confirm != "" {
		return a.confirmName(ctx, p.Confirm)
	}
	if a.o.yes {
		return nil
	}
	answer, err := a.ask(ctx, "Type y to go on: ")
	if err == nil && answer != "y" {
		err = errNotConfirmed
	}
	return err
}

var errNotConfirmed = errors.New("not confirmed; nothing was changed")

// confirmName passes the name that was typed, or written with --yes, on to
// the advisor, which compares it.
func (a *app) confirmName(ctx context.Context, want string) error {
	if a.o.yes {
		if !contains(a.o.confirm, want) {
			return fmt.Errorf("this is production: --yes needs --confirm %s beside it; nothing was changed", want)
		}
		return a.advisor.Confirm(ctx, want)
	}
	answer, err := a.ask(ctx, "This is production. Type "+want+" to go on: ")
	if err != nil {
		return err
	}
	if answer != want {
		return errNotConfirmed
	}
	return a.advisor.Confirm(ctx, answer)
}

// ask reads one line; the end of input is an answer too.
func (a *app) ask(ctx context.Context, question string) (string, error) {
	fmt.Fprint(a.w.err, safeLines(question))
	lines := make(chan string, 1)
	failed := make(chan error, 1)
	go func() {
		line, err := bufio.NewReader(a.w.in).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			failed <- err
			return
		}
		lines <- strings.TrimSpace(line)
	}()
	select {
	case l := <-lines:
		return l, nil
	case err := <-failed:
		return "", fmt.Errorf("read the answer: %w", err)
	case <-ctx.Done():
		fmt.Fprintln(a.w.err)
		return "", ctx.Err()
	}
}

func (a *app) emitEntries(entries []advisor.Entry) error {
	v := journalView(newJournalDoc(a.targetDoc(), time.Now(), entries))
	v.tables[0].Empty = "no change has come of this" // earlier ones may stand
	return a.o.emit(a.w, v)
}
