package advisor_test

import (
	"strings"
	"testing"
	"time"

	"mltop/advisor"
	"mltop/internal/db/dbtest"
	"mltop/internal/db/mysql"
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

// On MariaDB a change that waits for a transaction keeps everybody out who comes
// later, our plans and samples too.
func TestATableThatAChangeWaitsForCostsAdviceOnItselfAlone(t *testing.T) {
	s := dbtest.MariaDB(t)
	name := s.MariaDBDatabase(t)
	app, changer := s.OpenMariaDB(t, name), s.OpenMariaDB(t, name)
	dbtest.Exec(t, app, "CREATE TABLE orders (id int PRIMARY KEY, a int, pad varchar(200))")
	dbtest.Exec(t, app, "CREATE TABLE items (id int PRIMARY KEY, a int, pad varchar(200))")
	for _, table := range []string{"orders", "items"} {
		dbtest.Exec(t, app, "INSERT INTO "+table+" SELECT seq, (seq*7919)%5003, repeat('x', 150) FROM seq_1_to_20000")
		dbtest.Exec(t, app, "ANALYZE TABLE "+table)
	}
	e, err := mysql.Open(t.Context(), s.MariaDBURL(name), mysql.Options{})
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Exec(t, app, "BEGIN")
	dbtest.Exec(t, app, "SELECT id FROM orders LIMIT 1")
	done := make(chan error, 1)
	go func() { _, err := changer.Exec("ALTER TABLE orders ADD COLUMN note INT"); done <- err }()
	for began := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		schema, err := e.Schema(t.Context())
		if err != nil || time.Since(began) > time.Minute {
			t.Fatalf("the ALTER does not wait: %v", err)
		}
		if len(schema.LockedTables()) > 0 {
			break
		}
	}
	got, _ := adviseOnServer(t, e, statements("locked: SELECT pad FROM orders WHERE a = 7", "free: SELECT pad FROM items WHERE a = 7"))
	if list := keysOf(got); len(list) != 1 || list[0] != "(`a`)" || card(got, advisor.KindCreateIndex).Table != "items" {
		t.Errorf("advised %q on %s, want an index on the table that is free", list, card(got, advisor.KindCreateIndex).Table)
	}
	if why := reasonFor(got, "locked"); !strings.Contains(why, "orders is locked by session ") {
		t.Errorf("declined because %q, want who locks it", why)
	}
	dbtest.Exec(t, app, "COMMIT")
	if err := <-done; err != nil {
		t.Error(err)
	}
}
