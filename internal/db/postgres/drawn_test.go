package postgres

import (
	"errors"
	"fmt"
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

func TestConstantsAreDrawnForStatementsWithoutThem(t *testing.T) {
	const query = "SELECT * FROM orders WHERE total_cents BETWEEN $1 AND $2 AND status = $3 AND placed_at > $4 LIMIT $5"
	url, app := dbtest.PostgresOrders(t, 5000)
	e := open(t, url)
	typical, worst, err := e.Draw(t.Context(), query)
	if err != nil || len(typical) != 5 || len(worst) != 5 {
		t.Fatalf("got %v, %v, %v", typical, worst, err)
	}
	part := func(args []any) (n float64) {
		if err := app.QueryRow(fmt.Sprintf("SELECT avg((total_cents BETWEEN %v AND %v)::int)::float8 FROM orders", args[0], args[1])).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if p, w := part(typical), part(worst); p < 0.04 || p > 0.25 || w < 0.35 || w > 0.65 {
		t.Errorf("typical %v takes %.2f of the rows, worst %v takes %.2f", typical, p, worst, w)
	}
	if typical[2] != "done" || worst[2] != "done" || typical[4] != "50" {
		t.Errorf("got %v and %v", typical, worst)
	}
	for _, args := range [][]any{nil, typical, worst} {
		if p, err := e.Explain(t.Context(), db.Query{SQL: query, Args: args}); err != nil || p.Root.Cost == nil {
			t.Errorf("with %v: %+v, %v", args, p, err)
		}
	}
	// Where no generic plan is to be had, typical values take its place.
	p, err := e.explainDrawn(t.Context(), query, errors.New("the pooler takes no PREPARE"))
	if err != nil || p.Root.Detail == "" || p.Root.Cost == nil {
		t.Errorf("got %+v, %v", p, err)
	}
	if _, err := e.Explain(t.Context(), db.Query{SQL: "SELECT nothing FROM orders WHERE id = $1"}); err == nil {
		t.Error("a statement that makes no sense was planned")
	}
}
