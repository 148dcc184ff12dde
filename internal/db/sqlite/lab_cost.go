package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"sort"
	"time"

	"mltop/internal/db"
)

// Cost runs q on the copy with the configuration's indexes really there. The
// value is the median time, by Clock, of warm runs with typical arguments; High is that
// of the worst arguments, where placeholders are unbound. Work comes from
// SQLite's own counters of a typical run and is the same in every run.
func (l *Lab) Cost(ctx context.Context, q db.Query, c db.Config) (db.Estimate, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	shape, err := l.admit(q)
	if err != nil {
		return db.Estimate{}, err
	}
	if err := l.usable(ctx, shape); err != nil {
		return db.Estimate{}, err
	}
	return on(l, func() (db.Estimate, error) {
		if err := l.shelf.realise(ctx, c); err != nil {
			return db.Estimate{}, err
		}
		if c.Analyze {
			return l.costAnalyzed(ctx, q, shape)
		}
		return l.measure(ctx, q, shape, c.Most)
	})
}

// measure runs q as the copy is now.
func (l *Lab) measure(ctx context.Context, q db.Query, shape *db.Shape, most float64) (db.Estimate, error) {
	sets, err := l.arguments(ctx, q, shape)
	if err != nil {
		return db.Estimate{}, err
	}
	e := db.Estimate{Unit: db.UnitSeconds, Method: l.method(shape)}
	if e.Plan, err = explainOn(ctx, l.copy, q.SQL, sets[0]); err != nil {
		return e, err
	}
	resolvePlan(e.Plan.Root, q.SQL, l.schema)
	e.Uses = usesOf(e.Plan)
	for i, args := range sets {
		r, err := l.runs(ctx, q.SQL, values(args), shape, most)
		if err != nil {
			return e, err
		}
		if i == 0 {
			e.Value, e.Low, e.High, e.Work, e.AtLeast = r.median, r.low, r.high, r.work, r.cut
		}
		e.Low, e.High = min(e.Low, r.low), max(e.High, r.high)
		e.AtLeast, e.Ran = e.AtLeast || r.cut, max(e.Ran, r.median)
	}
	return e, nil
}

// A series is what several runs of one statement measured.
type series struct {
	median, low, high float64
	work              *db.Work
	cut               bool // a run was ended by our own limit: at least this long
}

// How often a statement runs: often enough for a median, not so long that a
// search over many configurations cannot end.
const (
	leastRuns  = 2
	mostRuns   = 9
	runsFor    = 15 * time.Millisecond
	slowRun    = 60 * time.Millisecond // a slower statement is believed at once
	coldIsWarm = 30 * time.Millisecond // so slow a first run is hardly due to the cache
)

// runs measures a statement again and again; one that takes more than most
// seconds is ended.
func (l *Lab) runs(ctx context.Context, sql string, args []driver.Value, shape *db.Shape, most float64) (series, error) {
	var s series
	var times []float64
	var spent time.Duration
	for i := 0; i < mostRuns; i++ {
		took, work, err := l.once(ctx, sql, args, shape.Kind != db.KindSelect, most)
		if cutOff(ctx, err) {
			at := took.Seconds()
			return series{median: at, low: at, high: at, cut: true}, nil
		}
		if isConstraint(err) {
			return s, db.NotMeasuredf("it breaks a constraint on the copied rows: %v", err)
		}
		if err != nil {
			return s, err
		}
		if s.work == nil {
			s.work = work
		}
		spent += took
		if i > 0 || took > coldIsWarm {
			times = append(times, took.Seconds())
		}
		if took > slowRun || len(times) >= leastRuns && spent > runsFor {
			break
		}
	}
	sort.Float64s(times)
	s.median, s.low, s.high = times[len(times)/2], times[0], times[len(times)-1]
	return s, nil
}

// shortestRun is little for a user and enough for a clock.
const shortestRun = 20 * time.Millisecond

// limited is a context for one run on this thread: it ends when the run has used
// most seconds by Clock, and not as soon as other work has had the processor for
// so long; 0 is no bound but the Lab's own, which is of the time on the wall.
func (l *Lab) limited(ctx context.Context, most float64) (context.Context, context.CancelFunc) {
	if most <= 0 {
		return context.WithTimeout(ctx, l.runTime)
	}
	limit := max(shortestRun, time.Duration(most*float64(time.Second)))
	ctx, cancel := context.WithTimeout(ctx, min(l.runTime, max(leastWait, mostWait*limit)))
	go endAfter(ctx, cancel, ownClock(), limit)
	return ctx, cancel
}

// A run may wait for a processor for some times as long as it runs, and a short
// one for longer than others hold it: what it has used by then is what is known.
const (
	mostWait  = 5
	leastWait = 2 * time.Second
)

// looksAtRun is how often a bounded run is looked at: it overruns by as little.
const looksAtRun = 20

// endAfter ends a run by its clock.
func endAfter(ctx context.Context, end func(), clock func() time.Duration, most time.Duration) {
	tick := time.NewTicker(most / looksAtRun)
	defer tick.Stop()
	for clock() < most {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
	end()
}

// isConstraint recognises a write that was refused for its values: an example
// that was seen live inserts a row that the copy has already.
func isConstraint(err error) bool {
	const codeConstraint = 19
	return err != nil && resultCode(err)&0xff == codeConstraint
}

// once runs a statement to its end. What a write does is rolled back, and
// that is not timed.
func (l *Lab) once(ctx context.Context, sql string, args []driver.Value, writes bool, most float64) (took time.Duration, work *db.Work, err error) {
	if writes {
		if err := l.copy.exec(ctx, "SAVEPOINT lab"); err != nil {
			return 0, nil, err
		}
		defer func() { err = errors.Join(err, l.undo(ctx)) }()
	}
	limited, cancel := l.limited(ctx, most)
	defer cancel()
	return l.copy.measured(limited, sql, args)
}

// undo ends a savepoint, whatever became of the statement.
func (l *Lab) undo(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	if l.copy.autocommit() { // an interrupted write rolled everything back itself
		return nil
	}
	return errors.Join(l.copy.exec(ctx, "ROLLBACK TO lab"), l.copy.exec(ctx, "RELEASE lab"))
}

// analyzed runs f with statistics gathered as ANALYZE would now, and takes
// them back.
func (l *Lab) analyzed(ctx context.Context, f func() error) (err error) {
	if err := l.copy.exec(ctx, "SAVEPOINT statistics"); err != nil {
		return err
	}
	defer func() {
		ctx := context.WithoutCancel(ctx)
		for _, sql := range []string{"ROLLBACK TO statistics", "RELEASE statistics", "PRAGMA writable_schema = RESET"} {
			err = errors.Join(err, l.copy.exec(ctx, sql))
		}
	}()
	if err := l.copy.exec(ctx, "ANALYZE"); err != nil {
		return err
	}
	return f()
}

func (l *Lab) costAnalyzed(ctx context.Context, q db.Query, shape *db.Shape) (e db.Estimate, err error) {
	err = l.analyzed(ctx, func() error {
		e, err = l.measure(ctx, q, shape, 0)
		return err
	})
	return e, err
}

func (l *Lab) planAnalyzed(ctx context.Context, q db.Query, c db.Config) (p *db.Plan, err error) {
	if err := l.shelf.realise(ctx, c); err != nil {
		return nil, err
	}
	err = l.analyzed(ctx, func() error {
		p, err = explainOn(ctx, l.copy, q.SQL, q.Args)
		return err
	})
	return p, err
}
