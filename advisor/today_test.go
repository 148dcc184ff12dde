package advisor

import (
	"context"
	"slices"
	"strings"
	"testing"

	"mltop/internal/db"
)

// lured has an index on logs(a) for q0, called most, that lures the planner of
// q1 into a plan so many times slower than its rows tell; and one on
// logs(b, a), placed after it, that gives q1 a plan of its own.
func lured(slow float64, more ...*db.Shape) *search {
	e, w := world([]*db.Table{table("logs", "a", "b")}, append([]*db.Shape{where("logs", "a="), where("logs", "a=", "b=")}, more...)...)
	e.lab.slow = map[string]float64{"q1": slow}
	w.Statements[0].CallsPerHour *= 1000
	all, _, _ := bindAll(w, e, e.schema)
	s := newSearch(newWhatIf(e.lab), e.schema, all, nil, 0)
	s.baseline(context.Background(), s.all)
	for _, columns := range [][]string{{"a"}, {"b", "a"}} {
		c := s.newCandidate(context.Background(), db.Index{Name: "i_" + strings.Join(columns, ""), Table: "logs", Columns: named(columns)})
		c.users, c.evaluated = s.all, true
		s.chosen = append(s.chosen, c)
	}
	s.remeasure(context.Background(), s.all)
	return s
}

func TestACardsBeforeIsAStateThatTheUserHas(t *testing.T) {
	for _, c := range []struct {
		name   string
		slow   float64
		more   []*db.Shape
		serves []string
		before func(today, beside float64) float64
		says   string
	}{
		{"the card before makes it slower: today's time is before, and what that card alone would make of it is told", 500, nil, []string{"q1"},
			func(today, _ float64) float64 { return today }, "with #ID (index on logs(a)) alone q1 would take 500 ms: what this one saves is counted from there"},
		{"it does not: nothing is told", 1, nil, []string{"q1"},
			func(_, beside float64) float64 { return beside }, ""},
		{"it only gets back to what it was, beside one that gains: it is spared, not served", 9999, []*db.Shape{where("logs", "b=")}, []string{"q2"},
			func(today, _ float64) float64 { return today }, "q1 takes 100 ms today; with #ID (index on logs(a)) alone it would take 10 s, with this one too it takes 100 ms"},
		{"it only gets back, and nothing else gains: the time is that beside the card it pays only with", 9999, nil, []string{"q1"},
			func(_, beside float64) float64 { return beside }, "q1 takes 100 ms today; with #ID (index on logs(a)) alone it would take 10 s, with this one too it takes 100 ms"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := lured(c.slow, c.more...)
			today, beside := s.base[s.all[1]].value, 0.0
			if m, err := s.what.measure(context.Background(), s.all[1], db.Config{Add: indexesOf(s.chosen[:1])}); err == nil {
				beside = m.value
			}
			got := s.cards(context.Background(), &fakeEngine{}, written{})
			if len(got) != 2 || got[0].Object != "index i_a" {
				t.Fatalf("advised %+v, want i_a and i_ba", got)
			}
			r := got[1]
			if !slices.Equal(r.Queries, c.serves) {
				t.Errorf("it serves %q, want %q", r.Queries, c.serves)
			}
			if want := c.before(today, beside); r.Estimate.Before != want || r.Plans[0].Before.Value != want || !strings.HasPrefix(r.Evidence[0], c.serves[0]+": "+seconds(want)+" → ") {
				t.Errorf("before is %v, in the plans %v, in words %q; want %v in all", r.Estimate.Before, r.Plans[0].Before.Value, r.Evidence[0], want)
			}
			said, want := strings.Join(r.Evidence[1:], "; "), strings.ReplaceAll(c.says, "ID", got[0].ID)
			if said != want {
				t.Errorf("beside it says %q, want %q", said, want)
			}
		})
	}
}
