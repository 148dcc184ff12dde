package collectors

import (
	"context"
	"fmt"
	"time"

	"mltop/internal/db"
)

// database reads a database through an Observer, which cannot change it.
type database struct {
	observer db.Observer
	requests func() uint64

	before   *db.Stats
	marks    []commitMark
	schema   aged[*db.Schema]
	settings aged[[]db.Setting]
	sessions aged[[]db.Session]
	changes  changeLog
}

// StateReplaced is the state of a database in the sample in which another file
// was found in its place.
const StateReplaced = "replaced"

// NewDatabase makes the collector of one database; requests counts those seen
// so far, for commits per request, and may be nil.
func NewDatabase(o db.Observer, requests func() uint64) Collector {
	return &database{observer: o, requests: requests}
}

func (c *database) Name() string { return "database" }

// A versioner knows cheaply whether the catalog has changed.
type versioner interface {
	SchemaVersion(ctx context.Context) (string, error)
}

func (c *database) Collect(ctx context.Context) ([]Section, error) {
	st, err := c.observer.Stats(ctx)
	if err != nil && st.At.IsZero() {
		return nil, err
	}
	if c.before != nil && c.before.Replaced != st.Replaced {
		// Nothing of the file before is compared with, or stands for, this one.
		c.before, c.marks, c.schema, c.settings = nil, nil, aged[*db.Schema]{}, aged[[]db.Setting]{}
		st.State = StateReplaced
	}
	d := databaseOf(c.before, st)
	d.Quotes = db.QuotesOf(c.observer)
	c.before = &st
	c.fillCommits(d)
	if err == nil && !st.Unread {
		c.readCatalog(ctx, d)
	}
	d.Schema, d.Settings, d.Sessions = c.schema.v, c.settings.v, c.sessionsNow(st)
	d.SessionsAt, d.SessionsInterval = c.sessions.seen, c.sessions.apart
	out := []Section{d}
	if list := c.changes.since(d); len(list) > 0 {
		out = append(out, &Events{At: d.At, List: list})
	}
	return out, err
}

// The catalog and the settings change by hand, and are dear to read; sessions
// come and go with every look, a little less than the usual tick apart.
const (
	catalogEvery  = time.Minute
	sessionsEvery = 900 * time.Millisecond
)

func (c *database) readCatalog(ctx context.Context, d *Database) {
	if v, ok := c.observer.(versioner); ok && c.schema.v != nil {
		// Of one that could not be read the version that stands is old at every look.
		if now, err := v.SchemaVersion(ctx); err == nil && now != c.schema.v.Version && c.schema.why == "" {
			c.schema.at = time.Time{}
		}
	}
	c.schema.refresh(ctx, catalogEvery, c.observer.Schema, d.Missing, "schema")
	c.settings.refresh(ctx, catalogEvery, c.observer.Settings, d.Missing, "settings")
	c.sessions.refresh(ctx, sessionsEvery, c.observer.Sessions, d.Missing, "sessions")
}

// sessionsNow are those that were seen at the last look, and none of a server
// that does not answer: unlike the catalog they do not stand.
func (c *database) sessionsNow(st db.Stats) []db.Session {
	if st.Unread {
		c.sessions = aged[[]db.Session]{}
	}
	return c.sessions.v
}

// aged is something that is read now and then, and stands meanwhile.
type aged[T any] struct {
	v     T
	at    time.Time
	seen  time.Time     // when v was read
	apart time.Duration // from when it was read before that
	// took is how long reading it lasted: it is read no more often than costs
	// the server a fiftieth of its time.
	took time.Duration
	// why it could not be read the last time; what was read before stands.
	why    string
	failed backOff
}

// due reports that it is old; what could not be read is so sooner than what
// was, unless that happens every time.
func (a *aged[T]) due(now time.Time, every time.Duration) bool {
	rest := restFactor * a.took
	if a.why != "" && every > firstBackOff {
		return a.failed.over(now) && now.Sub(a.at) >= rest
	}
	return a.at.IsZero() || now.Sub(a.at) >= max(every, rest)
}

func (a *aged[T]) refresh(ctx context.Context, every time.Duration, read func(context.Context) (T, error), missing map[string]string, name string) {
	if a.due(time.Now(), every) {
		begin := time.Now()
		v, err := read(ctx)
		a.at, a.took, a.why = time.Now(), time.Since(begin), ""
		if err != nil {
			a.why = err.Error()
			a.failed.refused(a.at)
		} else {
			a.v, a.failed = v, backOff{}
			if !a.seen.IsZero() {
				a.apart = a.at.Sub(a.seen)
			}
			a.seen = a.at
		}
	}
	if a.why != "" {
		note(missing, name, a.why)
	}
}

// Blocking orders the sessions that wait and those that they wait for; each
// place names its session.
func (d *Database) Blocking() []db.BlockedSession { return db.BlockingTree(d.Sessions) }

// A commitMark ties a count of commits to a count of requests.
type commitMark struct {
	at       time.Time
	commits  float64
	requests uint64
}

// A request and its commit are not counted in the same second: commits per
// request is a mean over a minute.
// With fewer looks than leastCommitMarks that difference, which is up to what
// comes in between two looks, outweighs the rest.
const (
	commitWindow     = time.Minute
	leastCommitMarks = 8
)

func (c *database) fillCommits(d *Database) {
	const name = "commits_per_request"
	switch {
	case c.requests == nil:
		note(d.Missing, name, "no table or log with one row a request is known")
		return
	case d.Stats.Commits == nil:
		note(d.Missing, name, reason(d.Stats, "commits"))
		return
	}
	c.marks = append(c.marks, commitMark{d.At, *d.Stats.Commits, c.requests()})
	for len(c.marks) > 2 && d.At.Sub(c.marks[1].at) >= commitWindow {
		c.marks = c.marks[1:]
	}
	a, b := c.marks[0], c.marks[len(c.marks)-1]
	if b.commits < a.commits || b.requests < a.requests {
		c.marks = c.marks[len(c.marks)-1:] // one of them began anew
	}
	if len(c.marks) < leastCommitMarks {
		note(d.Missing, name, fmt.Sprintf("commits and requests are counted side by side in %d looks first", leastCommitMarks))
		return
	}
	if b.requests <= a.requests || b.commits < a.commits {
		note(d.Missing, name, "no request in the last minute")
		return
	}
	d.CommitsPerRequest = ratio(b.commits-a.commits, float64(b.requests-a.requests))
}
