package loadtest

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"os"
	"runtime"
	"slices"
	"strconv"
	"time"

	"mltop/internal/stat"
	"mltop/internal/wire"
)

// A Result is what came of a run, and the whole distribution behind it.
type Result struct {
	wire.Bench
	latency *histogram
}

// result puts a run that is over into the words of the document.
func (r *Run) result() *Result {
	r.tally.mu.Lock()
	defer r.tally.mu.Unlock()
	end := time.Duration(r.ended.Load())
	res := &Result{Bench: r.summary(end), latency: &r.tally.all.latency}
	res.Series = r.tally.series.results()
	r.fill(&res.Bench)
	res.Analysis = Analyse(&res.Bench)
	return res
}

// fill adds to a summary all that is counted but the series; the tally is
// locked.
func (r *Run) fill(b *wire.Bench) {
	r.distributions(b)
	b.Routes = r.routeResults(b.Duration)
	b.Errors = r.errorResults()
	b.Generator = r.generator()
	b.Thresholds = r.thresholdResults(b)
}

func (r *Run) summary(end time.Duration) wire.Bench {
	t, p := r.tally, r.plan
	b := wire.Bench{
		SchemaVersion: wire.BenchVersion, Name: p.Name, Time: r.wall.UTC(), Model: p.model(),
		Scenario: p.Source, Digest: p.digest(), Seed: p.Seed, Machine: machine(),
		Duration: max(0, end-p.Warmup).Seconds(), Warmup: p.Warmup.Seconds(), Stopped: r.stopped(), Moves: r.lever.told(),
		Sent: t.all.sent, WarmupSent: t.warmups, Dropped: r.dropped.Load(), Unfinished: r.unfinished.Load(),
		ErrorCount: t.all.failed, ErrorRatio: ratio(t.all.failed, t.all.sent),
		Statuses: statuses(t.all.statuses), Bytes: t.all.bytes,
		Connections: wire.BenchConnections{Opened: t.opened, Most: len(r.everyone()), Limit: p.MaxConnections, Again: t.again},
	}
	b.Sent += b.Unfinished
	b.PerSecond = perSecond(t.all.answered, b.Duration)
	if p.Open {
		offered := perSecond(b.Sent+b.Dropped, b.Duration)
		b.Offered = &offered
	}
	return b
}

func (r *Run) distributions(b *wire.Bench) {
	t := r.tally
	b.Latency, b.ServiceTime = quantiles(&t.all.latency), quantiles(&t.all.service)
	b.SendLag, b.Wait, b.Connect = quantiles(&t.lag), quantiles(&t.wait), quantiles(&t.connect)
}

func (p *Plan) model() string {
	if p.Open {
		return "open"
	}
	return "closed"
}

func perSecond(n uint64, seconds float64) float64 {
	if seconds <= 0 {
		return 0
	}
	return float64(n) / seconds
}

// digest tells plans apart by all that decides what is sent and when, but
// for the seed: runs of one digest can be compared.
func (p *Plan) digest() string {
	h := sha256.New()
	fmt.Fprintln(h, p.identity, p.Open, p.Stages, p.Warmup, p.Timeout, p.Connections, p.MaxConnections, p.NewConnections, p.HTTP2)
	return hex.EncodeToString(h.Sum(nil)[:8])
}

func machine() wire.BenchMachine {
	host, _ := os.Hostname() // without a name it is ""
	return wire.BenchMachine{Host: host, System: runtime.GOOS + "/" + runtime.GOARCH, CPUs: runtime.NumCPU(), Program: runtime.Version()}
}

func ratio(part, of uint64) *float64 {
	if of == 0 {
		return nil
	}
	v := float64(part) / float64(of)
	return &v
}

// known is a value, or nil for what was not measured.
func known(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

func quantiles(h *histogram) wire.BenchQuantiles {
	q := h.quantiles(0.5, 0.9, 0.95, 0.99, 0.999, 1)
	return wire.BenchQuantiles{
		Count: h.count, Mean: known(h.mean()), P50: known(q[0]), P90: known(q[1]), P95: known(q[2]), P99: known(q[3]), P999: known(q[4]), Max: known(q[5]),
	}
}

func sketchQuantiles(s *stat.Sketch) wire.BenchQuantiles {
	return wire.BenchQuantiles{
		Count: s.Count(), Mean: known(s.Mean()), P50: known(s.Quantile(0.5)), P90: known(s.Quantile(0.9)),
		P95: known(s.Quantile(0.95)), P99: known(s.Quantile(0.99)), P999: known(s.Quantile(0.999)), Max: known(s.Max()),
	}
}

func statuses(counts map[int32]uint64) map[string]uint64 {
	out := make(map[string]uint64, len(counts))
	for s, n := range counts {
		out[strconv.Itoa(int(s))] = n
	}
	return out
}

func (r *Run) routeResults(seconds float64) []wire.BenchRoute {
	names, _ := r.plan.routes()
	out := make([]wire.BenchRoute, len(names))
	for i := range r.tally.routes {
		t := &r.tally.routes[i]
		out[i] = wire.BenchRoute{
			Name: names[i], Sent: t.sent, PerSecond: perSecond(t.answered, seconds), ErrorCount: t.failed, ErrorRatio: ratio(t.failed, t.sent),
			Statuses: statuses(t.statuses), Bytes: t.bytes, Latency: quantiles(&t.latency), ServiceTime: quantiles(&t.service),
		}
	}
	r.tailShares(out)
	return out
}

// tailShares divides the slowest hundredth among the routes.
func (r *Run) tailShares(routes []wire.BenchRoute) {
	at := int64(r.tally.all.latency.quantile(tailFrom) * 1e9)
	all := r.tally.all.latency.above(at)
	for i := range routes {
		routes[i].TailShare = ratio(r.tally.routes[i].latency.above(at), all)
	}
}

// tailFrom is where the tail begins: at the P99.
const tailFrom = 0.99

// errorResults begins with the most frequent.
func (r *Run) errorResults() []wire.BenchError {
	names, _ := r.plan.routes()
	out := make([]wire.BenchError, 0, len(r.tally.errors))
	for key, e := range r.tally.errors {
		out = append(out, wire.BenchError{
			Kind: key.kind, Side: sideOf(key.kind), Route: names[key.route], Message: key.message, Count: e.count,
			First: r.wall.Add(e.first).UTC(), Last: r.wall.Add(e.last).UTC(),
		})
	}
	slices.SortFunc(out, func(a, b wire.BenchError) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Route, b.Route), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Message, b.Message))
	})
	return out
}

func (s *series) results() []wire.BenchSecond {
	out := make([]wire.BenchSecond, len(s.buckets))
	for i := range s.buckets {
		out[i] = s.result(i)
	}
	return out
}

func (s *series) result(i int) wire.BenchSecond {
	b := &s.buckets[i]
	out := wire.BenchSecond{
		At: (time.Duration(i) * s.width).Seconds(), Width: s.width.Seconds(), Sent: b.sent, Answered: b.answered, Errors: b.failed,
		Latency: sketchQuantiles(&b.latency), SendLag: sketchQuantiles(&b.lag), Saturated: late(&b.lag, &b.latency),
	}
	if n := b.inFlight; n >= 0 {
		out.InFlight = &n
	}
	return out
}

func (r *Run) thresholdResults(b *wire.Bench) []wire.BenchThreshold {
	out := make([]wire.BenchThreshold, 0, len(r.plan.Thresholds))
	for _, t := range r.plan.Thresholds {
		v := math.NaN()
		if tally := r.tally.of(r.plan, t.Route); tally != nil && tally.sent > 0 {
			v = tally.value(t.Metric, b.Duration)
		}
		w := wire.BenchThreshold{Text: t.Text, Route: t.Route, Unit: unitOf(t.Metric), Value: known(v), Limit: t.Limit, Broken: t.broken(v)}
		if math.IsNaN(v) {
			w.Reason = "nothing was measured"
		}
		out = append(out, w)
	}
	return out
}

// HDR writes the distribution of latencies as HdrHistogram's plotters read it.
func (r *Result) HDR() string {
	out := fmt.Sprintf("%12s %14s %10s %14s\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)")
	h, seen := r.latency, uint64(0)
	h.each(func(v int64, n uint64) bool {
		seen += n
		p := float64(seen) / float64(h.count)
		out += fmt.Sprintf("%12.6f %2.12f %10d", float64(v)/1e6, p, seen)
		if seen < h.count {
			out += fmt.Sprintf(" %14.2f", 1/(1-p))
		}
		out += "\n"
		return true
	})
	return out + fmt.Sprintf("#[Mean    = %12.3f, StdDeviation   = %12.3f]\n#[Max     = %12.3f, Total count    = %12d]\n",
		h.mean()*1e3, h.deviation()*1e3, float64(h.max)/1e6, h.count)
}
