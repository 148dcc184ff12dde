package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"time"

	"mltop/bench/measure"
)

// A timed run of a statement under one plan.
type timed struct {
	seconds float64
	over    bool // it was ended: it takes longer
}

// executedByPlan times statements that take seconds: one that is planned as
// before takes what it took, with the same indexes under it. So a comparison
// of forty outcomes runs each plan once, and what nobody's index serves does
// not pass for faster or slower. It is the processor's time that counts, where
// the system tells it: all tables are in memory, and what else the machine does
// changes from one outcome to the next.
func (h *host) executedByPlan(ctx context.Context) (plain, trial timing, err error) {
	plain, trial = timing{}, timing{}
	h.ended = nil
	for _, s := range h.on.statements {
		text := s.texts(h.engine, 0, 1)[0]
		a, err := h.timedOn(ctx, h.plain, s.name, text)
		if err != nil {
			return nil, nil, fmt.Errorf("run %q: %w", s.name, err)
		}
		b, err := h.timedOn(ctx, h.trial, s.name, text)
		if err != nil {
			return nil, nil, fmt.Errorf("run %q with indexes: %w", s.name, err)
		}
		if a.over {
			h.ended = append(h.ended, s.name)
		}
		if a.over && b.over { // neither is known
			b.seconds = a.seconds
		}
		plain[s.name], trial[s.name] = a.seconds, b.seconds
	}
	return plain, trial, nil
}

func (h *host) timedOn(ctx context.Context, d *sql.DB, name, text string) (timed, error) {
	plan, err := h.planOf(ctx, d, text)
	if err != nil {
		return timed{}, fmt.Errorf("explain: %w", err)
	}
	key := name + "\x00" + plan
	if t, ok := h.known[key]; ok {
		return t, nil
	}
	t, err := h.clock(ctx, d, text)
	if err == nil {
		h.known[key] = t
	}
	return t, err
}

// Runs that take less are taken again, against what else the machine does: the
// median of three counts, of which the first warmed the caches.
const (
	againBelow = 2 * time.Second
	runsBelow  = 3
)

// clock runs a statement, at most so long as there is patience.
func (h *host) clock(ctx context.Context, d *sql.DB, text string) (t timed, err error) {
	if err := h.bound(ctx, d, h.on.patience); err != nil {
		return t, err
	}
	defer func() { err = errors.Join(err, h.bound(ctx, d, 0)) }()
	ran, err := h.processor(ctx, d)
	if err != nil {
		return t, err
	}
	var list []float64
	for range runsBelow {
		began, before := time.Now(), ran() // first: what the bound ends has taken as long as it
		limited, cancel := h.limited(ctx)
		_, err := h.timeCalls(limited, d, []string{text})
		took, used := time.Since(began), ran()-before
		cancel()
		if used <= 0 { // nobody tells, or the connection is another
			used = took
		}
		switch {
		case err != nil && took >= h.on.patience:
			return timed{used.Seconds(), true}, nil
		case err != nil:
			return t, err
		}
		if list = append(list, used.Seconds()); took > againBelow {
			break
		}
	}
	return timed{seconds: median(list)}, nil
}

// processor answers a clock of the processor's time that a connection uses: of
// its server's process or thread, or of our own where the file is read here.
func (h *host) processor(ctx context.Context, d *sql.DB) (func() time.Duration, error) {
	if h.engine == "sqlite" {
		return ownTime, nil
	}
	id, err := h.threadOf(ctx, d)
	if err != nil {
		return nil, err
	}
	return func() time.Duration { return measure.OfThread(id) }, nil
}

func ownTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// limited is for SQLite, which knows no bound of its own. A server ends a
// statement by itself: its connection outlives that.
func (h *host) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	if h.engine != "sqlite" {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, h.on.patience)
}

// bound sets how long a statement may take; 0: as long as it needs, as a build
// does.
func (h *host) bound(ctx context.Context, d *sql.DB, most time.Duration) error {
	switch h.engine {
	case "postgres":
		return run(ctx, d, fmt.Sprintf("SET statement_timeout = %d", most.Milliseconds()))
	case "mysql":
		return run(ctx, d, fmt.Sprintf("SET SESSION max_statement_time = %g", most.Seconds()))
	}
	return nil
}

// planOf is a statement's plan without what may differ between two of the
// same: costs, rows and what might have been used.
func (h *host) planOf(ctx context.Context, d *sql.DB, text string) (string, error) {
	explain := map[string]string{"postgres": "EXPLAIN (COSTS OFF) ", "sqlite": "EXPLAIN QUERY PLAN ", "mysql": "EXPLAIN "}[h.engine]
	rows, err := d.QueryContext(ctx, explain+text)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return "", err
	}
	vary := strings.Fields("rows possible_keys id parent notused")
	var lines []string
	for rows.Next() {
		cells, into := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			return "", err
		}
		for i, c := range cells {
			if !slices.Contains(vary, columns[i]) {
				lines = append(lines, c.String)
			}
		}
	}
	return strings.Join(lines, "\n"), rows.Err()
}
