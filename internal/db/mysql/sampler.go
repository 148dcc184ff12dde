package mysql

import (
	"context"
	"strings"
	"time"

	"mltop/internal/db"
)

// A baseline is how long the way to the server and back takes: a look costs
// the server what it takes beyond that.
type baseline struct {
	at   time.Time
	took time.Duration
}

// baselineEvery is how often the way is measured.
const baselineEvery = time.Minute

func (b *baseline) refresh(ctx context.Context, c *conn) error {
	if time.Since(b.at) < baselineEvery {
		return nil
	}
	start := time.Now()
	err := c.exec(ctx, "DO 0")
	b.at, b.took = time.Now(), time.Since(start)
	return err
}

// lookAtSessions is one look at what this database's clients run.
func (e *Engine) lookAtSessions(ctx context.Context) (db.Look, error) {
	var l db.Look
	err := e.read(ctx, db.Sampling, func(c *conn) error {
		if err := e.way.refresh(ctx, c); err != nil {
			return err
		}
		start := time.Now()
		err := eachRunning(ctx, c, e.server, func(r processRow) {
			if (strings.EqualFold(r.database, e.server.Database) || e.ofElsewhere(r.info)) && !e.o.own.has(r.id) && !ownText(r.info) {
				l.Running = append(l.Running, r.info)
			}
		})
		l.Took = max(0, time.Since(start)-e.way.took)
		return err
	})
	l.CutFrom = maxStatement
	return l, err
}

// eachRunning visits the sessions that run a statement. One whose text is not
// shown to us runs one all the same.
func eachRunning(ctx context.Context, c *conn, s server, visit func(processRow)) error {
	var f sessionFacts
	if err := f.readProcesses(ctx, c, s); err != nil {
		return err
	}
	for _, r := range f.list {
		if r.command == "Query" || r.command == "Execute" {
			visit(r)
		}
	}
	return nil
}
