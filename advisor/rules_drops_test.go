package advisor

import (
	"context"
	"slices"
	"strings"
	"testing"

	"mltop/internal/db"
	"mltop/internal/units"
)

// vetted asks a search over these statements whether index a of logs may go.
func vetted(t *testing.T, change func(*fakeLab), shapes ...*db.Shape) ([]Recommendation, []Declined) {
	t.Helper()
	logs := table("logs", "path", "ts")
	logs.Rows = n64(1e5)
	logs.Indexes = []*db.Index{index("a", "path")}
	e, w := world([]*db.Table{logs, table("other", "path")}, shapes...)
	e.lab.hides = true
	change(e.lab)
	all, _, _ := bindAll(w, e, e.schema)
	s := newSearch(newWhatIf(e.lab), e.schema, all, nil, 0)
	s.baseline(context.Background(), all)
	return s.vetDrops(context.Background(), []Recommendation{dropIndex(Facts{Dialect: e}, logs.Indexes[0], "Drop a")}, e.schema)
}

func TestADropIsTriedHonestly(t *testing.T) {
	nothing := func(*fakeLab) {}
	tests := []struct {
		name     string
		change   func(*fakeLab)
		shape    *db.Shape
		declined string
		evidence string
	}{
		{"a statement that gets slower speaks against it", nothing, where("logs", "path="), "without it q0 takes", ""},
		{"a statement that fails without it speaks against it", func(l *fakeLab) { l.needs = "a" }, where("logs", "ts="), "could not be tried without it: no such index: a", ""},
		{"a statement that does not mind counts as measured", nothing, where("logs", "ts="), "", "measured without it: 1 statement of logs, none gets slower"},
		{"one whose plan does not use it cannot be measured where nothing can be hidden", func(l *fakeLab) { l.cannot = true }, where("logs", "ts="), "", "no plan uses it of 1 statement of logs, not measured without it"},
		{"without a statement of the table nothing was measured", nothing, where("other", "path="), "", "nothing was measured without it"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			kept, declined := vetted(t, tt.change, tt.shape)
			if got := len(declined) == 1 && strings.Contains(declined[0].Reason, tt.declined); got != (tt.declined != "") {
				t.Errorf("declined %+v, want %q", declined, tt.declined)
			}
			if tt.evidence != "" && (len(kept) != 1 || !strings.Contains(strings.Join(kept[0].Evidence, "; "), tt.evidence)) {
				t.Errorf("kept %+v, want evidence %q", kept, tt.evidence)
			}
		})
	}
}

func TestAnIndexThatATextNamesIsSpared(t *testing.T) {
	tests := []struct {
		name string
		f    func(*Facts)
		who  string
	}{
		{"a statement", func(f *Facts) {
			f.Workload.Statements = []Statement{{Name: "by path", Text: "SELECT 1 FROM logs INDEXED BY A WHERE path = ?"}}
		}, "by path"},
		{"an example with a comment between the words", func(f *Facts) {
			f.Workload.Statements = []Statement{{Name: "x", Examples: []string{"SELECT 1 FROM logs indexed /* why */ by \"a\""}}}
		}, "x"},
		{"a view", func(f *Facts) {
			f.Schema.Views = []db.View{{Name: "v", SQL: "CREATE VIEW v AS SELECT * FROM logs INDEXED BY [a]"}}
		}, "the view v"},
		{"a trigger", func(f *Facts) {
			f.Schema.Triggers = []db.Trigger{{Name: "t", SQL: "CREATE TRIGGER t AFTER INSERT ON x BEGIN DELETE FROM x WHERE 1 IN (SELECT 1 FROM logs INDEXED BY a); END"}}
		}, "the trigger t"},
		{"a hint of MySQL's in a statement", func(f *Facts) {
			f.Workload.Statements = []Statement{{Name: "hinted", Text: "SELECT 1 FROM logs FORCE INDEX(x, `A`) WHERE path = ?"}}
		}, "hinted"},
		{"a hint for an order in a procedure", func(f *Facts) {
			f.Code = []db.Code{{Kind: "procedure", Name: "p", SQL: "BEGIN SELECT 1 FROM logs ignore /* why */ key for order by (a) ORDER BY path; END"}}
		}, "the procedure p"},
		{"a hint with the beginning of a name", func(f *Facts) {
			f.Schema.Tables[0].Indexes[0].Name = "along"
			f.Code = []db.Code{{Kind: "event", Name: "e", SQL: "DELETE FROM logs USE INDEX (alo)"}}
		}, "the event e"},
		{"a hint of another index", func(f *Facts) {
			f.Code = []db.Code{{Kind: "event", Name: "e", SQL: "SELECT 1 FROM logs USE INDEX (b) WHERE a = 1"}}
		}, ""},
		{"a longer name is another index", func(f *Facts) {
			f.Schema.Views = []db.View{{Name: "v", SQL: "SELECT * FROM logs INDEXED BY a2"}}
		}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := logsWith(index("a", "path"), index("b", "path", "ts"))
			tt.f(&f)
			a := spareNamed(f, Advice{Recommendations: redundantIndexes(f)})
			if spared := len(a.Recommendations) == 0; spared != (tt.who != "") {
				t.Fatalf("advised %+v, want it spared: %v", a.Recommendations, tt.who != "")
			}
			if tt.who != "" && !strings.HasPrefix(a.Declined[0].Reason, tt.who+" names it") {
				t.Errorf("declined because %q, want it to name %q", a.Declined[0].Reason, tt.who)
			}
		})
	}
}

func TestADaringDropIsInNoScript(t *testing.T) {
	f := logsWith(index("a", "path"), index("b", "ts")).plannedWith("a").watched(2 * watchedEnough)
	a := Advice{Recommendations: unusedIndexes(f)}
	migration, err := Migration(a, StyleSQL)
	if got := SQL(a) + migration; len(a.Recommendations) != 1 || err != nil || strings.Contains(got, "DROP INDEX") {
		t.Errorf("advised %d, wrote %q, %v; want one and no DROP INDEX", len(a.Recommendations), got, err)
	}
}

func TestTwoIndexesHaveAPlural(t *testing.T) {
	got := []string{units.Plural(1, "index"), units.Plural(2, "index"), units.Plural(1200, "call")}
	if want := []string{"1 index", "2 indexes", "1,200 calls"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestADropThatOthersRelyOn(t *testing.T) {
	narrow := Recommendation{Kind: KindDropIndex, Object: "index a", Title: "Drop a", relies: []string{"ab"}, free: true}
	wide := Recommendation{Kind: KindDropIndex, Object: "index ab", Title: "Drop ab once abc exists", relies: []string{"abc"}, free: true, Requires: []string{"1"}}
	create := Recommendation{Kind: KindCreateIndex, Object: "index x", Title: "Create x", relies: []string{"a"}}
	rewritten := Recommendation{Kind: KindRewrite, Object: "statement 1", Title: "Ask otherwise", relies: []string{"a"}}
	unmeasured := narrow
	unmeasured.free = false
	unused := narrow
	unused.relies = nil
	tests := []struct {
		name string
		list []Recommendation
		want []string
	}{
		{"goes where the longest one takes its place, too", []Recommendation{narrow, wide}, []string{"Drop a", "Drop ab once abc exists"}},
		{"goes where a new index was measured without it", []Recommendation{create, narrow}, []string{"Create x", "Drop a"}},
		{"stays where nothing was measured", []Recommendation{create, unmeasured}, []string{"Create x"}},
		{"goes where a rewritten text may take the one that is the same", []Recommendation{rewritten, narrow}, []string{"Ask otherwise", "Drop a"}},
		{"stays where a rewritten text has no other", []Recommendation{rewritten, unused}, []string{"Ask otherwise"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			for _, r := range consistent(Advice{Recommendations: tt.list}).Recommendations {
				got = append(got, r.Title)
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("kept %q, want %q", got, tt.want)
			}
		})
	}
}

func TestADropIsEitherAdvisedOrDeclined(t *testing.T) {
	declined := []Declined{{What: "Drop a, a duplicate of b", object: "index a"}, {What: "Drop c", object: "index c"}, {What: "an index"}}
	got := notAdvised(declined, []Recommendation{{Title: "Drop a once abc exists", Object: "index a"}, {Title: "Work memory"}})
	if len(got) != 2 || got[0].What != "Drop c" || got[1].What != "an index" {
		t.Errorf("declined %+v, want all but the drop of a, which is advised", got)
	}
}

func TestADropThatFreesLittleIsNoWarning(t *testing.T) {
	for _, c := range []struct {
		name  string
		bytes int64
		saves float64
		want  Severity
	}{
		{"a small index that costs writes next to nothing", 4 << 20, 24e-9, SeverityInfo},
		{"a large one", 200 << 20, 0, SeverityWarning},
		{"a small one that costs writes a lot", 4 << 20, 0.02, SeverityWarning},
	} {
		if got := lightly(Recommendation{Severity: SeverityWarning, SizeBytes: &c.bytes, SavedRatio: c.saves}).Severity; got != c.want {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}
