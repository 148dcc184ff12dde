package gateway

import (
	"crypto/tls"
	"sync"
	"sync/atomic"
	"time"
)

// An UpstreamRule is what a configuration says of one upstream.
type UpstreamRule struct {
	URL     string
	Address string // host:port
	TLS     bool
	Weight  float64
	PID     int    // of its process on this machine; 0: unknown
	Metrics string // path of its Prometheus metrics; "": none
	Drain   bool
}

// An upstream is a server behind the gateway. It outlives a reload that names
// it again.
type upstream struct {
	id   uint64
	rule atomic.Pointer[UpstreamRule]
	tls  *tls.Config
	pool pool

	mu     sync.Mutex
	health health
	factor float64 // of the weight, from metrics
	why    string  // of the factor, in words
	told   float64 // the factor of the last event
	// refusedAt is when it was last told that an answer was refused.
	refusedAt time.Time
	// unmeasured is why its process is not known.
	unmeasured error

	trying   atomic.Bool // the request on trial is under way
	gone     atomic.Bool // taken out: it finishes what it has
	inFlight atomic.Int64
	counts   counts
	outside  outside
}

// counts only rise.
type counts struct {
	requests, failures, retries atomic.Uint64 // retries: requests that came from elsewhere
	classes                     [6]atomic.Uint64
	nanoseconds                 atomic.Uint64 // until the head of the answer
	answered                    atomic.Uint64
	received, sent              atomic.Uint64 // bytes of bodies, of and to the upstream
	checks, checksFailed        atomic.Uint64
	durations                   durations // until the head of the answer
}

// outside is what another proxy sent to the upstream: a HAProxy that follows.
type outside struct {
	counts
	inFlight atomic.Int64
}

// requestCount is all that went to the upstream.
func (u *upstream) requestCount() uint64 { return u.counts.requests.Load() + u.outside.requests.Load() }

// answers are all that it gave, and what they took together.
func (u *upstream) answers() (n, nanoseconds uint64) {
	return u.counts.answered.Load() + u.outside.answered.Load(), u.counts.nanoseconds.Load() + u.outside.nanoseconds.Load()
}

func newUpstream(r UpstreamRule, h HealthRule) *upstream {
	u := &upstream{id: hashOf(r.URL), factor: 1, told: 1, health: health{rule: h}}
	u.rule.Store(&r)
	if r.TLS {
		u.tls = &tls.Config{ServerName: hostOnly(r.Address), NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS12}
	}
	return u
}

// candidate is the upstream as a balancer sees it. weighted says whether
// weights count: those of the configuration and of the metrics.
func (u *upstream) candidate(now time.Time, weighted bool) Candidate {
	r := u.rule.Load()
	u.mu.Lock()
	standing, weight := u.health.standing(now), u.health.ramp(now)
	if weighted {
		weight *= r.Weight * u.factor
	}
	u.mu.Unlock()
	c := Candidate{ID: u.id, Weight: weight, InFlight: u.inFlight.Load()}
	switch {
	case r.Drain || u.gone.Load():
	case standing == Up || standing == Starting:
		c.Ready = true
	case standing == Trial:
		c.Ready = !u.trying.Load()
	}
	return c
}

// standing is where the upstream stands, and why.
func (u *upstream) standing(now time.Time) (Standing, string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.health.standing(now), u.health.why
}

// begin claims the upstream for a request; false when its trial has begun
// meanwhile.
func (u *upstream) begin(now time.Time) (trial, ok bool) {
	u.mu.Lock()
	trial = u.health.standing(now) == Trial
	u.mu.Unlock()
	if trial && !u.trying.CompareAndSwap(false, true) {
		return false, false
	}
	u.inFlight.Add(1)
	u.counts.requests.Add(1)
	return trial, true
}

func (u *upstream) end(trial bool) {
	u.inFlight.Add(-1)
	if trial {
		u.trying.Store(false)
	}
}

// served notes an answer, and what it changed.
func (u *upstream) served(status int, took time.Duration, now time.Time) string {
	u.counts.classes[min(status/100, 5)].Add(1)
	u.counts.nanoseconds.Add(uint64(took))
	u.counts.answered.Add(1)
	u.counts.durations.add(took)
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.health.failed == 0 && !u.health.ejected {
		return ""
	}
	return u.health.served(now)
}

// hostOnly is an address without its port.
func hostOnly(address string) string {
	for i := len(address) - 1; i >= 0; i-- {
		if address[i] == ':' {
			return trimBrackets(address[:i])
		}
	}
	return address
}

func trimBrackets(s string) string {
	if len(s) > 1 && s[0] == '[' && s[len(s)-1] == ']' {
		return s[1 : len(s)-1]
	}
	return s
}
