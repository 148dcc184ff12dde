package gateway

import (
	"context"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"mltop/internal/gateway/haproxy"
)

// A HAProxyRule names a running HAProxy that follows the gateway's decisions.
type HAProxyRule struct {
	Socket  string // of its runtime API, path or HOST:PORT; "": there is none
	Backend string // "": every one that has an upstream in it
}

// A steering is what is known of the HAProxy that is steered. One goroutine
// owns all but told.
type steering struct {
	rule   HAProxyRule
	keeper *haproxy.Keeper
	seen   haproxyLook
	away   string // why the last look failed; "": it did not
	since  time.Time
	names  map[string]resolved
	told   haproxyTold
}

// A resolved name is asked for again after resolvedFor.
type resolved struct {
	at    time.Time
	addrs []netip.Addr
}

const (
	steerEvery  = time.Second
	resolvedFor = 30 * time.Second
	// restoreLimit bounds what a stop waits for a HAProxy that hangs.
	restoreLimit = 5 * time.Second
)

// steer lets a HAProxy follow, again and again, and puts its servers back at
// the end.
func (g *Gateway) steer() {
	t := &g.steering
	t.names = map[string]resolved{}
	tick := time.NewTicker(steerEvery)
	defer tick.Stop()
	for {
		s := g.setup.Load()
		g.followRule(s.cfg.HAProxy)
		if t.keeper != nil {
			g.steerOnce(s)
		}
		select {
		case <-g.background.Done():
			g.followRule(HAProxyRule{})
			return
		case <-tick.C:
		}
	}
}

// followRule leaves one HAProxy as it was, and turns to another.
func (g *Gateway) followRule(rule HAProxyRule) {
	t := &g.steering
	if rule == t.rule {
		return
	}
	if t.keeper != nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(g.background), restoreLimit)
		defer cancel()
		if err := t.keeper.Restore(ctx); err != nil {
			g.Note(err.Error())
		} else {
			g.Note("haproxy's servers are as they were before")
		}
	}
	t.rule, t.keeper, t.seen, t.away = rule, nil, haproxyLook{}, ""
	if rule.Socket != "" {
		t.keeper = haproxy.NewKeeper(haproxy.Socket(rule.Socket), rule.Backend)
	}
	t.told.forget()
}

// steerOnce reads, takes in what was counted, and has set what is decided.
func (g *Gateway) steerOnce(s *setup) {
	t := &g.steering
	w, err := t.keeper.Socket.Look(g.background)
	if g.background.Err() != nil {
		return
	}
	if err != nil {
		g.haproxyAway(err)
		return
	}
	if t.away != "" {
		t.away = ""
		g.Note("haproxy answers again")
	}
	of := t.matches(g.background, s)
	g.feed(s, w, of)
	plan, notes := t.keeper.Push(g.background, w, s.wants(time.Now(), of))
	for _, n := range notes {
		g.Note(n)
	}
	g.tellMapping(&plan)
	t.told.tell(t, w, &plan)
}

func (g *Gateway) haproxyAway(err error) {
	t := &g.steering
	if t.away == "" {
		t.since = time.Now()
		g.Note(err.Error() + "; it keeps what was set, and is looked for every second")
	}
	t.away = err.Error()
	t.told.miss(t)
}

// tellMapping says once what belongs to nothing.
func (g *Gateway) tellMapping(p *haproxy.Plan) {
	for _, what := range []struct {
		list []string
		text string
	}{
		{p.Strange, "at haproxy there are servers that are no upstream, they are left alone: "},
		{p.Missing, "of these upstreams haproxy has no server: "},
		{p.Open, "all upstreams are sick as seen from here, so haproxy's own checks decide alone in: "},
	} {
		text := what.text + strings.Join(what.list, ", ")
		if g.steering.told.isNew(what.text, text) && len(what.list) > 0 {
			g.Note(text)
		}
	}
}

// A match says whether a server of HAProxy is an upstream.
type match func(*haproxy.Server) bool

// matches finds servers by address: the upstream's own, or that of its name.
func (t *steering) matches(ctx context.Context, s *setup) map[*upstream]match {
	out := make(map[*upstream]match, len(s.all))
	for _, u := range s.all {
		r := u.rule.Load()
		host, portText, err := net.SplitHostPort(r.Address)
		port, err2 := strconv.ParseUint(portText, 10, 16)
		if err != nil || err2 != nil {
			continue // ParseUpstream lets none of these through
		}
		addrs := t.lookUp(ctx, host)
		out[u] = func(s *haproxy.Server) bool { return isServer(s, host, uint16(port), addrs) }
	}
	return out
}

func isServer(s *haproxy.Server, host string, port uint16, addrs []netip.Addr) bool {
	if s.Address.Port() != port {
		return false
	}
	if s.FQDN != "" && strings.EqualFold(s.FQDN, host) {
		return true
	}
	for _, a := range addrs {
		if a.Unmap() == s.Address.Addr() {
			return true
		}
	}
	return false
}

func (t *steering) lookUp(ctx context.Context, host string) []netip.Addr {
	if a, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{a}
	}
	known, ok := t.names[host]
	if ok && time.Since(known.at) < resolvedFor {
		return known.addrs
	}
	ctx, cancel := context.WithTimeout(ctx, steerEvery)
	defer cancel()
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		addrs = known.addrs // it was right a moment ago
	}
	t.names[host] = resolved{time.Now(), addrs}
	return addrs
}

// wants are the decisions, in the order of the upstreams.
func (s *setup) wants(now time.Time, of map[*upstream]match) []haproxy.Want {
	largest := 0.0
	for _, u := range s.all {
		largest = max(largest, u.rule.Load().Weight)
	}
	out := make([]haproxy.Want, 0, len(s.all))
	for _, u := range s.all {
		if of[u] == nil {
			continue
		}
		r := u.rule.Load()
		w := haproxy.Want{Upstream: r.URL, State: stateFor(u, r, now), Is: of[u]}
		if largest > 0 {
			w.Weight = u.candidate(now, true).Weight / largest
		}
		if st, _ := u.standing(now); st == Trial {
			w.Weight = 0 // the least that there is
		}
		out = append(out, w)
	}
	return out
}

func stateFor(u *upstream, r *UpstreamRule, now time.Time) string {
	standing, _ := u.standing(now)
	switch {
	case r.Drain:
		return haproxy.Drain
	case standing == Unchecked:
		return ""
	case standing == Down || standing == Ejected:
		return haproxy.Maint
	}
	return haproxy.Ready
}
