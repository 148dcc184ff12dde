package mysql

import (
	"context"
	"errors"
	"fmt"
	"time"

	"mltop/internal/db"
)

// shortestRun is the least that a run is bounded to: below it is more waiting for
// a processor than running.
const shortestRun = 20 * time.Millisecond

// bounded has the server end what this session runs after most seconds, where
// that is less than the Lab's own bound, until undo.
func (l *Lab) bounded(ctx context.Context, most float64) (undo func() error, err error) {
	limit := max(shortestRun, time.Duration(most*float64(time.Second)))
	if most <= 0 || limit >= labRunTime {
		return func() error { return nil }, nil
	}
	return func() error { return l.endRunsAfter(ctx, labRunTime) }, l.endRunsAfter(ctx, limit)
}

// endRunsAfter bounds the session's statements: in MariaDB all, in MySQL reads.
func (l *Lab) endRunsAfter(ctx context.Context, d time.Duration) error {
	run, cancel := quietly(ctx)
	defer cancel()
	if l.e.server.MariaDB {
		return l.c.exec(run, fmt.Sprintf("SET SESSION max_statement_time = %.3f", d.Seconds()))
	}
	return l.c.exec(run, fmt.Sprintf("SET SESSION max_execution_time = %d", d.Milliseconds()))
}

// runBounded runs the statement for at most so many seconds; whole is false
// where it was ended, and then the plan is only that of EXPLAIN.
func (t *trial) runBounded(ctx context.Context, args []any, most float64) (plan *db.Plan, whole bool, err error) {
	undo, err := t.l.bounded(ctx, most)
	if err != nil {
		return nil, false, err
	}
	plan, err = t.run(ctx, args)
	err = errors.Join(err, undo())
	if !timedOut(err) {
		return plan, err == nil, sampleError(err)
	}
	plan, err = t.explain(ctx, "EXPLAIN FORMAT=JSON ", args)
	return plan, false, sampleError(err)
}

// atLeast is what a run that was ended had read by then, scaled as the table
// that the sample holds most of: the others can only count for more.
func (t *trial) atLeast(counted handlers) db.SampledReads {
	factor := 0.0
	for _, name := range t.shape.Tables() {
		if r := t.l.Find(name); r != nil && r.Rows > 0 {
			if by := max(1, r.Full/r.Rows); factor == 0 || by < factor {
				factor = by
			}
		}
	}
	rows := counted.reads() + counted.sorted + counted.temporary
	v := max(factor, 1) * rows
	return db.SampledReads{Value: v, Low: v, High: v, Sampled: rows, Timed: v}.AtLeastOne()
}
