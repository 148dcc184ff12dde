package main

import (
	"context"
	"errors"

	"mltop/internal/db"
)

// compareSizes builds every index of one or two columns that some statement
// might use, one after the other, and compares what it takes with what it was
// reckoned to.
func (h *host) compareSizes(ctx context.Context, r *report, verbose bool) (err error) {
	g, err := h.ground(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.close()) }()
	seen := map[string]bool{}
	for _, a := range g.list {
		for _, ix := range g.candidates(a) {
			if seen[ix.Signature()] {
				continue
			}
			seen[ix.Signature()] = true
			if err := h.compareSize(ctx, r, g, ix, verbose); err != nil {
				return err
			}
		}
	}
	return nil
}

func (h *host) compareSize(ctx context.Context, r *report, g *ground, ix db.Index, verbose bool) error {
	guess := g.size(ix)
	b, err := h.build(ctx, []db.Step{g.engine.CreateIndex(ix)})
	if err != nil {
		return err
	}
	r.sized(h, contest{outcome: outcome{sizes: map[string]float64{ix.Name: guess}}, built: b})
	if verbose {
		r.printf("    %s: reckoned %.0f kB, takes %.0f kB\n", ix.Signature(), guess/1e3, float64(b.took[ix.Name])/1e3)
	}
	return h.restore(ctx, b)
}
