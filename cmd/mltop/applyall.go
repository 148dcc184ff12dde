package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"mltop/advisor"
	"mltop/internal/db"
	"mltop/internal/units"
)

// applicable lists what --all applies, and says so where that is nothing.
func (a *app) applicable(ctx context.Context) ([]string, error) {
	advice, err := a.adviceForAll(ctx)
	if err != nil {
		return nil, err
	}
	var ids, others []string
	for _, r := range advice.Recommendations {
		if len(r.Change) > 0 && reversible(r.Change) && r.Together() {
			ids = append(ids, r.ID)
		} else {
			others = append(others, r.ID)
		}
	}
	if len(ids) == 0 {
		a.remark("nothing to apply: " + whyNothing(advice, others))
	}
	return ids, nil
}

func reversible(c db.Change) bool {
	for _, s := range c {
		if s.Irreversible != "" {
			return false
		}
	}
	return true
}

// adviceForAll is the advice that the user has read where there is such, else
// that of a run now. Who brings a workload gets advice on that one.
func (a *app) adviceForAll(ctx context.Context) (advisor.Advice, error) {
	if len(a.o.queries) > 0 || a.o.queryLog != "" || a.o.budget > 0 {
		return a.runAdvisor(ctx, true)
	}
	advice, same, err := a.advisor.LastRun(ctx)
	switch {
	case err != nil:
		return advice, err
	case advice.At.IsZero():
		return a.adviseNow(ctx)
	case !same && len(advice.Recommendations) > 0:
		return advice, fmt.Errorf("the catalog has changed since the advice of %s: run mltop advise again, or apply by its id what of it still holds", localTime(advice.At))
	}
	advice.Declined = nil // of what was done since; why the run itself declined something is not kept
	a.remark(fmt.Sprintf("this is the advice of %s, of which %s left", localTime(advice.At), isLeft(len(advice.Recommendations))))
	return advice, nil
}

func isLeft(n int) string {
	if n == 1 {
		return "1 piece is"
	}
	return units.Plural(n, "piece") + " are"
}

// adviseNow runs the advisor for who has not, and says on what workload.
func (a *app) adviseNow(ctx context.Context) (advisor.Advice, error) {
	h, err := a.look(ctx)
	if err != nil {
		return advisor.Advice{}, err
	}
	a.remark("mltop advise was not run on this target: looking now, on " + workloadText(a.work.statements()))
	return a.adviseSeen(ctx, h)
}

// workloadText says how much of a workload is known, and how.
func workloadText(w advisor.Workload) string {
	assumed := 0
	for _, s := range w.Statements {
		if s.Assumed {
			assumed++
		}
	}
	var parts []string
	if n := len(w.Statements) - assumed; n > 0 {
		parts = append(parts, units.Plural(n, "statement")+" seen")
	}
	if assumed > 0 {
		parts = append(parts, units.Plural(assumed, "statement")+" assumed")
	}
	if len(parts) == 0 {
		return "no statement: --queries FILE names some"
	}
	return strings.Join(parts, ", ")
}

// whyNothing says why --all has nothing to do.
func whyNothing(advice advisor.Advice, others []string) string {
	if len(others) > 0 {
		return "what is advised is applied by its id, or by hand: " + strings.Join(others, ", ")
	}
	why := map[string]int{}
	var order []string
	for _, d := range advice.Declined {
		if why[d.Reason]++; why[d.Reason] == 1 {
			order = append(order, d.Reason)
		}
	}
	if len(order) == 0 {
		return "nothing was advised that is not applied, changed or dismissed since; mltop advise says why"
	}
	text := order[0]
	if n := len(order) - 1; n > 0 {
		text += fmt.Sprintf("; and for %s, see mltop advise", units.Plural(n, "other reason"))
	}
	return text
}

// remark tells a person what a verb makes of what it was asked.
func (a *app) remark(text string) { fmt.Fprintln(a.w.err, "mltop: "+safeLines(text)) }

func localTime(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05") }
