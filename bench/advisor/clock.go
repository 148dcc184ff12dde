package main

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"mltop/bench/measure"
)

// A clock tells how long the thread that answers a connection has run so far:
// what it waited for a processor that others had is no time of the statement's.
// ok is false where the system does not tell; then the clock on the wall does.
type clock func() (ran time.Duration, ok bool)

// clockOf is that of a transaction's connection. SQLite answers on the caller's
// own thread, which must stay the same.
func (h *host) clockOf(ctx context.Context, tx *sql.Tx) (clock, error) {
	if h.engine == "sqlite" {
		return measure.Own, nil
	}
	id, err := h.threadOf(ctx, tx)
	if err != nil {
		return nil, err
	}
	return func() (time.Duration, bool) { return measure.Settled(id) }, nil
}

// threadOf is the server's process or thread that answers a connection.
func (h *host) threadOf(ctx context.Context, on interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}) (id int, err error) {
	ask := map[string]string{"postgres": "SELECT pg_backend_pid()", "mysql": "SELECT tid FROM information_schema.processlist WHERE id = connection_id()"}[h.engine]
	if err := on.QueryRowContext(ctx, ask).Scan(&id); err != nil {
		return 0, fmt.Errorf("ask for the connection's thread: %w", err)
	}
	return id, nil
}

// since answers a function that tells the seconds from now on.
func (c clock) since() func() float64 {
	wall := time.Now()
	began, ok := c()
	return func() float64 {
		took := time.Since(wall)
		if ended, now := c(); ok && now {
			took = ended - began
		}
		return took.Seconds()
	}
}
