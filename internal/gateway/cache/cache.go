package cache

import (
	"sync"
	"sync/atomic"
	"time"
)

// A Cache keeps answers in memory, and behind it in Redis.
type Cache struct {
	rule   atomic.Pointer[Rule]
	memory *memory
	remote atomic.Pointer[remote]
	tell   func(string)
	counts counts
	purges atomic.Uint64 // written under mu

	mu      sync.Mutex // of what follows, and of writing nodes
	flights map[Key]*flight
	fills   map[Key]map[*Fill]struct{}
}

// counts are since the start.
type counts struct {
	memoryHits, redisHits, misses, stale, revalidated, stored, evicted, collapsed, purged, past atomic.Uint64
}

// New makes an empty cache. tell hears what changes, in words.
func New(r Rule, tell func(string)) (*Cache, error) {
	c := &Cache{tell: tell, flights: map[Key]*flight{}, fills: map[Key]map[*Fill]struct{}{}}
	var err error
	if c.memory, err = newMemory(r.Size, &c.counts); err != nil {
		return nil, err
	}
	if err := c.Follow(r); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// Follow puts another rule into force. What is kept stays.
func (c *Cache) Follow(r Rule) error {
	old := c.rule.Load()
	if old == nil || old.Redis != r.Redis {
		next, err := newRemote(r.Redis, c.tell)
		if err != nil {
			return err
		}
		c.remote.Swap(next).close()
	}
	c.memory.SetMaximum(uint64(r.Size))
	c.rule.Store(&r)
	return nil
}

// Close ends what runs in the background.
func (c *Cache) Close() {
	c.remote.Swap(nil).close()
	c.memory.StopAllGoroutines()
}

// An Act is what to do with a request.
type Act int

// The acts.
const (
	Pass   Act = iota // past the cache
	Serve             // give out Entry
	Renew             // … and ask for it anew behind the client's back, if there is a Fill
	Fetch             // ask the origin, and tell Fill what came
	Wait              // until Done is closed, and then look again
	Refuse            // there is nothing, and nobody may be asked: 504
)

// A Look is what the cache makes of a request.
type Look struct {
	Act       Act
	Entry     *Entry
	Fill      *Fill
	Done      <-chan struct{}
	Level     string // memory, redis or stale: where Entry was
	Forward   string // why the origin is asked
	Why       string // why the cache is passed
	Collapsed bool   // another request's answer was waited for
}

// Read takes in a request before the first Look.
func (c *Cache) Read(q *Request) {
	r := c.rule.Load()
	q.read(r.Ignore)
}

// Look looks a request up.
func (c *Cache) Look(q *Request, now time.Time) Look {
	if why := q.past(c.rule.Load()); why != "" {
		c.counts.past.Add(1)
		return Look{Act: Pass, Why: why}
	}
	f := c.find(q, now)
	l := Look{Level: f.level, Collapsed: q.rounds > 0}
	if f.entry != nil {
		switch f.entry.use(q, now) {
		case useFresh:
			return c.serve(l, &f, Serve)
		case useStale:
			return c.serve(l, &f, Serve)
		case useWhile:
			return c.renew(l, &f, q)
		}
	}
	if q.onlyIfCached {
		l.Act, l.Why = Refuse, "only-if-cached"
		return l
	}
	return c.fetch(l, &f, q, now)
}

// A found is what a look found.
type found struct {
	uri, key Key
	node     *node
	entry    *Entry
	level    string
	foreign  bool // the request has fields that may change the answer
}

// The levels.
const (
	inMemory = "memory"
	inRedis  = "redis"
)

func (c *Cache) find(q *Request, now time.Time) found {
	f := found{uri: q.uri(), level: inMemory}
	r := c.remote.Load().session()
	purges := c.purges.Load()
	if s, ok := c.memory.GetIfPresent(f.uri); ok {
		f.node = s.node
	} else if f.node = r.node(f.uri, now); f.node != nil {
		f.node = c.refill(f.uri, slot{node: f.node}, purges).node
	}
	f.key = q.second(f.uri, f.node)
	f.foreign = len(q.unknown) > 0 && (f.node == nil || !covers(f.node.vary, q.unknown))
	if f.foreign {
		return f
	}
	if s, ok := c.memory.GetIfPresent(f.key); ok {
		f.entry = s.entry
	} else if w := q.waited; w != nil && w.entry != nil && w.entry.key == f.key {
		f.entry = w.entry
	} else if f.node != nil {
		if f.entry = r.entry(f.key, now); f.entry != nil {
			f.level = inRedis
			f.entry = c.refill(f.key, slot{entry: f.entry}, purges).entry
		}
	}
	if f.entry != nil && (!now.Before(f.entry.until) || !f.entry.goesTo(q)) {
		f.entry = nil
	}
	return f
}

// refill puts into memory what Redis had, unless something was purged since.
func (c *Cache) refill(k Key, s slot, purges uint64) slot {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.purges.Load() != purges {
		return slot{}
	}
	c.memory.Set(k, s)
	return s
}

func (c *Cache) serve(l Look, f *found, act Act) Look {
	l.Act, l.Entry = act, f.entry
	switch {
	case f.level == inRedis:
		c.counts.redisHits.Add(1)
	default:
		c.counts.memoryHits.Add(1)
	}
	if l.Collapsed {
		c.counts.collapsed.Add(1)
	}
	return l
}

// renew gives out what is stale, and lets one request behind it ask anew.
func (c *Cache) renew(l Look, f *found, q *Request) Look {
	c.counts.stale.Add(1)
	fill := &Fill{c: c, q: q, uri: f.uri, Stale: f.entry, Whole: true}
	if c.begin(fill, true, f.key); fill.flight == nil {
		fill.Drop()
		fill = nil
	}
	l = c.serve(l, f, Renew)
	l.Fill, l.Level = fill, "stale-while-revalidate"
	return l
}

// fetch leads to the origin, or lets wait for another request that is on its
// way there.
func (c *Cache) fetch(l Look, f *found, q *Request, now time.Time) Look {
	l.Forward = f.forward(q, now)
	lead := f.mayLead(q, now)
	if lead || q.conditionally() || q.isPart() {
		if l, ok := c.wait(l, f, q, now); ok {
			return l
		}
	}
	c.counts.misses.Add(1)
	if q.isPart() && !f.known() {
		l.Act, l.Why = Pass, "range" // all of it may be much more than is asked for
		return l
	}
	fill := &Fill{c: c, q: q, uri: f.uri, Stale: f.entry}
	fill.Whole = lead || f.known()
	c.begin(fill, lead, f.key)
	l.Act, l.Fill = Fetch, fill
	return l
}

// conditionally: the client has a copy, and asks whether it is still good.
func (q *Request) conditionally() bool { return q.hasNone || q.hasModified }

// mostRounds: an answer that varies by what was not known is waited for once
// more, with it.
const mostRounds = 2

// mayShare reports whether what comes may be for others too, as far as that
// can be told: their own answers nobody waits for.
func (f *found) mayShare(q *Request, now time.Time) bool {
	switch {
	case !q.isGet() || f.foreign || q.noCache:
		return false
	case q.personal() && f.entry == nil:
		return false
	case f.entry != nil && f.entry.always:
		return false
	case f.node != nil && now.Before(f.node.alone):
		return false
	case q.waited != nil && (q.waited.key == f.key || q.rounds >= mostRounds):
		return false
	}
	return true
}

// mayLead: a client that has a copy gets a whole answer only where one is
// likely to be kept, and one that wants a part only where all of it is there
// already.
func (f *found) mayLead(q *Request, now time.Time) bool {
	return f.mayShare(q, now) && (!q.conditionally() || f.node != nil) && (!q.isPart() || f.known())
}

// known: there is an answer that can be asked about by name.
func (f *found) known() bool { return f.entry != nil && f.entry.validated() }

// wait joins a flight, if there is one that the request may share.
func (c *Cache) wait(l Look, f *found, q *Request, now time.Time) (Look, bool) {
	if !f.mayShare(q, now) {
		return l, false
	}
	fl := c.join(f.key)
	if fl == nil {
		return l, false
	}
	q.waited = fl
	q.rounds++
	l.Act, l.Done = Wait, fl.done
	return l, true
}

// Alone makes a request that has waited long enough go by itself.
func (q *Request) Alone() { q.rounds = mostRounds }

// forward is why the origin is asked, in RFC 9211's words.
func (f *found) forward(q *Request, now time.Time) string {
	switch {
	case f.entry != nil && f.entry.Left(now) > 0 && !f.entry.always:
		return "request"
	case f.entry != nil:
		return "stale"
	case f.node != nil && !f.foreign:
		return "vary-miss"
	}
	return "uri-miss"
}
