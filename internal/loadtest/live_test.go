package loadtest

import (
	"context"
	"net/http"
	"reflect"
	"sync/atomic"
	"testing"
	"time"

	"mltop/internal/wire"
)

// until waits for something to become so, as long as a busy machine may need.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !so(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("after a minute still not: %s", what)
		}
	}
}

// running begins a run of a plan, and stops it when the test is over.
func running(t *testing.T, p *Plan) (*Run, <-chan *Result) {
	t.Helper()
	r, err := New(context.Background(), p, Config{Gate: &Gate{}})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan *Result, 1)
	go func() {
		res, err := r.Do(context.Background())
		if err != nil {
			t.Error(err)
		}
		done <- res
	}()
	t.Cleanup(func() { r.Stop("at the end of the test") })
	return r, done
}

func TestALiveLookAtTheEndIsTheResult(t *testing.T) {
	r, done := running(t, rate(t, serve(t, func(http.ResponseWriter, *http.Request) {}), 200, 1200*time.Millisecond))
	var looks []wire.BenchLive
	var res *Result
	for res == nil {
		select {
		case res = <-done:
		case <-time.After(20 * time.Millisecond):
			looks = append(looks, r.Live())
		}
	}
	got := r.Live()
	for i := 1; i < len(looks); i++ {
		if looks[i].Sent < looks[i-1].Sent || looks[i].At < looks[i-1].At {
			t.Errorf("look %d: %d sent after %.2f s, and %d after %.2f s before", i, looks[i].Sent, looks[i].At, looks[i-1].Sent, looks[i-1].At)
		}
	}
	if !reflect.DeepEqual(got.Series, res.Series) || !reflect.DeepEqual(got.Latency, res.Latency) || got.Sent != res.Sent || got.Duration != res.Duration || got.Phase != wire.BenchTeardown {
		t.Errorf("got %+v\nwant %+v", got.Bench, res.Bench)
	}
	var counted uint64
	for _, column := range got.Heat {
		for _, n := range column {
			counted += n
		}
	}
	if counted != res.Latency.Count || len(got.Heat) != len(got.Series) {
		t.Errorf("the heatmap has %d requests in %d columns, want %d in %d", counted, len(got.Heat), res.Latency.Count, len(got.Series))
	}
}

func TestALookBeforeTheFirstRequestSaysThatTheSetupGoesOn(t *testing.T) {
	p := rate(t, serve(t, func(http.ResponseWriter, *http.Request) {}), 100, time.Second)
	p.Setup = []Task{{Command: "prepare"}}
	p.Thresholds = []Threshold{{Text: "p95 < 1s", Metric: "p95", Limit: 1}}
	var seen wire.BenchLive
	var r *Run
	r, err := New(context.Background(), p, Config{Gate: &Gate{}, Command: func(context.Context, string) error { seen = r.Live(); return nil }})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Do(context.Background()); err != nil {
		t.Fatal(err)
	}
	if seen.Phase != wire.BenchSetup || seen.Sent != 0 || seen.Length != 1 || len(seen.Thresholds) != 1 || seen.Thresholds[0].Value != nil {
		t.Errorf("got %+v", seen)
	}
}

// TestUsersAreMadeMoreAndFewer: the handler holds every request until the
// test lets it go, so that what is in flight is the users that are at work.
func TestUsersAreMadeMoreAndFewer(t *testing.T) {
	var inside atomic.Int64
	gate := make(chan struct{})
	p := users(t, serve(t, func(http.ResponseWriter, *http.Request) {
		inside.Add(1)
		<-gate
		inside.Add(-1)
	}), 4, 5*time.Minute)
	p.Timeout, p.MaxConnections = 5*time.Minute, 6
	r, done := running(t, p)
	until(t, "four users ask", func() bool { return inside.Load() == 4 })
	r.Scale(10)
	until(t, "six users ask, which is the bound", func() bool { return inside.Load() == 6 })
	r.Scale(0)
	close(gate) // all are answered, and nobody asks again
	until(t, "nobody asks in a pause", func() bool { return inside.Load() == 0 && r.Live().InFlight == 0 })
	before := r.Live()
	if before.Users == nil || *before.Users != 0 || before.Asked != nil {
		t.Errorf("in a pause %v users are wanted, want 0", before.Users)
	}
	r.Scale(1)
	until(t, "they go on", func() bool { return r.Live().Sent > before.Sent+100 })
	r.Stop("by the test")
	res := <-done
	if res.ErrorCount != 0 || len(res.Moves) != 3 || res.Moves[1].Factor != 0 || res.Connections.Most != 6 {
		t.Errorf("errors %+v, moves %+v, %d users", res.Errors, res.Moves, res.Connections.Most)
	}
}

func TestStepsAreCountedByWeight(t *testing.T) {
	for _, c := range []struct {
		name string
		more []Pattern
		want float64
	}{
		{"one request", nil, 1},
		{"three steps, one time in four", []Pattern{{Weight: 1.0 / 3, Steps: make([]Step, 3)}}, 1.5},
	} {
		p := rate(t, "http://127.0.0.1:1/", 10, time.Second)
		for i := range c.more {
			for n := range c.more[i].Steps {
				c.more[i].Steps[n] = p.Patterns[0].Steps[0]
			}
		}
		p.Patterns = append(p.Patterns, c.more...)
		r, err := New(context.Background(), p, Config{Gate: &Gate{}})
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Live().Steps; got != c.want {
			t.Errorf("%s: a look says %v, want %v", c.name, got, c.want)
		}
	}
}
