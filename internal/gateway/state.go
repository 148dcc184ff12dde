package gateway

import (
	"os"
	"strconv"
	"time"

	"mltop/internal/stat"
	"mltop/internal/wire"
)

// State is all that the gateway tells of itself.
func (g *Gateway) State() wire.Gateway {
	s, now := g.setup.Load(), time.Now()
	t := g.tally.total()
	followed, outside, outsideClasses := g.steering.told.now()
	for i, n := range outsideClasses {
		t.classes[i] += n
	}
	out := wire.Gateway{
		SchemaVersion: wire.GatewayVersion, Time: now.UTC(), Since: g.began.UTC(), PID: os.Getpid(), Listen: s.cfg.Listen, TLS: s.cfg.Cert != "",
		Requests: t.requests + outside, Statuses: classes(t.classes[:]), Bytes: t.bytes, Refused: g.tally.refusals(),
		Connections: g.clientCount(s), Queue: g.admission.state(), Memory: g.collector.state(s.cfg.Memory, g.rooms.state()), HAProxy: followed, Compression: g.squeezed.state(&s.cfg.Compress),
		Events: []wire.GatewayEvent{}, Upstreams: []wire.GatewayUpstream{},
	}
	out.Cache, out.Certificate = cacheState(s.cache), g.Certificate()
	if at := g.listenAt.Load(); at != nil {
		out.Listen = *at
	}
	if g.log != nil {
		out.Log = g.log.State()
	}
	if s := g.hooks.Load(); s != nil {
		out.Webhooks = s.State()
	}
	for _, r := range s.routes {
		out.Routes = append(out.Routes, r.state())
	}
	shares := g.shares.since(s.all)
	for i, u := range s.all {
		st := u.state(now)
		st.Share = shares[i]
		out.Upstreams = append(out.Upstreams, st)
	}
	for _, u := range g.leavers() {
		st := u.state(now)
		st.State = "leaving"
		out.Upstreams = append(out.Upstreams, st)
	}
	for _, e := range g.events.newest() {
		out.Events = append(out.Events, wire.GatewayEvent{Time: e.Time.UTC(), Upstream: e.Upstream, Text: e.Text})
	}
	return out
}

func (g *Gateway) clientCount(s *setup) wire.GatewayClients {
	g.mu.Lock()
	defer g.mu.Unlock()
	return wire.GatewayClients{Open: len(g.clients), Most: s.cfg.Limits.Connections, Refused: g.refused.Load()}
}

func (g *Gateway) leavers() []*upstream {
	g.mu.Lock()
	defer g.mu.Unlock()
	return append([]*upstream(nil), g.leaving...)
}

func (a *admission) state() wire.GatewayQueue {
	a.mu.Lock()
	defer a.mu.Unlock()
	return wire.GatewayQueue{
		InFlight: a.inside, MostInFlight: a.rule.InFlight, Depth: a.depth, Deepest: a.deepest, Size: a.rule.Size,
		LongestWait: a.rule.Wait.Seconds(), Waited: a.waited, Overflowed: a.overflowed, Expired: a.expired,
	}
}

func (r *route) state() wire.GatewayRoute {
	out := wire.GatewayRoute{Path: r.rule.Path, Host: r.rule.Host, Balance: r.rule.Balance, Retries: float64(r.budget.Load()) / oneRetry, Durations: r.took.state()}
	for _, u := range r.members {
		out.Upstreams = append(out.Upstreams, u.rule.Load().URL)
	}
	return out
}

// state is what is told of one upstream.
func (u *upstream) state(now time.Time) wire.GatewayUpstream {
	r, c, o, p, limits := u.rule.Load(), &u.counts, &u.outside, u.pool.count(), u.pool.limits()
	seen := u.candidate(now, true)
	standing, why := u.standing(now)
	out := wire.GatewayUpstream{
		URL: r.URL, State: string(standing), Why: why, Weight: r.Weight, InFlight: seen.InFlight + o.inFlight.Load(),
		Requests: u.requestCount(), Failures: c.failures.Load() + o.failures.Load(), Retries: c.retries.Load() + o.retries.Load(), Checks: c.checks.Load(), Failed: c.checksFailed.Load(),
		Durations: c.durations.state(),
		Pool: wire.GatewayPool{Open: p.open, Idle: p.idle, Waiting: p.waiting, Most: limits.Max, Dialled: p.dialled, Reused: p.reused,
			MostIdle: limits.Idle, Expiry: limits.Expiry.Seconds(), Life: limits.Life.Seconds()},
	}
	if r.Drain {
		out.State = "draining"
	}
	if seen.Ready {
		out.Current = seen.Weight
	}
	u.mu.Lock()
	out.Factor, out.WeightWhy = u.factor, u.why
	if u.unmeasured != nil && u.why != "" {
		out.Unknown = u.unmeasured.Error()
	}
	u.mu.Unlock()
	var by [6]uint64
	for i := range by {
		by[i] = c.classes[i].Load() + o.classes[i].Load()
	}
	out.Statuses = classes(by[:])
	if n, ns := u.answers(); n > 0 {
		mean := float64(ns) / 1e9 / float64(n)
		out.Latency = &mean
	}
	return out
}

// classes names counts by class of status; those of none are left out.
func classes(by []uint64) map[string]uint64 {
	out := map[string]uint64{}
	for i, n := range by {
		if n > 0 {
			out[strconv.Itoa(i)+"xx"] = n
		}
	}
	return out
}

// Requests are the seconds after one that are over.
func (g *Gateway) Requests(after int64) wire.GatewayRequests {
	now := time.Now()
	out := wire.GatewayRequests{SchemaVersion: wire.GatewayVersion, Time: now.UTC(), Seconds: []wire.GatewaySecond{}}
	for _, s := range g.tally.after(after, now.Unix()) {
		sec := wire.GatewaySecond{At: s.at, Total: s.total.wire(routeKey{}), Routes: []wire.GatewayGroup{}}
		for k, r := range s.routes {
			sec.Routes = append(sec.Routes, r.wire(k))
		}
		out.Seconds = append(out.Seconds, sec)
	}
	return out
}

func (g *group) wire(k routeKey) wire.GatewayGroup {
	return wire.GatewayGroup{
		Method: k.method, Path: k.path, Server: k.server, Count: g.count, ClientErrors: g.clientErrors, ServerErrors: g.serverErrors, Latency: packed(&g.latency),
	}
}

func packed(s *stat.Sketch) []byte { return s.AppendPacked(nil) }
