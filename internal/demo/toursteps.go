package demo

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

func (t *tour) deploy(ctx context.Context) (said []string, err error) {
	say := func(text string) { fmt.Fprintf(t.out, "%-15s %s …\n", "deploy", text) } // what is printed next fails too
	if t.server, err = StartServer(ctx, t.Server, say); err != nil {
		return nil, err
	}
	r := t.server.Ready
	return []string{
		fmt.Sprintf("a shop at http://%s, process %d, on %s", r.Address, r.PID, r.Database),
		fmt.Sprintf("%d requests of history in %.2f s; at %s: %s", HistoryRows, r.BuildSeconds, r.Cliff.Format("15:04 MST"), r.Event),
	}, nil
}

func (t *tour) load(ctx context.Context) (said []string, err error) {
	r := t.server.Ready
	r.ViewsPerSecond *= t.Load
	if t.client, err = StartClient(ctx, t.Client(r)); err != nil {
		return nil, err
	}
	return []string{fmt.Sprintf("%.1f page views a second, from another process", r.ViewsPerSecond)}, nil
}

func (t *tour) attach(ctx context.Context) (said []string, err error) {
	if t.mltop, err = t.Attach(ctx, t.server.Ready); err != nil {
		return nil, err
	}
	t.seen.DumpBefore, err = t.dump(ctx)
	return []string{t.server.Ready.Database}, err
}

func (t *tour) dump(ctx context.Context) (string, error) {
	return Dump(ctx, t.server.Ready.Engine, t.server.Ready.Admin)
}

func (t *tour) look(ctx context.Context) (said []string, err error) {
	t.verdict, err = t.mltop.Verdict(ctx)
	if err == nil && t.verdict.Route == "" {
		err = fmt.Errorf("the verdict leads to no route: %s", t.verdict.Text)
	}
	return []string{t.verdict.Text}, err
}

func (t *tour) findStatement(ctx context.Context) (said []string, err error) {
	t.statement, err = t.mltop.Statement(ctx, t.verdict.Route)
	return strings.Split(t.statement, "\n"), err
}

func (t *tour) planBefore(ctx context.Context) (said []string, err error) {
	t.seen.PlanBefore, err = t.mltop.Plan(ctx, t.statement)
	return t.seen.PlanBefore, err
}

func (t *tour) planAfter(ctx context.Context) (said []string, err error) {
	t.seen.PlanAfter, err = t.mltop.Plan(ctx, t.statement)
	return t.seen.PlanAfter, err
}

func (t *tour) advise(ctx context.Context) ([]string, error) {
	all, err := t.mltop.Advise(ctx, t.statement)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return nil, errors.New("nothing is advised for this statement")
	}
	t.advice = all[0]
	t.seen.Measured = t.advice.Gain
	return []string{t.advice.Title, t.advice.Reason, "do    " + t.advice.Statement, "undo  " + t.advice.Undo}, nil
}

func (t *tour) apply(ctx context.Context) (said []string, err error) {
	if t.BreakAdvice != nil {
		t.advice = t.BreakAdvice(t.advice)
	}
	begin := time.Now()
	if t.entry, err = t.mltop.Apply(ctx, t.advice); err != nil {
		return nil, err
	}
	return []string{fmt.Sprintf("on %s(%s), in %.2f s; journal entry %s",
		t.advice.Table, strings.Join(t.advice.Columns, ", "), time.Since(begin).Seconds(), t.entry)}, nil
}

// proof is told and not judged: the outside client's word counts.
func (t *tour) proof(ctx context.Context) ([]string, error) {
	text, err := t.mltop.Proof(ctx, t.entry)
	return []string{text}, err
}

func (t *tour) undo(ctx context.Context) ([]string, error) {
	if err := t.mltop.Undo(ctx, t.entry); err != nil {
		return nil, err
	}
	var err error
	if t.seen.DumpAfter, err = t.dump(ctx); err != nil {
		return nil, err
	}
	t.seen.PlanUndone, err = t.mltop.Plan(ctx, t.statement)
	return append([]string{"journal entry " + t.entry + " taken back; the plan is"}, t.seen.PlanUndone...), err
}

func (t *tour) measureBefore(ctx context.Context) ([]string, error) {
	return t.measure(ctx, "before", t.Calls, &t.seen.Before)
}

func (t *tour) measureAfter(ctx context.Context) ([]string, error) {
	return t.measure(ctx, "after", t.Calls, &t.seen.After)
}

func (t *tour) measureAgain(ctx context.Context) ([]string, error) {
	return t.measure(ctx, "again", t.Calls, &t.seen.Again)
}

// measure has the outside client measure one phase. What was under way before
// it has ended by then: the client answers for a phase when its last call
// does.
func (t *tour) measure(ctx context.Context, name string, calls int, into *Report) ([]string, error) {
	for _, phase := range []string{"settling for " + name, name} {
		if _, err := t.client.Phase(phase); err != nil {
			return nil, err
		}
	}
	if err := t.awaitCalls(ctx, calls); err != nil {
		return nil, err
	}
	report, err := t.client.Phase("between")
	if err != nil {
		return nil, err
	}
	*into = report
	star := report.Route(StarRoute)
	return []string{fmt.Sprintf("%s  %d calls in %.1f s  P50 %s  P95 %s", StarRoute, star.Count, report.Seconds,
		millis(star.P50), millis(star.P95))}, nil
}

// awaitCalls waits until the phase has as many calls of the star route.
func (t *tour) awaitCalls(ctx context.Context, calls int) error {
	ctx, cancel := context.WithTimeout(ctx, t.Wait)
	defer cancel()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		report, err := t.client.Report()
		if err != nil {
			return err
		}
		n := report.Route(StarRoute).Count
		if n >= calls {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%d of %d calls of %s seen: %w", n, calls, StarRoute, ctx.Err())
		case <-tick.C:
		}
	}
}

// millis writes seconds as milliseconds.
func millis(seconds float64) string { return fmt.Sprintf("%.1f ms", seconds*1000) }
