package loadtest

import (
	"net/http"
	"testing"
	"time"
)

func TestARateThatIsChangedLive(t *testing.T) {
	sec := time.Second
	steady := []Stage{{10 * sec, 100, 100}}
	type change struct {
		at     time.Duration
		factor float64
	}
	for _, c := range []struct {
		name    string
		stages  []Stage
		changes []change
		n       uint64
		want    time.Duration
		ok      bool
	}{
		{"nothing changed", steady, nil, 500, 5 * sec, true},
		{"twice as fast from the second on", steady, []change{{2 * sec, 2}}, 400, 3 * sec, true},
		{"what was due before stays so", steady, []change{{2 * sec, 2}}, 100, sec, true},
		{"half as fast", steady, []change{{2 * sec, 0.5}}, 300, 4 * sec, true},
		{"a pause lets nothing through", steady, []change{{2 * sec, 0}}, 200, 0, false},
		{"after a pause it goes on from there", steady, []change{{2 * sec, 0}, {4 * sec, 1}}, 250, 4500 * time.Millisecond, true},
		{"what came before a pause is not moved", steady, []change{{2 * sec, 0}, {4 * sec, 1}}, 150, 1500 * time.Millisecond, true},
		{"a pause does not make the test longer", steady, []change{{2 * sec, 0}, {4 * sec, 1}}, 800, 0, false},
		{"faster on a ramp", []Stage{{10 * sec, 0, 100}}, []change{{5 * sec, 2}}, 125 + 2*55, 6 * sec, true},
	} {
		th := newThrottle(NewPacer(c.stages))
		for _, x := range c.changes {
			th.change(x.at, x.factor)
		}
		got, ok := th.due(c.n)
		if ok != c.ok || (got-c.want).Abs() > time.Microsecond {
			t.Errorf("%s: request %d is due at %v (%v), want %v (%v)", c.name, c.n, got, ok, c.want, c.ok)
		}
	}
}

func TestAPauseStopsARunAndItGoesOn(t *testing.T) {
	r, done := running(t, rate(t, serve(t, func(http.ResponseWriter, *http.Request) {}), 100, 5*time.Minute))
	until(t, "it runs", func() bool { return r.Live().Sent > 20 })
	r.Scale(0)
	until(t, "what is in flight is answered", func() bool { return r.Live().InFlight == 0 })
	paused := r.Status().Sent
	time.Sleep(300 * time.Millisecond)
	if now := r.Status().Sent; now > paused+2 || *r.Live().Asked != 0 { // 30 were due
		t.Errorf("in the pause %d more were sent, %v a second asked for", now-paused, *r.Live().Asked)
	}
	r.Scale(2)
	until(t, "it goes on", func() bool { return r.Status().Sent > paused+50 })
	if got := r.Live(); *got.Asked != 200 {
		t.Errorf("%v a second are asked for, want 200", *got.Asked)
	}
	r.Stop("by the test")
	if res := <-done; res.Dropped != 0 || res.ErrorCount != 0 || len(res.Moves) != 2 {
		t.Errorf("dropped %d, errors %v, moves %+v; want none, none, two", res.Dropped, res.Errors, res.Moves)
	}
	if got := r.Scale(1000); got != mostFactor {
		t.Errorf("the rate may become %v times as much", got)
	}
}
