package cache

// A flight is a request on its way to the origin that others wait for.
type flight struct {
	key     Key
	done    chan struct{}
	entry   *Entry // what came of it; nil: nothing that others may have
	waiters int
}

// A Fill is an answer that is on its way, and may be kept.
type Fill struct {
	// Stale is asked about, or given out should the origin fail.
	Stale *Entry
	// Whole: the client's own conditions stay behind, so that what comes is for
	// all; they are judged on what comes.
	Whole bool

	c      *Cache
	q      *Request
	uri    Key
	flight *flight  // nil: nobody waits for it
	taken  *Entry   // an answer without its body
	names  []string // that it varies by
	doomed bool     // what it asks for was purged meanwhile
	over   bool
}

// begin notes a fill, so that a purge finds it. lead: others may wait for it.
func (c *Cache) begin(f *Fill, lead bool, key Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if lead && c.flights[key] == nil {
		f.flight = &flight{key: key, done: make(chan struct{})}
		c.flights[key] = f.flight
	}
	if c.fills[f.uri] == nil {
		c.fills[f.uri] = map[*Fill]struct{}{}
	}
	c.fills[f.uri][f] = struct{}{}
}

// join is the flight that a request may wait for; nil: there is none.
func (c *Cache) join(key Key) *flight {
	c.mu.Lock()
	defer c.mu.Unlock()
	f := c.flights[key]
	if f != nil {
		f.waiters++
	}
	return f
}

// end lets go of a fill under c.mu, and of those that wait for it.
func (f *Fill) end(e *Entry) {
	if f.over {
		return
	}
	f.over = true
	c := f.c
	delete(c.fills[f.uri], f)
	if len(c.fills[f.uri]) == 0 {
		delete(c.fills, f.uri)
	}
	if f.flight != nil {
		delete(c.flights, f.flight.key)
		f.flight.entry = e
		close(f.flight.done)
	}
}

// doom keeps what is on its way from being kept, under c.mu: it was asked for
// before a purge, and may be older.
func (c *Cache) doom(which func(uri Key, id *Request) bool) {
	for uri, fills := range c.fills {
		for f := range fills {
			if which(uri, f.q) {
				f.doomed = true
			}
		}
	}
}
