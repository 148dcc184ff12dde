package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"mltop/advisor"
	"mltop/internal/db"
)

func newExplain(w *world, o *options) *cobra.Command {
	analyze := false
	c := &cobra.Command{
		Use: `explain TARGET "SQL"`, Short: "The plan of one statement, and what would help it", Args: exactly(2, "a target and a statement"),
		Long: "The statement is planned and not run. With --analyze a pure SELECT is run,\nread-only, within --timeout, and measured.\n\n" +
			"On a server a text with placeholders (?, $1) is planned for typical values, or for\nany; where the values that find the most rows take another way, or find many more\nrows, their plan is printed too (worst_plan in JSON). Literals are masked, those that\nwere drawn from the tables too, unless you say --show-literals.",
		RunE: func(cmd *cobra.Command, args []string) error {
			a, err := openApp(cmd.Context(), w, o, args[0], purpose{})
			if err != nil {
				return err
			}
			return errors.Join(a.explain(cmd.Context(), args[1], analyze), a.Close())
		},
	}
	c.Flags().BoolVar(&analyze, "analyze", false, "run it too: a pure SELECT, read-only")
	return c
}

func (a *app) explain(ctx context.Context, sql string, analyze bool) error {
	plan, seconds, err := a.plan(ctx, db.Query{SQL: sql}, analyze)
	if err != nil {
		return err
	}
	worst, why := a.worstPlan(ctx, db.Query{SQL: sql}, plan)
	advice, err := a.adviseOn(ctx, sql)
	quotes := db.QuotesOf(a.engine)
	d := explainDoc{
		SchemaVersion: schemaVersion, Time: time.Now().UTC(), Target: a.targetDoc(), Fingerprint: quotes.Fingerprint(sql),
		Plan: newPlanDoc(plan), WorstPlan: newPlanDoc(worst), Seconds: seconds, Errors: reasons{},
		Recommendations: recommendationDocs(about(advice, quotes.Fingerprint(sql)), advice.Texts), Declined: declinedDocs(advisor.Advice{Declined: ofStatements(advice.Declined), Texts: advice.Texts}),
	}
	if err != nil {
		d.Errors.say("recommendations", err.Error())
	}
	if worst == nil {
		d.Errors.say("worst_plan", why)
	}
	if seconds == nil {
		d.Errors.say("seconds", "the statement was planned, not run: --analyze runs it")
	}
	return a.o.emit(a.w, explainView(d))
}

func (a *app) plan(ctx context.Context, q db.Query, analyze bool) (*db.Plan, *float64, error) {
	ctx, cancel := context.WithTimeout(ctx, a.o.timeout)
	defer cancel()
	if !analyze {
		p, err := a.engine.Explain(ctx, q)
		return p, nil, err
	}
	p, elapsed, err := a.engine.Measure(ctx, q)
	if err != nil {
		return nil, nil, fmt.Errorf("analyze: %w", err)
	}
	s := elapsed.Seconds()
	return p, &s, nil
}

// adviseOn runs the advisor on one statement, as if it were called once an
// hour: the weight of one statement alone decides nothing.
func (a *app) adviseOn(ctx context.Context, sql string) (advisor.Advice, error) {
	quotes := db.QuotesOf(a.engine)
	w := advisor.Workload{Statements: []advisor.Statement{{
		Fingerprint: quotes.Fingerprint(sql), Text: quotes.Normalize(sql), Examples: []string{sql},
		CallsPerHour: 1, MeanSeconds: math.NaN(),
	}}}
	o := a.adviceOptions()
	o.OneStatement = true
	return a.advisor.Advise(ctx, w, nothingSeen(), o)
}

// about picks what serves one statement.
func about(advice advisor.Advice, fingerprint string) []advisor.Recommendation {
	var out []advisor.Recommendation
	for _, r := range advice.Recommendations {
		if contains(r.Queries, fingerprint) || contains(r.Fingerprints, fingerprint) {
			out = append(out, r)
		}
	}
	return out
}

// ofStatements leaves out what was declined for the server as a whole.
func ofStatements(list []advisor.Declined) []advisor.Declined {
	return slices.DeleteFunc(list, func(d advisor.Declined) bool { return len(d.Queries) == 0 })
}
