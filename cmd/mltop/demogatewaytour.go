package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"mltop/internal/demo"
	"mltop/internal/units"
	"mltop/internal/wire"
)

// A fleetTour is the gateway's story without a screen.
type fleetTour struct {
	fl     *fleet
	w      *world
	failed []string
}

// fleetPatience is how long the tour waits for each thing that has to come.
const fleetPatience = 90 * time.Second

// runFleetTour is mltop demo --gateway --tour.
func runFleetTour(ctx context.Context, w *world, f demoFlags) (err error) {
	t := &fleetTour{w: w}
	if t.fl, err = startFleet(ctx, f, 0, func(text string) { t.tell("deploy", "%s …", text) }); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.fl.stop()) }()
	for i, in := range t.fl.instances {
		t.tell("deploy", "an instance of the shop at http://%s, process %d%s", in.Address, in.PID, lateText(fleetLate[i]))
	}
	t.tell("gateway", "http://%s, its admin endpoint http://%s", t.fl.front, t.fl.admin)
	for _, step := range []func(context.Context) error{t.slow, t.die, t.comeBack, t.keep} {
		if err := step(ctx); err != nil {
			return fmt.Errorf("tour: %w", err)
		}
	}
	if len(t.failed) > 0 {
		return errors.New("the tour did not show what it promises: " + strings.Join(t.failed, "; "))
	}
	return nil
}

func lateText(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return fmt.Sprintf(", %v late with each answer", d)
}

func (t *fleetTour) tell(step, format string, args ...any) {
	fmt.Fprintf(t.w.out, "%-15s %s\n", step, safeLines(fmt.Sprintf(format, args...)))
}

// check notes what was promised and did not come.
func (t *fleetTour) check(ok bool, what, format string, args ...any) {
	word := "ok"
	if !ok {
		word = "FAILED"
		t.failed = append(t.failed, what)
	}
	t.tell("check", "%-6s %s: %s", word, what, fmt.Sprintf(format, args...))
}

// await looks until something is so.
func (t *fleetTour) await(ctx context.Context, what string, so func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, fleetPatience)
	defer cancel()
	for !so() {
		if err := sleep(ctx, 50*time.Millisecond); err != nil {
			return fmt.Errorf("wait for %s: %w", what, err)
		}
	}
	return nil
}

// enough requests to tell shares apart.
const enough = 60

// slow waits until the slow instance's weight has fallen, and then counts who
// gets how much.
func (t *fleetTour) slow(ctx context.Context) error {
	settled := func() bool {
		slow, other := t.fl.upstream(fleetSlow), t.fl.upstream(1)
		return slow.State == "up" && other.State == "up" && slow.Factor > 0 && slow.Factor < 0.5*other.Factor
	}
	if err := t.await(ctx, "a smaller weight of the slow instance", settled); err != nil {
		return err
	}
	t.tell("weights", "%s: %s", t.fl.upstream(fleetSlow).URL, t.fl.upstream(fleetSlow).WeightWhy)
	before := t.counts()
	err := t.await(ctx, "requests", func() bool { return total(minus(t.counts(), before)) >= enough })
	if err != nil {
		return err
	}
	got := minus(t.counts(), before)
	fair := float64(total(got)) / float64(len(got))
	t.check(float64(got[fleetSlow]) < 0.8*fair, "the slow instance gets less", "%d of %d requests, a third would be %.0f", got[fleetSlow], total(got), fair)
	return nil
}

// die kills an instance under load.
func (t *fleetTour) die(ctx context.Context) error {
	if _, err := t.fl.load.Phase("killed"); err != nil {
		return err
	}
	if err := t.fl.kill(fleetVictim); err != nil {
		return err
	}
	t.tell("kill -9", "%s", t.fl.upstream(fleetVictim).URL)
	gone := func() bool {
		s := t.fl.upstream(fleetVictim).State
		return s == "down" || s == "ejected"
	}
	if err := t.await(ctx, "the gateway to take it out", gone); err != nil {
		return err
	}
	u := t.fl.upstream(fleetVictim)
	t.tell("out", "%s: %s", u.State, u.Why)
	before := t.fl.g.State().Requests
	if err := t.await(ctx, "requests to the others", func() bool { return t.fl.g.State().Requests >= before+enough/2 }); err != nil {
		return err
	}
	r, err := t.fl.load.Phase("alive again")
	if err != nil {
		return err
	}
	n, failed := reads(r)
	t.check(n > 0 && failed == 0, "no client's GET failed", "%d of %d, %d requests had failed at one and were answered by another", failed, n, t.retries())
	return nil
}

// comeBack starts it again.
func (t *fleetTour) comeBack(ctx context.Context) error {
	before := t.fl.upstream(fleetVictim).Requests
	if err := t.fl.revive(ctx, fleetVictim); err != nil {
		return err
	}
	t.tell("started again", "%s", t.fl.upstream(fleetVictim).URL)
	up := func() bool {
		u := t.fl.upstream(fleetVictim)
		return u.State == "up" && u.Requests > before+enough/10
	}
	err := t.await(ctx, "it to be back", up)
	if err != nil {
		return err
	}
	for _, e := range lastOf(t.fl.g.State().Events, t.fl.upstream(fleetVictim).URL, 3) {
		t.tell("what changed", "%s", e.Text)
	}
	t.check(true, "it is back", "%d requests since", t.fl.upstream(fleetVictim).Requests-before)
	return nil
}

// keep looks at what the gateway keeps of what has passed: answers, and a row
// of each request.
func (t *fleetTour) keep(ctx context.Context) error {
	err := t.await(ctx, "answers out of the cache, and rows in the log", func() bool {
		s := t.fl.g.State()
		return s.Cache.Hits() > 0 && s.Log.Written > 0
	})
	if err != nil {
		return err
	}
	s := t.fl.g.State()
	t.check(true, "the cache answers", "%s of what was looked up there", units.Or(s.Cache.Ratio(s.Cache.Hits()), units.Percent))
	gone := s.Log.Dropped + s.Log.Refused + s.Log.Lost
	t.check(gone == 0, "the log has a row of each request", "%d written, %d dropped", s.Log.Written, gone)
	return nil
}

// lastOf are the newest events of an upstream, the oldest first.
func lastOf(events []wire.GatewayEvent, url string, n int) (out []wire.GatewayEvent) {
	for _, e := range events {
		if e.Upstream == url && len(out) < n {
			out = append([]wire.GatewayEvent{e}, out...)
		}
	}
	return out
}

// reads are the GETs of a phase, and how many of them failed.
func reads(r demo.Report) (n, failed int) {
	for _, route := range r.Routes {
		if strings.HasPrefix(route.Route, "GET ") {
			n += route.Count
			failed += route.Errors
		}
	}
	return n, failed
}

func (t *fleetTour) retries() (n uint64) {
	for i := range fleetLate {
		n += t.fl.upstream(i).Retries
	}
	return n
}

// counts are the requests of each instance so far.
func (t *fleetTour) counts() (out [len(fleetLate)]uint64) {
	for i := range out {
		out[i] = t.fl.upstream(i).Requests
	}
	return out
}

func minus(a, b [len(fleetLate)]uint64) [len(fleetLate)]uint64 {
	for i := range a {
		a[i] -= b[i]
	}
	return a
}

func total(a [len(fleetLate)]uint64) (n uint64) {
	for _, v := range a {
		n += v
	}
	return n
}
