package main

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/term"
)

func newAdvise(w *world, o *options) *cobra.Command {
	workload, watch, window, budgets := "", watchPlan{}, windowFlag{}, []string(nil)
	c := &cobra.Command{
		Use: "advise TARGET", Short: "Indexes and settings that would help, tried on a copy", Args: cobra.ArbitraryArgs,
		Long: "Looks at the workload (--queries, --query-log, and what a known request table is\n" +
			"asked), tries indexes on a copy within --duration and --budget, and prints what\n" +
			"helps, and what does not and why. Nothing is changed: mltop apply does that.\n" +
			"Ctrl+C ends the search with the best found so far; once more ends at once.\n\n" +
			"-o sql writes a script, -o migration, goose or alembic a migration.\n\n" +
			"-o workload -w FILE writes down what the advice takes: statements, schema,\n" +
			"statistics, settings. mltop advise --workload FILE advises from that file, where\n" +
			"the target is out of reach: by rule, nothing is measured.\n\n" +
			"--watch goes on until a signal: it advises again --every so often and prints what\n" +
			"has changed in the advice, a line each. It applies nothing.",
		Annotations: map[string]string{outputsKey: "sql|migration|goose|alembic|" + workloadOutput},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := errors.Join(watch.check(o), o.readBudgets(budgets)); err != nil {
				return err
			}
			if workload == "" {
				return adviseTarget(cmd, w, o, args, watch, window)
			}
			if len(args) > 0 || watch.on || cmd.Flags().Changed("window") {
				return usagef("mltop advise takes one target, or --workload and none, and then no --watch and no --window: the file has its own")
			}
			return adviseOffline(cmd.Context(), w, o, workload)
		},
	}
	c.Flags().StringVar(&workload, "workload", "", "advise from a `FILE` that -o workload has written, with no target")
	c.Flags().StringVar(&window.text, "window", "all", "weigh the statements of so long from now on, a `DURATION`, or all that is known of before")
	c.Flags().StringSliceVar(&budgets, "budgets", nil, "`SIZES` of which is said what they would buy: 10MB,50MB,200MB")
	c.Flags().BoolVar(&watch.on, "watch", false, "go on: advise again and print what has changed in the advice")
	c.Flags().DurationVar(&watch.every, "every", defaultEvery, "with --watch: how often")
	c.Flags().IntVar(&watch.count, "count", 0, "with --watch: end after so many rounds")
	return c
}

func adviseTarget(cmd *cobra.Command, w *world, o *options, args []string, watch watchPlan, window windowFlag) error {
	if err := exactly(1, "one target, or --workload FILE")(cmd, args); err != nil {
		return err
	}
	d, all, err := window.duration()
	if err != nil {
		return err
	}
	a, err := openApp(cmd.Context(), w, o, args[0], purpose{past: seenPast, whole: true, statements: all, window: d})
	if err != nil {
		return err
	}
	run := a.advise
	switch {
	case watch.on:
		run = (&adviceWatch{app: a, plan: watch}).run
	case o.output == workloadOutput:
		run = a.exportWorkload
	}
	return errors.Join(run(cmd.Context()), a.Close())
}

func (a *app) advise(ctx context.Context) error {
	search, done := a.untilEnough(ctx)
	defer done()
	advice, err := a.runAdvisor(search, a.o.isScript())
	if err != nil {
		return err
	}
	d := newAdviceDoc(a.targetDoc(), advice)
	if err := emitAdvice(a.w, a.o, advice, d, a.work.labels()); err != nil {
		return err
	}
	return cmp.Or(cutShort(ctx, advice), a.o.failAt(severities(d)))
}

func severities(d adviceDoc) (levels []string) {
	for _, r := range d.Recommendations {
		levels = append(levels, r.Severity)
	}
	return levels
}

// The forms of advice that a project keeps.
var migrationStyles = map[string]advisor.MigrationStyle{
	"migration": advisor.StyleSQL, "goose": advisor.StyleGoose, "alembic": advisor.StyleAlembic,
}

func emitAdvice(w *world, o *options, advice advisor.Advice, d adviceDoc, labels *strings.Replacer) error {
	if o.output == "sql" {
		return o.deliver(w, []byte(advisor.SQL(cleanComments(advice, labels))))
	}
	style, ok := migrationStyles[o.output]
	if !ok {
		return o.emit(w, spoken(adviceView(d), labels))
	}
	text, err := advisor.Migration(advice, style)
	if err != nil {
		return err
	}
	return o.deliver(w, []byte(text))
}

// cleanComments makes safe what a script says in comments: names and labels
// from outside are among it. Statements that would run stay exact.
func cleanComments(a advisor.Advice, labels *strings.Replacer) advisor.Advice {
	a.Recommendations = slices.Clone(a.Recommendations)
	for i := range a.Recommendations {
		r := &a.Recommendations[i]
		for _, text := range []*string{&r.Title, &r.Reason, &r.Scope} {
			*text = term.Safe(strings.Join(strings.Fields(labels.Replace(*text)), " "))
		}
		if len(r.Change) == 0 {
			r.Statement = safeLines(strings.ReplaceAll(labels.Replace(r.Statement), "\t", "    "))
		}
	}
	return a
}

// runAdvisor answers the last run's advice where that may do and nothing has
// changed since, else that of a run now.
func (a *app) runAdvisor(ctx context.Context, lastMayDo bool) (advisor.Advice, error) {
	h, err := a.look(ctx)
	if err != nil {
		return advisor.Advice{}, err
	}
	if lastMayDo {
		if advice, ok, err := a.lastAdvice(ctx); ok || err != nil {
			return advice, err
		}
	}
	return a.adviseSeen(ctx, h)
}

// look looks at the target: the workload and the rates that the advisor
// weighs with.
func (a *app) look(ctx context.Context) (*collectors.History, error) {
	h := collectors.NewHistory(0)
	if a.purpose.window > 0 {
		a.remark("watching the statements of " + a.purpose.window.String())
	}
	if err := a.sample(ctx, h, 2+int(a.purpose.window/a.o.interval)); err != nil {
		return nil, err
	}
	return h, a.fill(ctx, h)
}

func (a *app) adviseSeen(ctx context.Context, h *collectors.History) (advisor.Advice, error) {
	advice, err := a.advisor.Advise(ctx, a.work.statements(), a.seenNow(ctx), a.adviceOptions())
	if a.slowPast != nil {
		advice.Notes = append(advice.Notes, a.slowPast.text())
	}
	advice.Notes = append(advice.Notes, complaints(h.Latest())...)
	return advice, err
}

// isScript reports an output that goes into a project: it is to be the same
// each time, and what the user has read before.
func (o *options) isScript() bool {
	_, migration := migrationStyles[o.output]
	return o.output == "sql" || migration
}

// lastAdvice is what the last run said, where nothing has changed since.
func (a *app) lastAdvice(ctx context.Context) (advisor.Advice, bool, error) {
	advice, ok, err := a.advisor.Last(ctx, a.work.statements(), a.adviceOptions())
	if ok {
		a.remark("catalog and workload are as they were at " + localTime(advice.At) + ": this is the advice given then")
	}
	return advice, ok, err
}

func (a *app) adviceOptions() advisor.Options {
	return advisor.Options{Duration: a.o.duration, Budget: a.o.budget, Budgets: a.o.budgets, AllowScratch: a.o.mayScratch()}
}

// mayScratch: whoever forbids every change means this one too.
func (o *options) mayScratch() bool { return o.allowScratch && !o.readOnly }
