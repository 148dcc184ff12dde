package gateway

import (
	"context"
	"fmt"
	"math"
	"net"
	"strings"
	"testing"
	"time"
)

// A scaled is upstreams that are weighed by a clock of the test's own.
type scaled struct {
	g      *Gateway
	s      *setup
	scales map[*upstream]*scale
	now    time.Time
}

func newScaled(n int) *scaled {
	var urls []string
	for i := range n {
		urls = append(urls, fmt.Sprintf("http://127.0.0.1:%d", 9001+i))
	}
	cfg := before(urls...)
	cfg.Routes[0].Balance, cfg.Weights.On = Weighted, true
	return &scaled{g: &Gateway{background: context.Background()}, s: newSetup(cfg, nil), scales: map[*upstream]*scale{}, now: t0}
}

// second has 200 requests pass that take as long as is given for each
// upstream, looks at them, and answers the share of each.
func (w *scaled) second(times []time.Duration) []float64 {
	const requests = 200
	got := make([]float64, len(times))
	for range requests {
		u, trial := w.s.routes[0].pick(&[fewUpstreams]Candidate{}, 0, nil, w.now)
		u.end(trial)
		for i := range w.s.all {
			if w.s.all[i] == u {
				u.served(200, times[i], w.now)
				got[i] += 1.0 / requests
			}
		}
	}
	w.now = w.now.Add(w.s.cfg.Weights.Interval)
	none := make([]Usage, len(times))
	for i := range none {
		none[i] = Usage{CPU: math.NaN(), Memory: math.NaN()}
	}
	w.g.weighAll(w.s, w.scales, none, w.now)
	return got
}

func TestATenTimesSlowerOneGetsHalfItsShareAfterThreeLooks(t *testing.T) {
	if i := Defaults().Weights.Interval; 3*i > 3*time.Second {
		t.Fatalf("three looks take %v, want no more than 3 s", 3*i)
	}
	for _, quick := range []time.Duration{time.Millisecond, 5 * time.Millisecond, 90 * time.Millisecond} {
		for n := 2; n <= 8; n++ {
			w, times := newScaled(n), make([]time.Duration, n)
			for i := range times {
				times[i] = quick
			}
			var share float64
			for range 20 {
				share = w.second(times)[0]
			}
			if math.Abs(share-1/float64(n)) > 0.02 {
				t.Errorf("%d that are alike: the first gets %.3f, want its part", n, share)
			}
			times[0] = 10 * quick
			for range 3 {
				w.second(times)
			}
			if got := w.second(times)[0]; got > share/2 {
				t.Errorf("one of %d takes %v beside %v: its share went from %.3f to %.3f after three looks, want half or less", n, times[0], quick, share, got)
			}
			if e := w.g.events.newest(); len(e) == 0 || !strings.Contains(e[len(e)-1].Text, "is usual") {
				t.Errorf("the events are %v, want them to say what is usual", e)
			}
			times[0] = quick
			for range 40 {
				share = w.second(times)[0]
			}
			if math.Abs(share-1/float64(n)) > 0.02 {
				t.Errorf("one of %d is quick again: its share is %.3f, want all of it", n, share)
			}
		}
	}
}

func TestUpstreamsOfOtherRoutesAreNoMeasure(t *testing.T) {
	w := newScaled(2)
	cfg := w.s.cfg
	slow := cfg.Routes[0].Upstreams[1]
	cfg.Routes = []RouteRule{{Path: "/", Balance: Weighted, Upstreams: cfg.Routes[0].Upstreams[:1]}, {Path: "/api", Balance: Weighted, Upstreams: []UpstreamRule{slow}}}
	w.s = newSetup(cfg, w.s)
	for range 5 {
		for i, took := range []time.Duration{500 * time.Microsecond, 50 * time.Millisecond} {
			w.s.all[i].served(200, took, w.now)
		}
		w.now = w.now.Add(time.Second)
		w.g.weighAll(w.s, w.scales, make([]Usage, 2), w.now)
	}
	for _, u := range w.s.all {
		if f := w.scales[u].factor; f < 0.9 {
			t.Errorf("%s has the factor %.2f, want next to all: %s", u.rule.Load().URL, f, u.why)
		}
	}
}

// A dead upstream goes out by the requests that fail, and these follow each
// other: no clock is in it, so that any traffic beyond twelve requests in a
// second ejects one of four within that second.
func TestThreeRequestsAreAllThatADeadUpstreamGets(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dead := l.Addr().String()
	cfg := before(named(t, "a").URL, named(t, "b").URL, named(t, "c").URL, "http://"+dead)
	cfg.Health.Interval = time.Hour // so that no check ejects it
	g, address := started(t, cfg)
	isUp(t, g)
	l.Close()
	for range 8 * Defaults().Health.Failures {
		if res, _ := ask(t, address, get1("/")); res.StatusCode != 200 {
			t.Errorf("a client got %d, want no request to fail", res.StatusCode)
		}
	}
	u := upstreamOf(g, dead)
	if n := u.counts.requests.Load(); n != 3 || standingOf(g, dead) == Up {
		t.Errorf("it got %d requests and stands %s, want it out after 3", n, standingOf(g, dead))
	}
	if e := g.events.newest(); len(e) == 0 || !strings.HasPrefix(e[0].Text, "ejected: 3 requests in a row failed") {
		t.Errorf("the events are %v", e)
	}
}
