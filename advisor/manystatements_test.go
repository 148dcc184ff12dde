package advisor

import (
	"fmt"
	"math/rand"
	"testing"
	"time"

	"mltop/internal/db"
)

// manyStatements are distinct ones on many tables, as a large application has.
func manyStatements(n, tables int) (*pricedEngine, Workload) {
	r := rand.New(rand.NewSource(21))
	columns := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
	var list []*db.Table
	for i := range tables {
		list = append(list, table(fmt.Sprintf("t%d", i), columns...))
	}
	var shapes []*db.Shape
	for i := range n {
		terms := []string{columns[r.Intn(4)] + "="}
		switch r.Intn(3) {
		case 0:
			terms = append(terms, columns[4+r.Intn(4)]+"=")
		case 1:
			terms = append(terms, "order "+columns[4+r.Intn(4)])
		}
		shapes = append(shapes, where(list[i%tables].Name, terms...))
	}
	return pricedWorld(list, shapes...)
}

// Of many statements each costs some questions, not one for every other: so the
// time is bounded by their number, and by the limit besides.
func TestQuestionsGrowWithTheStatementsAndNotWithTheirSquare(t *testing.T) {
	each := func(n, tables int) float64 {
		e, w := manyStatements(n, tables)
		got, err := newAdvisor(t, e, Config{}).Advise(t.Context(), w, Seen{}, Options{Duration: 5 * time.Minute})
		if err != nil || got.Partial != "" {
			t.Fatalf("%d statements: %v, %q", n, err, got.Partial)
		}
		t.Logf("%d statements: %d questions, %d indexes", n, e.lab.planned, len(indexes(got)))
		return float64(e.lab.planned) / float64(n)
	}
	few, many := each(50, 4), each(200, 16)
	if many > 1.5*few {
		t.Errorf("%.1f questions each of 200 statements, %.1f each of 50: want hardly more", many, few)
	}
}

// Five thousand statements end with advice when time is up, whatever is left.
func TestFiveThousandStatementsOfAServerEndInTime(t *testing.T) {
	e, w := manyStatements(5000, 50)
	got, err := newAdvisor(t, e, Config{}).Advise(t.Context(), w, Seen{}, Options{Duration: 3 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if len(indexes(got)) == 0 {
		t.Errorf("got no index, %q, after %d questions; want the best so far", got.Partial, e.lab.planned)
	}
	t.Logf("%d indexes, %d questions, %q", len(indexes(got)), e.lab.planned, got.Partial)
}

func BenchmarkAdviceOnManyStatements(b *testing.B) {
	for _, n := range []int{100, 1000, 5000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				e, w := manyStatements(n, max(n/100, 1))
				a := New(e, Config{StateDir: b.TempDir()})
				got, err := a.Advise(b.Context(), w, Seen{}, Options{Duration: 10 * time.Minute})
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(e.lab.planned)/float64(n), "questions/statement")
				b.ReportMetric(float64(len(indexes(got))), "indexes")
				_ = a.Close()
			}
		})
	}
}
