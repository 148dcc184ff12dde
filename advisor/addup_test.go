package advisor

import (
	"strings"
	"testing"
)

func TestSavingsOfOneStatementAreSaidNotToAddUp(t *testing.T) {
	of := func(id string, k Kind, query string, requires ...string) Recommendation {
		return Recommendation{ID: id, Kind: k, Fingerprints: []string{query}, Estimate: &Effect{}, Requires: requires}
	}
	for _, c := range []struct {
		name string
		list []Recommendation
		want bool
	}{
		{"statistics and an index of one statement", []Recommendation{of("s", KindAnalyze, "q"), of("i", KindCreateIndex, "q")}, true},
		{"a rewrite and an index of one statement", []Recommendation{of("s", KindRewrite, "q"), of("i", KindCreateIndex, "q")}, true},
		{"a rewrite that needs the index", []Recommendation{of("s", KindRewrite, "q", "i"), of("i", KindCreateIndex, "q")}, false},
		{"two statements", []Recommendation{of("s", KindAnalyze, "q"), of("i", KindCreateIndex, "other")}, false},
		{"two indexes, which do add up", []Recommendation{of("s", KindCreateIndex, "q"), of("i", KindCreateIndex, "q")}, false},
	} {
		for range 2 { // a second run says it once
			notAddingUp(c.list)
		}
		first, second := c.list[0].MayBeWrong, c.list[1].MayBeWrong
		if n := strings.Count(first, "add to what #i") + strings.Count(second, "add to what #s"); (n == 2) != c.want || n == 1 || n > 2 {
			t.Errorf("%s: got %q and %q, want that they do not add up: %t", c.name, first, second, c.want)
		}
	}
}
