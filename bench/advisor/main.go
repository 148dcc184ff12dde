// Command advisor measures the advice on indexes: WebApp-40, the forty
// statements of package webapp, or the 22 queries of package tpch, on SQLite,
// PostgreSQL and MariaDB.
//
//	go run ./bench/advisor                    WebApp-40, as make bench-advisor does
//	go run ./bench/advisor -engines sqlite -peers=false -v
//	go run ./bench/advisor -workload tpch -sf 0.1 -engine postgres
//	go run ./bench/advisor -workload tpch -sf 1 -engine postgres -published
//	go run ./bench/advisor -workload tpch -engine postgres -planned
//
// For each engine it makes the application's data twice, asks mltop for advice
// as "mltop advise" does, builds what it advises on one of the two, and runs
// the same calls on both in turns. It compares the advice with a key that was
// written before, and with the outcome of published ways to choose indexes on
// the same what-if room, under six budgets. It judges by the time that the
// statements really take.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"mltop/bench/advisor/webapp"
)

type options struct {
	engines  string
	variants bool
	peers    bool
	verbose  bool
	scale    float64
	limit    time.Duration
	rounds   int
	calls    int
	only     string
	against  string
	sizes    bool

	peerRounds, peerCalls int

	workload  string
	sf        float64
	patience  time.Duration
	published bool
	planned   bool
}

func main() {
	var o options
	flag.StringVar(&o.engines, "engines", "sqlite,postgres,mysql", "which databases, separated by commas")
	flag.StringVar(&o.engines, "engine", "sqlite,postgres,mysql", "the same")
	flag.StringVar(&o.workload, "workload", "webapp", "webapp or tpch")
	flag.Float64Var(&o.sf, "sf", 0.1, "the scale factor of tpch: 1 has 8.7 million rows")
	flag.DurationVar(&o.patience, "patience", time.Minute, "after how long a query of tpch is ended")
	flag.BoolVar(&o.published, "published", false, "with tpch: compare what Extend and DB2Advis choose with what was published of them, and nothing else")
	flag.BoolVar(&o.planned, "planned", false, "execute nothing and compare what the choices cost by the lab; PostgreSQL alone")
	flag.BoolVar(&o.variants, "variants", true, "score the generated variants too")
	flag.BoolVar(&o.peers, "peers", true, "compare with published ways to choose indexes, under six budgets")
	flag.BoolVar(&o.verbose, "v", false, "print the advice, and the times of each statement")
	flag.Float64Var(&o.scale, "scale", 1, "how many rows: 1 has 463,000")
	flag.DurationVar(&o.limit, "limit", 2*time.Minute, "how long mltop may look")
	flag.IntVar(&o.rounds, "rounds", 5, "rounds of running the statements on both")
	flag.IntVar(&o.calls, "calls", 8, "calls of each statement in a round")
	flag.IntVar(&o.peerRounds, "peer-rounds", 3, "rounds of each comparison with a peer")
	flag.IntVar(&o.peerCalls, "peer-calls", 4, "calls of each statement in such a round")
	flag.StringVar(&o.only, "variant", "", "this variant alone")
	flag.StringVar(&o.against, "against", "", "these peers alone, separated by commas")
	flag.BoolVar(&o.sizes, "sizes", false, "only compare the sizes of indexes with what they are reckoned to be")
	flag.Parse()
	if err := bench(context.Background(), os.Stdout, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench advisor:", err)
		os.Exit(1)
	}
}

func bench(ctx context.Context, out io.Writer, o options) error {
	r := &report{out: out, workload: map[string]string{"webapp": webappName, "tpch": tpchName}[o.workload]}
	if r.workload == "" {
		return fmt.Errorf("no workload %q: webapp or tpch", o.workload)
	}
	r.machine()
	for _, engine := range strings.Split(o.engines, ",") {
		if err := benchEngine(ctx, r, engine, o); err != nil {
			return fmt.Errorf("%s: %w", engine, err)
		}
	}
	r.table()
	r.sizeTable()
	return nil
}

func benchEngine(ctx context.Context, r *report, engine string, o options) (err error) {
	dir, err := os.MkdirTemp("", "mltop-bench-advisor-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	h, err := startHost(engine, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.close()) }()
	if h.planned = o.planned; o.planned && engine != "postgres" {
		return errors.New("only PostgreSQL's planner tells what a statement costs")
	}
	if o.workload == "tpch" {
		return benchTPCH(ctx, r, h, o)
	}
	for i, v := range webapp.Variants() {
		if o.only != "" && v.Name != o.only || o.only == "" && i > 0 && !o.variants {
			continue
		}
		if v.Scale == 0 {
			v.Scale = 1
		}
		v.Scale *= o.scale
		if err := benchVariant(ctx, r, h, webappSubject(webapp.New(v)), o, o.peers && i == 0); err != nil {
			return fmt.Errorf("%s: %w", v.Name, err)
		}
	}
	return nil
}

func benchVariant(ctx context.Context, r *report, h *host, on *subject, o options, peers bool) error {
	if err := h.furnish(ctx, on); err != nil {
		return err
	}
	r.begin(h)
	if o.sizes {
		return h.compareSizes(ctx, r, o.verbose)
	}
	took, _, err := h.executed(ctx, o.rounds, o.calls)
	if err != nil {
		return err
	}
	got, err := h.advise(ctx, took, 0, o.limit)
	if err != nil {
		return err
	}
	c, err := h.contest(ctx, got, o.rounds, o.calls)
	if err != nil {
		return err
	}
	r.result(h, c, o.verbose)
	if !peers {
		return nil
	}
	return comparePeers(ctx, r, h, took, o)
}

// A contest is an outcome that was built and run.
type contest struct {
	outcome
	built        *built
	score        score
	plain, trial timing
}

// contest builds an outcome, runs the statements, and takes it back.
func (h *host) contest(ctx context.Context, o outcome, rounds, calls int) (c contest, err error) {
	c = contest{outcome: o}
	if c.built, err = h.build(ctx, o.steps); err != nil {
		return c, fmt.Errorf("build what %s chose: %w", o.who, err)
	}
	if h.planned {
		c.built.reckon(o.sizes)
	}
	if h.on.answers != nil {
		c.score = judge(h.on.answers, h.engine, c.built)
	}
	if c.plain, c.trial, err = h.executed(ctx, rounds, calls); err != nil {
		return c, err
	}
	return c, h.restore(ctx, c.built)
}
