package loadtest

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// tasks carries out what comes before or after a run, one after the other. What
// requests take from their answers is known to all users.
func (r *Run) tasks(ctx context.Context, list []Task) error {
	if len(list) == 0 {
		return nil
	}
	ex := r.newExchanger()
	defer ex.interrupt()
	for _, t := range list {
		if err := r.task(ctx, ex, t); err != nil {
			return err
		}
	}
	return nil
}

func (r *Run) task(ctx context.Context, ex exchanger, t Task) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if t.Step == nil {
		if r.command == nil {
			return errors.New("commands are not run here")
		}
		return r.command(ctx, t.Command)
	}
	s := t.Step
	o, err := fillStep(s, &scope{vars: r.vars, rand: random(r.plan.Seed, 0)}, "")
	if err != nil {
		return fmt.Errorf("%s: %w", s.Route, err)
	}
	a, err := follow(ctx, ex, r.gate, o, time.Now().Add(r.plan.Timeout), s.wants(false), r.plan.Redirects)
	if err != nil {
		return fmt.Errorf("%s: %s", s.Route, faultOf(err, "send").message)
	}
	if f := s.judge(&a); f != nil {
		return fmt.Errorf("%s: %s", s.Route, f.message)
	}
	if f := s.take(&a, r.vars); f != nil {
		return fmt.Errorf("%s: %s", s.Route, f.message)
	}
	return nil
}

// teardown is carried out also after a run that was stopped.
func (r *Run) teardown() error {
	ctx, cancel := context.WithTimeout(context.Background(), teardownTime)
	defer cancel()
	if err := r.tasks(ctx, r.plan.Teardown); err != nil {
		return fmt.Errorf("teardown: %w", err)
	}
	return nil
}

// teardownTime bounds what comes after a run: a person who stopped it waits.
const teardownTime = 30 * time.Second
