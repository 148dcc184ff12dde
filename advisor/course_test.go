package advisor

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"mltop/internal/db"
)

// manyShapes ask for some indexes each, of two tables.
func manyShapes() (tables []*db.Table, shapes []*db.Shape) {
	return []*db.Table{table("logs", "a", "b", "c", "d"), table("users", "x", "y", "z")}, []*db.Shape{
		where("logs", "a=", "b=", "order c"), where("logs", "a=", "c<9"), where("logs", "b=", "c=", "d="),
		where("logs", "d=", "order c"), where("logs", "c<5"), where("users", "x=", "y="), where("users", "x=", "order z"), where("users", "z<3", "y="),
	}
}

// A pricedEngine plans with what-if costs, as PostgreSQL does.
type pricedEngine struct {
	*fakeEngine
	lab *pricedLab
}

func (e *pricedEngine) Lab(context.Context, db.LabOptions, func(db.Progress)) (db.Lab, error) {
	return e.lab, nil
}

func pricedWorld(tables []*db.Table, shapes ...*db.Shape) (*pricedEngine, Workload) {
	e, w := world(tables, shapes...)
	return &pricedEngine{e, &pricedLab{fakeLab: e.lab}}, w
}

func TestTheCourseOfASearchFallsToItsEnd(t *testing.T) {
	tables, shapes := manyShapes()
	e, w := world(tables, shapes...)
	var told []Course
	got := advise(t, e, w, Options{Progress: func(a Advice, _ db.Progress) { told = append(told, a.Course) }})
	c := got.Course
	falls := func(a, b Point) int {
		if b.Cost < a.Cost && b.Calls >= a.Calls {
			return -1
		}
		return 1
	}
	if len(c.Points) < 3 || !slices.IsSortedFunc(c.Points, falls) || c.Points[0].Cost != 1 || c.Last() > 0.1 || c.Calls < c.Points[len(c.Points)-1].Calls {
		t.Errorf("got %+v, want a fall from 1 to less than a tenth, over rising numbers of questions", c)
	}
	if n := slices.IndexFunc(told, func(c Course) bool { return len(c.Points) > 1 && c.Last() < 1 && c.Last() > got.Course.Last() }); n < 0 {
		t.Errorf("nothing between the beginning and the end was told on the way: %+v", told)
	}
	if text := c.Text(); !strings.HasPrefix(text, fmt.Sprintf("the search asked %d questions; the workload's cost 100 %% → ", c.Calls)) {
		t.Errorf("got %q", text)
	}
}

func TestACourseInWordsNamesTheLargestSteps(t *testing.T) {
	for name, c := range map[string]struct {
		course Course
		want   string
	}{
		"nothing was gained": {Course{Points: []Point{{3, 1}}, Calls: 40}, "the search asked 40 questions: no index gains anything"},
		"a small step of many is left out": {
			Course{Points: []Point{{3, 1}, {10, 0.7}, {12, 0.5}, {14, 0.499}, {20, 0.4}, {30, 0.3}, {1200, 0.15}}, Calls: 1300},
			"the search asked 1,300 questions; the workload's cost 100 % → 70 % after 10 → 50 % after 12 → 40 % after 20 → 30 % after 30 → 15 % after 1,200",
		},
		"two steps after as many questions are one": {
			Course{Points: []Point{{3, 1}, {10, 0.7}, {34, 0.6}, {34, 0.2}}, Calls: 66}, "the search asked 66 questions; the workload's cost 100 % → 70 % after 10 → 20 % after 34",
		},
	} {
		if got := c.course.Text(); got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

// Whoever watches the curve may end a search with what it has found; whoever
// leaves ends it with nothing.
func TestASearchThatIsStoppedAnswersTheBestSoFar(t *testing.T) {
	for name, c := range map[string]struct {
		cause error
		fails error
	}{
		"there is enough":  {ErrEnough, nil},
		"the user is gone": {context.Canceled, context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			tables, shapes := manyShapes()
			e, w := world(tables, shapes...)
			ctx, cancel := context.WithCancelCause(t.Context())
			progress := func(a Advice, _ db.Progress) {
				if len(a.Recommendations) > 0 {
					cancel(c.cause)
				}
			}
			got, err := newAdvisor(t, e, Config{}).Advise(ctx, w, Seen{}, Options{Progress: progress})
			if !errors.Is(err, c.fails) || (err == nil) != (c.fails == nil) {
				t.Fatalf("got error %v, want %v", err, c.fails)
			}
			if c.fails == nil && (got.Partial != "stopped; best so far" || len(got.Recommendations) == 0) {
				t.Errorf("got %d recommendations, %q; want some, and that it was stopped", len(got.Recommendations), got.Partial)
			}
		})
	}
}

// One search serves many budgets: each is answered as if it were asked for
// alone, and together they ask little more than the dearest of them.
func TestOneSearchServesManyBudgets(t *testing.T) {
	tables, shapes := manyShapes()
	budgets := []int64{1 << 20, 3 << 20, 6 << 20, 20 << 20}
	var want []string
	alone := 0
	for _, b := range budgets {
		e, w := pricedWorld(tables, shapes...)
		got, err := newAdvisor(t, e, Config{}).Advise(t.Context(), w, Seen{}, Options{Budget: b})
		if err != nil {
			t.Fatal(err)
		}
		want, alone = append(want, fmt.Sprint(indexes(got))), alone+e.lab.planned
	}
	e, w := pricedWorld(tables, shapes...)
	got, err := newAdvisor(t, e, Config{}).Advise(t.Context(), w, Seen{}, Options{Budgets: budgets})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Under) != len(budgets) {
		t.Fatalf("got %d budgets, want %d", len(got.Under), len(budgets))
	}
	last := math.Inf(1)
	for i, u := range got.Under {
		if have := fmt.Sprint(indexes(Advice{Recommendations: u.Recommendations})); have != want[i] || u.Bytes > u.Budget || u.Cost > last {
			t.Errorf("%d bytes: got %s, %d bytes, cost %.3f; want %s within the budget, and not dearer than less bytes", u.Budget, have, u.Bytes, u.Cost, want[i])
		}
		last = u.Cost
	}
	t.Logf("%d questions for all, %d for each alone", e.lab.planned, alone)
	if 2*e.lab.planned > alone {
		t.Errorf("%d questions for all budgets, %d for each alone: want half at most", e.lab.planned, alone)
	}
}

// What a search has not come to yet costs what it was seen to: whoever stops at
// a number is to get it.
func TestACourseCountsWhatIsNotMeasuredYet(t *testing.T) {
	first, later, failed := aRead("first", 1), aRead("later", 3), aRead("failed", 90)
	for _, c := range []struct {
		name  string
		known map[*bound]float64 // what a call costs, in the lab's unit
		total float64            // of those, under the best so far
		want  float64
	}{
		{"a quarter is measured and nearly saved", map[*bound]float64{first: 200}, 2, 0.7525},
		{"all is measured", map[*bound]float64{first: 200, later: 600}, 8, 0.01},
	} {
		s := newSearch(newWhatIf(&fakeLab{}), nil, []*bound{first, later, failed}, nil, 0)
		s.failed[failed] = errors.New("it names a table that is gone")
		sum := 0.0
		for b, value := range c.known {
			s.base[b] = measure{value: value}
			sum += b.load() * value
		}
		s.marks = []mark{{1, sum, sum}, {2, c.total / 3600, sum}}
		if got := s.course().Last(); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: the workload's cost is %.4f, want %.4f", c.name, got, c.want)
		}
	}
}

// aRead is called once an hour and takes so many seconds.
func aRead(name string, seconds float64) *bound {
	b := &bound{Statement: Statement{Fingerprint: name, CallsPerHour: 1, MeanSeconds: seconds}, shapes: []*db.Shape{{Kind: db.KindSelect, Blocks: []db.Block{{}}}}}
	b.weights = []float64{1}
	return b
}
