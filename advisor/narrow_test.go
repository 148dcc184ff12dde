package advisor

import (
	"testing"

	"mltop/internal/db"
)

// TestOneLookBesideWhatIsChosenAnswersForAllCandidates: those that gain nothing
// beside the chosen index are told apart without a question each.
func TestOneLookBesideWhatIsChosenAnswersForAllCandidates(t *testing.T) {
	e, w := world([]*db.Table{table("logs", "a", "b", "c", "d")}, where("logs", "a=", "b=", "c=", "d="))
	all, _, _ := bindAll(w, e, e.schema)
	b := all[0]
	s := newSearch(newWhatIf(&pricedLab{fakeLab: e.lab}), e.schema, all, nil, 0)
	add := func(columns ...string) *candidate {
		c := &candidate{index: db.Index{Name: "i_" + columns[0], Table: "logs", Columns: named(columns)}, users: all}
		s.pool = append(s.pool, c)
		return c
	}
	best := add("a", "b", "c", "d")
	rest := []*candidate{add("b"), add("c"), add("d"), add("d", "c")}
	s.chosen = []*candidate{best}
	if len(s.open(b, s.config().Add)) != len(rest) {
		t.Fatalf("in question are %d candidates, want %d", len(s.open(b, s.config().Add)), len(rest))
	}
	s.baseline(t.Context(), all)
	before := s.what.asks()
	s.narrow(t.Context(), b)
	if asked := s.what.asks() - before; asked != 1 {
		t.Errorf("it asked %d times about %d candidates, want once", asked, len(rest))
	}
	for _, c := range rest {
		if !s.served(b, s.config(c), minGain) {
			t.Errorf("it is not known that %s gains nothing beside %s", c.index.Name, best.index.Name)
		}
	}
	s.narrow(t.Context(), b)
	if asked := s.what.asks() - before; asked != 1 {
		t.Errorf("the second look asked again: %d questions", asked)
	}
}

// TestABudgetIsSpentOnWhatIsLeft: one statement that costs a thousand times what
// the others do does not keep these from their share of the bytes.
func TestABudgetIsSpentOnWhatIsLeft(t *testing.T) {
	for name, x := range map[string]struct {
		budget int64
		want   bool
	}{
		"without a budget an index has to halve what its statement costs":   {0, false},
		"under a budget it is worth its bytes by what is saved of the rest": {1 << 30, true},
	} {
		giant, small := &bound{}, &bound{}
		giant.CallsPerHour, small.CallsPerHour = 3600, 3600
		s := newSearch(newWhatIf(nil), nil, []*bound{giant, small}, nil, x.budget)
		s.base = map[*bound]measure{giant: {value: 1000}, small: {value: 1}}
		s.now = map[*bound]measure{giant: {value: 0.001}, small: {value: 1}}
		s.unit = db.UnitSeconds
		if got := s.isWorth(0.3, 1, 1, 1, 1); got != x.want {
			t.Errorf("%s: worth it %v, want %v", name, got, x.want)
		}
	}
}

// TestTellingHowFarItIsTakesFewQuestions: behind the first index only a part of
// the questions is for that.
func TestTellingHowFarItIsTakesFewQuestions(t *testing.T) {
	what := newWhatIf(nil)
	s := newSearch(what, nil, nil, nil, 0)
	what.asked[phaseGreedy] = 95
	for soFar, want := range map[int]bool{5: true, 6: false} {
		what.asked[phaseSoFar] = soFar
		if got := s.mayTell(); got != want {
			t.Errorf("after %d of %d questions it may tell: %v, want %v", soFar, what.asks(), got, want)
		}
	}
}
