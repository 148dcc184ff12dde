package advisor_test

import (
	"strings"
	"testing"

	"mltop/advisor"
	"mltop/internal/db/dbtest"
	"mltop/internal/db/postgres"
)

// One table stands behind a lock: there is advice on all others and on
// settings, and what is left out is said, with who keeps it.
func TestALockedTableCostsAdviceOnItselfAlone(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 20000)
	e, err := postgres.Open(t.Context(), url, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	tx, err := app.Begin()
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback() //nolint:errcheck // it is only to end
	if _, err := tx.Exec("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE"); err != nil {
		t.Fatal(err)
	}
	got, a := adviseOnServer(t, e, statements(
		"locked: SELECT * FROM orders WHERE customer_id = 7",
		"through a view: SELECT name FROM open_orders WHERE id = 7",
		"free: SELECT * FROM order_items WHERE product_id = 17",
	))
	if list := created(got); len(list) != 1 || !strings.Contains(list[0], "public.order_items USING btree (product_id)") {
		t.Errorf("advised %q, want an index for the table that is free", list)
	}
	for _, name := range []string{"locked", "through a view"} {
		if why := reasonFor(got, name); !strings.Contains(why, "orders is locked by pid ") {
			t.Errorf("%s: declined because %q, want who locks it", name, why)
		}
	}
	if whys := reasonsOf(got, "advice on the table orders"); len(whys) != 1 || !strings.Contains(whys[0], "orders is locked by pid ") {
		t.Errorf("the table itself is declined because %q", whys)
	}
	if settings := card(got, advisor.KindSetting); settings.ID == "" {
		t.Errorf("no advice on settings: %+v", got.Recommendations)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	again, err := a.Advise(t.Context(), statements("it: SELECT * FROM orders WHERE customer_id = 7"), nothingSeen(), advisor.Options{Seed: 1})
	if list := created(again); err != nil || len(list) != 1 || !strings.Contains(list[0], "(customer_id)") {
		t.Errorf("behind the lock: advised %q, %v; want an index", list, err)
	}
}

func reasonsOf(a advisor.Advice, what string) (list []string) {
	for _, d := range a.Declined {
		if d.What == what {
			list = append(list, d.Reason)
		}
	}
	return list
}
