package gateway

import (
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"mltop/internal/wire"
)

func TestMemoryFollowsTheConfiguration(t *testing.T) {
	before := debug.SetGCPercent(100)
	defer debug.SetGCPercent(before)
	read := func(text string) MemoryRule {
		t.Helper()
		c, err := ParseConfig("g.yaml", "memory: "+text, Defaults(), files(nil))
		if err != nil {
			t.Fatal(err)
		}
		return c.Memory
	}
	var c collector
	for _, row := range []struct {
		name, text  string
		gogc, limit uint64 // 0: null
	}{
		{"nothing is said", "{buffers: 5}", 100, 0},
		{"both", "{gogc: 250, limit: 512MB}", 250, 512_000_000},
		{"only at the limit", "{gogc: off, limit: 256MB}", 0, 256_000_000},
		{"nothing is said any more: what was before", "{buffers: 5}", 100, 0},
	} {
		r := read(row.text)
		c.follow(r)
		got := c.state(r, wire.GatewayBuffers{})
		if or(got.GOGC) != row.gogc || or(got.Limit) != row.limit {
			t.Errorf("%s: GOGC %d, limit %d; want %d, %d", row.name, or(got.GOGC), or(got.Limit), row.gogc, row.limit)
		}
	}
	r := read("{collect_every: 2s}")
	at := time.Now()
	for i := range 6 {
		c.sweep(r.Collect, at.Add(time.Duration(i)*time.Second))
	}
	if got := c.state(r, wire.GatewayBuffers{}); got.Forced != 2 || got.CollectEvery != 2 || got.Heap == 0 || got.System < got.Heap {
		t.Errorf("after 5 s of one collection every 2 s: %+v", got)
	}
	for text, want := range map[string]string{
		"{gogc: 0}": `"0" is no GOGC: off, or a percentage from 1 on`, "{limit: 1MB}": "a memory limit is 16MB or more",
		"{collect_every: 10ms}": "garbage is collected every 1s at most", "{buffers: some}": `"some" is no whole number`,
	} {
		if _, err := ParseConfig("g.yaml", "memory: "+text, Defaults(), files(nil)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}

func or(v *uint64) uint64 {
	if v == nil {
		return 0
	}
	return *v
}

func TestRoomsAreBoundedAndGoBack(t *testing.T) {
	var p rooms
	p.follow(8)
	var held []*room
	for range 20 {
		held = append(held, p.get())
	}
	for _, r := range held {
		p.put(r)
	}
	if s := p.state(); s.Free != 8 || s.Made != 20 || s.Most != 8 {
		t.Errorf("of 20 rooms it keeps %+v, want 8", s)
	}
	p.put(&room{make([]byte, 0, roomMost+1)})
	a := p.get()
	if s := p.state(); s.Free != 7 || s.Reused != 1 || cap(a.b) != roomSize {
		t.Errorf("a room that grew too large is kept: %+v", s)
	}
	p.put(a)
	p.sweep() // some were needed since
	for range 10 {
		p.sweep()
	}
	if s := p.state(); s.Free != 0 {
		t.Errorf("when nobody needs one for long it keeps %d, want none", s.Free)
	}
	p.put(a)
	p.follow(0)
	if s := p.state(); s.Free != 0 {
		t.Errorf("a size of 0 keeps %d", s.Free)
	}
}

func TestThePartsInPrometheusText(t *testing.T) {
	lag := 1.5
	var out strings.Builder
	writeMetrics(&out, wire.Gateway{
		Log:      &wire.GatewayLog{State: "away", Written: 7, Dropped: 3, Lag: &lag, Pool: wire.GatewayLogPool{InUse: 1, Idle: 2}},
		Webhooks: &wire.GatewayWebhooks{Queue: 4, Hooks: []wire.GatewayWebhook{{URL: "http://a", Path: "/x", Sent: 5}}},
	})
	for _, want := range []string{
		"\nmltop_gateway_log_up 0\n", "\nmltop_gateway_log_written_rows_total 7\n", "\nmltop_gateway_log_dropped_rows_total 3\n", "\nmltop_gateway_log_lag_seconds 1.5\n",
		"\nmltop_gateway_log_connections{state=\"idle\"} 2\n", "\nmltop_gateway_webhook_queue_depth 4\n", "\nmltop_gateway_webhook_sent_total{hook=\"0\",url=\"http://a\",path=\"/x\"} 5\n",
		"# TYPE mltop_gateway_forced_gcs_total counter\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is missing in\n%s", want, out.String())
		}
	}
}
