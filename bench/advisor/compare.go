package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os/exec"
	"slices"
	"strings"
	"time"

	"mltop/internal/db"
)

// budgets are parts of the tables' bytes; the last one is no bound.
func budgets() []float64 { return []float64{0.025, 0.05, 0.10, 0.20, 0.40, 0} }

// comparePeers runs mltop and its peers under each budget, each built and run
// in turn with the plain data.
func comparePeers(ctx context.Context, r *report, h *host, took timing, o options) (err error) {
	g, err := h.ground(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, g.close()) }()
	bytes := tableBytes(g.schema)
	r.printf("  peers, none of them validated (see -published); budgets in parts of %s\n", megabytes(int64(bytes)))
	for _, line := range g.cannot {
		r.printf("    not asked of: %s\n", line)
	}
	for _, part := range budgets() {
		budget := math.Inf(1)
		if part > 0 {
			budget = part * bytes
		}
		if err := h.oneBudget(ctx, r, g, took, part, budget, o); err != nil {
			return err
		}
	}
	if err := h.oneSearch(ctx, r, g, took, bytes, o); err != nil {
		return err
	}
	if h.engine != "sqlite" {
		return nil
	}
	return h.compareExpert(ctx, r, g, o)
}

func tableBytes(s *db.Schema) (sum float64) {
	for _, t := range s.Tables {
		if t.Bytes != nil {
			sum += float64(*t.Bytes)
		}
	}
	return sum
}

func (h *host) oneBudget(ctx context.Context, r *report, g *ground, took timing, part, budget float64, o options) error {
	limit := int64(0)
	if !math.IsInf(budget, 1) {
		limit = int64(budget)
	}
	mine, err := h.advise(ctx, took, limit, o.limit)
	if err != nil {
		return err
	}
	list := []outcome{mine}
	for _, p := range peers() {
		if !o.asks(p) {
			continue
		}
		g.start()
		began := time.Now()
		chosen := p.choose(g, budget)
		if g.err != nil {
			return fmt.Errorf("%s: %w", p.name, g.err)
		}
		x := outcome{who: p.name, steps: h.stepsOf(g, chosen), calls: g.calls, seconds: (time.Since(began) + g.lent).Seconds(), sizes: map[string]float64{}}
		for _, ix := range chosen {
			x.sizes[ix.Name] = g.size(ix)
		}
		list = append(list, x)
	}
	for _, x := range list {
		c, err := h.contest(ctx, x, o.peerRounds, o.peerCalls)
		if err != nil {
			return err
		}
		r.peer(h, c, part, g.costOf(c.built))
	}
	return g.err
}

// asks reports whether a peer is to be compared with.
func (o options) asks(p peer) bool {
	return o.against == "" || slices.Contains(strings.Split(o.against, ","), p.name)
}

// costs are what the workload costs by the lab with what was built, in parts of
// what it costs without; others are the statements that dwarf none.
type costs struct{ all, others float64 }

func (g *ground) costOf(b *built) costs {
	list := make([]db.Index, len(b.added))
	for i, ix := range b.added {
		list[i] = *ix
	}
	rest := slices.DeleteFunc(slices.Clone(g.list), func(a *asked) bool { return a.dwarfs })
	return costs{g.totalOf(g.list, list) / g.totalOf(g.list, nil), g.totalOf(rest, list) / g.totalOf(rest, nil)}
}

func (h *host) stepsOf(g *ground, list []db.Index) (out []db.Step) {
	for _, ix := range list {
		out = append(out, g.engine.CreateIndex(ix))
	}
	return out
}

// compareExpert asks the shell's ".expert" about every statement.
func (h *host) compareExpert(ctx context.Context, r *report, g *ground, o options) error {
	shell, err := exec.LookPath("sqlite3")
	if err != nil {
		r.printf("    .expert: the sqlite3 shell is not here (apt-get install sqlite3)\n")
		return nil //nolint:nilerr // it is printed
	}
	began := time.Now()
	var script strings.Builder
	for _, a := range g.list {
		fmt.Fprintf(&script, ".expert\n%s;\n", a.query.SQL)
	}
	c := exec.CommandContext(ctx, shell, "-readonly", h.path(plainName))
	c.Stdin = strings.NewReader(script.String())
	out, err := c.CombinedOutput()
	if err != nil && len(out) == 0 {
		return fmt.Errorf("run the sqlite3 shell: %w", err)
	}
	var creates []string
	for _, line := range strings.Split(string(out), "\n") {
		if strings.HasPrefix(line, "CREATE INDEX") && !slices.Contains(creates, line) {
			creates = append(creates, line)
		}
	}
	x := outcome{who: ".expert", seconds: time.Since(began).Seconds()}
	for _, text := range creates {
		x.steps = append(x.steps, db.Step{Do: []string{strings.TrimSuffix(strings.TrimSpace(text), ";")}})
	}
	done, err := h.contest(ctx, x, o.peerRounds, o.peerCalls)
	if err != nil {
		return err
	}
	r.peer(h, done, 0, g.costOf(done.built))
	return g.err
}
