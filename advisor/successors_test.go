package advisor

import (
	"context"
	"strings"
	"testing"

	"mltop/internal/db"
)

func TestAnIndexThatANewOneReplacesIsDroppedAfterIt(t *testing.T) {
	logs := table("logs", "path", "ts")
	logs.Rows = n64(1e5)
	logs.Indexes = []*db.Index{index("by_path", "path")}
	e, w := world([]*db.Table{logs}, where("logs", "path=", "ts="))
	e.lab.hides = true
	old := e.DropIndex(*logs.Indexes[0])
	e.objects[old.Object] = old.Before
	a := newAdvisor(t, e, Config{})
	got, err := a.Advise(context.Background(), w, Seen{}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var create, drop *Recommendation
	for i, r := range got.Recommendations {
		switch {
		case r.Kind == KindCreateIndex:
			create = &got.Recommendations[i]
		case r.Kind == KindDropIndex && strings.HasPrefix(r.Title, "Drop by_path once"):
			drop = &got.Recommendations[i]
		}
	}
	if create == nil || drop == nil {
		t.Fatalf("got %+v, want an index and the drop of by_path", got.Recommendations)
	}
	if p, err := a.Preview(context.Background(), drop.ID); err != nil || len(p.First) != 1 || p.First[0].Recommendation.ID != create.ID {
		t.Errorf("before it is dropped comes %+v, %v; want that the new one is created first", p.First, err)
	}
	e.objects[create.Change[0].Object] = "there"
	if p, err := a.Preview(context.Background(), drop.ID); err != nil || p.Refused != "" || len(p.First) != 0 {
		t.Errorf("with the new one there it is refused with %q, or %+v comes first, %v", p.Refused, p.First, err)
	}
}

func TestTheBestSoFarCanBePreviewedAtOnce(t *testing.T) {
	logs, other := table("logs", "path"), table("other", "path")
	e, w := world([]*db.Table{logs, other}, where("logs", "path="), where("other", "path="))
	a := newAdvisor(t, e, Config{})
	previewed := 0
	_, err := a.Advise(context.Background(), w, Seen{}, Options{Progress: func(soFar Advice, _ db.Progress) {
		for _, r := range soFar.Recommendations {
			if p, err := a.Preview(context.Background(), r.ID); err != nil || p.Recommendation.ID != r.ID || r.Estimate == nil || len(r.Plans) == 0 {
				t.Errorf("%s: preview %+v, %v", r.Title, p, err)
			}
			previewed++
		}
	}})
	if err != nil || previewed == 0 {
		t.Errorf("nothing was offered before the end: %v", err)
	}
}

func TestAdviceThatWasAppliedMeanwhileIsNotGivenAgain(t *testing.T) {
	e, w := world([]*db.Table{table("logs", "path")}, where("logs", "path="))
	a := newAdvisor(t, e, Config{})
	got, err := a.Advise(context.Background(), w, Seen{}, Options{Progress: func(soFar Advice, _ db.Progress) {
		for _, r := range soFar.Recommendations {
			e.mu.Lock()
			e.objects[r.Change[0].Object] = r.Change[0].After
			e.mu.Unlock()
		}
	}})
	if err != nil || len(got.Recommendations) != 0 || len(got.Declined) != 1 {
		t.Errorf("got %q, declined %+v, %v; want it declined, since it is there", indexes(got), got.Declined, err)
	}
}
