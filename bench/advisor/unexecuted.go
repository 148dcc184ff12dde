package main

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Where nothing is executed the trial has its tables without a row: an index is
// made there to be read from the catalog, and what it takes is what it was
// reckoned to. What the statements take, which the advisor is told, is what the
// planner says that they cost. All figures are then the same from run to run,
// whatever else the machine does.

// unitsASecond is about what a core does of the planner's units, each of which
// is a page of 8 kB read in order, where the tables are in memory.
const unitsASecond = 100_000

// empty takes all rows out of the trial.
func (h *host) empty(ctx context.Context) error {
	return run(ctx, h.trial, "TRUNCATE "+strings.Join(h.on.tables, ", "))
}

// reckon takes the sizes of new indexes for what they are.
func (b *built) reckon(sizes map[string]float64) {
	b.bytes = 0
	for name, bytes := range sizes {
		b.took[name] = int64(bytes)
		b.bytes += int64(bytes)
	}
}

var totalCost = regexp.MustCompile(`cost=[0-9.]+\.\.([0-9.]+) `)

// pricedTimes are the statements' times by the planner's cost.
func (h *host) pricedTimes(ctx context.Context) (timing, error) {
	out := timing{}
	for i, s := range h.on.statements {
		var line string
		text := s.texts(h.engine, uint64(1000+i), 1)[0]
		if err := h.plain.QueryRowContext(ctx, "EXPLAIN "+text).Scan(&line); err != nil {
			return nil, fmt.Errorf("plan %q: %w", s.name, err)
		}
		m := totalCost.FindStringSubmatch(line)
		if m == nil {
			return nil, fmt.Errorf("the plan of %q has no cost: %s", s.name, line)
		}
		units, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			return nil, err
		}
		out[s.name] = units / unitsASecond
	}
	return out, nil
}
