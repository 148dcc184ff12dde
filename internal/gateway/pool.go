package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// A PoolRule is how connections to an upstream are kept.
type PoolRule struct {
	Max     int           // at once; further requests wait for one
	Idle    int           // kept when nobody needs them
	Expiry  time.Duration // an idle one is closed after
	Life    time.Duration // and every one after; 0: never
	Connect time.Duration // the longest wait for one
}

// A pool keeps the idle connections to one upstream, the newest on top.
type pool struct {
	mu      sync.Mutex
	rule    PoolRule
	idle    []*upconn
	open    int
	waiting []chan struct{}
	closed  bool
	dialled uint64
	reused  uint64
	where   whereabouts
}

// An upconn is one connection to an upstream.
type upconn struct {
	net.Conn
	in    inflow
	out   outflow
	born  time.Time
	since time.Time // idle
	used  bool      // it has answered before
	spare [1]byte   // for what comes unasked
}

// errPoolFull is no fault of the upstream's.
var errPoolFull = errors.New("all connections to the upstream are in use")

// get answers an idle connection, or opens one. fresh: no idle one.
func (p *pool) get(r *UpstreamRule, t *tls.Config, fresh bool, now time.Time) (*upconn, error) {
	var deadline time.Time
	for ; ; now = time.Now() {
		c, wait := p.claim(fresh, now)
		if c != nil {
			return c, nil
		}
		if deadline.IsZero() {
			deadline = now.Add(p.limits().Connect)
		}
		if wait == nil {
			return p.open1(r, t, deadline)
		}
		if !waitUntil(wait, deadline) {
			p.forget(wait)
			return nil, errPoolFull
		}
	}
}

func (p *pool) limits() PoolRule {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rule
}

// claim takes an idle connection, or leave to open one, or a place in the
// line of those who wait.
func (p *pool) claim(fresh bool, now time.Time) (*upconn, chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for n := len(p.idle); n > 0 && !fresh; n = len(p.idle) {
		c := p.idle[n-1]
		p.idle[n-1], p.idle = nil, p.idle[:n-1]
		if !p.expired(c, now) {
			p.reused++
			return c, nil
		}
		p.drop(c)
	}
	if p.rule.Max > 0 && p.open >= p.rule.Max && !p.makeRoom() {
		wait := make(chan struct{})
		p.waiting = append(p.waiting, wait)
		return nil, wait
	}
	p.open++
	p.dialled++
	return nil, nil
}

// makeRoom closes an idle connection where all there may be are open.
func (p *pool) makeRoom() bool {
	if len(p.idle) == 0 {
		return false
	}
	c := p.idle[0]
	p.idle = p.idle[1:]
	p.drop(c)
	return true
}

func (p *pool) expired(c *upconn, now time.Time) bool {
	return now.Sub(c.since) > p.rule.Expiry || p.rule.Life > 0 && now.Sub(c.born) > p.rule.Life
}

func (p *pool) open1(r *UpstreamRule, t *tls.Config, deadline time.Time) (*upconn, error) {
	c, err := p.where.dial(r.Address, t, deadline)
	if err != nil {
		p.mu.Lock()
		p.open--
		p.next()
		p.mu.Unlock()
		return nil, err
	}
	u := &upconn{Conn: c, born: time.Now()}
	u.in.conn, u.out.conn = c, c
	return u, nil
}

// dial opens a connection, and begins TLS where t is not nil.
func (w *whereabouts) dial(address string, t *tls.Config, deadline time.Time) (net.Conn, error) {
	ctx, cancel := context.WithDeadline(context.Background(), deadline)
	defer cancel()
	c, err := w.connect(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", shortly(err))
	}
	c = quicken(c)
	if t == nil {
		return c, nil
	}
	s := tls.Client(c, t)
	if err := s.HandshakeContext(ctx); err != nil {
		c.Close()
		return nil, fmt.Errorf("shake hands: %w", shortly(err))
	}
	return s, nil
}

// put gives a connection back, to be used again or not.
func (p *pool) put(c *upconn, again bool) {
	now := since(c.born)
	p.mu.Lock()
	defer p.mu.Unlock()
	c.since = now
	if !again || p.closed || c.in.waiting() || len(p.idle) >= p.rule.Idle || p.expired(c, now) {
		p.drop(c)
		return
	}
	c.used = true
	p.idle = append(p.idle, c)
	p.next()
}

// drop closes a connection; the caller holds the lock.
func (p *pool) drop(c *upconn) {
	c.Close()
	p.open--
	p.next()
}

// next wakes the one who waits longest.
func (p *pool) next() {
	if len(p.waiting) > 0 {
		close(p.waiting[0])
		p.waiting = p.waiting[1:]
	}
}

// forget leaves the line; one that was woken wakes the next instead.
func (p *pool) forget(wait chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, w := range p.waiting {
		if w == wait {
			p.waiting = append(p.waiting[:i], p.waiting[i+1:]...)
			return
		}
	}
	p.next()
}

// prune closes what is idle too long.
func (p *pool) prune(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	kept := p.idle[:0]
	for _, c := range p.idle {
		if p.expired(c, now) {
			p.drop(c)
		} else {
			kept = append(kept, c)
		}
	}
	clear(p.idle[len(kept):])
	p.idle = kept
}

// flush closes all idle connections: their other end is gone.
func (p *pool) flush() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.idle {
		p.drop(c)
	}
	p.idle = nil
}

func (p *pool) close() {
	p.flush()
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
}

func (p *pool) follow(r PoolRule) {
	p.mu.Lock()
	p.rule = r
	p.mu.Unlock()
}

// A poolCount is what a pool holds.
type poolCount struct {
	open, idle, waiting int
	dialled, reused     uint64
}

func (p *pool) count() poolCount {
	p.mu.Lock()
	defer p.mu.Unlock()
	return poolCount{p.open, len(p.idle), len(p.waiting), p.dialled, p.reused}
}

func waitUntil(c chan struct{}, deadline time.Time) bool {
	timer := time.NewTimer(time.Until(deadline))
	defer timer.Stop()
	select {
	case <-c:
		return true
	case <-timer.C:
		return false
	}
}
