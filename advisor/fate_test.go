package advisor_test

import (
	"testing"

	"mltop/advisor"
	"mltop/internal/db/dbtest"
)

func TestWhatBecameOfAdviceIsTold(t *testing.T) {
	for _, c := range []struct {
		name    string
		happens func(t *testing.T, w watchedStock, a *advisor.Advisor, id string)
		want    advisor.Fate
	}{
		{"mltop applied it", func(t *testing.T, w watchedStock, a *advisor.Advisor, id string) {
			if _, err := a.Apply(t.Context(), id, nil); err != nil {
				t.Fatal(err)
			}
		}, advisor.Fate{Applied: true, Why: "entry 1 of the journal"}},
		{"mltop applied it and took it back", func(t *testing.T, w watchedStock, a *advisor.Advisor, id string) {
			e, err := a.Apply(t.Context(), id, nil)
			if err == nil {
				_, err = a.Undo(t.Context(), e.ID, nil)
			}
			if err != nil {
				t.Fatal(err)
			}
		}, advisor.Fate{}},
		{"somebody else did the same", func(t *testing.T, w watchedStock, a *advisor.Advisor, id string) {
			dbtest.Exec(t, w.stranger, "DROP INDEX narrow"+w.dropping)
		}, advisor.Fate{Applied: true, Why: "index narrow is gone: somebody else has dropped it since the advice was given"}},
		{"its ground went away", func(t *testing.T, w watchedStock, a *advisor.Advisor, id string) {
			dbtest.Exec(t, w.stranger, "DROP INDEX wide"+w.dropping)
		}, advisor.Fate{Why: "index wide, which it builds on, is gone: somebody else has dropped it since the advice was given"}},
		{"nothing that could be seen", func(*testing.T, watchedStock, *advisor.Advisor, string) {}, advisor.Fate{}},
	} {
		for name, open := range stocks(t) {
			t.Run(c.name+", on "+name, func(t *testing.T) {
				w := open(t)
				a := advisor.New(w.engine, advisor.Config{StateDir: t.TempDir(), MaxBlock: -1})
				t.Cleanup(func() { _ = a.Close() })
				got, err := a.Advise(t.Context(), advisor.Workload{}, nothingSeen(), advisor.Options{})
				if err != nil {
					t.Fatal(err)
				}
				drop := adviceOn(t, got, "index narrow")
				c.happens(t, w, a, drop.ID)
				fates, err := a.Fates(t.Context(), []advisor.Recommendation{drop})
				if err != nil || fates[drop.ID] != c.want {
					t.Errorf("got %+v, %v; want %+v", fates[drop.ID], err, c.want)
				}
			})
		}
	}
}

// Who makes an index by hand gives it a name of their own.
func TestAnIndexOfAnotherNameIsTheAdvisedOne(t *testing.T) {
	for name, open := range stocks(t) {
		t.Run(name, func(t *testing.T) {
			w := open(t)
			a := advisor.New(w.engine, advisor.Config{StateDir: t.TempDir()})
			t.Cleanup(func() { _ = a.Close() })
			advised := advisor.Recommendation{ID: "x", Kind: advisor.KindCreateIndex, Table: "stock", Columns: []string{"item"}}
			for _, want := range []advisor.Fate{{}, {Applied: true, Why: "index by_hand has its columns: somebody else has made it"}} {
				if fates, err := a.Fates(t.Context(), []advisor.Recommendation{advised}); err != nil || fates["x"] != want {
					t.Errorf("got %+v, %v; want %+v", fates["x"], err, want)
				}
				if !want.Applied {
					dbtest.Exec(t, w.stranger, "CREATE INDEX by_hand ON stock (item)")
				}
			}
		})
	}
}
