package gateway

import (
	"bytes"
	"cmp"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"mltop/internal/gateway/cache"
)

// A setup is what requests are served by: a configuration with its upstreams.
// It is never changed, a reload makes another one.
type setup struct {
	cfg    Config
	routes []*route // longest path first
	all    []*upstream
	// controls: a route sets Cache-Control.
	controls bool
	cache    *cache.Cache // nil: no route has one
}

// cacheOf is the cache of a route; nil: it has none.
func (s *setup) cacheOf(r *route) *cache.Cache {
	if !r.cached {
		return nil
	}
	return s.cache
}

// A route balances the requests below a path.
type route struct {
	rule     RouteRule
	balancer Balancer
	members  []*upstream
	weighted bool
	budget   atomic.Int64 // thousandths of a retry
	share    int64        // that each request adds
	cached   bool
	// took is what its requests took; a reload keeps it.
	took *durations
}

// maxBudget is how many retries may come at once: an upstream that dies with
// all its connections in use.
const (
	maxBudget = 200_000
	oneRetry  = 1000
)

// newSetup takes over the upstreams that it names from old, which may be nil,
// and those balancers whose route is the same.
func newSetup(cfg Config, old *setup) *setup {
	s := &setup{cfg: cfg}
	s.cfg.Routes = slices.Clone(cfg.Routes)
	for i := range s.cfg.Routes {
		s.cfg.Routes[i].Balance = cfg.balanceOf(&cfg.Routes[i])
	}
	for _, rule := range s.cfg.Routes {
		r := &route{rule: rule, weighted: rule.Balance != RoundRobin, share: int64(cfg.Retry.Budget * oneRetry), cached: cfg.caches(&rule)}
		r.balancer, r.took = old.balancerOf(rule), old.tookOf(rule)
		s.controls = s.controls || rule.Control.Value != ""
		r.budget.Store(maxBudget)
		for _, u := range rule.Upstreams {
			r.members = append(r.members, s.member(u, old))
		}
		s.routes = append(s.routes, r)
	}
	slices.SortStableFunc(s.routes, func(a, b *route) int {
		return cmp.Or(cmp.Compare(len(b.rule.Path), len(a.rule.Path)), cmp.Compare(len(b.rule.Host), len(a.rule.Host)))
	})
	return s
}

func (s *setup) balancerOf(rule RouteRule) Balancer {
	if s != nil {
		for _, r := range s.routes {
			if r.rule.Path == rule.Path && r.rule.Host == rule.Host && r.rule.Balance == rule.Balance {
				return r.balancer
			}
		}
	}
	return newBalancer(rule.Balance)
}

// tookOf is what the requests of a rule's route took so far.
func (s *setup) tookOf(rule RouteRule) *durations {
	if s != nil {
		for _, r := range s.routes {
			if r.rule.Path == rule.Path && r.rule.Host == rule.Host {
				return r.took
			}
		}
	}
	return &durations{}
}

// member is the upstream of a rule, the same one for all routes that name it.
func (s *setup) member(rule UpstreamRule, old *setup) *upstream {
	u := find(s.all, rule.URL)
	if u != nil {
		return u
	}
	if old != nil {
		u = find(old.all, rule.URL)
	}
	if u == nil || u.gone.Load() {
		u = newUpstream(rule, s.cfg.Health)
	}
	s.all = append(s.all, u)
	return u
}

// adopt puts the rules of the setup into force for its upstreams.
func (s *setup) adopt() {
	for _, r := range s.routes {
		for i, u := range r.members {
			u.rule.Store(&r.rule.Upstreams[i])
		}
	}
	for _, u := range s.all {
		u.pool.follow(s.cfg.Pool)
		u.mu.Lock()
		u.health.rule = s.cfg.Health
		if !s.cfg.Weights.On {
			u.factor, u.why = 1, ""
		}
		u.mu.Unlock()
	}
}

func find(us []*upstream, url string) *upstream {
	for _, u := range us {
		if u.rule.Load().URL == url {
			return u
		}
	}
	return nil
}

// route finds the one for a normal path; nil if there is none.
func (s *setup) route(host, path []byte) *route {
	for _, r := range s.routes {
		if !under(path, r.rule.Path) {
			continue
		}
		if r.rule.Host == "" || strings.EqualFold(hostOnly(string(host)), r.rule.Host) || strings.EqualFold(string(host), r.rule.Host) {
			return r
		}
	}
	return nil
}

// under reports whether path is prefix or lies below it: /api has /api/x and
// not /apis.
func under(path []byte, prefix string) bool {
	if prefix == "/" {
		return true
	}
	if !bytes.HasPrefix(path, []byte(prefix)) {
		return false
	}
	return len(path) == len(prefix) || prefix[len(prefix)-1] == '/' || path[len(prefix)] == '/'
}

// fewUpstreams have their candidates in a room of the exchange.
const fewUpstreams = 8

// pick takes an upstream for a request and claims it. Those tried already are
// taken only when no other is ready. nil: none is.
func (r *route) pick(few *[fewUpstreams]Candidate, key uint64, tried []*upstream, now time.Time) (u *upstream, trial bool) {
	// A trial may be taken by another request meanwhile: then it is looked once
	// more, without it.
	for range len(r.members) + 1 {
		cs := r.candidates(few[:0], tried, now)
		i := r.balancer.Pick(cs, key)
		if i < 0 {
			return nil, false
		}
		if trial, ok := r.members[i].begin(now); ok {
			return r.members[i], trial
		}
	}
	return nil, false
}

func (r *route) candidates(cs []Candidate, tried []*upstream, now time.Time) []Candidate {
	fresh, unchecked := 0, 0
	for _, u := range r.members {
		c := u.candidate(now, r.weighted)
		if c.Ready && !slices.Contains(tried, u) {
			fresh++
		}
		cs = append(cs, c)
	}
	for i, u := range r.members {
		if fresh > 0 && slices.Contains(tried, u) {
			cs[i].Ready = false
		}
		if cs[i].Ready {
			unchecked++
		}
	}
	if unchecked == 0 {
		r.beforeChecks(cs, now)
	}
	return cs
}

// beforeChecks lets requests go where nothing is known yet, when nothing is
// known to be well: at the start.
func (r *route) beforeChecks(cs []Candidate, now time.Time) {
	for i, u := range r.members {
		if s, _ := u.standing(now); s == Unchecked && !u.rule.Load().Drain && !u.gone.Load() {
			cs[i].Ready = true
		}
	}
}

// earn adds to the budget of retries for a request.
func (r *route) earn() {
	if r.budget.Load() < maxBudget {
		r.budget.Add(r.share)
	}
}

// spend takes one retry from the budget, if it has one.
func (r *route) spend() bool {
	if r.budget.Add(-oneRetry) >= 0 {
		return true
	}
	r.budget.Add(oneRetry)
	return false
}

// mayEject says whether one more upstream may be ejected: of all, no more
// than the share that the rule allows, and never the last one.
func (s *setup) mayEject(now time.Time) bool {
	out := 1
	for _, u := range s.all {
		if st, _ := u.standing(now); st == Ejected || st == Down {
			out++
		}
	}
	return out < len(s.all) && float64(out) <= max(1, s.cfg.Health.MostEjected*float64(len(s.all)))
}

// trusts reports whether a peer's forwarded headers count.
func (s *setup) trusts(a netip.Addr) bool {
	for _, p := range s.cfg.Trusted {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
