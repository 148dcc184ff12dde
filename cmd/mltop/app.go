package main

import (
	"context"
	"errors"
	"path/filepath"
	"time"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/collectors/querylog"
	"mltop/internal/db"
)

// An app is one target with everything that watches and changes it. It is
// wired here and nowhere else.
type app struct {
	w        *world
	o        *options
	target   target
	engine   engine
	label    string // what people call the engine: "MariaDB"
	advisor  *advisor.Advisor
	log      *statementLog
	work     *workload
	seen     *seenRates
	requests *requestSource
	queryLog *querylog.Log // nil without --query-log
	totals   *totals       // of the whole log; nil unless asked for
	sampler  *collectors.Sampler
	purpose  purpose
	began    time.Time
	logged   *collectors.Statements // what slow log or counters held when mltop came; nil unless asked for
	slowPast *slowLogDoc            // what of it was read; nil: only its last part, or there is none
	left     []string               // samples that killed mltops left in the server, in words
}

// A purpose says what a verb opens a target for.
type purpose struct {
	changes bool          // the verb implies :unlock and needs a journal
	past    time.Duration // of the request log; 0: what the dashboard shows
	whole   bool          // all of it, and at once
	// statements: of the whole query log, and not only what comes in now.
	statements bool
	// window: of the statements, those of so long from now on; 0: all that is
	// known.
	window time.Duration
	// logged: of the slow log that was given, what it holds of so long before; 0:
	// nothing, negative: all, and all that a server has counted.
	logged  time.Duration
	watched bool // somebody looks at what is seen: what changed is told once
}

// statementsFrom is the first instant of a slow log that counts; zero: its
// first entry's.
func (p purpose) statementsFrom(began time.Time) time.Time {
	if p.logged <= 0 {
		return time.Time{}
	}
	return began.Add(-p.logged)
}

// openApp attaches to a target. It reads the file once; everything slow waits
// until after the first frame.
func openApp(ctx context.Context, w *world, o *options, arg string, p purpose) (*app, error) {
	a, err := newApp(w, o, arg, p)
	if err != nil {
		return nil, err
	}
	return a, a.open(ctx)
}

// newApp takes in what the command line and the configuration say of a
// target, and opens nothing.
func newApp(w *world, o *options, arg string, p purpose) (*app, error) {
	t, err := parseTarget(w.secrets.restore(arg))
	if err != nil {
		return nil, err
	}
	if err := o.forTarget(t); err != nil {
		return nil, err
	}
	if err := errors.Join(o.refuseSlowLog(t), o.checkFiles()); err != nil {
		return nil, err
	}
	if _, err := o.table(); err != nil {
		return nil, err
	}
	return &app{w: w, o: o, target: t, log: &statementLog{literals: o.showLiterals}, work: &workload{}, seen: &seenRates{}, purpose: p, began: time.Now()}, nil
}

// open attaches.
func (a *app) open(ctx context.Context) error {
	table, err := a.o.table()
	if err != nil {
		return err
	}
	if err := a.o.paths.MakeState(); err != nil && a.purpose.changes {
		return err
	}
	if err := a.openEngine(ctx); err != nil {
		return err
	}
	if err := errors.Join(a.checkNamed(ctx, table), a.readSlowLog(ctx)); err != nil {
		return errors.Join(err, a.engine.Close())
	}
	a.log.read(db.QuotesOf(a.engine))
	a.advisor = advisor.New(a.engine, a.advisorConfig())
	a.watch(table)
	return nil
}

// advisorConfig closes the gates: --read-only, which nothing opens, and that
// of a production target or a server, which :unlock opens; a verb that changes
// implies it.
func (a *app) advisorConfig() advisor.Config {
	return advisor.Config{
		StateDir: a.o.paths.State, Path: a.target.path,
		ReadOnly: a.locked() && !a.purpose.changes, Forbidden: a.o.readOnly, Production: a.o.production, MaxBlock: a.o.maxBlock,
		ByRule: a.byRule,
	}
}

// Close ends what was started, and gives files made under sudo to their user.
func (a *app) Close() error {
	var errs []error
	if a.queryLog != nil {
		errs = append(errs, a.queryLog.Close())
	}
	return errors.Join(append(errs, a.advisor.Close(), a.engine.Close(), a.o.paths.Settle())...)
}

func (a *app) name() string {
	if a.o.name != "" {
		return a.o.name
	}
	if a.target.server() {
		return serverName(a.target.path)
	}
	return filepath.Base(a.target.path)
}

func (a *app) targetDoc() targetDoc {
	return targetDoc{Name: a.name(), Engine: a.engine.Name(), Path: a.target.path}
}

// sample runs every collector n times, one interval apart, into a history.
// Rates need two.
func (a *app) sample(ctx context.Context, h *collectors.History, n int) error {
	for i := range n {
		if i > 0 {
			if err := sleep(ctx, a.o.interval); err != nil {
				return err
			}
		}
		s := a.sampler.Once(ctx)
		if err := ctx.Err(); err != nil {
			return err
		}
		a.take(s)
		h.Put(s)
	}
	return nil
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
