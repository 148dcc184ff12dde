package main

import (
	"fmt"
	"strings"
	"time"

	"mltop/internal/export"
	"mltop/internal/units"
	"mltop/internal/wire"
)

// gatewayView shows a gateway: what it counts, and the rates since a look
// before.
func gatewayView(before, now wire.Gateway) view {
	upstreams := gatewayUpstreams(now)
	tables := []export.Table{gatewayHead(before, now), upstreams}
	if t := gatewayRefused(now); len(t.Rows) > 0 {
		tables = append(tables, t)
	}
	if len(now.Events) > 0 {
		tables = append(tables, gatewayEvents(now))
	}
	return view{doc: now, tables: tables, csv: upstreams}
}

func gatewayHead(before, now wire.Gateway) export.Table {
	t := export.Table{Title: "Gateway " + now.Listen, Columns: export.Cols("", "~")}
	put := func(name, format string, args ...any) {
		t.Rows = append(t.Rows, []string{name, fmt.Sprintf(format, args...)})
	}
	put("requests", "%s, %s in all: %s", units.PerSecond(gatewayRate(before, now)), units.Whole(int64(now.Requests)), countsText(now.Statuses))
	q := now.Queue
	bound := "no bound"
	if q.MostInFlight > 0 {
		bound = "at most " + units.Whole(int64(q.MostInFlight))
	}
	put("under way", "%d, %s", q.InFlight, bound)
	put("queue", "%d of %d, deepest %d; %s waited, %s found it full, %s waited longer than %s", q.Depth, q.Size, q.Deepest,
		units.Whole(int64(q.Waited)), units.Whole(int64(q.Overflowed)), units.Whole(int64(q.Expired)), units.Seconds(q.LongestWait))
	put("connections", "%s of %s; %s refused", units.Whole(int64(now.Connections.Open)), units.Whole(int64(now.Connections.Most)), units.Whole(int64(now.Connections.Refused)))
	put("memory", "heap %s, %d collections (%d by the clock), %s in pauses; %d of %s buffers kept", units.Bytes(float64(now.Memory.Heap)), now.Memory.GCs, now.Memory.Forced,
		units.Seconds(now.Memory.GCPause), now.Memory.Buffers.Free, units.Whole(int64(now.Memory.Buffers.Most)))
	if now.Log != nil {
		put("request log", "%s", gatewayLogText(now.Log))
	}
	if w := now.Webhooks; w != nil {
		for _, h := range w.Hooks {
			put("webhook", "%s", gatewayHookText(h))
		}
		put("webhook queue", "%d of %d, %d under way", w.Queue, w.Size, w.Busy)
	}
	if c := now.Certificate; c != nil {
		put("certificate", "%s", certificateText(c))
	}
	if c := now.Compression; c != nil {
		put("compression", "%s in %s by zstd and %s by gzip, to %s", units.Bytes(float64(c.Before)), units.Plural(int(c.Answers["zstd"]), "answer"), units.Whole(int64(c.Answers["gzip"])), units.Bytes(float64(c.After)))
	}
	if h := now.HAProxy; h != nil {
		put("haproxy", "%s", haproxyText(h))
	}
	if c := now.Cache; c != nil {
		put("cache", "%s", cacheText(c))
	}
	for _, r := range now.Routes {
		put("route "+strings.TrimSpace(r.Host+" "+r.Path), "%s over %d upstreams, %.0f retries left", r.Balance, len(r.Upstreams), r.Retries)
	}
	return t
}

// certificateText is how it stands with the certificate.
func certificateText(c *wire.GatewayCertificate) string {
	text := fmt.Sprintf("%s, valid until %s", strings.Join(c.Names, ", "), c.Until.Format(time.DateTime))
	if c.Why != "" {
		text += "; the old one stays: " + c.Why
	}
	return text
}

// cacheText is how it stands with the cache.
func cacheText(c *wire.GatewayCache) string {
	levels := "from memory " + units.Or(c.Ratio(c.MemoryHits), units.Percent)
	if c.Redis != nil {
		levels += ", from Redis " + units.Or(c.Ratio(c.RedisHits), units.Percent)
	}
	text := fmt.Sprintf("%s of %s; %s, %s missed; %s stored, %s stale, %s asked about and still good, %s evicted",
		units.Bytes(float64(c.Bytes)), units.Bytes(float64(c.Size)), levels,
		units.Or(c.Ratio(c.Misses), units.Percent), units.Whole(int64(c.Stored)), units.Whole(int64(c.Stale)), units.Whole(int64(c.Revalidated)), units.Whole(int64(c.Evicted)))
	if r := c.Redis; r != nil && !r.Up {
		text += "; Redis at " + r.Address + " is away: " + r.Why
	}
	return text
}

// haproxyText says how the HAProxy fares that follows.
func haproxyText(h *wire.GatewayHAProxy) string {
	if h.Error != "" {
		return "no answer: " + h.Error
	}
	text := fmt.Sprintf("%s, %s follow, %s, %s repaired", h.Version, units.Plural(len(h.Servers), "server"), units.Plural(int(h.Orders), "order"), units.Plural(int(h.Drifts), "drift"))
	for _, part := range []struct {
		name string
		list []string
	}{{"no upstreams", h.Strange}, {"not there", h.Missing}, {"all sick, left alone", h.Open}} {
		if len(part.list) > 0 {
			text += "; " + part.name + ": " + strings.Join(part.list, ", ")
		}
	}
	return text
}

// gatewayRate is requests a second between two looks.
func gatewayRate(before, now wire.Gateway) float64 {
	d := now.Time.Sub(before.Time).Seconds()
	if d <= 0 || now.Requests < before.Requests {
		return 0
	}
	return float64(now.Requests-before.Requests) / d
}

func gatewayUpstreams(g wire.Gateway) export.Table {
	t := export.Table{Title: "Upstreams", Columns: export.Cols("", "upstream", ">weight", ">share", ">in flight", ">requests", ">failures", ">mean", ">pool", "~why")}
	for _, u := range g.Upstreams {
		t.Rows = append(t.Rows, []string{
			gatewayMark(u.State), u.URL, fmt.Sprintf("%.2f", u.Current), units.Or(u.Share, units.Percent), units.Whole(u.InFlight),
			units.Whole(int64(u.Requests)), units.Whole(int64(u.Failures)), units.Or(u.Latency, units.Seconds),
			fmt.Sprintf("%d/%d", u.Pool.Open-u.Pool.Idle, u.Pool.Open), gatewayWhy(u),
		})
	}
	return t
}

// gatewayMark is a state by symbol and word.
func gatewayMark(state string) string {
	switch state {
	case "up":
		return "● UP"
	case "down", "ejected":
		return "■ " + strings.ToUpper(state)
	}
	return "▲ " + strings.ToUpper(state)
}

func gatewayWhy(u wire.GatewayUpstream) string {
	var parts []string
	for _, p := range []string{u.Why, u.WeightWhy, u.Unknown} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, "; ")
}

func gatewayRefused(g wire.Gateway) export.Table {
	t := export.Table{Title: "Refused", Columns: export.Cols(">count", "~why")}
	for _, why := range sortedKeys(g.Refused) {
		t.Rows = append(t.Rows, []string{units.Whole(int64(g.Refused[why])), why})
	}
	return t
}

// shownEvents are what fits beside the rest.
const shownEvents = 10

func gatewayEvents(g wire.Gateway) export.Table {
	t := export.Table{Title: "Events", Columns: export.Cols("", "upstream", "~what")}
	for _, e := range g.Events[:min(len(g.Events), shownEvents)] {
		t.Rows = append(t.Rows, []string{e.Time.Local().Format("15:04:05"), e.Upstream, e.Text})
	}
	return t
}

func gatewayLogText(l *wire.GatewayLog) string {
	n := func(v uint64) string { return units.Whole(int64(v)) }
	text := fmt.Sprintf("%s: %s written to %s, queue %d of %s", l.State, n(l.Written), l.Target, l.Queue, units.Whole(int64(l.Size)))
	if l.Lag != nil {
		text += ", lag " + units.Seconds(*l.Lag)
	}
	text += fmt.Sprintf("; %s dropped, %s refused, %s lost; %s spilled, %s replayed, %s wait in %s", n(l.Dropped), n(l.Refused), n(l.Lost), n(l.Spilled), n(l.Replayed), units.Whole(l.Spill.Rows), l.Spill.File)
	text += fmt.Sprintf("; %s deleted; pool %d of %d connections in use, %d to %d", n(l.Deleted), l.Pool.InUse, l.Pool.Open, l.Pool.Min, l.Pool.Max)
	if l.KeepAge == 0 && l.KeepRows == 0 {
		text += "; it grows without bound"
	}
	if l.RefusedWhy != "" {
		text += "; refused, the last one: " + l.RefusedWhy
	}
	if l.Why != "" {
		text += "; " + l.Why
	}
	return text
}

func gatewayHookText(h wire.GatewayWebhook) string {
	n := func(v uint64) string { return units.Whole(int64(v)) }
	text := fmt.Sprintf("%s: %s sent, %s given up, %s tried again, %s dropped", strings.TrimSpace(h.URL+" "+h.Path), n(h.Sent), n(h.Failed), n(h.Retries), n(h.Dropped))
	if h.Why != "" {
		text += "; " + h.Why
	}
	return text
}
