package gateway

import (
	"mltop/collectors"
	"mltop/internal/wire"
)

// Standing is how a gateway stands, and what it did since a look before. Of
// one that began anew since then, and at the first look, it tells no rates.
func Standing(before, now wire.Gateway) *collectors.Gateway {
	out := &collectors.Gateway{At: now.Time.Local(), InFlight: float64(now.Queue.InFlight), Queued: float64(now.Queue.Depth)}
	width := now.Time.Sub(before.Time)
	if width <= 0 || !before.Since.Equal(now.Since) {
		return out
	}
	out.Interval, out.HitRatio = width, hitRatio(before.Cache, now.Cache)
	was := map[string]wire.GatewayDurations{}
	for _, u := range before.Upstreams {
		was[u.URL] = u.Durations
	}
	for _, u := range now.Upstreams {
		old, known := was[u.URL]
		n, sum := answers(u.Durations)-answers(old), u.Durations.Sum-old.Sum
		if known && n >= 0 && sum >= 0 { // it was not taken out and put back meanwhile
			out.Upstreams = append(out.Upstreams, collectors.GatewayUpstream{URL: u.URL, Answers: n / width.Seconds(), Seconds: sum / width.Seconds()})
		}
	}
	return out
}

func answers(d wire.GatewayDurations) (n float64) {
	for _, c := range d.Counts {
		n += float64(c)
	}
	return n
}

// hitRatio is nil where nothing was looked up.
func hitRatio(before, now *wire.GatewayCache) *float64 {
	if before == nil || now == nil || now.Hits() < before.Hits() || now.Misses < before.Misses {
		return nil
	}
	between := wire.GatewayCache{MemoryHits: now.Hits() - before.Hits(), Misses: now.Misses - before.Misses}
	return between.Ratio(between.MemoryHits)
}
