package loadtest

import (
	"context"
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
	r, err := New(context.Background(), rate(t, serve(t, func(http.ResponseWriter, *http.Request) {}), 100, 2*time.Second), Config{Gate: &Gate{}})
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(500*time.Millisecond, func() { r.Scale(0) })
	time.AfterFunc(1500*time.Millisecond, func() { r.Scale(2) })
	res, err := r.Do(context.Background())
	if err != nil || res.Sent < 110 || res.Sent > 190 || res.Dropped != 0 {
		t.Errorf("sent %d, dropped %d, %v; want 50 before the pause and 100 after it", res.Sent, res.Dropped, err)
	}
	if got := r.Scale(1000); got != mostFactor {
		t.Errorf("the rate may become %v times as much", got)
	}
}
