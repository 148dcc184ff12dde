package gateway

import (
	"os"
	"runtime/debug"
	"runtime/metrics"
)

// What the heap may grow to before garbage is collected, where nobody said
// when. Go begins at 4 MB, which a gateway under load makes dozens of times a
// second; what is beyond these is collected when it has doubled, as by Go.
const (
	leastHeap = 32 << 20
	leastGOGC = 100
	firstGOGC = leastHeap / (4 << 20) * 100 // Go's own 4 MB, at 100
)

// PaceCollector lets the gateway say when garbage is collected: it is alone in
// its process. GOGC and the configuration outweigh it.
func (g *Gateway) PaceCollector() {
	if os.Getenv("GOGC") == "" {
		g.collector.paced.Store(true)
	}
}

// pace follows what lives, once a second, where the rule in force leaves it to.
func (c *collector) pace(live uint64) {
	if !c.paced.Load() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.rule.GOGC != 0 {
		c.percent = 0
		return
	}
	if next := gogcFor(live); next != c.percent {
		debug.SetGCPercent(next)
		c.percent = next
	}
}

// living is what the last collection found in use.
func living() uint64 {
	of := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/scan/stack:bytes"}}
	metrics.Read(of)
	return of[0].Value.Uint64() + of[1].Value.Uint64()
}

// gogcFor is the growth that leads to leastHeap, in steps of 100: setting it
// stops the program for some microseconds.
func gogcFor(live uint64) int {
	if live == 0 {
		return firstGOGC
	}
	p := int(leastHeap*100/live) - 100
	return min(max(p/100*100, leastGOGC), firstGOGC)
}
