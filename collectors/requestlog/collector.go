// Package requestlog reads a database table with one row per HTTP request:
// it follows the newest rows by their id, reads the past from its newest row
// on, and learns which routes the paths belong to.
package requestlog

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"mltop/collectors"
	"mltop/internal/db"
)

// Options of a Collector; the zero value finds the table by itself.
type Options struct {
	// Table with a Name is the only one that is looked for; what it says of
	// its columns stands, what it leaves out is found by their names.
	Table   db.RequestTable
	GroupBy string // a column instead of the routes
	// Past is how much of it is read: 0 is 24 hours, less than 0 none.
	Past time.Duration
	// All reads the whole past in the first Collect, until its context is
	// about to end.
	All bool
	Now func() time.Time // nil is time.Now
}

const (
	// chunkRows of one read: some 10 ms, which a writer's busy timeout
	// outlasts by far.
	chunkRows = 10_000
	// tickReads bounds how long one Collect reads on; the rest waits for the
	// next tick.
	tickReads = 120 * time.Millisecond
	// settling is what is left of a context's time for handing over.
	settling = 300 * time.Millisecond
	// itemsKept is room for what a busy server writes in a second; a chunk of
	// the past takes megabytes.
	itemsKept = 2000
	// relookAfter: new columns are looked for this often.
	relookAfter = time.Minute
	// Where no table looks like a log, one may be made any time; looking may
	// cost a server's whole catalog, so it rests five thousand times as long as
	// it took, which is little beside a look at the totals in every second, and
	// half a minute at most.
	lookRest    = 5000
	lookRestMax = 30 * time.Second
	defaultPast = 24 * time.Hour
	lastShown   = 100
)

// A Collector implements collectors.Collector for one request table.
type Collector struct {
	reader db.RequestReader
	opts   Options
	now    func() time.Time

	table    db.RequestTable // Name "" until found
	lookedAt time.Time
	lookNext time.Time // no look for a table before it
	routes   *router
	notes    notes
	sum      *summer
	items    []item // of one read

	started  bool
	tail     int64     // every id up to it was counted
	tailRow  uint64    // digest of the row with that id
	tailAt   time.Time // newest time that was counted
	back     backfill
	last     []collectors.Request // newest first
	goodAt   time.Time            // of the last read that went well
	state    string
	lag      time.Duration // the writer's clock minus ours; in quarters of an hour, unless it is the server's
	byServer bool          // rows are dated by the server's clock
	believed time.Time     // no later time is, this tick
	total    int64
	first    time.Time // of the first row, on our clock
	firstRaw time.Time // as it was written
	fine     bool      // times carry fractions of a second
}

// New makes a collector of the rows that r reads.
func New(r db.RequestReader, o Options) *Collector {
	c := &Collector{reader: r, opts: o, now: o.Now, routes: newRouter(), notes: notes{}}
	c.sum = newSummer(c.routes)
	if c.now == nil {
		c.now = time.Now
	}
	if c.opts.Past == 0 {
		c.opts.Past = defaultPast
	}
	return c
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// Name is "requests".
func (c *Collector) Name() string { return "requests" }

// Table is the one that is followed; its Name is "" until one is found. It
// may be called by whoever calls Collect.
func (c *Collector) Table() db.RequestTable { return c.table }

// Collect answers one section with what is new. A lock or a table that went
// away is a state of the section; other failures are errors.
func (c *Collector) Collect(ctx context.Context) ([]collectors.Section, error) {
	now := c.now()
	c.sum.begin(now)
	c.believed = now.Add(ahead)
	err := c.read(ctx)
	why := err
	if c.back.done && cap(c.items) > itemsKept {
		c.items = nil
	}
	switch {
	case err == nil:
		c.goodAt = c.now()
	case errors.Is(err, db.ErrBusy):
		c.state, err = "busy", nil
	case errors.Is(err, db.ErrReplaced):
		c.state, err = "replaced", nil
		c.forget()
	case errors.Is(err, db.ErrGone):
		c.state, err = "gone", nil
		c.lookedAt = time.Time{}
	default:
		c.lookedAt = time.Time{} // a column or the table may have changed
	}
	if c.table.Name == "" || c.goodAt.IsZero() {
		return nil, why // there is no section yet that could hold a state
	}
	return []collectors.Section{c.section()}, err
}

func (c *Collector) read(ctx context.Context) error {
	c.state = "ok"
	if err := c.look(ctx); err != nil {
		return err
	}
	until := c.now().Add(tickReads)
	if !c.started {
		if err := c.start(ctx); err != nil {
			return err
		}
	} else if err := c.follow(ctx, until); err != nil {
		return err
	}
	return c.readPast(ctx, until)
}

// look finds the table, and its columns anew now and then.
func (c *Collector) look(ctx context.Context) error {
	now := c.now()
	if c.table.Name != "" && now.Sub(c.lookedAt) < relookAfter {
		return nil
	}
	if now.Before(c.lookNext) {
		return noTable()
	}
	tables, err := c.reader.RequestTables(ctx)
	if err != nil {
		return err
	}
	want := c.opts.Table.Name
	if c.started {
		want = firstOf(want, c.table.Name)
	}
	for _, t := range tables {
		if want == "" || strings.EqualFold(t.Name, want) {
			c.adopt(overlaid(t, c.opts.Table), now)
			return nil
		}
	}
	if t := c.opts.Table; t.Name != "" {
		return c.adoptNamed(t, now)
	}
	if c.table.Name != "" {
		return fmt.Errorf("request table %s: %w", c.table.Name, db.ErrGone)
	}
	c.lookNext = c.now().Add(min(lookRest*c.now().Sub(now), lookRestMax))
	return noTable()
}

func noTable() error {
	return db.NotMeasuredf("no table looks like a request log; name one with --request-table")
}

// adoptNamed takes a table that was named but is not known for a request log,
// if its columns were named too.
func (c *Collector) adoptNamed(t db.RequestTable, now time.Time) error {
	if t.Path == "" && t.Status == "" && t.Duration == "" {
		return db.NotMeasuredf("table %s is not there, or does not look like a request log: name its columns with --request-columns", t.Name)
	}
	t.ID = firstOf(t.ID, "rowid")
	c.adopt(t, now)
	return nil
}

// overlaid is t with what o says of it.
func overlaid(t, o db.RequestTable) db.RequestTable {
	if o.Duration != "" {
		t.Duration, t.DurationUnit, t.DurationReal = o.Duration, o.DurationUnit, o.DurationReal
	}
	for _, f := range []struct {
		mine  *string
		other string
	}{
		{&t.ID, o.ID}, {&t.Time, o.Time}, {&t.Method, o.Method}, {&t.Path, o.Path}, {&t.Status, o.Status},
		{&t.Group, o.Group}, {&t.ClientHost, o.ClientHost}, {&t.Size, o.Size}, {&t.IsAdmin, o.IsAdmin},
	} {
		*f.mine = firstOf(f.other, *f.mine)
	}
	return t
}

func (c *Collector) adopt(t db.RequestTable, now time.Time) {
	t.Group = firstOf(c.opts.GroupBy, t.Group)
	if c.table.Name != "" && c.table != t {
		c.state = "columns changed"
	}
	c.table, c.lookedAt = t, now
}

// forget begins anew with another table of the same name. What was counted of
// the earlier one stays counted, and route names stay as they are.
func (c *Collector) forget() {
	c.started, c.back, c.last, c.total = false, backfill{}, nil, 0
	c.lookedAt = time.Time{}
}

func (c *Collector) section() *collectors.Requests {
	missing := c.notes.texts()
	c.explain(missing)
	return &collectors.Requests{
		At:         c.goodAt,
		Source:     c.source(),
		Buckets:    c.sum.buckets(),
		Last:       c.last,
		Backfilled: c.back.share(c.now()),
		State:      c.state,
		Missing:    missing,
	}
}

// explain says what the table's columns do not tell.
func (c *Collector) explain(missing map[string]string) {
	for key, column := range map[string]string{"latency": c.table.Duration, "status": c.table.Status, "history": c.table.Time} {
		if column == "" {
			missing[key] = "the table has no column for it"
		}
	}
	if c.table.DurationUnit == time.Millisecond && !c.table.DurationReal && c.table.Duration != "" {
		missing["resolution"] = c.table.Duration + " holds whole milliseconds, cut off: what took less than one reads as 0"
	}
	if text := c.clockText(); text != "" {
		missing["clock"] = text
	}
}

func (c *Collector) source() collectors.RequestSource {
	s := collectors.RequestSource{
		Kind: "table", Name: c.table.Name, Resolution: time.Second, Latency: latencyLabel(c.table),
		GroupBy: c.table.Group, First: c.first, Last: c.tailAt,
	}
	if c.fine {
		s.Resolution = time.Millisecond
	}
	if c.back.complete {
		s.Total = c.total
	}
	return s
}

func latencyLabel(t db.RequestTable) string {
	switch t.Duration {
	case "":
		return ""
	case "process_time_ms", "response_time_ms": // of MockLoop: taken before the row is written
		return "handler time (before the log write)"
	}
	return "as recorded in " + t.Duration
}
