package advisor

import (
	"context"
	"strings"
	"testing"

	"mltop/internal/db"
)

func TestAdviceOnADatabaseThatWasReplacedCannotBeApplied(t *testing.T) {
	a, e, id := advised(t, Config{})
	e.replaced = "by a restore"
	if _, err := a.Preview(context.Background(), id); err == nil || !strings.Contains(err.Error(), "run advise first") {
		t.Errorf("Preview: %v; want no such advice", err)
	}
	if _, err := a.Apply(context.Background(), id, nil); err == nil || len(e.runs) > 0 {
		t.Errorf("Apply: %v, ran %q; want it refused", err, e.runs)
	}
}

func TestASearchDuringWhichTheDatabaseIsReplacedEndsWithThatWord(t *testing.T) {
	e, w := world([]*db.Table{table("logs", "path")}, where("logs", "path="))
	a := newAdvisor(t, e, Config{})
	o := Options{Progress: func(Advice, db.Progress) { e.replaced = "meanwhile" }}
	advice, err := a.Advise(context.Background(), w, Seen{}, o)
	if err == nil || !strings.Contains(err.Error(), "was replaced while the search went on") || len(advice.Recommendations) > 0 {
		t.Errorf("got %d pieces of advice, %v; want that the database was replaced", len(advice.Recommendations), err)
	}
}
