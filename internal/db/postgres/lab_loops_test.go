package postgres

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// A join that leaves few of the outer rows makes the planner charge too little
// for what the inner index leads to. What the lab adds is held against the
// blocks that a run of the same plan asks for.
func TestPagesOfANestedLoopArePaidFor(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 100)
	for _, text := range []string{
		"CREATE TABLE regions (id int PRIMARY KEY, name text NOT NULL)",
		"CREATE TABLE shops (id int PRIMARY KEY, region_id int NOT NULL)",
		"CREATE TABLE sales (id int PRIMARY KEY, shop_id int NOT NULL, cents int NOT NULL, note text NOT NULL)",
		"INSERT INTO regions SELECT i, 'region ' || i FROM generate_series(1, 25) i",
		"INSERT INTO shops SELECT i, 1 + i % 25 FROM generate_series(1, 5000) i",
		"INSERT INTO sales SELECT i, 1 + (i * 7919::bigint) % 5000, i % 1000, repeat('x', 200) FROM generate_series(1, 100000) i",
		"CREATE INDEX sales_by_shop ON sales (shop_id)",
		"VACUUM ANALYZE",
		"SET enable_hashjoin = off",
		"SET enable_mergejoin = off",
		"SET enable_bitmapscan = off",
		"SET max_parallel_workers_per_gather = 0",
	} {
		dbtest.Exec(t, app, text)
	}
	made, err := open(t, url).Lab(t.Context(), db.LabOptions{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	lab := made.(*Lab)
	const join = "SELECT sum(s.cents) FROM regions r JOIN shops h ON h.region_id = r.id JOIN sales s ON s.shop_id = h.id WHERE r.name = 'region 7'"
	var answer string
	if err := app.QueryRow("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + join).Scan(&answer); err != nil {
		t.Fatal(err)
	}
	asked := blocksOf(t, answer, "sales_by_shop")
	root, err := parsePlan([]byte(answer), false)
	if err != nil {
		t.Fatal(err)
	}
	inner := find(root, "sales_by_shop")
	loops := inner.Actual.Loops
	charged := *inner.Cost * loops / lab.page.Random
	if reckoned := charged + lab.unpaid(root); charged > asked/2 || reckoned < asked/2 || reckoned > asked*2 {
		t.Errorf("a run asked for %.0f blocks; the planner charged for %.0f at most, and %.0f with what is added", asked, charged, reckoned)
	}
	alone, err := lab.Cost(t.Context(), db.Query{SQL: "SELECT sum(cents) FROM sales WHERE shop_id = 7"}, db.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if own := *alone.Plan.Root.Cost; alone.Value != own {
		t.Errorf("a search without a loop: %v, by the planner %v", alone.Value, own)
	}
}

// blocksOf are those that the scan of an index and of its table asked for.
func blocksOf(t *testing.T, answer, index string) float64 {
	t.Helper()
	type node struct {
		Index string  `json:"Index Name"`
		Hit   float64 `json:"Shared Hit Blocks"`
		Read  float64 `json:"Shared Read Blocks"`
		Plans []node
	}
	var list []struct{ Plan node }
	if err := json.Unmarshal([]byte(answer), &list); err != nil {
		t.Fatal(err)
	}
	var in func(n node) float64
	in = func(n node) float64 {
		if n.Index == index {
			return n.Hit + n.Read
		}
		sum := 0.0
		for _, c := range n.Plans {
			sum += in(c)
		}
		return sum
	}
	blocks := in(list[0].Plan)
	if blocks == 0 {
		t.Fatalf("the plan does not read %s: %s", index, answer)
	}
	return blocks
}

func find(n *db.Node, index string) *db.Node {
	if n.Index == index {
		return n
	}
	for _, c := range n.Children {
		if found := find(c, index); found != nil {
			return found
		}
	}
	return nil
}

func TestWhatLoopsLeaveUnpaid(t *testing.T) {
	lab := &Lab{
		rows: map[string]float64{"sales": 100000}, pages: map[string]float64{"sales": 1000},
		stats: map[string]columnStat{"sales.shop": {}, "sales.at": {order: 1}},
		page:  pageCosts{Random: 4, Cache: 1 << 19},
	}
	loop := func(kind string, times float64, column string, rows, cost float64) *db.Node {
		outer := &db.Node{Op: db.OpScan, Table: "shops", Passed: &times}
		inner := &db.Node{Op: db.OpSearch, Table: "sales", Index: "i", Columns: []string{column + " = shops.id"}, Passed: &rows, Cost: &cost}
		return &db.Node{Op: db.OpJoin, Detail: "nested loop, " + kind, Children: []*db.Node{outer, inner}}
	}
	covering := loop("inner", 100, "shop", 20, 1)
	covering.Children[1].Covering = true
	deep := &db.Node{Op: db.OpOther, Children: []*db.Node{loop("inner", 100, "shop", 20, 20*rowCost)}}
	for _, c := range []struct {
		name string
		root *db.Node
		want float64
	}{
		{"2,000 rows anywhere in 1,000 pages are on all of them", loop("inner", 100, "shop", 20, 20*rowCost), 1000},
		{"what was charged is paid", loop("inner", 100, "shop", 20, 20*rowCost+8), 800},
		{"all was charged", loop("inner", 100, "shop", 20, 20*rowCost+80), 0},
		{"rows that lie together are on a page each time", loop("inner", 100, "at", 20, 20*rowCost), 2 * 1000 * 100.0 / (2*1000 + 100)},
		{"a search that ends at its first row", loop("semi", 100, "shop", 20, 20*rowCost), 2 * 1000 * 100.0 / (2*1000 + 100)},
		{"the table is not read", covering, 0},
		{"a column of which nothing is known", loop("inner", 100, "other", 20, 1), 0},
		{"below other nodes", deep, 1000},
	} {
		if got := lab.unpaid(c.root); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("%s: %v pages, want %v", c.name, got, c.want)
		}
	}
	lab.page.Cache = 100
	if got := lab.fetched(1000, 1e6); got <= 1000 {
		t.Errorf("a table larger than memory is read once: %v pages", got)
	}
	if name := searchedBy(&db.Node{Columns: []string{`"Shop id" = 1`}}); strings.Contains(name, `"`) {
		t.Errorf("a quoted name: %q", name)
	}
}
