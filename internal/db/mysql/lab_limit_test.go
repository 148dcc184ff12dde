package mysql

import (
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// So many rows against each other are no matter of milliseconds on any machine.
const everyPair = "SELECT COUNT(*) FROM orders a, orders b, orders c WHERE a.total_cents + b.total_cents + c.total_cents = -1"

func TestARunOnTheSampleEndsAfterWhatItIsWorth(t *testing.T) {
	e, _ := orders(t, dbtest.MariaDB(t), 3000, Options{})
	l := labOf(t, e, 0)
	short, err := l.Cost(t.Context(), db.Query{SQL: everyPair}, db.Config{Most: 0.05})
	if err != nil || !short.AtLeast || short.Value < 100 || short.Plan == nil || short.Ran < 0.05 {
		t.Errorf("got %+v, error %v; want what was read until the run was ended", short, err)
	}
	longer, err := l.Cost(t.Context(), db.Query{SQL: everyPair}, db.Config{Most: 0.5})
	if err != nil || !longer.AtLeast || longer.Value <= short.Value {
		t.Errorf("got %+v after ten times as long, error %v; want more than %v rows", longer, err, short.Value)
	}
	if got, err := l.Cost(t.Context(), db.Query{SQL: "SELECT * FROM orders WHERE id = 3"}, db.Config{Most: 0.05}); err != nil || got.AtLeast {
		t.Errorf("a short run is cut off: %+v, error %v", got, err)
	}
	bound := 0.0
	_, err = l.c.each(t.Context(), "SELECT @@SESSION.max_statement_time", nil, func(row []value) error { bound = valueOf(row[0].s); return nil })
	if err != nil || bound != labRunTime.Seconds() {
		t.Errorf("got a session that ends statements after %v s, error %v; want the bound of before", bound, err)
	}
}
