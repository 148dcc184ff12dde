package diagnose

import (
	"slices"
	"strings"
	"testing"
	"time"

	"mltop/collectors"
	"mltop/internal/db"
)

// A verdictCase is a story and what is said of it.
type verdictCase struct {
	name    string
	tell    func(w *world)
	rule    string // the first finding's
	level   Level
	text    string // that its sentence has
	against string
}

func TestTheVerdict(t *testing.T) {
	for _, c := range slices.Concat(routeCases(), statementCases(), sessionCases(), databaseCases(), systemCases(), ownCases()) {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			c.tell(w)
			all := Look(w.in)
			got := all[0]
			if got.Rule != c.rule || got.Level != c.level || !strings.Contains(got.Text, c.text) {
				t.Errorf("got  %s, level %d: %s\nwant %s, level %d: …%s…\nall: %v", got.Rule, got.Level, got.Text, c.rule, c.level, c.text, all)
			}
			if !strings.Contains(strings.Join(got.Against, "; "), c.against) || len(got.Against) == 0 {
				t.Errorf("against it: got %q, want it to say %q", got.Against, c.against)
			}
		})
	}
}

func TestTheFileThatFillsTheDisk(t *testing.T) {
	w := newWorld()
	for m := 60; m >= 0; m-- {
		d := &collectors.Database{At: now.Add(-time.Duration(m) * time.Minute), Interval: time.Minute}
		d.Stats = db.Stats{Name: "app.db", State: "ok", FileBytes: whole(1e9 + int64(60-m)*1e7)}
		w.put(d.At, d)
	}
	w.put(now, &collectors.System{At: now, FileSystem: &collectors.FileSystem{Total: 1e12, Free: 1.44e11}})
	got := Look(w.in)[0]
	if got.Rule != "growth" || !strings.Contains(got.Text, "app.db grows by 14 GB a day: the disk is full in 10 d") {
		t.Errorf("got %s: %s", got.Rule, got.Text)
	}
}

func TestWhatIsSaidOfARouteIsNotSaidAgainOfItsStatement(t *testing.T) {
	w := newWorld()
	slowStory(w, 1, true)
	w.statements(w.statement("f1", "SELECT 1", 120, 0.285), w.statement("f2", "SELECT 2", 30, 0.0001))
	for _, x := range Look(w.in) {
		if x.Rule == "dominant" {
			t.Errorf("said again: %s", x.Text)
		}
	}
}

func BenchmarkLook(b *testing.B) {
	w := newWorld()
	slowStory(w, 1, true)
	b.ReportAllocs()
	for b.Loop() {
		Look(w.in)
	}
}

func BenchmarkLookAtTwentyRoutes(b *testing.B) {
	w := newWorld()
	for r := range 20 {
		for m := 70; m >= 0; m -= 1 {
			w.traffic(now.Add(-time.Duration(m)*time.Minute), collectors.Route{Method: "GET", Path: "/" + strings.Repeat("r", r+1)}, 30, 3, 0.1, 0.01, 200)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		Look(w.in)
	}
}

func TestTheRouteThatLosesMostTimeIsSaidFirst(t *testing.T) {
	w := newWorld()
	small := collectors.Route{Method: "GET", Path: "/rare"}
	w.traffic(now.Add(-55*time.Minute), small, 30, 0, 0, 0.002, 200)
	w.traffic(now.Add(-55*time.Minute), orders, 1200, 0, 0, 0.100, 200)
	w.traffic(now, small, 30, 0, 0, 0.040, 200)
	w.traffic(now, orders, 1200, 0, 0, 0.350, 200)
	if got := Look(w.in); len(got) == 0 || got[0].Route != orders || got[0].Level != Crit {
		t.Errorf("got %+v first, want the route that loses 5 s a second before one that loses 0.02", got)
	}
}

func TestALatencyThatWasLoggedAsZeroIsNoInfinity(t *testing.T) {
	w := newWorld()
	w.steady(now.Add(-55*time.Minute), 120, 0)
	w.steady(now, 120, 0.2)
	if got := Look(w.in); len(got) == 0 || !strings.Contains(got[0].Text, "200× slower") {
		t.Errorf("got %+v, want 200×: of less than a millisecond it is known no better", got)
	}
}
