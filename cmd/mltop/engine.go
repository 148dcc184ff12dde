package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"mltop/internal/db"
	"mltop/internal/db/mysql"
	"mltop/internal/db/postgres"
	"mltop/internal/db/sqlite"
	"mltop/ui"
)

// An engine is what mltop needs of every database. What only some can do is
// found by asking for its interface.
type engine interface {
	db.Engine
	db.Runner
	db.RequestReader
}

// openEngine attaches. It is the one place that knows which engines there are.
func (a *app) openEngine(ctx context.Context) error {
	var err error
	if a.target.server() {
		a.engine, err = a.openServer(ctx)
	} else {
		a.engine, err = a.openFile(ctx)
	}
	if err != nil {
		return attachf("attach to %s: %w", a.target.given, err)
	}
	return nil
}

func (a *app) openFile(ctx context.Context) (engine, error) {
	a.label = engineLabel("sqlite")
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find mltop's own program: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, a.o.timeout)
	defer cancel()
	return opened(sqlite.Open(ctx, a.target.path, sqlite.Options{
		Child: []string{self, countersVerb},
		Trace: a.trace,
	}))
}

// opened keeps a nil engine nil.
func opened[E engine](e E, err error) (engine, error) {
	if err != nil {
		return nil, err
	}
	return e, nil
}

// passwordTries is how often a person may mistype.
const passwordTries = 3

// openServer attaches to a server; where it wants another password than it was
// given, the person at the terminal is asked.
func (a *app) openServer(ctx context.Context) (engine, error) {
	password, err := a.o.givenPassword(a.target.engine)
	if err != nil {
		return nil, err
	}
	e, err := a.dial(ctx, password)
	for i := 0; i < passwordTries && wantsPassword(err) && a.w.password != nil && !a.target.secret; i++ {
		if password, err = a.w.password(ctx, "Password for "+safeLines(a.target.given)+": "); err != nil {
			return nil, err
		}
		e, err = a.dial(ctx, password)
	}
	return e, err
}

func (a *app) dial(ctx context.Context, password string) (engine, error) {
	ctx, cancel := context.WithTimeout(ctx, a.o.timeout)
	defer cancel()
	var e engine
	var err error
	if a.target.engine == mysqlServer {
		e, err = opened(mysql.Open(ctx, a.target.dsn, mysql.Options{
			Password: password, SlowLog: a.o.slowLog, SlowLogFrom: a.purpose.statementsFrom(a.began), ShowLiterals: a.o.showLiterals,
			MaxBlock: a.o.maxBlock, Trace: a.trace,
		}))
	} else {
		e, err = opened(postgres.Open(ctx, a.target.dsn, postgres.Options{
			Password: password, SlowLog: a.o.slowLog, SlowLogFrom: a.purpose.statementsFrom(a.began), ShowLiterals: a.o.showLiterals,
			Trace: a.trace,
		}))
	}
	if err != nil {
		return nil, refusal(err)
	}
	if err := a.sweepOrSay(ctx, e); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	a.label = engineLabel(e.Name())
	if st, err := e.Stats(ctx); err == nil && st.Label != "" {
		a.label = st.Label // why there are no statistics is the collector's to say
	}
	return e, nil
}

// sweepOrSay drops the samples that killed mltops left, where samples are
// allowed at all; elsewhere it says that they are there.
func (a *app) sweepOrSay(ctx context.Context, e engine) error {
	s, ok := e.(db.ScratchSweeper)
	if !ok {
		return nil
	}
	if a.o.mayScratch() {
		if _, err := s.SweepScratch(ctx); err != nil {
			return fmt.Errorf("drop what a killed mltop left: %w", err)
		}
		return nil
	}
	left, err := s.LeftScratch(ctx)
	if err != nil {
		return nil //nolint:nilerr // what is wrong with the server is the collectors' to say
	}
	for _, drop := range left {
		a.left = append(a.left, db.LeftText(drop))
		a.remark(db.LeftText(drop))
	}
	return nil
}

// refusal is what a server itself says, which names it already.
func refusal(err error) error {
	var my *mysql.ServerError
	var pg *postgres.ServerError
	switch {
	case errors.As(err, &my):
		return my
	case errors.As(err, &pg):
		return pg
	}
	return err
}

// wantsPassword reports that a server refused the password, or that it was
// given none.
func wantsPassword(err error) bool {
	var my *mysql.ServerError
	var pg *postgres.ServerError
	return errors.As(err, &my) && my.Problem == mysql.ProblemPassword || errors.As(err, &pg) && pg.Problem == postgres.ProblemPassword
}

func (a *app) trace(l db.Line) {
	line := ui.LogLine{At: l.At, Who: l.Who, SQL: l.SQL, Elapsed: l.Elapsed}
	if l.Err != nil {
		line.Error = l.Err.Error()
	}
	a.log.add(line)
}
