package advisor

import (
	"context"
	"math/rand"
	"slices"
	"strings"
	"testing"

	"mltop/internal/db"
)

// aNoisyWorld measures with a clock that is up to a twentieth off, on a workload
// of which some statement lies exactly at a threshold.
func aNoisyWorld(seed int64, make func() (*fakeEngine, Workload)) (*fakeEngine, Workload) {
	e, w := make()
	e.schema.Version = "7"
	r := rand.New(rand.NewSource(seed))
	e.lab.noise = func() float64 { return 0.95 + 0.1*r.Float64() }
	return e, w
}

// atHalf has an index that halves what one statement of little weight takes.
func atHalf() (*fakeEngine, Workload) {
	e, w := world([]*db.Table{table("logs", "path", "ts"), table("users", "email")}, where("logs", "path="), where("users", "email="))
	e.lab.slow = map[string]float64{"q0": 50}
	w.Statements[1].CallsPerHour *= 100
	return e, w
}

// atATenth has a statement of which an index for another one saves a tenth.
func atATenth() (*fakeEngine, Workload) {
	e, w := world([]*db.Table{table("logs", "path", "ts")}, where("logs", "path="), where("logs", "path=", "ts="))
	e.lab.slow = map[string]float64{"q0": 90}
	return e, w
}

// nearEquals has two ways to index, of which the wider one is a little faster.
func nearEquals() (*fakeEngine, Workload) {
	e, w := world([]*db.Table{table("logs", "path", "ts", "code")}, where("logs", "path=", "ts<"), where("logs", "path="), where("logs", "path=", "order ts"))
	e.lab.slow = map[string]float64{"q1": 3}
	return e, w
}

// severalRuns answers what each of some runs on the same database advises.
func severalRuns(t *testing.T, e *fakeEngine, w Workload, o Options, remember bool) (runs []string, last Advice) {
	t.Helper()
	dir := t.TempDir()
	for range 12 {
		if !remember {
			dir = t.TempDir()
		}
		got, err := newAdvisor(t, e, Config{StateDir: dir}).Advise(context.Background(), w, Seen{}, o)
		if err != nil {
			t.Fatal(err)
		}
		list := indexes(got)
		slices.Sort(list)
		runs, last = append(runs, strings.Join(list, ", ")), got
	}
	return runs, last
}

func TestTwoRunsOnAnUnchangedDatabaseSayTheSame(t *testing.T) {
	for _, tt := range []struct {
		name   string
		make   func() (*fakeEngine, Workload)
		budget int64
		sways  bool // without the memory of the last run the advice does sway
	}{
		{"an index that halves a cost, or nearly", atHalf, 0, true},
		{"a statement that an index serves by a tenth", atATenth, 0, false},
		{"two indexes that are nearly equal", nearEquals, 0, false},
		{"two of which a budget holds one", nearEquals, 2e6, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for seed := range int64(6) {
				e, w := aNoisyWorld(seed, tt.make)
				runs, _ := severalRuns(t, e, w, Options{Budget: tt.budget}, true)
				if all := slices.Compact(slices.Clone(runs)); len(all) != 1 {
					t.Errorf("runs one after the other say %q, want one and the same", all)
				}
			}
			e, w := aNoisyWorld(1, tt.make)
			runs, _ := severalRuns(t, e, w, Options{Budget: tt.budget}, false)
			slices.Sort(runs)
			if n := len(slices.Compact(runs)); tt.sways && n < 2 {
				t.Error("the noise is too weak to show anything: every run says the same without memory")
			}
		})
	}
}

// On a live server counts never repeat: an index on the edge must not come and
// go with them, and a new statement must not have to be better than others.
func TestTwoRunsSayTheSameWhileCountsChange(t *testing.T) {
	for seed := range int64(6) {
		e, w := aNoisyWorld(seed, atHalf)
		dir, runs := t.TempDir(), []string{}
		for i := range 12 {
			w.Statements = slices.Clone(w.Statements)
			w.Statements[0].CallsPerHour = 36000 * (1 + 0.5*float64(i%3))
			w.Statements[1].CallsPerHour = 100 * w.Statements[0].CallsPerHour
			got, err := newAdvisor(t, e, Config{StateDir: dir}).Advise(t.Context(), w, Seen{}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			runs = append(runs, strings.Join(indexes(got), ", "))
		}
		if all := slices.Compact(slices.Clone(runs)); len(all) != 1 {
			t.Errorf("runs one after the other say %q, want one and the same", all)
		}
	}
}

func TestANewStatementsIndexNeedsNoMoreThanOthers(t *testing.T) {
	known, fresh := &bound{Statement: Statement{Fingerprint: "known"}}, &bound{Statement: Statement{Fingerprint: "new"}}
	for _, tt := range []struct {
		name  string
		had   bool
		users []*bound
		want  float64
	}{
		{"it was advised before", true, []*bound{known}, 1 - band},
		{"it was not, for the same statement", false, []*bound{known}, 1 + band},
		{"a new statement asks for it", false, []*bound{known, fresh}, 1},
		{"advised before, and a new one asks too", true, []*bound{known, fresh}, 1 - band},
	} {
		c := &candidate{index: db.Index{Name: "i"}, users: tt.users}
		s := &search{had: incumbents{c.id(): tt.had}, new: newcomers{"known": true}}
		if got := s.bar(c); got != tt.want {
			t.Errorf("%s: the bar is %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestBorderlineAdviceIsMarked(t *testing.T) {
	e, w := aNoisyWorld(3, atHalf)
	_, last := severalRuns(t, e, w, Options{}, true)
	for _, r := range last.Recommendations {
		marked := strings.HasPrefix(r.MayBeWrong, "borderline: it saves ")
		if want := r.Table == "logs"; marked != want {
			t.Errorf("%s: marked as borderline %v, want %v (%s)", r.Title, marked, want, r.MayBeWrong)
		}
	}
}

func TestTheLastAdviceStandsUntilSomethingChanges(t *testing.T) {
	ctx := context.Background()
	for _, tt := range []struct {
		name   string
		change func(e *fakeEngine, w *Workload, o *Options)
		stands bool
	}{
		{"nothing has changed", func(*fakeEngine, *Workload, *Options) {}, true},
		{"live counts differ a little", func(_ *fakeEngine, w *Workload, _ *Options) { w.Statements[0].CallsPerHour *= 1.1 }, true},
		{"the schema has changed", func(e *fakeEngine, _ *Workload, _ *Options) { e.schema.Version = "8" }, false},
		{"a statement has come", func(_ *fakeEngine, w *Workload, _ *Options) {
			w.Statements = append(w.Statements, Statement{Fingerprint: "new", Text: "q9"})
		}, false},
		{"a statement runs ten times as often", func(_ *fakeEngine, w *Workload, _ *Options) { w.Statements[0].CallsPerHour *= 10 }, false},
		{"the budget is another one", func(_ *fakeEngine, _ *Workload, o *Options) { o.Budget = 5e6 }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e, w := aNoisyWorld(1, atATenth)
			a := newAdvisor(t, e, Config{})
			given, err := a.Advise(ctx, w, Seen{}, Options{})
			if err != nil {
				t.Fatal(err)
			}
			var o Options
			w.Statements = slices.Clone(w.Statements)
			tt.change(e, &w, &o)
			last, ok, err := a.Last(ctx, w, o)
			if err != nil || ok != tt.stands {
				t.Fatalf("the last advice stands: %v, %v; want %v", ok, err, tt.stands)
			}
			for _, r := range last.Recommendations {
				if print := r.Fingerprints[0]; "f"+last.Texts[print] != print {
					t.Errorf("of %s the statement %s is kept as %q", r.Title, print, last.Texts[print])
				}
			}
			if ok && SQL(last) != SQL(given) {
				t.Errorf("got %q, want %q", SQL(last), SQL(given))
			}
		})
	}
	t.Run("what was dismissed since is left out", func(t *testing.T) {
		e, w := aNoisyWorld(1, atATenth)
		a := newAdvisor(t, e, Config{})
		given, err := a.Advise(ctx, w, Seen{}, Options{})
		if err != nil || len(given.Recommendations) == 0 {
			t.Fatalf("got %+v, %v", given, err)
		}
		if err := a.Dismiss(ctx, given.Recommendations[0].ID, "no"); err != nil {
			t.Fatal(err)
		}
		if last, ok, err := a.Last(ctx, w, Options{}); err != nil || !ok || len(last.Recommendations) != len(given.Recommendations)-1 {
			t.Errorf("got %v, %v, %v; want it without the one dismissed", indexes(last), ok, err)
		}
	})
}
