package cache

import "strings"

// A State is what the cache counts. Counts are since the start.
type State struct {
	Waiting                                         int // requests, for the answer to another one
	Size, Bytes                                     int64
	Entries                                         int
	MemoryHits, RedisHits, Misses, Stale, Collapsed uint64
	Revalidated, Stored, Evicted, Purged, Past      uint64
	Redis                                           *RedisState // nil: there is none
}

// A RedisState is how it stands with Redis.
type RedisState struct {
	Address         string // without its password
	Up              bool
	Why             string // it is away
	Errors, Dropped uint64 // questions that failed; answers that were not handed on
	Queued          int
}

// State tells what is there.
func (c *Cache) State() State {
	n := &c.counts
	return State{
		Size: int64(c.memory.GetMaximum()), Bytes: int64(c.memory.WeightedSize()), Entries: c.memory.EstimatedSize(),
		MemoryHits: n.memoryHits.Load(), RedisHits: n.redisHits.Load(), Misses: n.misses.Load(), Stale: n.stale.Load(), Collapsed: n.collapsed.Load(),
		Revalidated: n.revalidated.Load(), Stored: n.stored.Load(), Evicted: n.evicted.Load(), Purged: n.purged.Load(), Past: n.past.Load(),
		Redis: c.remote.Load().state(), Waiting: c.waiting(),
	}
}

func (c *Cache) waiting() (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range c.flights {
		n += f.waiters
	}
	return n
}

func (m *remote) state() *RedisState {
	if m == nil {
		return nil
	}
	o := m.client.Options()
	s := &RedisState{Address: strings.TrimPrefix(o.Addr, "//"), Up: m.up.Load(), Errors: m.errors.Load(), Dropped: m.dropped.Load()}
	if !s.Up {
		s.Why = *m.why.Load()
	}
	m.mu.Lock()
	s.Queued = len(m.queue)
	m.mu.Unlock()
	return s
}
