package cache

import (
	"context"
	"encoding/hex"
	"errors"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// A remote is the level behind memory. All but reading is done by one loop
// behind the requests' backs; while Redis is away nothing is asked of it.
type remote struct {
	rule   RedisRule
	client *redis.Client
	behind *redis.Client // the same, with the loop's patience
	tell   func(string)
	up     atomic.Bool
	why    atomic.Pointer[string] // it is away
	wake   chan struct{}
	ctx    context.Context
	cancel context.CancelFunc
	done   chan struct{}

	dropped, errors atomic.Uint64
	full            bool // it takes nothing new; the loop's

	mu    sync.Mutex
	queue []order
	bytes int
	anew  uint64 // how often the queue was begun anew
}

// An order is to be carried out in Redis, in its turn.
type order struct {
	uri   Key
	node  *node // nil: forget
	entry *Entry
	which func(*ID) bool // forget all that match
}

// Of what waits for Redis so much is kept; more to be kept is dropped, more
// to be forgotten forgets everything.
const (
	mostQueued     = 64 << 20
	mostForgotten  = 10_000
	mostConnectors = 16
)

// ParseRedis checks the URL of a Redis. It may hold a password: no error says
// more than what is wrong.
func ParseRedis(url string) (string, error) {
	_, err := redis.ParseURL(url)
	if err != nil {
		return "", errors.New("it is no URL of a Redis: redis://127.0.0.1:6379/0 is")
	}
	return url, nil
}

// newRemote is nil without a URL.
func newRemote(r RedisRule, tell func(string)) (*remote, error) {
	if r.URL == "" {
		return nil, nil
	}
	o, err := redis.ParseURL(r.URL)
	if err != nil {
		_, err = ParseRedis(r.URL)
		return nil, err
	}
	logging.Disable() // what goes wrong is said here, and not on a screen that is somebody's
	o.MaxRetries, o.DialerRetries, o.Protocol, o.DisableIdentity = -1, 1, 2, true
	o.DialTimeout, o.ReadTimeout, o.WriteTimeout, o.PoolTimeout = r.Timeout, r.Timeout, r.Timeout, r.Timeout
	o.ContextTimeoutEnabled, o.PoolSize = true, mostConnectors
	o.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	m := &remote{rule: r, client: redis.NewClient(o), tell: tell, wake: make(chan struct{}, 1), done: make(chan struct{})}
	m.behind = m.client.WithTimeout(loopPatience)
	m.ctx, m.cancel = context.WithCancel(context.Background())
	m.away(errors.New("it was not asked yet"))
	go m.run()
	return m, nil
}

func (m *remote) close() {
	if m == nil {
		return
	}
	m.cancel()
	<-m.done
	m.client.Close() //nolint:errcheck // nothing is left to be lost
}

func (m *remote) away(err error) bool {
	why := shortly(err)
	m.why.Store(&why)
	return m.up.CompareAndSwap(true, false)
}

// fail notes that Redis did not do what was asked of it.
func (m *remote) fail(err error) {
	if m.ctx.Err() != nil {
		return
	}
	m.errors.Add(1)
	if m.away(err) {
		m.tell("Redis is away, answers come from memory and the upstreams: " + shortly(err))
		m.nudge()
	}
}

// shortly is an error without addresses.
func shortly(err error) string {
	var n net.Error
	var no syscall.Errno
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded), errors.As(err, &n) && n.Timeout():
		return "it takes too long"
	case errors.As(err, &no):
		return no.Error()
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	return text
}

func (m *remote) nudge() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

func (m *remote) nodeKey(k Key) string  { return m.rule.Prefix + ":n:" + hex.EncodeToString(k[:]) }
func (m *remote) entryKey(k Key) string { return m.rule.Prefix + ":a:" + hex.EncodeToString(k[:]) }

// A session is what one request asks of Redis, within one limit of time.
type session struct {
	m  *remote
	by time.Time
}

func (m *remote) session() session { return session{m: m} }

// get is a value; nil where there is none, or nobody to ask.
func (s *session) get(key func(*remote) string) []byte {
	if s.m == nil || !s.m.up.Load() {
		return nil
	}
	if s.by.IsZero() {
		s.by = time.Now().Add(s.m.rule.Timeout)
	}
	ctx, cancel := context.WithDeadline(s.m.ctx, s.by)
	defer cancel()
	v, err := s.m.client.Get(ctx, key(s.m)).Bytes()
	if redis.HasErrorPrefix(err, "WRONGTYPE") {
		return nil // somebody else's
	}
	if err != nil && !errors.Is(err, redis.Nil) {
		s.m.fail(err)
		return nil
	}
	return v
}

// node is that of a URI, unless it is to be forgotten.
func (s *session) node(uri Key, now time.Time) *node {
	v := s.get(func(m *remote) string { return m.nodeKey(uri) })
	if v == nil {
		return nil
	}
	n, err := decodeNode(v, uri)
	if err != nil || !now.Before(n.until) || s.m.forgets(uri, &n.id) {
		return nil
	}
	return n
}

func (s *session) entry(key Key, now time.Time) *Entry {
	v := s.get(func(m *remote) string { return m.entryKey(key) })
	if v == nil {
		return nil
	}
	e, err := decodeEntry(v, key)
	if err != nil {
		return nil
	}
	if e.cameBefore(now); !now.Before(e.until) {
		return nil
	}
	return e
}

// forgets reports whether the order to forget a URI waits to be carried out.
func (m *remote) forgets(uri Key, id *ID) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.queue {
		if o := &m.queue[i]; o.which != nil && o.which(id) || o.which == nil && o.node == nil && o.uri == uri {
			return true
		}
	}
	return false
}

// put has an entry kept, and its node.
func (m *remote) put(uri Key, n *node, e *Entry) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if size := len(e.Body) + len(e.Head); m.up.Load() && m.bytes+size <= mostQueued {
		m.bytes += size
		m.queue = append(m.queue, order{uri: uri, node: n, entry: e})
		m.nudge()
		return
	}
	m.dropped.Add(1)
}

// drop has a URI forgotten, now or as soon as Redis is back.
func (m *remote) drop(uri Key) { m.order(order{uri: uri}) }

// dropAll has all forgotten that matches.
func (m *remote) dropAll(which func(*ID) bool) { m.order(order{which: which}) }

func (m *remote) order(o order) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.queue) >= mostForgotten {
		m.queue, m.bytes = nil, 0
		m.anew++
		o = order{which: func(*ID) bool { return true }}
	}
	m.queue = append(m.queue, o)
	m.nudge()
}
