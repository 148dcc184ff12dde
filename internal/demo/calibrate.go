package demo

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"
)

// A calibration is what this machine needs for each route alone: with the
// shop as it is, and as it was before the index was dropped.
type calibration struct {
	now, before [routes]time.Duration
	commit      time.Duration // of one row of the request log
}

const (
	// modelScale is how much smaller the calibration's shop is: some 25 ms
	// of work instead of half a second.
	modelScale = 20
	// repeats of each measurement; the median counts.
	repeats = 3
	// busy is the part of time that the one connection is to be busy: slow
	// with queues, but not without end.
	busy = 0.58
	// idle is the part that it is to be busy at most once the index is there:
	// where commits are slow, they and not the index would make the queue.
	idle = 0.45
	// commits are timed this many times, and their mean counts: when others
	// use the disk, some of them are many times slower than the median.
	commits = 8
	// mostViews is the load on a fast machine.
	mostViews = 25
)

// calibrate builds a scale model of the shop and times each route on it,
// without and with the index.
func calibrate(ctx context.Context, st store, full sizes, seed int64) (c calibration, err error) {
	small := full.over(modelScale)
	err = st.model(ctx, func(db *sql.DB) error {
		s := &shop{db, st.dialect(), small.products}
		if err := fillShop(ctx, db, s.dialect, small, seed, time.Now()); err != nil {
			return err
		}
		c, err = measureModel(ctx, s, small)
		return err
	})
	return c, err
}

// measureModel times the routes as they are, then with the index, then the
// commits, for which the data must be safe on disk.
func measureModel(ctx context.Context, s *shop, small sizes) (c calibration, err error) {
	if c.now, err = timeRoutes(ctx, s, small); err != nil {
		return c, err
	}
	if err = run(ctx, s.db, starIndexSQL); err != nil {
		return c, err
	}
	if c.before, err = timeRoutes(ctx, s, small); err != nil {
		return c, err
	}
	c.commit, err = timeCommits(ctx, s)
	return c.scaled(), err
}

// timeCommits is the mean time of writing a row of the request log.
func timeCommits(ctx context.Context, s *shop) (time.Duration, error) {
	if err := runAll(ctx, s.db, append([]string{s.dialect.requestLog}, s.dialect.durable...)); err != nil {
		return 0, err
	}
	start := time.Now()
	for range commits {
		if err := run(ctx, s.db, `INSERT INTO request_logs(method, path) VALUES ('GET', '/')`); err != nil {
			return 0, err
		}
	}
	return time.Since(start) / commits, nil
}

func timeRoutes(ctx context.Context, s *shop, small sizes) (took [routes]time.Duration, err error) {
	for r := range routes {
		took[r], err = median(func(n int) error {
			_, _, err := s.answer(ctx, call{r, small.products - n}, words()[n])
			return err
		})
		if err != nil {
			return took, fmt.Errorf("calibrate %s: %w", r.name(), err)
		}
	}
	return took, nil
}

// median times f, after one run that counts for nothing.
func median(f func(n int) error) (time.Duration, error) {
	took := make([]time.Duration, repeats)
	for n := -1; n < repeats; n++ {
		start := time.Now()
		if err := f(max(n, 0)); err != nil {
			return 0, err
		}
		if n >= 0 {
			took[n] = time.Since(start)
		}
	}
	slices.Sort(took)
	return took[repeats/2], nil
}

// scaled turns the model's times into those of the full shop: what is above
// the cost of an indexed answer grows with the tables, where a route scans.
func (c calibration) scaled() calibration {
	base := c.before[routeCustomerOrders]
	for _, r := range []routeID{routeOrder, routeProduct, routeSearch, routeCountries} {
		c.now[r] = base + modelScale*max(c.now[r]-base, 0)
		if r == routeOrder {
			continue // an indexed answer does not grow
		}
		c.before[r] = c.now[r]
	}
	return c
}

// views answers how many page views a second keep one of the shop's connections
// busy, but not saturated, and would leave it idle with the index.
func (c calibration) views() float64 {
	var slow, fast float64
	for r, calls := range callsPerView() {
		slow += calls * (c.now[r] + c.commit).Seconds()
		fast += calls * (c.before[r] + c.commit).Seconds()
	}
	return min(mostViews, busy/slow, idle/fast)
}
