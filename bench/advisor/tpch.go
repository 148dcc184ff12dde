package main

import (
	"context"
	"fmt"
	"strings"

	"mltop/bench/advisor/tpch"
)

// benchTPCH asks for advice on the 22 queries, without a budget and then beside
// the peers.
func benchTPCH(ctx context.Context, r *report, h *host, o options) error {
	if o.published {
		return r.checkPublished(ctx, h, o)
	}
	if err := h.furnish(ctx, tpchSubject(tpch.Data{SF: o.sf}, o.patience)); err != nil {
		return err
	}
	r.begin(h)
	took, _, err := h.executed(ctx, 1, 1)
	if err != nil {
		return err
	}
	r.queries(h, took)
	got, err := h.advise(ctx, took, 0, o.limit)
	if err != nil {
		return err
	}
	c, err := h.contest(ctx, got, 1, 1)
	if err != nil {
		return err
	}
	r.result(h, c, o.verbose)
	if !o.peers {
		return nil
	}
	return comparePeers(ctx, r, h, took, o)
}

// queries prints what each takes without an index, and which cannot be advised
// on.
func (r *report) queries(h *host, took timing) {
	var list []string
	for _, s := range h.on.statements {
		number, _, _ := strings.Cut(s.name, " ")
		list = append(list, fmt.Sprintf("%s %s", number, short(took[s.name])))
	}
	r.printf("  without indexes: %s\n", strings.Join(list, ", "))
	if len(h.ended) > 0 {
		r.printf("  ended after %v, so that every speed-up is at least what is said: %s\n", h.on.patience, strings.Join(h.ended, ", "))
	}
}
