package advisor_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"mltop/advisor"
)

// An index on b serves the OR only beside one on a, which another statement
// asks for. Once that one is there, nothing has to come first any more.
func TestAdviceNeedsNothingFirstThatIsThereAlready(t *testing.T) {
	ctx, file := context.Background(), events(t, 20000)
	w := statements("one: SELECT * FROM events WHERE a = 17", "either: SELECT * FROM events WHERE a = 17 OR b = 88")
	first, a, _ := adviseOn(t, file, w)
	alone, beside := onEvents(first, "a"), onEvents(first, "b")
	if alone.ID == "" || !slices.Equal(beside.Requires, []string{alone.ID}) || !strings.Contains(beside.Reason, "pays only beside #"+alone.ID) {
		t.Fatalf("advised %q, of which the second requires %q; want an index on a, and one on b that requires it", advisedIndexes(first), beside.Requires)
	}
	again := func() advisor.Recommendation {
		t.Helper()
		got, err := a.Advise(ctx, w, nothingSeen(), advisor.Options{Duration: 30 * time.Second, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		return onEvents(got, "b")
	}
	applied, err := a.Apply(ctx, alone.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	now := again()
	if now.ID != beside.ID || len(now.Requires)+len(now.Needs) != 0 || strings.Contains(now.Reason, "only beside") {
		t.Errorf("with the first one there: #%s requires %q, needs %q, %q; want #%s, which requires nothing", now.ID, now.Requires, now.Needs, now.Reason, beside.ID)
	}
	p, err := a.Preview(ctx, now.ID)
	if err != nil || p.Refused != "" || len(p.First) != 0 || len(p.Steps) != 1 {
		t.Errorf("its preview has %d before it and %d steps, refused %q, %v; want itself alone", len(p.First), len(p.Steps), p.Refused, err)
	}
	if _, err := a.Undo(ctx, applied.ID, nil); err != nil {
		t.Fatal(err)
	}
	if last := again(); !slices.Equal(last.Requires, []string{alone.ID}) {
		t.Errorf("after the undo of the first one it requires %q, want %q again", last.Requires, alone.ID)
	}
}

// onEvents is the advice to make an index on one column of events.
func onEvents(a advisor.Advice, column string) advisor.Recommendation {
	for _, r := range a.Recommendations {
		if r.Title == "Create index on events("+column+")" {
			return r
		}
	}
	return advisor.Recommendation{}
}
