package ui

import (
	"strings"
	"testing"

	"mltop/advisor"
	"mltop/internal/db"
)

func TestACardSaysWhatACallIsToTakeWhereThatIsKnown(t *testing.T) {
	planned := advisor.Effect{Before: 5506, After: 133, Low: 133, High: 133, Unit: db.UnitCost, Method: db.MethodHypothetical}
	foretold := planned
	foretold.Time = &advisor.Prediction{Before: 0.046, After: 0.000255, Low: 0.000127, High: 0.000509, Floor: 0.0001}
	copied := advisor.Effect{Before: 0.030, After: 0.001, Low: 0.001, High: 0.001, Unit: db.UnitSeconds, Method: db.MethodCopy, Time: foretold.Time}
	for name, c := range map[string]struct {
		effect     advisor.Effect
		want, lack string
	}{
		"live time, and beside it what the planner counts":  {foretold, "46 ms → 255 µs a call · 180× · planned, not run (5.5k cost → 133 cost), 127 µs to 509 µs", ""},
		"what the planner counts, where nobody timed calls": {planned, "cost a call · 41× · planned, not run", "ms"},
		"a time that was measured stays what it is":         {copied, "30 ms → 1.0 ms a call · 30×", "255"},
	} {
		got := effectFact(&c.effect)
		if !strings.Contains(got, c.want) {
			t.Errorf("%s: got %q, want %q in it", name, got, c.want)
		}
		if c.lack != "" && strings.Contains(got, c.lack) {
			t.Errorf("%s: got %q, want no %q in it", name, got, c.lack)
		}
	}
	pair := advisor.PlanPair{Before: db.Estimate{Value: 5506, Unit: db.UnitCost, Method: db.MethodHypothetical}, After: db.Estimate{Value: 133}}
	if got, want := pairFactor(pair), "41×"; got != want {
		t.Errorf("a plan by its cost: got %q, want %q", got, want)
	}
	pair.SecondsBefore, pair.SecondsAfter = 0.046, 0.000255
	if got, want := pairFactor(pair), "180×"; got != want {
		t.Errorf("a plan by the time of a call: got %q, want %q", got, want)
	}
}
