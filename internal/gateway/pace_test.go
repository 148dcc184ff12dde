package gateway

import (
	"runtime/debug"
	"sync"
	"testing"

	"mltop/internal/wire"
)

func TestASmallHeapMayGrowBeforeItIsCollected(t *testing.T) {
	for _, row := range []struct {
		name string
		live uint64
		want int
	}{
		{"nothing is known yet", 0, 800},
		{"a few megabytes", 3 << 20, 800},
		{"some", 8 << 20, 300},
		{"half of the least", 16 << 20, 100},
		{"more", 500 << 20, 100},
	} {
		if got := gogcFor(row.live); got != row.want {
			t.Errorf("%s: GOGC %d, want %d", row.name, got, row.want)
		}
	}
}

func TestWhatTheConfigurationSaysOutweighsThePace(t *testing.T) {
	before := debug.SetGCPercent(100)
	defer debug.SetGCPercent(before)
	var c collector
	now := func() int {
		p := debug.SetGCPercent(100)
		debug.SetGCPercent(p)
		return p
	}
	const live = 8 << 20
	if c.pace(live); now() != 100 {
		t.Errorf("nobody said that the process is the gateway's: GOGC is %d", now())
	}
	c.paced.Store(true)
	if c.pace(live); now() != 300 {
		t.Errorf("with 8 MB in use GOGC is %d, want 300", now())
	}
	c.follow(MemoryRule{GOGC: 150})
	if c.pace(live); now() != 150 {
		t.Errorf("150 was said: GOGC is %d", now())
	}
	c.follow(MemoryRule{})
	if c.pace(live); now() != 300 {
		t.Errorf("it is not said any more: GOGC is %d", now())
	}
}

// Whoever reads a configuration anew has what it says in force when it returns,
// whatever the pace is about to do.
func TestAReloadAndThePaceDoNotUndoEachOther(t *testing.T) {
	before := debug.SetGCPercent(100)
	defer debug.SetGCPercent(before)
	var c collector
	c.paced.Store(true)
	var pacing sync.WaitGroup
	end := make(chan struct{})
	for _, live := range []uint64{8 << 20, 500 << 20} {
		pacing.Go(func() {
			for {
				select {
				case <-end:
					return
				default:
					c.pace(live)
				}
			}
		})
	}
	for i := range 300 {
		c.follow(MemoryRule{GOGC: 150})
		if got := or(c.state(MemoryRule{}, wire.GatewayBuffers{}).GOGC); got != 150 {
			t.Errorf("reload %d: GOGC is %d, want 150", i, got)
		}
		c.follow(MemoryRule{})
	}
	close(end)
	pacing.Wait()
	c.follow(MemoryRule{GOGC: 150})
	c.pace(8 << 20)
	c.follow(MemoryRule{})
	if c.pace(8 << 20); c.percent != 300 {
		t.Errorf("behind all of it the pace set %d, want 300", c.percent)
	}
}
