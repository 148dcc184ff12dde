package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"strconv"

	"mltop/bench/measure"
	"mltop/internal/wire"
)

// A table has figures by server and round.
type table struct {
	names []string
	rows  map[string][]float64
}

func newTable() *table { return &table{rows: map[string][]float64{}} }

func (t *table) add(name string, v float64) {
	if _, ok := t.rows[name]; !ok {
		t.names = append(t.names, name)
	}
	t.rows[name] = append(t.rows[name], v)
}

func (t *table) print(unit string) {
	for _, name := range t.names {
		fmt.Printf("  %-14s %s\n", name, measure.Spread(t.rows[name], unit))
	}
}

// against prints what one has of another, round by round.
func (t *table) against(ours, peer, bound string) {
	if len(t.rows[ours]) == 0 || len(t.rows[ours]) != len(t.rows[peer]) {
		return // the peer is not here
	}
	fmt.Printf("  %s / %s: %s%s\n", ours, peer, measure.Spread(measure.Ratios(t.rows[ours], t.rows[peer]), "×"), bound)
}

// turned is the order of a round: each begins with another one, so that none
// always follows the same.
func turned(all []*process, round int) []*process {
	n := round % len(all)
	return append(append([]*process{}, all[n:]...), all[:n]...)
}

// rounds loads each server in each round.
func (s *stage) rounds(ctx context.Context, all []*process, path string) (rate, cpu *table, err error) {
	rate, cpu = newTable(), newTable()
	for round := range s.o.rounds + 1 {
		for _, p := range turned(all, round) {
			t, err := s.wrk(ctx, p, path)
			if err != nil {
				return nil, nil, err
			}
			if round == 0 {
				continue // pools, heaps and the cache fill
			}
			rate.add(p.name, t.perSecond)
			cpu.add(p.name, t.microseconds())
		}
	}
	return rate, cpu, nil
}

func (s *stage) load(ctx context.Context) error {
	if s.o.rounds == 0 {
		return nil
	}
	return s.with(ctx, false, append(proxies(), mltop(false)), func(all []*process) error {
		rate, cpu, err := s.rounds(ctx, all, "")
		if err != nil {
			return err
		}
		fmt.Println("requests a second, which wrk and the nginx behind have a share in:")
		rate.print("/s")
		rate.against("mltop", "HAProxy", " (bound: at least 0.8)")
		rate.against("mltop", "nginx", "")
		rate.against("mltop", "Caddy", " (bound: at least 3)")
		fmt.Println("processor time of the proxy for each request:")
		cpu.print("µs")
		cpu.against("mltop", "HAProxy", " (bound: 1.3)")
		cpu.against("mltop", "nginx", "")
		cpu.against("mltop", "Caddy", "")
		cpu.against("mltop, no log", "HAProxy", "")
		return s.tellLog(ctx, all[0])
	})
}

// tellLog says how many requests the log had no room for: it drops before it
// lets one wait.
func (s *stage) tellLog(ctx context.Context, p *process) error {
	out, err := exec.CommandContext(ctx, s.o.mltop, "gateway", "status", "http://"+p.admin, "-o", "json").Output()
	var g wire.Gateway
	if err == nil {
		err = json.Unmarshal(out, &g)
	}
	if err != nil {
		return fmt.Errorf("ask the gateway for its state: %w", err)
	}
	if g.Log == nil {
		return fmt.Errorf("the gateway has no request log")
	}
	fmt.Printf("  mltop's request log: %d rows written, %d spilled, %d dropped of %d requests\n", g.Log.Written, g.Log.Spilled, g.Log.Dropped, g.Requests)
	return nil
}

// latency is what a proxy adds to the nginx behind it, at a steady rate.
func (s *stage) latency(ctx context.Context) error {
	if s.o.rounds == 0 || s.o.rate == 0 {
		return nil
	}
	return s.with(ctx, false, proxies(), func(all []*process) error {
		added := newTable()
		for round := range s.o.rounds {
			direct, err := s.median(ctx, s.origin)
			if err != nil {
				return err
			}
			added.add("direct", direct)
			for _, p := range turned(all, round) {
				through, err := s.median(ctx, p)
				if err != nil {
					return err
				}
				added.add(p.name, through-direct)
			}
		}
		fmt.Printf("median latency at %d requests a second: direct, and what each adds:\n", s.o.rate)
		added.print("µs")
		added.less("mltop", "HAProxy", "µs", " (bound: 30)")
		added.less("mltop", "Caddy", "µs", "")
		return nil
	})
}

// less prints by how much one is above another, round by round.
func (t *table) less(ours, peer, unit, bound string) {
	a, b := t.rows[ours], t.rows[peer]
	if len(a) == 0 || len(a) != len(b) {
		return
	}
	var more []float64
	for i := range a {
		more = append(more, a[i]-b[i])
	}
	fmt.Printf("  %s − %s: %s%s\n", ours, peer, measure.Spread(more, unit), bound)
}

// median is that of the latencies from when each request was due, in µs.
func (s *stage) median(ctx context.Context, p *process) (float64, error) {
	cmd := exec.CommandContext(ctx, s.o.mltop, "bench", p.url(), "--rate", strconv.Itoa(s.o.rate), "-c", strconv.Itoa(connections),
		"-d", strconv.Itoa(s.o.seconds)+"s", "--warmup", "500ms", "--no-keep", "-o", "json")
	cmd.SysProcAttr = measure.Child()
	out, err := cmd.Output()
	var b wire.Bench
	if err == nil {
		err = json.Unmarshal(out, &b)
	}
	if err == nil && b.Latency.P50 == nil {
		err = fmt.Errorf("no request was answered")
	}
	if err != nil {
		return 0, fmt.Errorf("measure the latency of %s: %w", p.name, err)
	}
	return *b.Latency.P50 * 1e6, nil
}

// cached compares what a hit in memory takes.
func (s *stage) cached(ctx context.Context) error {
	if s.o.rounds == 0 {
		return nil
	}
	return s.with(ctx, true, []kind{mltop(true), mltop(false), varnish}, func(all []*process) error {
		rate, cpu, err := s.rounds(ctx, all, "kept")
		if err != nil {
			return err
		}
		fmt.Println("hits of the cache, a second of the server's processor time:")
		hits := newTable()
		for _, name := range cpu.names {
			for _, us := range cpu.rows[name] {
				hits.add(name, 1e6/us)
			}
		}
		hits.print("/s")
		hits.against("mltop", "Varnish", " (bound: at least 2)")
		hits.against("mltop, no log", "Varnish", " (Varnish writes to shared memory only)")
		fmt.Println("hits a second of the clock:")
		rate.print("/s")
		return nil
	})
}
