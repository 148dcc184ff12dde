package advisor_test

import (
	"context"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mltop/advisor"
	"mltop/internal/db"
	"mltop/internal/db/dbtest"
	"mltop/internal/db/sqlite"
	"mltop/internal/sqltext"
)

// statements makes a workload of texts with names: "name: SELECT …".
func statements(named ...string) advisor.Workload {
	var w advisor.Workload
	for _, s := range named {
		name, text, _ := strings.Cut(s, ": ")
		w.Statements = append(w.Statements, advisor.Statement{
			Name: name, Fingerprint: sqltext.Fingerprint(text), Text: sqltext.Normalize(text),
			Examples: []string{text}, CallsPerHour: 3600, MeanSeconds: math.NaN(),
		})
	}
	return w
}

func nothingSeen() advisor.Seen {
	return advisor.Seen{RequestsPerSecond: math.NaN(), CommitsPerRequest: math.NaN()}
}

// adviseOn runs the advisor on a real file.
func adviseOn(t *testing.T, file string, w advisor.Workload) (advisor.Advice, *advisor.Advisor, *sqlite.Engine) {
	t.Helper()
	e := openEngine(t, file)
	a := advisor.New(e, advisor.Config{StateDir: filepath.Join(t.TempDir(), "state"), Path: file})
	t.Cleanup(func() { _ = a.Close() })
	got, err := a.Advise(context.Background(), w, nothingSeen(), advisor.Options{Duration: 30 * time.Second, Seed: 1})
	if err != nil {
		t.Fatalf("Advise: %v", err)
	}
	if got.Partial != "" {
		t.Errorf("Advise did not finish: %s", got.Partial)
	}
	return got, a, e
}

// advisedIndexes lists "table(a, b) where …" of every index to be created.
func advisedIndexes(a advisor.Advice) []string {
	var out []string
	for _, r := range a.Recommendations {
		if r.Kind == advisor.KindCreateIndex {
			out = append(out, strings.TrimPrefix(r.Title, "Create index on "))
		}
	}
	slices.Sort(out)
	return out
}

// requestLog is MockLoop's documented table with n rows as wide as its own
// are, eight servers, and one request in 25 failed.
func requestLog(t *testing.T, n int) string {
	t.Helper()
	path := dbtest.Path(t)
	d := dbtest.Open(t, path)
	dbtest.Exec(t, d, dbtest.Documented.DDL("request_logs"))
	dbtest.Exec(t, d, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < ?1)
		INSERT INTO request_logs (timestamp, method, path, response_status, response_time_ms, server_id, headers)
		SELECT strftime('%Y-%m-%dT%H:%M:%S', '2026-11-20', '+'||i||' seconds'),
			CASE i%5 WHEN 0 THEN 'POST' ELSE 'GET' END, '/api/items/'||((i*7919)%2000),
			CASE WHEN (i*31)%25 = 0 THEN 500 ELSE 200 END, (i*37)%1000/10.0, 'server-'||((i*104729)%8), hex(zeroblob(700)) FROM n`, n)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// The three indexes of MockLoop's document come out of the queries that they
// are for, in a form that SQLite accepts.
func TestMockLoopsDocumentedIndexes(t *testing.T) {
	got, _, _ := adviseOn(t, requestLog(t, 20000), statements(
		"by server: SELECT count(*) FROM request_logs WHERE server_id = 'server-7' AND timestamp >= '2026-11-20T03:00:00' AND method <> 'POST'",
		"route mean: SELECT avg(response_time_ms) FROM request_logs WHERE path = '/api/items/42' AND method = 'GET' AND response_status < 400",
		"errors: SELECT * FROM request_logs WHERE response_status = 500 AND timestamp >= '2026-11-20T05:00:00'",
	))
	want := []string{
		"request_logs(path, method) where response_status < 400",
		"request_logs(response_status, timestamp)",
		"request_logs(server_id, timestamp, method)",
	}
	if list := advisedIndexes(got); !slices.Equal(list, want) {
		t.Errorf("advised\n  %s\nwant\n  %s\ndeclined %+v", strings.Join(list, "\n  "), strings.Join(want, "\n  "), got.Declined)
	}
	for _, r := range got.Recommendations {
		if r.Kind == advisor.KindCreateIndex && strings.Contains(r.Statement, "datetime(") {
			t.Errorf("not deterministic: %s", r.Statement)
		}
	}
}

func TestStatementsThatNameATableDifferentlyShareAPartialIndex(t *testing.T) {
	got, _, _ := adviseOn(t, requestLog(t, 20000), statements(
		"plain: SELECT avg(response_time_ms) FROM request_logs WHERE path = '/api/items/42' AND method = 'GET' AND response_status < 400",
		"alias: SELECT max(l.response_time_ms) FROM request_logs AS l WHERE l.path = '/api/items/43' AND l.method = 'GET' AND l.response_status < 400",
	))
	want := []string{"request_logs(path, method) where response_status < 400"}
	if list := advisedIndexes(got); !slices.Equal(list, want) {
		t.Fatalf("advised %q, want %q; declined %+v", list, want, got.Declined)
	}
	if r := card(got, advisor.KindCreateIndex); len(r.Queries) != 2 {
		t.Errorf("it serves %q, want both", r.Queries)
	}
}

func TestAdviceOnOrders(t *testing.T) {
	file := dbtest.Path(t)
	dbtest.Orders(t, file, 20000)
	got, a, e := adviseOn(t, file, statements(
		"of a customer: SELECT id, placed_at FROM orders WHERE customer_id = 77 ORDER BY placed_at DESC LIMIT 10",
		"customer total: SELECT sum(total_cents) FROM orders WHERE customer_id = 78",
		"one order: SELECT * FROM orders WHERE id = 12",
		"search: SELECT * FROM customers WHERE email LIKE '%99@%'",
		"page: SELECT * FROM orders ORDER BY id LIMIT 20 OFFSET 15000",
		"nonsense: SELEC * FROM orders",
		"all: SELECT * FROM customers",
	))
	t.Run("one index serves the two statements by customer", func(t *testing.T) {
		list := advisedIndexes(got)
		if len(list) != 1 || !strings.HasPrefix(list[0], "orders(customer_id") {
			t.Fatalf("advised %q", list)
		}
		r := card(got, advisor.KindCreateIndex)
		if len(r.Queries) != 2 || r.Estimate.Before < 10*r.Estimate.After || r.Estimate.Method != db.MethodCopy || r.SavedRatio <= 0 {
			t.Errorf("card: serves %q, %+v, saves %v", r.Queries, r.Estimate, r.SavedRatio)
		}
	})
	t.Run("every other statement has its reason", func(t *testing.T) {
		for query, want := range map[string]string{
			"one order": "well served", "search": "leading wildcard", "page": "OFFSET", "nonsense": "could not be parsed", "all": "every row",
		} {
			if reason := reasonFor(got, query); !strings.Contains(reason, want) {
				t.Errorf("%s: declined with %q, want it to say %q", query, reason, want)
			}
		}
	})
	t.Run("applied, the live plan uses it; undone, nothing is left", func(t *testing.T) { applyAndUndo(t, a, e, file, got) })
}

func applyAndUndo(t *testing.T, a *advisor.Advisor, e *sqlite.Engine, file string, got advisor.Advice) {
	ctx := context.Background()
	r := card(got, advisor.KindCreateIndex)
	before := dump(t, file)
	p, err := a.Preview(ctx, r.ID)
	if err != nil || p.Refused != "" || p.Recommendation.Build == nil || *p.Recommendation.Build.Seconds <= 0 {
		t.Fatalf("Preview: %v, refused %q, build %+v", err, p.Refused, p.Recommendation.Build)
	}
	entry, err := a.Apply(ctx, r.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	plan, err := e.Explain(ctx, db.Query{SQL: "SELECT sum(total_cents) FROM orders WHERE customer_id = 78"})
	if err != nil || !usesIndex(plan, entry.Steps[0].Object.Name) {
		t.Errorf("the live plan does not use %s: %v", entry.Steps[0].Object.Name, err)
	}
	if _, err := a.Undo(ctx, entry.ID, nil); err != nil {
		t.Fatal(err)
	}
	if after := dump(t, file); after != before {
		t.Errorf("after the undo the file is\n%s\nbefore it was\n%s", after, before)
	}
}

func usesIndex(p *db.Plan, name string) bool {
	found := false
	p.Walk(func(n *db.Node, _ int) { found = found || slices.Contains(n.Indexes(), name) })
	return found
}

// card is the first advice of a kind.
func card(a advisor.Advice, k advisor.Kind) advisor.Recommendation {
	for _, r := range a.Recommendations {
		if r.Kind == k {
			return r
		}
	}
	return advisor.Recommendation{}
}

func reasonFor(a advisor.Advice, query string) string {
	for _, d := range a.Declined {
		if slices.Contains(d.Queries, query) {
			return d.Reason
		}
	}
	return ""
}

func TestJoinsGetAnIndexOnTheInnerSide(t *testing.T) {
	file := dbtest.Path(t)
	dbtest.Orders(t, file, 5000)
	d := dbtest.Open(t, file)
	dbtest.Exec(t, d, "CREATE TABLE payments (id INTEGER PRIMARY KEY, order_id INTEGER, cents INTEGER); INSERT INTO payments SELECT id, id, total_cents FROM orders")
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	got, _, _ := adviseOn(t, file, statements(
		"paid: SELECT o.id, p.cents FROM orders o JOIN payments p ON p.order_id = o.id WHERE o.id BETWEEN 100 AND 120",
	))
	list := advisedIndexes(got)
	if len(list) != 1 || !strings.HasPrefix(list[0], "payments(order_id") {
		t.Errorf("advised %q, declined %+v; want one on payments(order_id)", list, got.Declined)
	}
}

func TestIndexesThatAreTooMany(t *testing.T) {
	file := dbtest.Path(t)
	dbtest.Orders(t, file, 5000)
	d := dbtest.Open(t, file)
	dbtest.Exec(t, d, "CREATE INDEX narrow ON orders(customer_id); CREATE INDEX wide ON orders(customer_id, placed_at); CREATE INDEX idle ON orders(total_cents)")
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	watched := statements(
		"of a customer: SELECT id FROM orders WHERE customer_id = 7 ORDER BY placed_at",
		"new: INSERT INTO orders (customer_id, status, placed_at, total_cents) VALUES (1, 'open', '2026-01-01', 5)",
	)
	watched.Window = 26 * time.Hour // seen live for longer than a day: what was not used is unused
	got, a, _ := adviseOn(t, file, watched)
	var drops []string
	for _, r := range got.Recommendations {
		if r.Kind == advisor.KindDropIndex {
			drops = append(drops, strings.TrimPrefix(r.Object, "index "))
		}
	}
	slices.Sort(drops)
	if !slices.Equal(drops, []string{"idle", "narrow", "orders_open"}) {
		t.Errorf("drops %q, want those that no statement needs; declined %+v", drops, got.Declined)
	}
	before := dump(t, file)
	r := card(got, advisor.KindDropIndex)
	entry, err := a.Apply(context.Background(), r.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Undo(context.Background(), entry.ID, nil); err != nil {
		t.Fatal(err)
	}
	if after := dump(t, file); after != before {
		t.Errorf("after the undo the file is\n%s\nbefore it was\n%s", after, before)
	}
}

func TestAnIndexWithNoGainIsNotOffered(t *testing.T) {
	file := dbtest.Path(t)
	dbtest.Orders(t, file, 20000)
	// Nearly every order is done: the planner would take an index on the
	// status, and every row would be looked up one by one.
	got, _, _ := adviseOn(t, file, statements("done: SELECT * FROM orders WHERE status = 'done'"))
	if list := advisedIndexes(got); len(list) != 0 {
		t.Errorf("advised %q: %+v", list, card(got, advisor.KindCreateIndex).Estimate)
	}
	if reason := reasonFor(got, "done"); !strings.Contains(reason, "no advice, because") {
		t.Errorf("the reason is %q", reason)
	}
}

func explained(t *testing.T, e *sqlite.Engine, sql string) *db.Plan {
	t.Helper()
	p, err := e.Explain(context.Background(), db.Query{SQL: sql})
	if err != nil {
		t.Fatal(err)
	}
	return p
}
