package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"time"

	"mltop/advisor"
	"mltop/internal/db"
	"mltop/internal/sqltext"
)

// shown is how many calls of a statement the advisor is shown, as a log or a
// tap would show them.
const shown = 5

// workload is what watching the application would have told.
func workload(on *subject, engine string, took timing) advisor.Workload {
	w := advisor.Workload{Window: time.Hour}
	for i, s := range on.statements {
		texts := s.texts(engine, uint64(i+1), shown)
		w.Statements = append(w.Statements, advisor.Statement{
			Fingerprint: sqltext.Fingerprint(texts[0]), Name: s.name, Text: sqltext.Normalize(texts[0]), Examples: texts,
			CallsPerHour: s.calls, MeanSeconds: took[s.name], Logged: true, Seen: shown,
		})
	}
	return w
}

// An outcome is what one way to choose indexes came to.
type outcome struct {
	who     string
	steps   []db.Step
	calls   int
	seconds float64
	sizes   map[string]float64 // what an index was reckoned to take, by its name
	advice  advisor.Advice     // mltop's
	under   []outcome          // of the same search, under other budgets; their calls are those beside
}

// advise asks mltop as "mltop advise" does, and with others as its --budgets does.
func (h *host) advise(ctx context.Context, took timing, budget int64, limit time.Duration, others ...int64) (o outcome, err error) {
	engine, err := h.attach(ctx, plainName)
	if err != nil {
		return o, err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	dir, err := os.MkdirTemp("", "mltop-bench-state-")
	if err != nil {
		return o, err
	}
	defer os.RemoveAll(dir)
	c := &counted{Engine: engine}
	a := advisor.New(c, advisor.Config{StateDir: dir, Path: plainName})
	defer a.Close()
	began := time.Now()
	seen := advisor.Seen{RequestsPerSecond: math.NaN(), CommitsPerRequest: math.NaN()}
	advice, err := a.Advise(ctx, workload(h.on, h.engine, took), seen, advisor.Options{Duration: limit, Budget: budget, Budgets: others, Seed: 1, AllowScratch: true})
	if err != nil {
		return o, fmt.Errorf("advise: %w", err)
	}
	o = outcomeOf(advice.Recommendations)
	o.advice, o.seconds, o.calls = advice, time.Since(began).Seconds(), c.calls
	for _, u := range advice.Under {
		one := outcomeOf(u.Recommendations)
		one.calls = u.Calls
		o.calls -= u.Calls
		o.under = append(o.under, one)
	}
	return o, nil
}

// outcomeOf is what would be built of advice.
func outcomeOf(list []advisor.Recommendation) outcome {
	o := outcome{who: "mltop", sizes: map[string]float64{}}
	for _, r := range list {
		if r.Kind == advisor.KindCreateIndex && r.SizeBytes != nil && len(r.Change) == 1 {
			o.sizes[r.Change[0].Object.Name] = float64(*r.SizeBytes)
		}
		if (r.Kind == advisor.KindCreateIndex || r.Kind == advisor.KindDropIndex) && !r.Daring() {
			o.steps = append(o.steps, r.Change...)
		}
	}
	return o
}
