package advisor

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
)

// estimated gives the one piece of advice a build of that many seconds.
func estimated(a *Advisor, id string, s float64) {
	_ = a.do(context.Background(), func(m *memory) {
		r := m.advice[id]
		r.Build = &BuildEstimate{Seconds: &s, Method: "guess"}
		m.advice[id] = r
	})
}

func TestALongBuildIsRefusedUnlessNobodyWrites(t *testing.T) {
	still := func() func() *float64 {
		v := 7.0
		return func() *float64 { return &v }
	}
	counting := func() func() *float64 {
		v := 7.0
		return func() *float64 { v++; w := v; return &w }
	}
	tests := []struct {
		name    string
		seconds float64
		commit  time.Duration
		commits func() *float64
		held    bool
		refused string
	}{
		{"nobody holds the file and commits are not counted", 3, 0, nil, false, "not certain"},
		{"nobody holds the file now, but somebody commits", 3, 0, counting(), false, "not certain"},
		{"nobody holds it and nobody commits", 3, 0, still(), false, ""},
		{"somebody holds it and nobody commits", 3, 0, still(), true, "pid 1"},
		{"a build just below the bound, and a commit that must wait", 0.95, 2 * time.Second, nil, false, "not certain"},
		{"a short build, whose commit waits no longer than is left", 0.5, 2 * time.Second, nil, false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, e, id := advised(t, Config{MaxBlock: time.Second, quiet: time.Millisecond})
			e.commits = tt.commits
			if tt.held {
				e.holders = []db.Holder{{PID: 1, Name: "orders-api"}}
			}
			estimated(a, id, tt.seconds)
			_ = a.do(context.Background(), func(m *memory) { m.advice[id].Change[0].Blocks.Commit = tt.commit })
			p, err := a.Preview(context.Background(), id)
			if err != nil || (p.Refused == "") != (tt.refused == "") || !strings.Contains(p.Refused, tt.refused) {
				t.Errorf("refused with %q, %v; want %q in it", p.Refused, err, tt.refused)
			}
		})
	}
}

func TestAStepMayHoldItsLockAsLongAsOthersMayWaitAndLongerWhereNobodyUsesTheFile(t *testing.T) {
	for _, tt := range []struct {
		name     string
		maxBlock time.Duration
		seconds  float64
		want     time.Duration
	}{
		{"a short build", 5 * time.Second, 1, 5 * time.Second},
		{"a long build of a file that nobody writes", 5 * time.Second, 60, 2 * time.Minute},
		{"no bound", -1, 60, 0},
	} {
		a, e, id := advised(t, Config{MaxBlock: tt.maxBlock, quiet: time.Millisecond})
		e.commits = func() *float64 { v := 1.0; return &v }
		estimated(a, id, tt.seconds)
		entry, err := a.Apply(context.Background(), id, nil)
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if _, err := a.Undo(context.Background(), entry.ID, nil); err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if len(e.limits) != 2 || e.limits[0] != tt.want || e.limits[1] != tt.want {
			t.Errorf("%s: the limits of apply and undo are %v, want %v", tt.name, e.limits, tt.want)
		}
	}
}

func TestALongBuildOnAQuietFileYieldsToWhoComes(t *testing.T) {
	orders := []db.Holder{{PID: 1, Name: "orders-api"}}
	for _, tt := range []struct {
		name string
		came []db.Holder
		want string
	}{
		{"somebody comes and stays", orders, "pid 1 (orders-api) came to use the file"},
		{"nobody comes", nil, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, e, id := advised(t, Config{MaxBlock: 100 * time.Millisecond, quiet: time.Millisecond})
			e.commits = func() *float64 { v := 1.0; return &v }
			estimated(a, id, 60)
			e.lasts = func(ctx context.Context) error {
				e.mu.Lock()
				e.holders = tt.came
				e.mu.Unlock()
				if tt.came == nil {
					return nil
				}
				<-ctx.Done() // a minute, if nobody breaks it off
				return ctx.Err()
			}
			entry, err := a.Apply(context.Background(), id, nil)
			if tt.want == "" {
				if err != nil || entry.State != EntryApplied {
					t.Errorf("got %+v, %v; want it applied", entry, err)
				}
				return
			}
			if err == nil || entry.State != EntryFailed || !strings.Contains(err.Error(), tt.want) || !strings.Contains(entry.Note, "--max-block") {
				t.Errorf("got %+v, %v; want it broken off for %q", entry, err, tt.want)
			}
		})
	}
}

func TestWhatSomebodyElseMadeMeanwhileIsNotTakenBack(t *testing.T) {
	a, e, id := advised(t, Config{})
	p, err := a.Preview(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	e.runErr = errors.New("the object is not as before")
	e.runSaw = p.Steps[0].After
	e.objects[p.Steps[0].Object] = db.Absent
	e.onRun = func() { e.objects[p.Steps[0].Object] = p.Steps[0].After }
	entry, err := a.Apply(context.Background(), id, nil)
	if err == nil || entry.State != EntryFailed || len(e.runs) != 0 || e.objects[p.Steps[0].Object] != p.Steps[0].After {
		t.Errorf("got %+v, %v, ran %q; want the change failed and the other's index left", entry, err, e.runs)
	}
}
