package gateway

import (
	"math"
	"testing"
	"time"

	"mltop/collectors"
	"mltop/internal/wire"
)

func looked(at time.Time, hits, misses, answers uint64, seconds float64) wire.Gateway {
	return wire.Gateway{
		Time: at, Since: time.Unix(0, 0), Queue: wire.GatewayQueue{InFlight: 3, Depth: 2},
		Cache:     &wire.GatewayCache{MemoryHits: hits, RedisHits: hits, Misses: misses},
		Upstreams: []wire.GatewayUpstream{{URL: "http://a", Durations: wire.GatewayDurations{Counts: []uint64{answers / 2, answers - answers/2}, Sum: seconds}}},
	}
}

func TestHowAGatewayStands(t *testing.T) {
	at := time.Unix(1_000_000, 0)
	first := looked(at, 10, 10, 100, 5)
	anew := looked(at.Add(2*time.Second), 1, 1, 10, 1)
	anew.Since = at
	for _, row := range []struct {
		name        string
		before, now wire.Gateway
		hits        float64 // NaN: not known
		answers     float64
		seconds     float64
	}{
		{"a look after another", first, looked(at.Add(2*time.Second), 11, 12, 120, 6), 0.5, 10, 0.5},
		{"nothing passes", first, looked(at.Add(time.Second), 10, 10, 100, 5), math.NaN(), 0, 0},
		{"the first look", wire.Gateway{}, first, math.NaN(), math.NaN(), math.NaN()},
		{"it began anew", first, anew, math.NaN(), math.NaN(), math.NaN()},
		{"an upstream was put back", first, looked(at.Add(time.Second), 12, 11, 10, 1), 0.8, math.NaN(), math.NaN()},
	} {
		got := Standing(row.before, row.now)
		if got.InFlight != 3 || got.Queued != 2 {
			t.Errorf("%s: %v in flight, %v queued", row.name, got.InFlight, got.Queued)
		}
		hits, u := math.NaN(), collectors.GatewayUpstream{Answers: math.NaN(), Seconds: math.NaN()}
		if got.HitRatio != nil {
			hits = *got.HitRatio
		}
		if len(got.Upstreams) > 0 {
			u = got.Upstreams[0]
		}
		for _, v := range [][2]float64{{hits, row.hits}, {u.Answers, row.answers}, {u.Seconds, row.seconds}} {
			if v[0] != v[1] && !(math.IsNaN(v[0]) && math.IsNaN(v[1])) {
				t.Errorf("%s: got hits %v and %+v, want %v, %v and %v", row.name, hits, u, row.hits, row.answers, row.seconds)
			}
		}
	}
}

// The mean of an upstream is that of its answers, not of its seconds.
func TestHistoryKeepsHowAGatewayStood(t *testing.T) {
	h, at := collectors.NewHistory(0), time.Unix(1_000_000, 0)
	for i, s := range []collectors.GatewayUpstream{{Answers: 9, Seconds: 0.9}, {Answers: 1, Seconds: 1.1}} {
		s.URL = "http://a"
		now := at.Add(time.Duration(i) * time.Second)
		h.Put(collectors.Sample{Time: now, Sections: []collectors.Section{&collectors.Gateway{At: now, Interval: time.Second, InFlight: float64(i), Upstreams: []collectors.GatewayUpstream{s}}}})
	}
	end := at.Add(time.Second)
	if got := h.UpstreamMean("http://a", end, 10*time.Second); math.Abs(got-0.2) > 1e-6 {
		t.Errorf("the mean is %v, want 0.2", got)
	}
	if got := h.UpstreamMean("http://a", end, time.Second); math.Abs(got-1.1) > 1e-6 {
		t.Errorf("the last second's mean is %v, want 1.1", got)
	}
	if got := h.UpstreamMean("http://b", end, time.Second); !math.IsNaN(got) {
		t.Errorf("the mean of nobody is %v", got)
	}
	if got := h.Series(collectors.Metric{Name: collectors.MetricInFlight}, end, 2*time.Second, 2); got[1] != 0 && got[1] != 1 {
		t.Errorf("in flight: %v", got)
	}
}
