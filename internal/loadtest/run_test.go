package loadtest

import (
	"net/http"
	"sync"
	"testing"
	"time"
)

// TestAStallIsCounted stops the target for a second. What requests that were
// due meanwhile waited follows from when it stopped and went on; a tester that
// waits for answers before it asks again would not have asked.
func TestAStallIsCounted(t *testing.T) {
	const perSecond, length = 500, 3
	target := newStalling()
	url := serve(t, target.answer)
	time.AfterFunc(time.Second, func() { target.stall(time.Second) })
	res := do(t, rate(t, url, perSecond, length*time.Second))
	stall := target.told()
	if res.Sent != perSecond*length || res.Dropped != 0 || res.ErrorCount != 0 {
		t.Errorf("sent %d, dropped %d, errors %d (%v); want %d, 0, 0", res.Sent, res.Dropped, res.ErrorCount, res.Errors, perSecond*length)
	}
	// A share of stall/length of all requests was due during the stall, evenly:
	// the q-quantile of all waits for what is left of it, and no less. How much
	// more it is depends on what else the machine does.
	for q, got := range map[float64]float64{0.90: *res.Latency.P90, 0.95: *res.Latency.P95, 0.99: *res.Latency.P99} {
		if want := stall - (1-q)*length; got < 0.95*want {
			t.Errorf("p%.0f: got %.3f s, the closed form says %.3f s", q*100, got, want)
		}
	}
	if *res.SendLag.P90 > *res.Latency.P90/2 {
		t.Errorf("the target's stall is blamed on the generator: send lag %.3f s of %.3f s", *res.SendLag.P90, *res.Latency.P90)
	}
}

// A stalling target answers at once, but for the time of its stall.
type stalling struct {
	gate sync.RWMutex
	mu   sync.Mutex
	took time.Duration
}

func newStalling() *stalling { return &stalling{} }

func (s *stalling) answer(w http.ResponseWriter, _ *http.Request) {
	s.gate.RLock()
	s.gate.RUnlock() //nolint:staticcheck // it only waits for the stall to end
	w.WriteHeader(http.StatusNoContent)
}

func (s *stalling) stall(d time.Duration) {
	s.gate.Lock()
	from := time.Now()
	time.Sleep(d)
	took := time.Since(from)
	s.gate.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.took = took
}

// told is how long it stalled, in seconds.
func (s *stalling) told() float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.took.Seconds()
}

func TestALongQueueForConnectionsIsWaitAndNotLag(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) { time.Sleep(20 * time.Millisecond) })
	p := rate(t, url, 200, time.Second)
	p.Connections, p.MaxConnections = 2, 2 // at most 100 a second
	res := do(t, p)
	if res.Sent != 200 || res.Dropped != 0 {
		t.Errorf("sent %d, dropped %d; want 200 and 0", res.Sent, res.Dropped)
	}
	if res.Wait.Count < 150 || *res.Latency.Max < 0.8 {
		t.Errorf("%d waited, the longest latency is %.3f s; want nearly all, and about 1 s", res.Wait.Count, *res.Latency.Max)
	}
	if *res.SendLag.P50 > *res.Wait.P50/4 {
		t.Errorf("send lag %.3f s of a wait of %.3f s: the wait for connections is the target's", *res.SendLag.P50, *res.Wait.P50)
	}
	if *res.ServiceTime.P50 < 0.02 || *res.ServiceTime.P50 > *res.Latency.P50 {
		t.Errorf("service time %.3f s of a latency of %.3f s, want 20 ms and more", *res.ServiceTime.P50, *res.Latency.P50)
	}
}

func TestAClosedRunCountsWhatEachUserDid(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) { time.Sleep(10 * time.Millisecond); w.Write([]byte("ok")) })
	res := do(t, users(t, url, 5, time.Second))
	if res.PerSecond == 0 || res.PerSecond > 500 || res.Connections.Opened != 5 {
		t.Errorf("%.0f a second over %d connections; want at most 500 over 5", res.PerSecond, res.Connections.Opened)
	}
	if res.Statuses["200"] != res.Sent || res.Bytes != int64(2*res.Sent) {
		t.Errorf("%v answers, %d bytes of %d sent", res.Statuses, res.Bytes, res.Sent)
	}
	if res.Offered != nil {
		t.Errorf("a closed model offers no rate: got %v", *res.Offered)
	}
}
