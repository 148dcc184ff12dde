package ui

import (
	"testing"

	"mltop/advisor"
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
