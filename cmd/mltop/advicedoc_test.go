package main

import (
	"strings"
	"testing"

	"mltop/advisor"
	"mltop/internal/db"
)

func TestAnEstimateInRowsIsNotWrittenAsSeconds(t *testing.T) {
	for _, row := range []struct {
		name    string
		e       advisor.Effect
		seconds bool
		card    string
	}{
		{"a rule reckons rows", advisor.Effect{Before: 44_038, After: 1, Unit: db.UnitRowsRead, Method: db.MethodRule}, false, "estimated by rule, in rows read"},
		{"a planner reckons its cost", advisor.Effect{Before: 44_038, After: 1, Unit: db.UnitCost, Method: db.MethodHypothetical}, false, "planned not run, in planner cost"},
		{"a copy was timed", advisor.Effect{Before: 2, After: 1, Unit: db.UnitSeconds, Method: db.MethodCopy}, true, "measured by copy, in seconds"},
	} {
		d := newRecommendationDoc(advisor.Recommendation{Kind: advisor.KindCreateIndex, Estimate: &row.e})
		e := d.Estimate
		if *e.Before != row.e.Before || *e.After != row.e.After || e.Unit != string(row.e.Unit) || (e.BeforeSeconds != nil) != row.seconds || (e.AfterSeconds != nil) != row.seconds {
			t.Errorf("%s: got %+v, want the number with its unit, as seconds: %v", row.name, *e, row.seconds)
		}
		last := cardTable(d).Rows[len(cardTable(d).Rows)-1]
		if got := strings.Join(last, " "); got != row.card {
			t.Errorf("%s: the card ends with %q, want %q", row.name, got, row.card)
		}
	}
}
