package postgres

import (
	"math"
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// The planner takes each page for one from a disk. What is in memory takes as
// long as a few rows, and how many pages there are is what the same plan costs
// with dearer pages.
func TestPagesInMemoryTakeLittleTime(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 20000)
	e := open(t, url)
	made, err := e.Lab(t.Context(), db.LabOptions{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	lab := made.(*Lab)
	var pages float64
	if err := app.QueryRow("SELECT relpages::float8 FROM pg_class WHERE relname = 'orders'").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	ix := db.Index{Table: "orders", Name: "mltop_orders_customer_id", Columns: []db.IndexColumn{{Name: "customer_id"}}}
	for _, c := range []struct {
		name       string
		q          db.Query
		cfg        db.Config
		sequential float64 // pages
	}{
		{"all of a table", db.Query{SQL: slow}, db.Config{}, pages},
		{"a value that is not known", db.Query{SQL: "SELECT total_cents FROM orders WHERE customer_id = $1"}, db.Config{}, pages},
		{"a few rows by an index", db.Query{SQL: slow}, db.Config{Add: []db.Index{ix}}, 0},
	} {
		cost, err := lab.Cost(t.Context(), c.q, c.cfg)
		if err != nil {
			t.Fatal(err)
		}
		got, err := lab.Timed(t.Context(), c.q, c.cfg)
		if err != nil {
			t.Fatal(err)
		}
		want := cost.Value - c.sequential*(1-lab.page.takes(1))
		if c.sequential > 0 && math.Abs(got-want) > 0.01*want || got <= 0 || got >= cost.Value {
			t.Errorf("%s: cost %.2f, timed %.2f, want about %.2f", c.name, cost.Value, got, want)
		}
		if again, err := lab.Cost(t.Context(), c.q, c.cfg); err != nil || again.Value != cost.Value {
			t.Errorf("%s: the session keeps dearer pages: cost %.2f, before %.2f, %v", c.name, again.Value, cost.Value, err)
		}
	}
	if _, err := lab.Timed(t.Context(), db.Query{SQL: "SELECT nothing FROM orders"}, db.Config{}); err == nil {
		t.Error("a statement that makes no sense has a time")
	}
}

func TestHowManyPagesAreInACost(t *testing.T) {
	plan := func(cost float64, index string) *db.Node {
		return &db.Node{Op: db.OpQuery, Cost: &cost, Children: []*db.Node{{Op: db.OpSearch, Table: "orders", Index: index}}}
	}
	for _, c := range []struct {
		name        string
		plain, dear *db.Node
		by, want    float64
	}{
		{"two more of a fifth are ten pages", plan(50, "a"), plan(52, "a"), 0.2, 10},
		{"another plan tells nothing", plan(50, "a"), plan(51, "b"), 0.2, 0},
		{"pages cost nothing here", plan(50, "a"), plan(50, "a"), 0, 0},
	} {
		if got := pagesIn(c.plain, c.dear, c.by); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
	half := pageCosts{InMemory: 0.5}
	if got := half.takes(4); got != 2.05 {
		t.Errorf("half of the pages come from disk: %v, want 2.05", got)
	}
	if got := half.takes(0.01); got != 0.01 {
		t.Errorf("no page takes longer than the server was told: %v", got)
	}
}
