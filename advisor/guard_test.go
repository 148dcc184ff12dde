package advisor

import (
	"slices"
	"testing"
)

func TestOtherStatementsOfAChangedTableAreGuarded(t *testing.T) {
	other := func(name string, o Outcome, p float64) Verdict {
		return Verdict{Subject: name, Outcome: o, P: p, Text: "2.0× slower"}
	}
	for _, c := range []struct {
		name   string
		others []Verdict
		want   []string
	}{
		{"none is known", nil, nil},
		{"all are as they were", []Verdict{other("a", OutcomeNoChange, 0.5), other("b", OutcomeNotEnough, 0.2), other("c", OutcomeBetter, 1e-9)}, nil},
		{"one was drawn off its plan", []Verdict{other("a", OutcomeNoChange, 0.5), other("b", OutcomeWorse, 1e-9)}, []string{"b 2.0× slower"}},
		{"of twenty, one at the edge of doubt is chance", append(slices.Repeat([]Verdict{other("a", OutcomeNoChange, 0.5)}, 19), other("b", OutcomeWorse, 0.0005)), nil},
		{"alone, it is not", []Verdict{other("b", OutcomeWorse, 0.0005)}, []string{"b 2.0× slower"}},
	} {
		v := Guard(Verdict{Subject: "GET /", Outcome: OutcomeBetter}, c.others)
		if !slices.Equal(v.Slower, c.want) || v.Guarded != len(c.others) || v.Outcome != OutcomeBetter {
			t.Errorf("%s: got %q of %d, %s; want %q of %d", c.name, v.Slower, v.Guarded, v.Outcome, c.want, len(c.others))
		}
	}
}
