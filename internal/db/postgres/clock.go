package postgres

import (
	"context"
	"time"

	"mltop/internal/db"
)

// noticeClock compares the server's clock with ours, in the middle of asking.
func (e *Engine) noticeClock(server, asked, answered time.Time) {
	e.ahead.Store(int64(server.Sub(asked.Add(answered.Sub(asked) / 2))))
	e.clocked.Store(true)
}

// ServerAhead is how far the server's clock is ahead of ours, as it was last
// measured; 0 within the tolerance.
func (e *Engine) ServerAhead(ctx context.Context) (time.Duration, error) {
	if e.clocked.Load() {
		return e.skew(), nil
	}
	err := e.glance(ctx, "clock", func(c *conn) error {
		var now time.Time
		asked := time.Now()
		err := c.row(ctx, "SELECT /* mltop */ clock_timestamp()", nil, &now)
		if err == nil {
			e.noticeClock(now, asked, time.Now())
		}
		return err
	})
	return e.skew(), err
}

// skew is how far the server's clock is ahead; 0 within the tolerance.
func (e *Engine) skew() time.Duration {
	ahead := time.Duration(e.ahead.Load())
	if ahead.Abs() <= db.ClockTolerance {
		return 0
	}
	return ahead
}

// ours is a time of the server's by our clock.
func (e *Engine) ours(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Add(-e.skew())
}
