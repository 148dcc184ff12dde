package gateway

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"mltop/internal/wire"
)

// A metric is one family of Prometheus' text format.
type metric struct {
	name, kind, help string
	rows             []row
}

type row struct {
	labels string // with what goes before them: a histogram's _sum
	value  float64
}

// writeMetrics writes a state as Prometheus reads it, version 0.0.4.
func writeMetrics(w io.Writer, g wire.Gateway) {
	for _, m := range slices.Concat(gatewayMetrics(g), durationMetrics(g), cacheMetrics(g.Cache), upstreamMetrics(g.Upstreams), logMetrics(g.Log), hookMetrics(g.Webhooks), memoryMetrics(g.Memory), compressionMetrics(g.Compression), certificateMetrics(g.Certificate)) {
		fmt.Fprintf(w, "# HELP mltop_gateway_%s %s\n# TYPE mltop_gateway_%s %s\n", m.name, m.help, m.name, m.kind)
		for _, r := range m.rows {
			fmt.Fprintf(w, "mltop_gateway_%s%s %s\n", m.name, r.labels, strconv.FormatFloat(r.value, 'g', -1, 64))
		}
	}
}

func gatewayMetrics(g wire.Gateway) []metric {
	one := func(v float64) []row { return []row{{"", v}} }
	return []metric{
		{"requests_total", "counter", "Requests that were answered.", one(float64(g.Requests))},
		{"responses_total", "counter", "Answers, by class of status.", rowsOf("class", g.Statuses)},
		{"refused_total", "counter", "Requests that were not passed on, by reason.", rowsOf("reason", g.Refused)},
		{"sent_body_bytes_total", "counter", "Bytes of bodies sent to clients.", one(float64(g.Bytes))},
		{"connections", "gauge", "Open connections of clients.", one(float64(g.Connections.Open))},
		{"connections_refused_total", "counter", "Connections beyond the limit.", one(float64(g.Connections.Refused))},
		{"in_flight", "gauge", "Requests under way.", one(float64(g.Queue.InFlight))},
		{"queue_depth", "gauge", "Requests that wait for their turn.", one(float64(g.Queue.Depth))},
		{"queue_overflowed_total", "counter", "Requests that found the queue full.", one(float64(g.Queue.Overflowed))},
		{"queue_expired_total", "counter", "Requests that waited too long.", one(float64(g.Queue.Expired))},
		{"heap_bytes", "gauge", "Bytes of the gateway's heap.", one(float64(g.Memory.Heap))},
		{"gc_pause_seconds_total", "counter", "Time that the gateway stood still to collect garbage.", one(g.Memory.GCPause)},
	}
}

func rowsOf(label string, counts map[string]uint64) []row {
	var out []row
	for _, k := range slices.Sorted(maps.Keys(counts)) {
		out = append(out, row{labelled(label, k), float64(counts[k])})
	}
	return out
}

func upstreamMetrics(us []wire.GatewayUpstream) []metric {
	family := func(name, kind, help string, value func(u *wire.GatewayUpstream) float64) metric {
		m := metric{name: "upstream_" + name, kind: kind, help: help}
		for i := range us {
			m.rows = append(m.rows, row{labelled("upstream", us[i].URL), value(&us[i])})
		}
		return m
	}
	return []metric{
		family("up", "gauge", "Whether the upstream gets requests.", func(u *wire.GatewayUpstream) float64 { return truth(u.Current > 0) }),
		family("weight", "gauge", "Its weight, as it counts now.", func(u *wire.GatewayUpstream) float64 { return u.Current }),
		family("in_flight", "gauge", "Requests under way.", func(u *wire.GatewayUpstream) float64 { return float64(u.InFlight) }),
		family("requests_total", "counter", "Requests sent.", func(u *wire.GatewayUpstream) float64 { return float64(u.Requests) }),
		family("failures_total", "counter", "Requests that failed.", func(u *wire.GatewayUpstream) float64 { return float64(u.Failures) }),
		family("retries_total", "counter", "Requests that had failed elsewhere.", func(u *wire.GatewayUpstream) float64 { return float64(u.Retries) }),
		family("checks_failed_total", "counter", "Health checks that failed.", func(u *wire.GatewayUpstream) float64 { return float64(u.Failed) }),
		family("connections", "gauge", "Open connections.", func(u *wire.GatewayUpstream) float64 { return float64(u.Pool.Open) }),
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
