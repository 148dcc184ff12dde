package ui

import (
	"strings"
	"testing"

	"mltop/internal/wire"
)

func TestThePartsOfAGatewayInWords(t *testing.T) {
	lag := 12.5
	well := func() *wire.GatewayLog {
		return &wire.GatewayLog{Target: "log.db", State: "ok", Written: 12345, Queue: 3, Size: 16384, Pool: wire.GatewayLogPool{Open: 2, InUse: 1}}
	}
	for _, row := range []struct {
		name   string
		change func(l *wire.GatewayLog)
		before uint64 // dropped
		want   string
		ink    ink
	}{
		{"all is well", func(*wire.GatewayLog) {}, 0, "log ● 12,345 written to log.db; queue 3 of 16,384; pool 1/2", inkDim},
		{"the database is away", func(l *wire.GatewayLog) {
			l.State, l.Why, l.Lag, l.Spilled = "away", "locked", &lag, 7
			l.Spill = wire.GatewaySpill{Rows: 7, Bytes: 2048, Most: 1 << 20}
		}, 0, "log ▲ AWAY  7 rows wait in a file, 2.0 kB of 1.0 MB; queue 3 of 16,384; lag 12 s; pool 1/2; locked", inkWarn},
		{"it is replaying", func(l *wire.GatewayLog) { l.Spill.Rows, l.Spilled, l.Replayed = 5, 7, 2 }, 0,
			"log ● 5 rows are still to be replayed into log.db; queue 3 of 16,384; 7 spilled, 2 replayed; pool 1/2", inkDim},
		{"rows are being dropped", func(l *wire.GatewayLog) { l.Dropped = 9 }, 4, "log ■ 9 rows dropped; 12,345 written to log.db; queue 3 of 16,384; pool 1/2", inkCrit},
		{"the table refuses rows", func(l *wire.GatewayLog) { l.Dropped, l.Refused, l.RefusedWhy = 4, 2, "NOT NULL on method" }, 4,
			"log ■ 4 rows dropped; 2 rows refused: NOT NULL on method; 12,345 written to log.db; queue 3 of 16,384; pool 1/2", inkCrit},
		{"rows were dropped once", func(l *wire.GatewayLog) { l.Dropped = 9 }, 9, "log ■ 9 rows dropped; 12,345 written to log.db; queue 3 of 16,384; pool 1/2", inkDim},
	} {
		l, b := well(), well()
		row.change(l)
		b.Dropped = row.before
		if got := logPart(b, l); got.text != row.want || got.ink != row.ink {
			t.Errorf("%s:\ngot  %d %s\nwant %d %s", row.name, got.ink, got.text, row.ink, row.want)
		}
	}
	w := &wire.GatewayWebhooks{Queue: 1, Size: 1000, Busy: 2, Hooks: []wire.GatewayWebhook{{URL: "http://a", Sent: 5}, {URL: "http://b", Failed: 2, Dropped: 1, Why: "it answered 500"}}}
	if got, want := hooksPart(w, w), "webhooks ▲ http://b: it answered 500; 5 sent, 2 given up, 1 dropped; queue 1 of 1,000; 2 under way"; got.text != want || got.ink != inkWarn {
		t.Errorf("got  %s\nwant %s", got.text, want)
	}
	gogc, limit := uint64(250), uint64(256<<20)
	m := wire.GatewayMemory{Heap: 10 << 20, GCs: 7, GCPause: 0.001, GOGC: &gogc, Limit: &limit, CollectEvery: 60, Buffers: wire.GatewayBuffers{Free: 3, Most: 1024}}
	if got, want := memoryText(m), "heap 10 MB below 268 MB, 7 collections, 1.0 ms in pauses, GOGC 250, one every 60 s; 3 of 1,024 buffers kept"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestTheTrafficViewHasALineForEachPart(t *testing.T) {
	v, _ := newTraffic(100, 30)
	s := trafficState(500)
	s.Log = &wire.GatewayLog{Target: "log\x1b[31m.db", State: "ok", Written: 77, Size: 10}
	s.Webhooks = &wire.GatewayWebhooks{Size: 10, Hooks: []wire.GatewayWebhook{{URL: "http://a", Sent: 5}}}
	v.Update(trafficMsg{state: s})
	view := v.View()
	for _, want := range []string{"log ● 77 written to log", "webhooks ● 5 sent", "what changed", "http://127.0.0.1:9003"} {
		if !strings.Contains(view, want) {
			t.Errorf("%q is missing in\n%s", want, view)
		}
	}
	if strings.Contains(view, "\x1b[31m.db") {
		t.Error("what a name holds reaches the terminal")
	}
}
