package main

import (
	"context"
	"database/sql"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"
)

// A timing is what one call of each statement took, in seconds: the mean over
// calls with different constants, each of them the least of the rounds: what
// disturbs a measurement only adds to it.
type timing map[string]float64

// total is what the workload takes in an hour.
func (t timing) total(list []statement) float64 {
	sum := 0.0
	for _, s := range list {
		sum += s.calls * t[s.name]
	}
	return sum
}

// executed runs every statement on both databases, in turns that change with
// each round, with constants that the advisor was not shown. The first round
// warms the caches and does not count.
func (h *host) executed(ctx context.Context, rounds, calls int) (plain, trial timing, err error) {
	if h.planned {
		plain, err = h.pricedTimes(ctx)
		return plain, plain, err
	}
	if h.on.patience > 0 {
		return h.executedByPlan(ctx)
	}
	plain, trial = timing{}, timing{}
	for i, s := range h.on.statements {
		texts := s.texts(h.engine, uint64(1000+i), calls)
		var a, b [][]float64
		for r := range rounds + 1 {
			x, y, err := h.pair(ctx, texts, r%2 == 1)
			if err != nil {
				return nil, nil, fmt.Errorf("run %q: %w", s.name, err)
			}
			if r > 0 {
				a, b = append(a, x), append(b, y)
			}
		}
		plain[s.name], trial[s.name] = typical(a), typical(b)
	}
	return plain, trial, nil
}

// pair times the same calls on both databases.
func (h *host) pair(ctx context.Context, texts []string, trialFirst bool) (plain, trial []float64, err error) {
	first, second := h.plain, h.trial
	if trialFirst {
		first, second = second, first
	}
	x, err := h.timeCalls(ctx, first, texts)
	if err != nil {
		return nil, nil, err
	}
	y, err := h.timeCalls(ctx, second, texts)
	if trialFirst {
		x, y = y, x
	}
	return x, y, err
}

// timeCalls times some calls, by processor time where the system tells it. What
// they write is taken back, and no commit is timed: indexes are what is compared,
// not disks.
func (h *host) timeCalls(ctx context.Context, d *sql.DB, texts []string) ([]float64, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	tx, err := d.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer func() { _ = tx.Rollback() }() // its error would be the statement's
	clock, err := h.clockOf(ctx, tx)
	if err != nil {
		return nil, err
	}
	took := make([]float64, len(texts))
	for i, text := range texts {
		seconds := clock.since()
		if err := call(ctx, tx, text); err != nil {
			return nil, fmt.Errorf("%w: %s", err, text)
		}
		took[i] = seconds()
	}
	return took, nil
}

// typical is the mean over calls of the least over rounds.
func typical(rounds [][]float64) float64 {
	sum := 0.0
	for i := range rounds[0] {
		of := make([]float64, len(rounds))
		for r := range rounds {
			of[r] = rounds[r][i]
		}
		sum += slices.Min(of)
	}
	return sum / float64(len(rounds[0]))
}

func call(ctx context.Context, tx *sql.Tx, text string) error {
	if !strings.HasPrefix(text, "SELECT") && !strings.HasPrefix(text, "WITH") {
		_, err := tx.ExecContext(ctx, text)
		return err
	}
	rows, err := tx.QueryContext(ctx, text)
	if err != nil {
		return err
	}
	defer rows.Close()
	cols, err := rows.Columns()
	if err != nil {
		return err
	}
	values := make([]any, len(cols))
	for i := range values {
		values[i] = new(sql.RawBytes)
	}
	for rows.Next() {
		if err := rows.Scan(values...); err != nil {
			return err
		}
	}
	return rows.Err()
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	if n := len(v); n%2 == 0 {
		return (v[n/2-1] + v[n/2]) / 2
	}
	return v[len(v)/2]
}

// Times that lie closer than a clock tells, or than a tenth, are alike.
const (
	alikePart    = 0.10
	alikeSeconds = 20e-6
)

// slower lists the statements that take longer on the trial than on the plain
// database, by more than can be told apart. Those that were to pay, writes, are
// told apart by writers.
func slower(list []statement, plain, trial timing) (reads, writes []string) {
	for _, s := range list {
		a, b := plain[s.name], trial[s.name]
		if b <= a*(1+alikePart)+alikeSeconds {
			continue
		}
		line := fmt.Sprintf("%s %s → %s", s.name, short(a), short(b))
		if s.reads {
			reads = append(reads, line)
		} else {
			writes = append(writes, line)
		}
	}
	return reads, writes
}

func short(seconds float64) string {
	return time.Duration(seconds * 1e9).Round(time.Microsecond).String()
}
