package gateway

import (
	"sync"
	"time"

	"mltop/internal/stat"
)

// A tally counts what passes, by second and by route.
type tally struct {
	shards [tallyShards]shard
	mu     sync.Mutex
	whys   map[string]uint64 // refusals, by reason
}

// tallyShards keep connections from waiting for one lock.
const tallyShards = 8

// A shard is one part of the tally.
type shard struct {
	mu      sync.Mutex
	seconds []second // the newest last
	totals  totals
	_       [64]byte // a cache line between two locks
}

// totals are since the start.
type totals struct {
	requests uint64
	classes  [6]uint64
	seconds  float64
	bytes    uint64
}

// A second is what was answered in one.
type second struct {
	at     int64 // Unix
	total  group
	routes map[routeKey]*group
}

// A routeKey names a route by method and path, or a server of HAProxy's, which
// does not tell routes.
type routeKey struct{ method, path, server string }

// A group counts requests.
type group struct {
	count, clientErrors, serverErrors uint64
	latency                           stat.Sketch
}

func (g *group) add(status int, v stat.Value) {
	g.note(status)
	g.latency.AddValue(v)
}

// note counts a request whose time is no route's.
func (g *group) note(status int) {
	g.count++
	switch {
	case status >= 500:
		g.serverErrors++
	case status >= 400:
		g.clientErrors++
	}
}

func (g *group) merge(o *group) {
	g.count += o.count
	g.clientErrors += o.clientErrors
	g.serverErrors += o.serverErrors
	g.latency.Merge(&o.latency)
}

// What is kept for who asks: a dashboard asks every second, a slow one
// catches up. Beyond so many routes in a second and shard, others are one.
const (
	keptSeconds = 30
	mostRoutes  = 100
)

// otherRoute is all routes beyond mostRoutes; refusedRoute is what was not
// taken for its head: what it says of its route is in doubt, and how long it
// took is its client's.
var (
	otherRoute   = routeKey{path: "other"}
	refusedRoute = routeKey{path: "refused"}
)

// count notes an exchange that has ended.
func (t *tally) count(r *report, now time.Time) {
	s := &t.shards[uint64(now.UnixNano()>>10)%tallyShards]
	v := stat.NewValue(r.took.Seconds())
	key := routeKey{method: r.method, path: r.path}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.totals.requests++
	s.totals.classes[min(max(r.status/100, 0), 5)]++
	s.totals.seconds += r.took.Seconds()
	s.totals.bytes += uint64(r.sent)
	at := s.at(now.Unix())
	at.total.add(r.status, v)
	at.route(key).add(r.status, v)
}

// turnAway notes a request that was answered and not taken.
func (t *tally) turnAway(status int, now time.Time) {
	s := &t.shards[uint64(now.UnixNano()>>10)%tallyShards]
	s.mu.Lock()
	defer s.mu.Unlock()
	s.totals.requests++
	s.totals.classes[min(max(status/100, 0), 5)]++
	at := s.at(now.Unix())
	at.total.note(status)
	at.route(refusedRoute).note(status)
}

// countOutside notes what HAProxy counted at a server since the look before.
// What single ones took it does not tell: there are none of their times.
func (t *tally) countOutside(now time.Time, server string, answered, clientErrors, serverErrors uint64) {
	if answered == 0 {
		return
	}
	s := &t.shards[0]
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.at(now.Unix())
	for _, g := range []*group{&at.total, at.route(routeKey{server: server})} {
		g.merge(&group{count: answered, clientErrors: clientErrors, serverErrors: serverErrors})
	}
}

// lateBy is how long who counts may have been held up. More is a clock that was
// set back.
const lateBy = 10

// at is the second of a time; one that is over already is not opened again.
// Behind a clock that was set back the seconds begin anew.
func (s *shard) at(unix int64) *second {
	if n := len(s.seconds); n > 0 && s.seconds[n-1].at >= unix {
		if s.seconds[n-1].at <= unix+lateBy {
			return &s.seconds[n-1]
		}
		s.seconds = s.seconds[:0]
	}
	if len(s.seconds) == keptSeconds {
		copy(s.seconds, s.seconds[1:])
		s.seconds = s.seconds[:keptSeconds-1]
	}
	s.seconds = append(s.seconds, second{at: unix, routes: map[routeKey]*group{}})
	return &s.seconds[len(s.seconds)-1]
}

func (s *second) route(key routeKey) *group {
	g := s.routes[key]
	if g != nil {
		return g
	}
	if len(s.routes) >= mostRoutes {
		key = otherRoute
		if g := s.routes[key]; g != nil {
			return g
		}
	}
	g = &group{}
	s.routes[key] = g
	return g
}

// after answers the seconds after one that are over by now, the oldest first.
func (t *tally) after(unix, now int64) []second {
	var out []second
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		for j := range s.seconds {
			if at := s.seconds[j].at; at > unix && at < now {
				out = mergeSecond(out, &s.seconds[j])
			}
		}
		s.mu.Unlock()
	}
	return out
}

// mergeSecond adds a second to a list in order.
func mergeSecond(to []second, s *second) []second {
	i := 0
	for i < len(to) && to[i].at < s.at {
		i++
	}
	if i == len(to) || to[i].at != s.at {
		to = append(to, second{})
		copy(to[i+1:], to[i:])
		to[i] = second{at: s.at, routes: map[routeKey]*group{}}
	}
	to[i].total.merge(&s.total)
	for k, g := range s.routes {
		if to[i].routes[k] == nil {
			to[i].routes[k] = &group{}
		}
		to[i].routes[k].merge(g)
	}
	return to
}

// total is what passed since the start.
func (t *tally) total() totals {
	var sum totals
	for i := range t.shards {
		s := &t.shards[i]
		s.mu.Lock()
		sum.requests += s.totals.requests
		sum.seconds += s.totals.seconds
		sum.bytes += s.totals.bytes
		for c, n := range s.totals.classes {
			sum.classes[c] += n
		}
		s.mu.Unlock()
	}
	return sum
}

// refuse notes a request that was not taken.
func (t *tally) refuse(r *refusal) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.whys == nil {
		t.whys = map[string]uint64{}
	}
	t.whys[r.why]++
}

// refusals are those so far, by reason.
func (t *tally) refusals() map[string]uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	out := make(map[string]uint64, len(t.whys))
	for k, v := range t.whys {
		out[k] = v
	}
	return out
}
