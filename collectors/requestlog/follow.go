package requestlog

import (
	"context"
	"hash/maphash"
	"math"
	"strings"
	"time"

	"mltop/collectors"
	"mltop/internal/db"
)

// An item is one row, kept while its chunk is looked at.
type item struct {
	db.RequestRow
	at    time.Time // when it counts; never zero after place
	route int32     // its route's number plus one; 0: not asked for yet
}

// digestSeed is drawn once a process; digests are never stored.
var digestSeed = maphash.MakeSeed()

func digest(r *db.RequestRow) uint64 {
	var h maphash.Hash
	h.SetSeed(digestSeed)
	h.WriteString(r.Method)
	h.WriteString(r.Path)
	b, _ := r.Time.MarshalBinary()
	h.Write(b)
	return h.Sum64()
}

// fetch reads one chunk into c.items, by rising id.
func (c *Collector) fetch(ctx context.Context, after, upto int64, limit int) error {
	c.items = c.items[:0]
	return c.reader.ReadRequests(ctx, c.table, after, upto, limit, false, func(r *db.RequestRow) error {
		c.items = append(c.items, item{RequestRow: *r})
		return nil
	})
}

// fetchNewest reads the newest rows up to an id into c.items, by rising id
// too: from the back.
func (c *Collector) fetchNewest(ctx context.Context, upto int64) error {
	if cap(c.items) < chunkRows {
		c.items = make([]item, chunkRows)
	}
	items, n := c.items[:chunkRows], chunkRows
	err := c.reader.ReadRequests(ctx, c.table, math.MinInt64, upto, chunkRows, true, func(r *db.RequestRow) error {
		n--
		items[n] = item{RequestRow: *r}
		return nil
	})
	c.items = items[n:]
	return err
}

// start finds the newest row; the past is read from there on down.
func (c *Collector) start(ctx context.Context) error {
	newest, err := c.reader.MaxRequestID(ctx, c.table)
	if err != nil {
		return err
	}
	if err := c.fetch(ctx, math.MinInt64, 0, 1); err != nil {
		return err
	}
	c.started, c.tail, c.tailRow = true, newest, 0
	c.back = newBackfill(newest, c.now(), c.opts.Past, c.opts.All)
	if len(c.items) > 0 {
		c.firstRaw = c.items[0].Time
		c.first = c.valid(c.firstRaw)
		c.back.begins(c.items[0].ID, c.first)
	} else {
		c.back.finish(true)
	}
	return nil
}

// follow counts the rows behind the last one. The last one is read again: if
// it is another row now, the table was made anew, or its ids were.
func (c *Collector) follow(ctx context.Context, until time.Time) error {
	for {
		limit := chunkRows
		if err := c.fetch(ctx, c.tail-1, 0, limit); err != nil {
			return err
		}
		full := len(c.items) == limit
		rows := c.items
		if len(rows) > 0 && rows[0].ID == c.tail {
			if c.tailRow != 0 && digest(&rows[0].RequestRow) != c.tailRow {
				return c.catchUp(ctx, "replaced")
			}
			rows = rows[1:]
		} else if len(rows) == 0 && c.tail > 0 {
			return c.lost(ctx)
		}
		c.judgeClock(ctx, rows)
		c.count(rows, true)
		if !full || c.now().After(until) || ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// lost is called when neither the last row nor a newer one is there: older
// rows may be.
func (c *Collector) lost(ctx context.Context) error {
	newest, err := c.reader.MaxRequestID(ctx, c.table)
	if err != nil {
		return err
	}
	if newest == 0 {
		c.state = "emptied"
		c.restartAt(0)
		return nil
	}
	if newest >= c.tail { // written between the two reads
		return nil
	}
	return c.catchUp(ctx, "truncated")
}

// catchUp goes on in a table whose ids mean other rows now: rows newer than
// all that were counted are new.
func (c *Collector) catchUp(ctx context.Context, state string) error {
	newest, err := c.reader.MaxRequestID(ctx, c.table)
	if err != nil {
		return err
	}
	if err := c.fetchNewest(ctx, newest); err != nil {
		return err
	}
	c.state = state
	counted := c.tailAt
	c.restartAt(newest)
	fresh := c.items[:0]
	for _, it := range c.items {
		if c.valid(it.Time).After(counted) {
			fresh = append(fresh, it)
		}
	}
	c.last = nil
	c.count(fresh, true)
	c.tail = newest
	return nil
}

func (c *Collector) restartAt(id int64) {
	c.tail, c.tailRow = id, 0
	c.back.finish(false)
}

// count takes in rows by rising id. Live ones that have no time happened
// now.
func (c *Collector) count(rows []item, live bool) {
	if len(rows) == 0 {
		return
	}
	c.place(rows, live)
	c.learn(rows)
	c.tally(rows)
	end := &rows[len(rows)-1]
	c.tail, c.tailRow = end.ID, digest(&end.RequestRow)
	c.showLast(rows)
}

// learn looks at the paths of a chunk before the first of them is named.
func (c *Collector) learn(rows []item) {
	if c.table.Group != "" || c.routes.observed >= learnRows {
		return
	}
	for i := range rows {
		c.routes.observe(rows[i].Path)
	}
}

// tally counts rows that have their place in time.
func (c *Collector) tally(rows []item) {
	for i := range rows {
		r := &rows[i]
		c.sum.add(r, c.routeOf(r))
		c.notes.row(&r.RequestRow, &c.table)
		if r.at.After(c.tailAt) {
			c.tailAt = r.at
		}
		c.fine = c.fine || r.Time.Nanosecond() != 0
	}
	c.total += int64(len(rows))
	if len(rows) > 0 {
		c.goodAt = c.now() // what was counted is handed on, whatever comes after it
	}
}

func (c *Collector) routeOf(r *item) int32 {
	if r.route == 0 {
		r.route = 1 + c.routes.id(&r.RequestRow, c.table.Group != "")
	}
	return r.route - 1
}

// showLast keeps the newest rows, rows being newer than those kept.
func (c *Collector) showLast(rows []item) {
	n := min(len(rows), lastShown)
	rows = rows[len(rows)-n:]
	last := make([]collectors.Request, 0, lastShown)
	paths := copyPaths(rows)
	for i := n - 1; i >= 0; i-- {
		last = append(last, c.request(&rows[i], paths[i]))
	}
	c.last = append(last, c.last[:min(len(c.last), lastShown-n)]...)
}

// copyPaths answers the paths of rows that are shown, in one text of their own:
// a row's text may keep those of all that were read with it.
func copyPaths(rows []item) []string {
	var all strings.Builder
	size := 0
	for i := range rows {
		size += len(rows[i].Path)
	}
	all.Grow(size)
	for i := range rows {
		all.WriteString(rows[i].Path)
	}
	paths, text := make([]string, len(rows)), all.String()
	for i := range rows {
		n := len(rows[i].Path)
		paths[i], text = text[:n], text[n:]
	}
	return paths
}

// request is what is shown of a row.
func (c *Collector) request(r *item, path string) collectors.Request {
	q := collectors.Request{ID: r.ID, Time: r.at, Path: path, Status: r.Status, Seconds: math.NaN()}
	q.Route = c.routes.route(c.routeOf(r))
	if q.Method = q.Route.Method; q.Method != r.Method {
		q.Method = strings.Clone(r.Method)
	}
	if r.HasDuration {
		q.Seconds = r.Duration.Seconds()
	}
	return q
}
