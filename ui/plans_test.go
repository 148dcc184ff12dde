package ui

import (
	"testing"

	"mltop/internal/db"
)

func TestAFactorFitsItsColumn(t *testing.T) {
	for _, row := range []struct {
		by            db.Method
		before, after float64
		want          string
	}{
		{db.MethodCopy, 31, 10, "3.1×"}, {db.MethodSample, 4733, 1, "4733×"}, {db.MethodHypothetical, 200_162, 10, "20k×"}, {"", 200_162, 1, "200k×"}, {db.MethodCopy, 0, 1, ""},
		{db.MethodRule, 44_038, 1, ">1000×"}, {db.MethodRule, 344, 1, "~300×"}, {db.MethodRule, 31, 10, "~3×"}, {db.MethodRule, 3, 0, ""}, // no digit that nobody measured
	} {
		if got := narrowFactor(factor(row.by, row.before, row.after)); got != row.want || textWidth(got) > 6 {
			t.Errorf("%v to %v by %s: got %q, want %q", row.before, row.after, row.by, got, row.want)
		}
	}
}

func TestOneIsNotPlural(t *testing.T) {
	for _, row := range []struct {
		v    float64
		unit db.Unit
		want string
	}{{1, db.UnitHandlerReads, "1 handler read"}, {1, "rows", "1 row"}, {2, "rows", "2 rows"}, {1, "cost", "1 cost"}, {1, db.UnitSeconds, "1.00 s"}} {
		if got := valueText(row.v, row.unit); got != row.want {
			t.Errorf("%v %s: got %q, want %q", row.v, row.unit, got, row.want)
		}
	}
}

func TestAVerdictInOneLineEndsWithAClause(t *testing.T) {
	open := "not enough calls yet: 38 calls so far take 20 ms, 9,206 before took 91 ms; too early to tell how many more: times before rose and fell"
	for _, row := range []struct {
		text  string
		width int
		want  string
	}{
		{open, 200, open},
		{open, 100, "not enough calls yet: 38 calls so far take 20 ms, 9,206 before took 91 ms"},
		{open, 40, "not enough calls yet: 38 calls so far take 20 ms, 9,206 before took 91 ms"}, // whoever draws it cuts it
		{"47× faster on average (41 ms → 0.9 ms)", 30, "47× faster (41 ms → 0.9 ms)"},
	} {
		if got := inWidth(row.text, row.width); got != row.want {
			t.Errorf("in %d cells: got %q, want %q", row.width, got, row.want)
		}
	}
}
