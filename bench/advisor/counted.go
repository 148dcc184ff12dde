package main

import (
	"context"

	"mltop/internal/db"
)

// A counted engine counts what is asked of its lab: plans and costs are the
// calls that the published comparisons count.
type counted struct {
	db.Engine
	calls int
	lab   *countedLab // the last one
}

// Lab makes the engine's own.
func (c *counted) Lab(ctx context.Context, o db.LabOptions, progress func(db.Progress)) (db.Lab, error) {
	maker, ok := c.Engine.(db.LabMaker)
	if !ok {
		return nil, db.NotMeasuredf("this engine has no what-if room")
	}
	lab, err := maker.Lab(ctx, o, progress)
	if err != nil {
		return nil, err
	}
	c.lab = &countedLab{Lab: lab, calls: &c.calls}
	if own, ok := lab.(planner); ok {
		return pricedLab{c.lab, own}, nil
	}
	return c.lab, nil
}

type countedLab struct {
	db.Lab
	calls *int
}

// A planner is a lab that knows what a plan costs, and what the server's
// statistics say: that is no question.
type planner interface {
	db.Pricer
	db.BlockOrderer
	db.HotCounter
}

// A pricedLab is one of those. Others must not look as if they were one, as they
// are searched in another way.
type pricedLab struct {
	*countedLab
	planner
}

// Timed asks again, where the lab has to.
func (l *countedLab) Timed(ctx context.Context, q db.Query, c db.Config) (float64, error) {
	own, ok := l.Lab.(db.Timer)
	if !ok {
		return 0, db.NotMeasuredf("its estimates hold all that it knows")
	}
	*l.calls++
	return own.Timed(ctx, q, c)
}

func (l *countedLab) Plan(ctx context.Context, q db.Query, c db.Config) (*db.Plan, error) {
	*l.calls++
	return l.Lab.Plan(ctx, q, c)
}

func (l *countedLab) Cost(ctx context.Context, q db.Query, c db.Config) (db.Estimate, error) {
	*l.calls++
	return l.Lab.Cost(ctx, q, c)
}
