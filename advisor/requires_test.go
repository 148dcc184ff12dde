package advisor

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"mltop/internal/db"
)

// chain is advice of which each index builds on the one before it.
func chain(e *fakeEngine, columns ...string) []Recommendation {
	var list []Recommendation
	for i, c := range columns {
		step := e.CreateIndex(db.Index{Name: "i_" + c, Table: "logs", Columns: named([]string{c})})
		r := Recommendation{ID: "id-" + c, Title: "Create index on logs(" + c + ")", Kind: KindCreateIndex, Table: "logs", Change: db.Change{step}, SavedRatio: float64(i)}
		if i > 0 {
			r.Requires, r.Needs = []string{list[i-1].ID}, []string{"i_" + columns[i-1]}
		}
		list = append(list, r)
	}
	return list
}

func saved(t *testing.T, list []Recommendation) (*Advisor, *fakeEngine) {
	t.Helper()
	e, _ := world([]*db.Table{table("logs", "a", "b", "c")})
	a := newAdvisor(t, e, Config{})
	if err := a.Save(context.Background(), list); err != nil {
		t.Fatal(err)
	}
	return a, e
}

func TestWhatAdviceBuildsOnIsAppliedBeforeIt(t *testing.T) {
	ctx := context.Background()
	a, e := saved(t, chain(&fakeEngine{}, "a", "b", "c"))
	p, err := a.Preview(ctx, "id-c")
	if err != nil || p.Refused != "" || len(p.First) != 2 || len(p.Steps) != 3 || p.Steps[2].Object.Name != "i_c" {
		t.Fatalf("the preview has %d before it, steps %+v, refused %q, %v; want all three, in order", len(p.First), p.Steps, p.Refused, err)
	}
	got, err := a.Apply(ctx, "id-c", nil)
	if err != nil || got.Recommendation != "id-c" || len(got.Steps) != 1 {
		t.Fatalf("applied %+v, %v", got, err)
	}
	want := []string{"CREATE INDEX i_a ON logs(a)", "CREATE INDEX i_b ON logs(b)", "CREATE INDEX i_c ON logs(c)"}
	if !slices.Equal(e.runs, want) {
		t.Errorf("ran %q, want %q", e.runs, want)
	}
	t.Run("each has its own entry, and undoing one that others build on warns", func(t *testing.T) {
		list, err := a.Journal(ctx)
		if err != nil || len(list) != 3 {
			t.Fatalf("%d entries, %v; want 3", len(list), err)
		}
		p, err := a.PreviewUndo(ctx, "1")
		if warned := fmt.Sprint(p.Recommendation.Warnings); err != nil || p.Refused != "" || !strings.Contains(warned, "entry 2 (Create index on logs(b)) was advised only beside it") {
			t.Errorf("undoing the first: warns %s, refused %q, %v", warned, p.Refused, err)
		}
		if p, _ := a.PreviewUndo(ctx, "3"); len(p.Recommendation.Warnings) != 0 {
			t.Errorf("undoing the last warns: %+v", p.Recommendation.Warnings)
		}
	})
}

func TestAPreviewsBuildIsOfAllThatIsBuilt(t *testing.T) {
	seconds := func(s float64) *float64 { return &s }
	free := int64(9e9)
	for _, c := range []struct {
		name   string
		builds []*BuildEstimate
		want   string
	}{
		{"one alone", []*BuildEstimate{{seconds(2), "from the copy", 3e6, &free, ""}}, "about 2 s, 3 MB; free on disk 9 GB (from the copy)"},
		{"what it builds on is built, too", []*BuildEstimate{{seconds(1), "from the copy", 2e6, nil, ""}, {seconds(2), "from the copy", 3e6, &free, ""}, {seconds(4), "from the copy", 1e6, &free, ""}},
			"about 7 s, 6 MB; free on disk 9 GB (from the copy)"},
		{"the time of one is not known", []*BuildEstimate{{nil, "", 2e6, nil, ""}, {seconds(2), "from the copy", 3e6, &free, ""}}, "its time is not known, 5 MB; free on disk 9 GB"},
		{"nor that of the last", []*BuildEstimate{{seconds(2), "", 2e6, nil, ""}, {nil, "", 3e6, nil, ""}}, "its time is not known, 5 MB (not known)"},
	} {
		p := Preview{Recommendation: Recommendation{Build: c.builds[len(c.builds)-1]}}
		for _, b := range c.builds[:len(c.builds)-1] {
			p.First = append(p.First, Part{Recommendation: Recommendation{Build: b}})
		}
		if got := BuildText(p.Build(), nil); got != c.want {
			t.Errorf("%s: got %q want %q", c.name, got, c.want)
		}
	}
	if got := (Preview{Recommendation: Recommendation{Kind: KindDropIndex, Build: &BuildEstimate{seconds(2), "", 2e6, nil, ""}}}).Build(); got != nil {
		t.Errorf("a drop builds: %+v", got)
	}
	if got := (Preview{}).Build(); got != nil {
		t.Errorf("a setting is built: %+v", got)
	}
}

func TestTheJournalSaysWhatIsGoneNow(t *testing.T) {
	ctx := context.Background()
	a, e := saved(t, chain(&fakeEngine{}, "a", "b"))
	if _, err := a.Apply(ctx, "id-b", nil); err != nil {
		t.Fatal(err)
	}
	object := db.Object{}
	for o := range e.objects {
		if o.Name == "i_b" {
			object = o
		}
	}
	there := e.objects[object]
	for _, now := range []struct {
		name string
		is   db.State
		want EntryState
		note string
	}{
		{"it stands", there, EntryApplied, ""},
		{"an older file was put in its place", db.Absent, EntryLost, "somebody else has already undone it"},
		{"another index has its name", "CREATE INDEX i_b ON logs(c)", EntryLost, "somebody else has changed index i_b"},
		{"the file is back", there, EntryApplied, ""},
	} {
		e.objects[object] = now.is
		list, err := a.JournalNow(ctx)
		if err != nil || len(list) != 2 || list[0].State != EntryApplied || list[1].State != now.want || !strings.HasPrefix(list[1].Note, now.note) || (now.note == "") != (list[1].Note == "") {
			t.Errorf("%s: got %+v, %v; want the first applied and the second %s, %q", now.name, list, err, now.want, now.note)
		}
	}
	if list, err := a.Journal(ctx); err != nil || list[1].State != EntryApplied {
		t.Errorf("looking wrote the journal: %+v, %v", list, err)
	}
}

func TestWhatIsThereIsNotAppliedAgain(t *testing.T) {
	ctx := context.Background()
	list := chain(&fakeEngine{}, "a", "b")
	a, e := saved(t, list)
	if _, err := a.Apply(ctx, "id-a", nil); err != nil {
		t.Fatal(err)
	}
	if p, err := a.Preview(ctx, "id-b"); err != nil || len(p.First) != 0 || len(p.Steps) != 1 {
		t.Errorf("the preview has %+v before it, %v; want nothing", p.First, err)
	}
	if _, err := a.Apply(ctx, "id-b", nil); err != nil || len(e.runs) != 2 {
		t.Errorf("ran %q, %v; want each once", e.runs, err)
	}
}

func TestAdviceWhoseGroundIsGoneIsRefusedByName(t *testing.T) {
	a, _ := saved(t, chain(&fakeEngine{}, "a", "b")[1:])
	p, err := a.Preview(context.Background(), "id-b")
	if err != nil || !strings.Contains(p.Refused, "it builds on #id-a, which creates index i_a") {
		t.Errorf("refused with %q, %v; want the missing advice named", p.Refused, err)
	}
}

func TestAFailureOfTheFirstAppliesNothing(t *testing.T) {
	ctx := context.Background()
	a, e := saved(t, chain(&fakeEngine{}, "a", "b"))
	e.runErr = fmt.Errorf("disk full")
	_, err := a.Apply(ctx, "id-b", nil)
	if err == nil || !strings.Contains(err.Error(), "apply #id-a, which it builds on: disk full") || len(e.objects) != 0 {
		t.Errorf("got %v, objects %v", err, e.objects)
	}
}

func TestAdviceComesAfterWhatItBuildsOn(t *testing.T) {
	list := chain(&fakeEngine{}, "a", "b", "c") // the last saves most
	order(list)
	var got []string
	for _, r := range list {
		got = append(got, r.ID)
	}
	if want := []string{"id-a", "id-b", "id-c"}; !slices.Equal(got, want) {
		t.Errorf("ordered %q, want %q", got, want)
	}
	if up, _ := Migration(Advice{Recommendations: list}, StyleSQL); strings.Index(up, "i_a") > strings.Index(up, "i_b") {
		t.Errorf("the migration is not in order:\n%s", up)
	}
}

func TestAdviceOnDismissedAdviceIsLeftOut(t *testing.T) {
	ctx := context.Background()
	a, _ := saved(t, nil)
	list := chain(&fakeEngine{}, "a", "b", "c")
	got := a.stillGood(ctx, Advice{Recommendations: list}, map[string]Dismissal{"id-a": {ID: "id-a", Why: "too big"}})
	if len(got.Recommendations) != 0 || len(got.Declined) != 3 || !strings.Contains(got.Declined[1].Reason, "only beside #id-a") {
		t.Errorf("kept %d, declined %+v; want all left out, with the reason", len(got.Recommendations), got.Declined)
	}
}

// needy is a lab in which a statement is faster only with two indexes.
func needy(t *testing.T, rowCost float64) (*search, []*candidate) {
	t.Helper()
	logs := table("logs", "a", "b", "c")
	e, w := world([]*db.Table{logs}, where("logs", "a=", "b="), where("logs", "b=", "a="))
	e.lab.rowCost = rowCost
	all, _, _ := bindAll(w, e, e.schema)
	s := newSearch(newWhatIf(&pairLab{fakeLab: e.lab}), e.schema, all, map[string]float64{"logs": 3600}, 0)
	s.baseline(context.Background(), s.all)
	var list []*candidate
	for _, c := range []string{"a", "b"} {
		x := s.newCandidate(context.Background(), db.Index{Name: "i_" + c, Table: "logs", Columns: named([]string{c})})
		x.users, x.evaluated, x.rowCost = s.all, true, rowCost
		list = append(list, x)
	}
	s.chosen = list
	s.remeasure(context.Background(), s.all)
	return s, list
}

// pairLab uses no index as long as there are not two.
type pairLab struct{ *fakeLab }

func (l *pairLab) Plan(ctx context.Context, q db.Query, c db.Config) (*db.Plan, error) {
	if len(c.Add) < 2 {
		c.Add = nil
	}
	p, err := l.fakeLab.Plan(ctx, q, c)
	if len(c.Add) == 2 { // as an OR reads both
		p.Root.Children = append(p.Root.Children, &db.Node{Op: db.OpSearch, Index: c.Add[0].Name, Rows: new(float64)}, &db.Node{Op: db.OpSearch, Index: c.Add[1].Name, Rows: new(float64)})
		for _, n := range p.Root.Children[1:] {
			*n.Rows = 1
		}
	}
	return p, err
}

func (l *pairLab) Cost(_ context.Context, q db.Query, c db.Config) (db.Estimate, error) {
	plan, _ := l.Plan(context.Background(), q, c)
	v := *plan.Root.Children[0].Rows * fakeRowSeconds
	return db.Estimate{Plan: plan, Value: v, Low: v * 0.98, High: v * 1.02, Unit: db.UnitSeconds, Method: db.MethodCopy}, nil
}

func TestIndexesThatPayOnlyTogetherAreOneAdvice(t *testing.T) {
	s, list := needy(t, 1e-6)
	e := &fakeEngine{}
	got := s.cards(context.Background(), e, written{})
	if len(got) != 1 || len(got[0].Change) != 2 || len(got[0].Parts) != 2 || got[0].SavedRatio <= 0 {
		t.Fatalf("advised %+v, want one advice of two indexes", got)
	}
	if want := "Create indexes on logs(a) and logs(b), which pay only together"; got[0].Title != want {
		t.Errorf("called %q, want %q", got[0].Title, want)
	}
	if *got[0].SizeBytes != list[0].bytes+list[1].bytes {
		t.Errorf("takes %d bytes, want those of both", *got[0].SizeBytes)
	}
}

func TestALossInAnyCompanyIsNotOffered(t *testing.T) {
	s, list := needy(t, 10) // seconds a row
	if got := s.cards(context.Background(), &fakeEngine{}, written{}); len(got) != 0 {
		t.Errorf("advised %+v, want nothing", got)
	}
	if len(s.chosen) != 0 || !strings.Contains(list[0].refused, "costs the writes more than it saves") {
		t.Errorf("still chosen: %d, refused %q", len(s.chosen), list[0].refused)
	}
}
