package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"mltop/collectors"
	"mltop/internal/wire"
)

func TestTheTrafficViewHasTheChartsThatFit(t *testing.T) {
	const rate, times, queue, hits = "requests a second", "time to the last byte", "requests under way, and waiting in the queue", "answered from the cache"
	for _, row := range []struct {
		w, h  int
		want  []string
		wants int
	}{
		{80, 24, []string{rate, times, queue, hits}, 0},
		{80, 40, []string{rate, times}, 2},
		{120, 28, []string{rate, times, queue}, 2},
		{120, 40, []string{rate, times, queue, hits, "P95", "P50", "now"}, 7},
		{200, 60, []string{rate, times, queue, hits, "P95", "P50", "now"}, 7},
	} {
		v, _ := newTraffic(row.w, row.h)
		got, found := ansi.Strip(v.View()), 0
		for _, want := range row.want {
			if strings.Contains(got, want) {
				found++
			}
		}
		if found != row.wants {
			t.Errorf("%dx%d: %d of %q, want %d:\n%s", row.w, row.h, found, row.want, row.wants, got)
		}
	}
}

func TestWhatTheChartsOfTheTrafficViewSay(t *testing.T) {
	uncached := trafficState(500)
	uncached.Cache = nil
	unseen := collectors.Sample{Time: uncached.Time, Errors: map[string]string{"gateway": "it answered 403"}}
	v := newTrafficView(&fakeGateway{}, time.Second, Options{}.withDefaults())
	v.w, v.h = 120, 40
	v.Update(trafficMsg{state: uncached, sample: unseen})
	for _, want := range []string{"it answered 403", "answers that are errors"} {
		if got := ansi.Strip(v.View()); !strings.Contains(got, want) || strings.Contains(got, "answered from the cache") {
			t.Errorf("no %q, or a cache that is not there, in\n%s", want, got)
		}
	}
	paused, _ := newTraffic(120, 40)
	presses(paused, " ")
	axis := func() string {
		for l := range strings.Lines(paused.View()) {
			if strings.Contains(l, "03:02") {
				return l
			}
		}
		return "no axis"
	}
	before := axis()
	later := trafficState(30000) // five minutes on
	paused.Update(trafficMsg{state: later, sample: trafficPast(later.Time)})
	if got := axis(); got != before || strings.Contains(got, "now") {
		t.Errorf("the charts of a paused view end at %s, before at %s", got, before)
	}
	presses(paused, " ")
	if got := axis(); got == before {
		t.Error("they stay there when it goes on")
	}
}

// The reason of a configuration that is refused is at its end.
func TestALongEventIsToldWhole(t *testing.T) {
	v, _ := newTraffic(80, 24)
	state := trafficState(500)
	text := "not read again, the old configuration stays: gateway.yaml:12: weights follow metrics, and all routes balance by round_robin: none would follow them"
	state.Events = append([]wire.GatewayEvent{{Time: state.Time, Text: text}}, state.Events...)
	v.Update(trafficMsg{state: state})
	got := ansi.Strip(v.View())
	if !strings.Contains(strings.Join(strings.Fields(got), " "), text) {
		t.Errorf("the event is not whole in\n%s", got)
	}
	if strings.Contains(got, "newer") {
		t.Errorf("all events are shown:\n%s", got)
	}
}

// Every event can be scrolled to, and none is skipped.
func TestAllEventsAreReached(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {60, 20}, {120, 40}} {
		v, _ := newTraffic(size[0], size[1])
		v.Update(trafficMsg{state: busyGateway()})
		seen := v.View()
		for range 60 {
			presses(v, "pgdown")
			seen += v.View()
		}
		for i := range 40 {
			if want := fmt.Sprintf("weight 0.%02d", 99-i); !strings.Contains(seen, want) {
				t.Errorf("%dx%d: %q never shows", size[0], size[1], want)
			}
		}
	}
}

func TestTheCacheHasTheLevelsThatThereAre(t *testing.T) {
	c := wire.GatewayCache{Size: 64e6, Bytes: 13e6, MemoryHits: 9, Misses: 1}
	if got, want := cacheParts(&c)[0].text, "cache 13 MB of 64 MB; memory 90 %, missed 10 %; 0 stale, 0 evicted"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	c.Redis = &wire.GatewayRedis{Up: true}
	if got, want := cacheParts(&c)[0].text, "memory 90 %, Redis 0.0 %, missed 10 %"; !strings.Contains(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
}
