package gateway

import (
	"errors"
	"fmt"

	"mltop/internal/gateway/cache"
	"mltop/internal/wire"
)

// cacheState tells of a cache; nil: there is none.
func cacheState(c *cache.Cache) *wire.GatewayCache {
	if c == nil {
		return nil
	}
	s := c.State()
	out := &wire.GatewayCache{
		Size: s.Size, Bytes: s.Bytes, Entries: s.Entries, MemoryHits: s.MemoryHits, RedisHits: s.RedisHits, Misses: s.Misses, Past: s.Past,
		Stale: s.Stale, Collapsed: s.Collapsed, Waiting: s.Waiting, Stored: s.Stored, Revalidated: s.Revalidated, Evicted: s.Evicted, Purged: s.Purged,
	}
	if r := s.Redis; r != nil {
		out.Redis = &wire.GatewayRedis{Address: r.Address, Up: r.Up, Why: r.Why, Errors: r.Errors, Dropped: r.Dropped, Queued: r.Queued}
	}
	return out
}

func cacheMetrics(c *wire.GatewayCache) []metric {
	if c == nil {
		return nil
	}
	one := func(v float64) []row { return []row{{"", v}} }
	levels := []row{{`{level="memory"}`, float64(c.MemoryHits)}, {`{level="redis"}`, float64(c.RedisHits)}}
	out := []metric{
		{"cache_hits_total", "counter", "Answers that were kept, by where.", levels},
		{"cache_misses_total", "counter", "Requests whose answer was not kept, or had to be asked for anew.", one(float64(c.Misses))},
		{"cache_past_total", "counter", "Requests that the cache had no part in.", one(float64(c.Past))},
		{"cache_stale_total", "counter", "Answers that were given out stale.", one(float64(c.Stale))},
		{"cache_collapsed_total", "counter", "Requests that got the answer to another one.", one(float64(c.Collapsed))},
		{"cache_stored_total", "counter", "Answers that were put into the cache.", one(float64(c.Stored))},
		{"cache_revalidated_total", "counter", "Answers that were still good when asked about.", one(float64(c.Revalidated))},
		{"cache_evicted_total", "counter", "Answers that had to make room.", one(float64(c.Evicted))},
		{"cache_purged_total", "counter", "Answers that were taken out by order.", one(float64(c.Purged))},
		{"cache_bytes", "gauge", "Bytes of memory in use.", one(float64(c.Bytes))},
		{"cache_size_bytes", "gauge", "Bytes of memory that may be used.", one(float64(c.Size))},
		{"cache_entries", "gauge", "Entries in memory.", one(float64(c.Entries))},
	}
	if r := c.Redis; r != nil {
		out = append(out, metric{"cache_redis_up", "gauge", "Whether Redis answers.", one(truth(r.Up))},
			metric{"cache_redis_errors_total", "counter", "Questions that Redis did not answer.", one(float64(r.Errors))},
			metric{"cache_redis_dropped_total", "counter", "Answers that Redis was not given.", one(float64(r.Dropped))})
	}
	return out
}

var errNoCache = errors.New("no route of this gateway has a cache")

// purge takes out of the cache what matches, and says how much that was.
func (g *Gateway) purge(what string) (string, error) {
	keeps := g.setup.Load().cache
	if keeps == nil {
		return "", errNoCache
	}
	n, err := keeps.Purge(what)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("purged %s: %d answers in memory", what, n), nil
}
