package gateway

import (
	"errors"
	"time"

	"mltop/internal/gateway/haproxy"
)

// A haproxyLook is what HAProxy had counted at a look.
type haproxyLook struct {
	at     time.Time
	pid    int
	counts map[haproxy.Key]haproxy.Counts
}

// since is what a server counted since the look before. A process that began
// meanwhile counts from nothing; what a server had before mltop came is not
// of this gateway's time.
func (l *haproxyLook) since(pid int, s *haproxy.Server) haproxy.Counts {
	before, ok := l.counts[s.Key]
	switch {
	case l.counts == nil:
		return haproxy.Counts{}
	case l.pid != pid || !ok || s.Total < before.Total:
		return s.Counts
	}
	d := s.Counts
	d.Total -= before.Total
	d.Failures -= min(before.Failures, d.Failures)
	d.Retries -= min(before.Retries, d.Retries)
	for i := range d.Classes {
		d.Classes[i] -= min(before.Classes[i], d.Classes[i])
	}
	return d
}

// errAtHAProxy is what holds against an upstream whose requests failed there.
var errAtHAProxy = errors.New("haproxy got no answer from it")

// feed takes in what passed through HAProxy: the same counts as those of the
// gateway's own requests, and the same conclusions.
func (g *Gateway) feed(s *setup, w haproxy.World, of map[*upstream]match) {
	t := &g.steering
	next := haproxyLook{at: time.Now(), pid: w.PID, counts: make(map[haproxy.Key]haproxy.Counts, len(w.Servers))}
	under := map[*upstream]int64{}
	for i := range w.Servers {
		srv := &w.Servers[i]
		next.counts[srv.Key] = srv.Counts
		if t.rule.Backend != "" && srv.Backend != t.rule.Backend {
			continue
		}
		for _, u := range s.all {
			if of[u] != nil && of[u](srv) {
				under[u] += srv.Sessions
				g.feedOne(s, u, srv.Key.String(), t.seen.since(w.PID, srv))
				break
			}
		}
	}
	for _, u := range s.all {
		u.outside.inFlight.Store(under[u])
	}
	t.seen = next
}

// feedOne takes in what one server counted since the look before.
func (g *Gateway) feedOne(s *setup, u *upstream, server string, d haproxy.Counts) {
	o := &u.outside
	o.requests.Add(d.Total)
	o.failures.Add(d.Failures)
	o.retries.Add(d.Retries)
	for i, n := range d.Classes {
		o.classes[i].Add(n)
	}
	g.steering.told.count(&d)
	g.tally.countOutside(time.Now(), server, d.Answered(), d.Classes[4], d.Classes[5])
	if n := d.Answered(); n > 0 && d.Response != nil {
		o.answered.Add(n)
		o.nanoseconds.Add(uint64(*d.Response * 1e9 * float64(n)))
	}
	switch {
	case d.Answered() > 0:
		u.mu.Lock()
		text := u.health.served(time.Now())
		u.mu.Unlock()
		g.events.add(u, text)
	case d.Failures > 0:
		for range min(d.Failures, uint64(s.cfg.Health.Failures)) {
			g.holdAgainst(s, u, errAtHAProxy)
		}
	}
}
