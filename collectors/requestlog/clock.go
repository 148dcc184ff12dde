package requestlog

import (
	"context"
	"fmt"
	"time"

	"mltop/internal/db"
)

// A clocked reader is a server that knows how far its clock is ahead of ours;
// 0 within the tolerance.
type clocked interface {
	ServerAhead(ctx context.Context) (time.Duration, error)
}

// fresh is how old a row may be that has just been found.
const fresh = 5 * time.Second

// judgeClock notes by whose clock rows are dated: those at the end of the
// table, or those that have come since the look before.
func (c *Collector) judgeClock(ctx context.Context, rows []item) {
	s, ok := c.reader.(clocked)
	if !ok {
		return
	}
	newest := newestTime(rows)
	if newest.IsZero() {
		return
	}
	by, err := s.ServerAhead(ctx)
	switch {
	case err != nil: // the next rows will ask again
	case c.byServer && (by-c.lag).Abs() <= db.ClockTolerance: // the same, measured again
	case c.byServer && by == 0: // it was set right
		c.byServer = false
		c.setLag(0)
	case datedBy(newest.Sub(c.now()), by):
		c.byServer = true
		c.setLag(by)
	}
}

func newestTime(rows []item) time.Time {
	var newest time.Time
	for i := range rows {
		if t := rows[i].Time; t.After(newest) {
			newest = t
		}
	}
	return newest
}

// datedBy reports that a row which is off our clock by so much was dated by
// one that is ahead by so much: it has just been written, or lies in our
// future and in no future of that clock. An older row of a clock behind ours
// could be of either.
func datedBy(off, by time.Duration) bool {
	if by == 0 || off > by+db.ClockTolerance {
		return false
	}
	return off >= by-fresh || by > 0 && off > db.ClockTolerance
}

// clockText says how times were moved; "" when they were not.
func (c *Collector) clockText() string {
	switch {
	case c.lag == 0:
		return ""
	case c.byServer && c.lag < 0:
		return fmt.Sprintf("times are by the server's clock, %v behind this machine's: moved forward by that", c.lag.Abs().Round(time.Second))
	case c.byServer:
		return fmt.Sprintf("times are by the server's clock, %v ahead of this machine's: moved back by that", c.lag.Round(time.Second))
	}
	return fmt.Sprintf("times are %v ahead of this machine's clock: moved back by that", c.lag)
}
