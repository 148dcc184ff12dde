package requestlog

import (
	"context"
	"math"
	"time"
)

// A backfill reads the past from its newest row down, some chunks a tick.
type backfill struct {
	upto     int64     // ids above were read
	lowest   int64     // id of the first row
	firstAt  time.Time // its time, zero if unknown
	startID  int64
	startAt  time.Time
	oldestAt time.Time // read so far
	until    time.Time // nothing before it is wanted; zero: all is
	all      bool
	done     bool
	complete bool // and every row was read
}

func newBackfill(newest int64, now time.Time, past time.Duration, all bool) backfill {
	b := backfill{upto: newest, startID: newest, startAt: now, oldestAt: now, all: all}
	if !all {
		b.until = now.Add(-past)
		b.done = past < 0
	}
	return b
}

func (b *backfill) begins(id int64, at time.Time) { b.lowest, b.firstAt = id, at }

// finish ends it; complete says that every row was read.
func (b *backfill) finish(complete bool) {
	b.complete = b.complete || complete && !b.done
	b.done = true
}

// share is how much of the wanted past has been read: by time where rows have
// times, else by ids.
func (b *backfill) share(now time.Time) float64 {
	from := b.until
	if b.firstAt.After(from) {
		from = b.firstAt
	}
	switch span := b.startAt.Sub(from); {
	case b.done:
		return 1
	case !b.firstAt.IsZero() && span > 0:
		return clamp(float64(b.startAt.Sub(b.oldestAt)) / float64(span))
	}
	return clamp(float64(b.startID-b.upto) / math.Max(1, float64(b.startID-b.lowest)+1))
}

func clamp(x float64) float64 { return math.Max(0, math.Min(x, 0.999)) }

// pastGroups bounds the memory of one section of the past: some 300 bytes for
// each route of each second.
const pastGroups = 8000

// readPast goes on with the past: for a tick until its time is over or its
// section large enough, for all of it until the context is about to end.
func (c *Collector) readPast(ctx context.Context, until time.Time) error {
	if deadline, ok := ctx.Deadline(); c.back.all && ok {
		until = deadline.Add(-settling)
	} else if c.back.all {
		until = c.now().Add(time.Hour)
	}
	for !c.back.done {
		if err := c.readPastChunk(ctx); err != nil {
			return err
		}
		if c.now().After(until) || ctx.Err() != nil || c.sum.groups > pastGroups && !c.back.all {
			return ctx.Err()
		}
	}
	return nil
}

func (c *Collector) readPastChunk(ctx context.Context) error {
	b := &c.back
	if b.upto == 0 || b.upto < b.lowest {
		b.finish(true)
		return nil
	}
	if err := c.fetchNewest(ctx, b.upto); err != nil {
		return err
	}
	rows := c.items
	if len(rows) == 0 {
		b.finish(true)
		return nil
	}
	lowest, full := rows[0].ID, len(rows) == chunkRows
	first := b.upto == b.startID
	if first {
		end := rows[max(0, len(rows)-lastShown):]
		if c.judgeClock(ctx, end); !c.byServer {
			c.setLag(zone(end, c.now()))
		}
	}
	c.place(rows, false)
	c.learn(rows)
	if first {
		c.showNewest(rows)
	}
	rows = b.wanted(rows)
	c.tally(rows)
	b.upto = lowest - 1
	if !full || len(rows) == 0 && !b.all {
		b.finish(!full)
	}
	return nil
}

func (c *Collector) setLag(d time.Duration) {
	c.lag = d
	if !c.first.IsZero() || d != 0 {
		c.first = c.valid(c.firstRaw)
		c.back.firstAt = c.first
	}
}

// showNewest takes the rows at the end of the table, and marks the last one.
func (c *Collector) showNewest(rows []item) {
	c.showLast(rows)
	if end := &rows[len(rows)-1]; end.ID == c.tail {
		c.tailRow = digest(&end.RequestRow)
	}
}

// wanted moves oldestAt, and keeps the rows that lie in the wanted past, in
// place.
func (b *backfill) wanted(rows []item) []item {
	n := 0
	for i := range rows {
		at := rows[i].at
		if at.IsZero() {
			continue
		}
		if at.Before(b.oldestAt) {
			b.oldestAt = at
		}
		if at.Before(b.until) {
			continue
		}
		if n < i {
			rows[n] = rows[i]
		}
		n++
	}
	return rows[:n]
}
