package main

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"
)

// oneSearch asks mltop for all budgets in one search, and says what that takes
// beside peers that keep their answers from one budget to the next.
func (h *host) oneSearch(ctx context.Context, r *report, g *ground, took timing, bytes float64, o options) error {
	var limits []int64
	for _, part := range budgets() {
		if part > 0 {
			limits = append(limits, int64(part*bytes))
		}
	}
	all, err := h.advise(ctx, took, 0, time.Duration(len(budgets()))*o.limit, limits...)
	if err != nil {
		return err
	}
	if len(all.under) != len(limits) {
		return fmt.Errorf("one search answered %d budgets of %d", len(all.under), len(limits))
	}
	sum := 0
	var parts []string
	for i, x := range append(all.under, all) {
		b, err := h.build(ctx, x.steps)
		if err != nil {
			return fmt.Errorf("build what one search chose: %w", err)
		}
		sum += x.calls
		parts = append(parts, fmt.Sprintf("%s %.2f %% (%d)", budgetName(budgets()[i]), 100*g.costOf(b).all, x.calls))
		if err := h.restore(ctx, b); err != nil {
			return err
		}
	}
	r.printf("  one search for all budgets: %s; %d what-if calls in all, of them %d for what the first shows\n", strings.Join(parts, ", "), sum, all.calls)
	for _, p := range peers() {
		if o.asks(p) {
			r.printf("    %s: %d calls in all where it keeps its answers\n", p.name, g.kept(p, bytes))
		}
	}
	return g.err
}

// kept is how often a peer asks under all budgets, each question once.
func (g *ground) kept(p peer, bytes float64) int {
	g.start()
	for _, part := range budgets() {
		budget := math.Inf(1)
		if part > 0 {
			budget = part * bytes
		}
		p.choose(g, budget)
	}
	return g.calls
}

// budgetName is a budget as a part of the tables' bytes.
func budgetName(part float64) string {
	if part <= 0 {
		return "none"
	}
	return fmt.Sprintf("%.1f %%", 100*part)
}
