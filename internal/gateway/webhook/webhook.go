// Package webhook tells other servers of requests, after their answers: by
// route, method and status, as JSON by POST. Deliveries wait in a bounded
// queue; no request waits for one.
package webhook

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mltop/internal/wire"
)

// A Rule says whom to tell, and how.
type Rule struct {
	Hooks    []Hook
	Queue    int           // deliveries that may wait
	Workers  int           // deliveries at once
	Attempts int           // of one delivery
	Delay    time.Duration // before the second attempt, then doubled
	Longest  time.Duration // the longest delay
	Timeout  time.Duration // of one attempt
}

// A Hook is one receiver, and what it is told of.
type Hook struct {
	URL      string
	Path     string      // prefix of the path; "": every one
	Methods  []string    // none: every one
	Statuses []StatusSet // none: every one
	Secret   string      // "": deliveries are not signed
}

// A StatusSet is a range of statuses, both ends included.
type StatusSet struct{ From, To int }

// Defaults are what nobody has to say.
func Defaults() Rule {
	return Rule{Queue: 1000, Workers: 4, Attempts: 5, Delay: 500 * time.Millisecond, Longest: 30 * time.Second, Timeout: 5 * time.Second}
}

// ParseStatuses reads 5xx, 404 or 500-599.
func ParseStatuses(s string) (StatusSet, error) {
	wrong := fmt.Errorf("%q is no status: 5xx, 404 and 500-599 are", s)
	from, to, isRange := strings.Cut(strings.ToLower(s), "-")
	if class, ok := strings.CutSuffix(from, "xx"); ok && !isRange && len(class) == 1 {
		from, to, isRange = class+"00", class+"99", true
	}
	if !isRange {
		to = from
	}
	a, err1 := strconv.Atoi(from)
	b, err2 := strconv.Atoi(to)
	if err1 != nil || err2 != nil || a < 100 || b > 599 || a > b {
		return StatusSet{}, wrong
	}
	return StatusSet{a, b}, nil
}

// An Event is a request that was answered.
type Event struct {
	At       time.Time
	Took     time.Duration
	ID       string
	Method   string
	Path     string // without the query: it may hold secrets
	Normal   string // the path that rules go by
	Status   int
	Client   string
	Upstream string
	Received int64
	Sent     int64
}

// wants reports whether a hook is told of an event.
func (h *Hook) wants(method, path string, status int) bool {
	return under(path, h.Path) && (len(h.Methods) == 0 || contains(h.Methods, method)) && h.hasStatus(status)
}

func (h *Hook) hasStatus(status int) bool {
	for _, s := range h.Statuses {
		if status >= s.From && status <= s.To {
			return true
		}
	}
	return len(h.Statuses) == 0
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}

// under: /api has /api/x and not /apis.
func under(path, prefix string) bool {
	rest, ok := strings.CutPrefix(path, prefix)
	return ok && (rest == "" || prefix == "" || strings.HasSuffix(prefix, "/") || rest[0] == '/')
}

// A Sender delivers.
type Sender struct {
	rule    atomic.Pointer[rules]
	queue   *queue
	client  *http.Client
	say     func(string)
	stop    chan struct{}
	closing atomic.Bool
	workers sync.WaitGroup
	context context.Context // of all deliveries
	cancel  context.CancelFunc
	busy    atomic.Int64
}

// rules are a rule with the counts of its hooks.
type rules struct {
	Rule
	hooks []*hook
}

// A hook keeps its counts through reloads.
type hook struct {
	Hook
	*counts
}

type counts struct {
	sent, failed, retries, dropped atomic.Uint64
	why                            atomic.Pointer[string] // of the newest failure; nil: it was delivered
}

type delivery struct {
	hook *hook
	id   string
	body []byte
}

// New makes a sender with its workers.
func New(r Rule, say func(string)) *Sender {
	s := &Sender{queue: newQueue(), say: say, stop: make(chan struct{})}
	s.context, s.cancel = context.WithCancel(context.Background())
	s.client = newClient(func() []*hook { return s.rule.Load().hooks })
	s.Follow(r)
	return s
}

// Follow takes over other hooks and other bounds. What waits stays, and goes
// where it was to go.
func (s *Sender) Follow(r Rule) {
	next, old := &rules{Rule: r}, s.rule.Load()
	for _, h := range r.Hooks {
		next.hooks = append(next.hooks, old.same(h))
	}
	s.rule.Store(next)
	for range s.queue.follow(r.Queue, r.Workers) {
		s.workers.Go(s.work)
	}
}

// same is the hook with its counts, if it was there.
func (r *rules) same(h Hook) *hook {
	if r != nil {
		for _, o := range r.hooks {
			if o.URL == h.URL && o.Path == h.Path {
				return &hook{h, o.counts}
			}
		}
	}
	return &hook{h, &counts{}}
}

// Wants reports whether anybody is told of such a request.
func (s *Sender) Wants(method, path string, status int) bool {
	for _, h := range s.rule.Load().hooks {
		if h.wants(method, path, status) {
			return true
		}
	}
	return false
}

// Tell hands an event in for each hook that wants it. It never waits.
func (s *Sender) Tell(e *Event) {
	var body []byte
	for _, h := range s.rule.Load().hooks {
		if !h.wants(e.Method, e.Normal, e.Status) {
			continue
		}
		if body == nil {
			body = e.json()
		}
		s.put(delivery{h, e.ID, body})
	}
}

func (s *Sender) put(d delivery) {
	if !s.queue.put(d) {
		d.hook.dropped.Add(1)
	}
}

// Close delivers what waits, without a second attempt, until ctx ends; the rest is
// dropped and counted.
func (s *Sender) Close(ctx context.Context) {
	s.closing.Store(true)
	close(s.stop)
	s.queue.close()
	cut := context.AfterFunc(ctx, s.cancel)
	s.workers.Wait()
	cut()
	s.cancel()
	s.client.CloseIdleConnections()
}

// work delivers until the end, or until there are too many workers.
func (s *Sender) work() {
	for d, ok := s.queue.take(); ok; d, ok = s.queue.take() {
		s.deliver(d)
	}
}

// deliver tries until it is done, or not worth another attempt.
func (s *Sender) deliver(d delivery) {
	s.busy.Add(1)
	defer s.busy.Add(-1)
	r := s.rule.Load()
	for i, delay := 1, r.Delay; ; i, delay = i+1, min(2*delay, r.Longest) {
		again, wait, err := s.post(&d, r.Timeout, i)
		if err == nil {
			d.hook.sent.Add(1)
			d.hook.why.Store(nil)
			return
		}
		why := err.Error()
		if before := d.hook.why.Swap(&why); before == nil {
			s.say("webhook " + shown(d.hook.URL) + ": " + why)
		}
		if !again || i >= r.Attempts || !s.pause(max(jitter(delay), min(wait, r.Longest))) {
			d.hook.failed.Add(1)
			return
		}
		d.hook.retries.Add(1)
	}
}

// pause waits; false: the sender is being closed.
func (s *Sender) pause(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.stop:
		return false
	}
}

// jitter keeps deliveries that failed together from coming together again.
func jitter(d time.Duration) time.Duration { return d/2 + rand.N(d/2+1) }

// State is what the sender tells of itself.
func (s *Sender) State() *wire.GatewayWebhooks {
	r := s.rule.Load()
	waiting, most := s.queue.state()
	out := &wire.GatewayWebhooks{Queue: waiting, Size: most, Busy: int(s.busy.Load()), Hooks: []wire.GatewayWebhook{}}
	for _, h := range r.hooks {
		w := wire.GatewayWebhook{URL: shown(h.URL), Path: h.Path, Sent: h.sent.Load(), Failed: h.failed.Load(), Retries: h.retries.Load(), Dropped: h.dropped.Load()}
		if why := h.why.Load(); why != nil {
			w.Why = *why
		}
		out.Hooks = append(out.Hooks, w)
	}
	return out
}
