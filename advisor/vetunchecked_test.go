package advisor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"mltop/advisor/rewrite"
	"mltop/internal/db"
)

// A comparingLab answers each comparison as it is told.
type comparingLab struct {
	db.Lab
	same bool
	err  error
}

func (l comparingLab) Equivalent(context.Context, db.Query, db.Query) (bool, error) {
	return l.same, l.err
}

func TestARewriteThatWasNotComparedIsNoneOrSaysSo(t *testing.T) {
	for _, c := range []struct {
		name   string
		lab    comparingLab
		must   bool
		method db.Method
		said   string // begins so
		why    string // begins so; "" for advised
	}{
		{"the same rows", comparingLab{same: true}, false, db.MethodCopy, "on the copy, the same rows", ""},
		{"other rows", comparingLab{}, false, db.MethodCopy, "", "it returns other rows"},
		{"the database refuses", comparingLab{err: errors.New("ORDER BY term 2 is out of range")}, false, db.MethodCopy, "", "comparing the two ended in an error of the database: ORDER BY term 2"},
		{"time was up for one run", comparingLab{err: fmt.Errorf("run the first statement: %w", context.DeadlineExceeded)}, false, db.MethodCopy, notCompared + "it takes too long to run here", ""},
		{"no rows to compare", comparingLab{err: db.NotMeasuredf("there are no rows")}, false, db.MethodCopy, notCompared + "there are no rows", ""},
		{"no rows to ask for NULLs", comparingLab{err: db.NotMeasuredf("there are no rows")}, true, db.MethodCopy, "", "it could not be asked whether both texts: there are no rows"},
		{"a sample to ask for NULLs", comparingLab{same: true}, true, db.MethodSample, "", "only a sample could be asked"},
		{"all rows asked for NULLs", comparingLab{same: true}, true, db.MethodCopy, "on the copy, the same rows", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := &bound{}
			s := &search{what: newWhatIf(c.lab), base: map[*bound]measure{b: {method: c.method}}}
			w := &rewriting{r: Recommendation{Rewrite: &Rewritten{}}, checks: []checkPair{{what: rewrite.BothTexts, must: c.must}}}
			said, _, why := s.compareRows(t.Context(), w)
			if !strings.HasPrefix(said, c.said) || (c.said == "") != (said == "") || !strings.HasPrefix(why, c.why) || (c.why == "") != (why == "") {
				t.Errorf("said %q, declined %q; want %q, %q", said, why, c.said, c.why)
			}
		})
	}
}

func TestATextThatWasNotComparedComesBehindTheRest(t *testing.T) {
	list := []Recommendation{
		{ID: "unchecked", SavedRatio: 0.9, Severity: SeverityWarning, Rewrite: &Rewritten{Compared: notCompared + "time was up"}},
		{ID: "small", SavedRatio: 0.001, Severity: SeverityInfo},
		{ID: "checked", SavedRatio: 0.5, Severity: SeverityInfo, Rewrite: &Rewritten{Compared: "on the copy, the same rows: both texts"}},
	}
	order(list)
	if got := list[0].ID + " " + list[1].ID + " " + list[2].ID; got != "checked small unchecked" {
		t.Errorf("got %s", got)
	}
}

func TestTimeIsKeptForComparingTexts(t *testing.T) {
	ctx, stop := context.WithTimeout(t.Context(), time.Hour)
	defer stop()
	all, _ := ctx.Deadline()
	early, done := endingBefore(ctx, 6*time.Minute)
	defer done()
	if end, ok := early.Deadline(); !ok || all.Sub(end) != 6*time.Minute {
		t.Errorf("the search ends %s before its time", all.Sub(end))
	}
}

func TestAHeadingNamesAStatementByItsText(t *testing.T) {
	if got := called("", "SELECT id, at FROM orders WHERE customer = ? AND state = ?"); got != "SELECT id, at FROM orders WHERE customer = ? AN…" {
		t.Errorf("got %q", got)
	}
	if got := called("newest", "SELECT id FROM orders"); got != "newest" {
		t.Errorf("got %q", got)
	}
}

// Where nothing is asked of the rows, what has to be is not advised.
func TestAPageByAColumnThatMayBeNULLIsNotAdvisedByRule(t *testing.T) {
	r := Recommendation{Rewrite: &Rewritten{found: rewrite.Rewrite{Keeps: true, Checks: []rewrite.Check{{Must: true}}}}}
	if got := plausible(Facts{Schema: &db.Schema{}}, []Recommendation{r}); len(got) != 0 {
		t.Errorf("advised: %+v", got)
	}
}
