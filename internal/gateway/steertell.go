package gateway

import (
	"sync"

	"mltop/internal/gateway/haproxy"
	"mltop/internal/wire"
)

// A haproxyTold is what others see of a steering.
type haproxyTold struct {
	mu       sync.Mutex
	state    *wire.GatewayHAProxy // never changed, only replaced
	requests uint64
	classes  [6]uint64
	said     map[string]string
}

func (t *haproxyTold) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.state, t.said = nil, map[string]string{}
}

// isNew reports whether a text differs from the last one of its kind.
func (t *haproxyTold) isNew(kind, text string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	was := t.said[kind]
	t.said[kind] = text
	return was != text
}

func (t *haproxyTold) count(d *haproxy.Counts) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.requests += d.Answered()
	for i, n := range d.Classes {
		t.classes[i] += n
	}
}

// now is the state, and what passed through HAProxy so far.
func (t *haproxyTold) now() (state *wire.GatewayHAProxy, requests uint64, by [6]uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.state, t.requests, t.classes
}

// miss tells that HAProxy does not answer; the rest is as it was.
func (t *haproxyTold) miss(s *steering) {
	t.mu.Lock()
	defer t.mu.Unlock()
	next := wire.GatewayHAProxy{Socket: s.rule.Socket, Backend: s.rule.Backend, Servers: []wire.GatewayServer{}}
	if t.state != nil {
		next = *t.state
	}
	since := s.since.UTC()
	next.Error, next.AwaySince = s.away, &since
	t.state = &next
}

// tell puts together what was read and what was set.
func (t *haproxyTold) tell(s *steering, w haproxy.World, p *haproxy.Plan) {
	next := &wire.GatewayHAProxy{
		Socket: s.rule.Socket, Backend: s.rule.Backend, Version: w.Version, PID: w.PID, Orders: s.keeper.Orders, Drifts: s.keeper.Drifts,
		Servers: []wire.GatewayServer{}, Strange: p.Strange, Missing: p.Missing, Open: p.Open,
	}
	for i := range w.Servers {
		srv := &w.Servers[i]
		if p.Of[srv.Key] == "" {
			continue
		}
		next.Servers = append(next.Servers, serverTold(s, srv, p))
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.state = next
}

func serverTold(s *steering, srv *haproxy.Server, p *haproxy.Plan) wire.GatewayServer {
	out := wire.GatewayServer{
		Server: srv.String(), Upstream: p.Of[srv.Key], Status: srv.Status, Weight: srv.Weight, Held: p.Held[srv.Key], Error: s.keeper.Wrong(srv.Key),
		Sessions: srv.Sessions, Queue: srv.Queue, Requests: srv.Total, Failures: srv.Failures, Retries: srv.Retries,
		Statuses: classes(srv.Classes[:]), Response: srv.Response,
	}
	if to, ok := p.Settings[srv.Key]; ok {
		out.Weight, out.State = to.Weight, to.State
	}
	return out
}
