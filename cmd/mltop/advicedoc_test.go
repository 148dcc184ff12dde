package main

import (
	"slices"
	"strings"
	"testing"

	"mltop/advisor"
	"mltop/internal/db"
	"mltop/internal/export"
)

func TestAWarningNamesEachStatementOnce(t *testing.T) {
	d := newRecommendationDoc(advisor.Recommendation{Warnings: []advisor.Warning{
		{Text: "q1 gets slower: 1 ms → 2 ms", Queries: []string{"q1"}}, {Text: "these are not measured:", Queries: []string{"q2", "q3"}},
	}})
	var got []string
	for _, row := range cardTable(d).Rows {
		got = append(got, strings.Join(row, " "))
	}
	if want := []string{"warning q1 gets slower: 1 ms → 2 ms", "warning these are not measured: q2, q3"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestBytesAreWholeNumbersForPrograms(t *testing.T) {
	size := int64(1_503_232)
	table := adviceCSV([]recommendationDoc{{SizeBytes: &size}, {}})
	at := slices.IndexFunc(table.Columns, func(c export.Column) bool { return c.Name == "size_bytes" })
	if got := table.Rows[0][at] + "|" + table.Rows[1][at]; got != "1503232|" {
		t.Errorf("got %q, want 1503232, and nothing where it is not known", got)
	}
}

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
