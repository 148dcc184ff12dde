package gateway

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"mltop/internal/wire"
	"mltop/internal/yamlfile"
)

// A MemoryRule says how the process collects garbage. What is not said stays
// as the environment has it.
type MemoryRule struct {
	GOGC    Percent       // of growth between two collections; 0: not said; GCOff: none but at the limit
	Limit   int64         // bytes that the collector keeps below where it can; 0: not said
	Collect time.Duration // a collection at least so often; 0: not said
	Buffers int           // kept for requests and answers
}

// A Percent is GOGC's.
type Percent int

// GCOff is GOGC=off.
const GCOff Percent = -1

// A collector collects garbage as a rule says, and knows what was before. It
// alone sets GOGC and the limit.
type collector struct {
	mu          sync.Mutex
	rule        MemoryRule // in force
	gogc, limit *int64     // as they were before they were said; nil: they were not
	percent     int        // the last one that pace set; 0: none
	last        time.Time  // of one goroutine
	forced      atomic.Uint64
	paced       atomic.Bool
}

// follow puts a rule into force; what is no longer said becomes what it was.
func (c *collector) follow(r MemoryRule) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rule = r
	setting(&c.gogc, int64(r.GOGC), func(v int64) int64 { return int64(debug.SetGCPercent(int(v))) })
	setting(&c.limit, r.Limit, debug.SetMemoryLimit)
}

// setting sets a value that is said, or sets back what was before.
func setting(was **int64, v int64, set func(int64) int64) {
	switch {
	case v != 0:
		if old := set(v); *was == nil {
			*was = &old
		}
	case *was != nil:
		set(**was)
		*was = nil
	}
}

// sweep collects when it is time.
func (c *collector) sweep(every time.Duration, now time.Time) {
	if c.last.IsZero() {
		c.last = now
	}
	if every <= 0 || now.Sub(c.last) < every {
		return
	}
	c.last = now
	runtime.GC()
	c.forced.Add(1)
}

// state is what is told of the process's memory.
func (c *collector) state(r MemoryRule, b wire.GatewayBuffers) wire.GatewayMemory {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	of := []metrics.Sample{{Name: "/gc/gogc:percent"}, {Name: "/gc/gomemlimit:bytes"}}
	metrics.Read(of)
	out := wire.GatewayMemory{
		Heap: m.HeapAlloc, Goroutines: runtime.NumGoroutine(), GCs: m.NumGC, GCPause: float64(m.PauseTotalNs) / 1e9,
		NextGC: m.NextGC, System: m.Sys, Forced: c.forced.Load(), CollectEvery: r.Collect.Seconds(), Buffers: b,
	}
	if v := of[0].Value.Uint64(); v < mostGOGC {
		out.GOGC = &v
	}
	if v := of[1].Value.Uint64(); v < noLimit {
		out.Limit = &v
	}
	return out
}

// What the runtime answers for none.
const (
	mostGOGC = 1 << 31
	noLimit  = 1<<63 - 1
)

func (r *configReader) readMemory(n *node) {
	m, in := &r.cfg.Memory, &r.Reader
	r.Mapping(n, "memory", keys{
		"gogc": yamlfile.Into(in, &m.GOGC, ParseGOGC), "limit": yamlfile.Into(in, &m.Limit, parseMemoryLimit),
		"collect_every": yamlfile.Into(in, &m.Collect, parseCollect), "buffers": yamlfile.Into(in, &m.Buffers, yamlfile.ParseCount),
	})
}

// ParseGOGC reads off, or a percentage.
func ParseGOGC(s string) (Percent, error) {
	if s == "off" {
		return GCOff, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > 100_000 {
		return 0, fmt.Errorf("%q is no GOGC: off, or a percentage from 1 on", yamlfile.Clip(s, 40))
	}
	return Percent(n), nil
}

// leastMemory is what the gateway itself takes.
const leastMemory = 16_000_000

func parseMemoryLimit(s string) (int64, error) {
	n, err := parseBytes(s)
	if err == nil && n < leastMemory {
		err = fmt.Errorf("a memory limit is 16MB or more")
	}
	return n, err
}

// parseCollect: a collection takes milliseconds.
func parseCollect(s string) (time.Duration, error) {
	d, err := yamlfile.ParseDuration(s)
	if err == nil && d > 0 && d < time.Second {
		err = fmt.Errorf("garbage is collected every 1s at most")
	}
	return d, err
}
