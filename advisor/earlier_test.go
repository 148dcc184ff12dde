package advisor

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
)

// outlasted is a copy that the run's end comes before.
func outlasted(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// shortly is the time of a run that is to end before its copy is filled.
var shortly = Options{Duration: 20 * time.Millisecond}

func TestASearchThatEndedEarlyKeepsWhatTheOneBeforeFound(t *testing.T) {
	for _, c := range []struct {
		name    string
		between func(e *fakeEngine, w *Workload)
		want    string
	}{
		{"nothing happened in between", func(*fakeEngine, *Workload) {}, "logs(path)"},
		{"the statement is not run any more", func(_ *fakeEngine, w *Workload) { w.Statements = w.Statements[1:] }, ""},
		{"the index was made", func(e *fakeEngine, _ *Workload) {
			step := e.CreateIndex(db.Index{Name: "mltop_logs_path", Table: "logs", Columns: []db.IndexColumn{{Name: "path"}}})
			e.objects[step.Object] = step.After
		}, ""},
		{"the table is gone", func(e *fakeEngine, _ *Workload) {
			e.schema = &db.Schema{Version: "8", Tables: e.schema.Tables[1:]}
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, w := world([]*db.Table{table("logs", "path", "ts"), table("users", "email")}, where("logs", "path="), where("users", "order email"))
			e.schema.Version = "7"
			a := newAdvisor(t, e, Config{StateDir: t.TempDir()})
			first, err := a.Advise(t.Context(), w, Seen{}, Options{})
			if err != nil || !slices.Contains(indexes(first), "logs(path)") {
				t.Fatalf("the first search advises %q, %v; want logs(path)", indexes(first), err)
			}
			c.between(e, &w)
			e.copying = outlasted
			for range 2 { // what was kept once is kept again, and marked once
				got, err := a.Advise(t.Context(), w, Seen{}, shortly)
				if err != nil {
					t.Fatal(err)
				}
				list := slices.DeleteFunc(indexes(got), func(s string) bool { return !strings.HasPrefix(s, "logs") })
				if strings.Join(list, " ") != c.want {
					t.Errorf("a search that ended early (%s) advises %q, want %q", got.Partial, list, c.want)
				}
				if c.want == "" {
					continue
				}
				r := got.Recommendations[slices.IndexFunc(got.Recommendations, func(r Recommendation) bool { return r.Table == "logs" && r.Kind == KindCreateIndex })]
				said := strings.Count(strings.Join(r.Evidence, "; "), "found by the search of ")
				if said != 1 || r.MeasuredAt == nil || !r.MeasuredAt.Equal(first.At) || len(r.Plans) == 0 {
					t.Errorf("the card has %d plans and says %q, measured at %v; want its plans, and once that it is of %v", len(r.Plans), r.Evidence, r.MeasuredAt, first.At)
				}
				if !strings.Contains(strings.Join(got.Notes, "; "), "of an earlier search") {
					t.Errorf("the notes %q do not say that advice is of an earlier search", got.Notes)
				}
			}
		})
	}
}

func TestASearchThatCameToAStatementHasTheLastWordOnIt(t *testing.T) {
	of := time.Date(2026, 11, 23, 21, 39, 16, 0, time.UTC)
	index := func(id string, bytes int64, queries ...string) Recommendation {
		return Recommendation{ID: id, Kind: KindCreateIndex, SizeBytes: &bytes, Fingerprints: queries}
	}
	drop := Recommendation{ID: "drop", Kind: KindDropIndex, Requires: []string{"old"}}
	rule := Recommendation{ID: "rule", Kind: KindSetting}
	workload := map[string]string{"q1": "", "q2": ""}
	for _, c := range []struct {
		name    string
		now     Advice
		earlier []Recommendation
		budget  int64
		want    []string
	}{
		{"what it did not come to is kept", Advice{}, []Recommendation{index("old", 1, "q1")}, 0, []string{"old"}},
		{"what it has searched to the end is not", Advice{searched: map[string]bool{"q1": true}}, []Recommendation{index("old", 1, "q1")}, 0, nil},
		{"what it serves by another index is not", Advice{Recommendations: []Recommendation{index("new", 1, "q1")}}, []Recommendation{index("old", 1, "q1", "q2")}, 0, []string{"new"}},
		{"what the rules say they say anew", Advice{}, []Recommendation{rule}, 0, nil},
		{"a drop comes with the index that it follows", Advice{}, []Recommendation{index("old", 1, "q1"), drop}, 0, []string{"old", "drop"}},
		{"and goes with it", Advice{searched: map[string]bool{"q1": true}}, []Recommendation{index("old", 1, "q1"), drop}, 0, nil},
		{"a budget is kept to", Advice{Recommendations: []Recommendation{index("new", 7, "q2")}}, []Recommendation{index("old", 4, "q1"), index("small", 3, "q1")}, 10, []string{"new", "small"}},
	} {
		var got []string
		for _, r := range withEarlier(c.now, c.earlier, of, workload, c.budget).Recommendations {
			got = append(got, r.ID)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
