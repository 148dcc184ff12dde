package ui

import (
	"testing"

	"mltop/advisor"
	"mltop/internal/db"
)

func TestACardSaysWhatARowWrittenCostsOrWhyThatIsNotKnown(t *testing.T) {
	bytes, cost := int64(12e6), 4e-6
	for _, c := range []struct {
		name string
		r    advisor.Recommendation
		want string
	}{
		{"measured", advisor.Recommendation{SizeBytes: &bytes, WriteCost: &cost}, "12 MB on disk, +4.0 µs for a row written"},
		{"by a rule, in reads", advisor.Recommendation{SizeBytes: &bytes, WriteWhy: "for a row written as much as 25 handler reads, by rule"}, "12 MB on disk, for a row written as much as 25 handler reads, by rule"},
		{"an index that goes costs no writes", advisor.Recommendation{SizeBytes: &bytes}, "12 MB on disk"},
		{"a setting", advisor.Recommendation{}, ""},
	} {
		for _, fact := range new(State).cardFacts(c.r) {
			if fact[0] == "cost" && fact[1] != c.want {
				t.Errorf("%s: got %q, want %q", c.name, fact[1], c.want)
			}
		}
	}
}

// What a rule reckons is said in round words; what was measured in its digits.
func TestACardHasNoDigitsThatNobodyMeasured(t *testing.T) {
	for _, c := range []struct {
		name string
		e    advisor.Effect
		want string
	}{
		{"by rule", advisor.Effect{Before: 44_038, After: 1, Low: 1, High: 1, Unit: db.UnitRowsRead, Method: db.MethodRule}, "44k rows → 1 row a call · more than 1,000× · by rule"},
		{"by rule, little", advisor.Effect{Before: 344, After: 10, Low: 10, High: 10, Unit: db.UnitRowsRead, Method: db.MethodRule}, "344 rows → 10 rows a call · about 30× · by rule"},
		{"measured", advisor.Effect{Before: .031, After: .001, Low: .001, High: .001, Unit: db.UnitSeconds, Method: db.MethodCopy}, "31 ms → 1.0 ms a call · 31× · measured on a copy"},
	} {
		for _, fact := range new(State).cardFacts(advisor.Recommendation{Estimate: &c.e}) {
			if fact[0] == "effect" && fact[1] != c.want {
				t.Errorf("%s: got %q, want %q", c.name, fact[1], c.want)
			}
		}
	}
}
