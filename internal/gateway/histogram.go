package gateway

import (
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"mltop/internal/wire"
)

// durationBounds are the upper ends of the buckets: those of Prometheus' own
// clients, with finer ones below, where a gateway's times lie, and one at the
// usual time limit for an answer.
var durationBounds = [...]time.Duration{
	500 * time.Microsecond, time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond, 10 * time.Millisecond,
	25 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond, 250 * time.Millisecond, 500 * time.Millisecond,
	time.Second, 2500 * time.Millisecond, 5 * time.Second, 10 * time.Second, 30 * time.Second,
}

// durations counts times by bucket. Adding takes no lock and no memory.
type durations struct {
	counts      [len(durationBounds) + 1]atomic.Uint64 // the last: longer than all
	nanoseconds atomic.Uint64
}

func (d *durations) add(took time.Duration) {
	i := 0
	for i < len(durationBounds) && took > durationBounds[i] {
		i++
	}
	d.counts[i].Add(1)
	d.nanoseconds.Add(uint64(max(took, 0)))
}

func (d *durations) state() wire.GatewayDurations {
	out := wire.GatewayDurations{Sum: float64(d.nanoseconds.Load()) / 1e9}
	for _, b := range durationBounds {
		out.Bounds = append(out.Bounds, b.Seconds())
	}
	for i := range d.counts {
		out.Counts = append(out.Counts, d.counts[i].Load())
	}
	return out
}

// histogram is a family of Prometheus' histograms; add gives it one more.
func histogram(name, help string) metric {
	return metric{name: name, kind: "histogram", help: help}
}

// add appends one histogram: its buckets count all that are no longer than
// their end, so that the last one is all.
func (m *metric) add(d wire.GatewayDurations, labels ...string) {
	all := uint64(0)
	for i, n := range d.Counts {
		end := "+Inf"
		if i < len(d.Bounds) {
			end = strconv.FormatFloat(d.Bounds[i], 'g', -1, 64)
		}
		all += n
		m.rows = append(m.rows, row{"_bucket" + labelled(append(labels[:len(labels):len(labels)], "le", end)...), float64(all)})
	}
	m.rows = append(m.rows, row{"_sum" + labelled(labels...), d.Sum}, row{"_count" + labelled(labels...), float64(all)})
}

// labelEscapes are all that the text format knows.
var labelEscapes = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

// labelled writes labels, given as names and values in turn.
func labelled(pairs ...string) string {
	var parts []string
	for i := 0; i+1 < len(pairs); i += 2 {
		parts = append(parts, fmt.Sprintf(`%s="%s"`, pairs[i], labelEscapes.Replace(pairs[i+1])))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func durationMetrics(g wire.Gateway) []metric {
	routes := histogram("request_duration_seconds", "Seconds from a request to the end of its answer, by route.")
	for _, r := range g.Routes {
		routes.add(r.Durations, "route", r.Path, "host", r.Host)
	}
	upstreams := histogram("upstream_response_duration_seconds", "Seconds that an upstream took to the head of its answer.")
	for _, u := range g.Upstreams {
		upstreams.add(u.Durations, "upstream", u.URL)
	}
	return []metric{routes, upstreams}
}
