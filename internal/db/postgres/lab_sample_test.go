package postgres

import (
	"bufio"
	"database/sql"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

func scratches(t testing.TB, app *sql.DB) []string {
	t.Helper()
	var list string
	if err := app.QueryRow(`SELECT coalesce(string_agg(nspname::text, ' ' ORDER BY nspname), '') FROM pg_namespace WHERE nspname LIKE 'mltop%'`).Scan(&list); err != nil {
		t.Fatal(err)
	}
	return strings.Fields(list)
}

func TestTheLabKeepsItsPromisesOnHypoPG(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 20000)
	dbtest.RunLab(t, dbtest.LabSubject{Engine: open(t, url), Nothing: true, NoHide: true, Left: func(t testing.TB) []string { return scratches(t, app) }})
}

func TestTheLabKeepsItsPromisesOnASample(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 20000)
	dbtest.Exec(t, app, "DROP EXTENSION hypopg")
	dbtest.RunLab(t, dbtest.LabSubject{Engine: open(t, url), Options: db.LabOptions{AllowScratch: true}, Left: func(t testing.TB) []string { return scratches(t, app) }})
}

// labOf makes a sample that ends with the test.
func labOf(t testing.TB, e *Engine, bytes int64) *sampleLab {
	t.Helper()
	lab, err := e.Lab(t.Context(), db.LabOptions{AllowScratch: true, MaxBytes: bytes, Seed: 3}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := lab.Close(); err != nil {
			t.Error(err)
		}
	})
	return lab.(*sampleLab)
}

// The truth is what a copy of all rows reads: that is not scaled.
func TestASampleTellsWhatTheLiveTablesWouldRead(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 30000)
	dbtest.Exec(t, app, "DROP EXTENSION hypopg")
	dbtest.Exec(t, app, "UPDATE orders SET total_cents = abs(hashint8(id)) % 10000")
	dbtest.Exec(t, app, "CREATE INDEX orders_customer ON orders (customer_id)")
	dbtest.Exec(t, app, "VACUUM FULL ANALYZE")
	e := open(t, url)
	sample, whole := labOf(t, e, 1<<20), labOf(t, e, 0)
	cents := db.Index{Table: "orders", Columns: []db.IndexColumn{{Name: "total_cents"}}}
	for _, c := range []struct {
		name, sql string
		add       []db.Index
		within    float64 // factor
	}{
		{"a scan reads every row", "SELECT status FROM orders WHERE total_cents = 7", nil, 1.15},
		{"a range is found by its index", "SELECT status FROM orders WHERE total_cents BETWEEN 100 AND 599", []db.Index{cents}, 1.4},
		{"a value that is rare is taken from statistics", "SELECT status FROM orders WHERE total_cents = 7", []db.Index{cents}, 3},
		{"rows that sampled rows refer to are there", "SELECT c.name FROM orders o JOIN customers c ON c.id = o.customer_id WHERE o.total_cents BETWEEN 100 AND 599", nil, 1.4},
		{"and the other way round", "SELECT o.status FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.created_at = date '2024-03-05'", nil, 2.5},
		{"three tables", "SELECT i.quantity FROM customers c JOIN orders o ON o.customer_id = c.id JOIN order_items i ON i.order_id = o.id WHERE c.created_at = date '2024-03-05'", nil, 2.5},
		{"a key that the sample did not draw is fetched", "SELECT o.status FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.email = 'user77@example.com'", nil, 2},
		{"a LIMIT ends it as early as in the live table", "SELECT * FROM orders WHERE status = 'open' LIMIT 5", nil, 1.6},
		{"an order by an index ends early too", "SELECT * FROM orders ORDER BY total_cents DESC LIMIT 10", []db.Index{cents}, 1.3},
		{"what is sorted is read whole", "SELECT * FROM orders ORDER BY total_cents DESC LIMIT 10", nil, 1.3},
		{"groups are gathered", "SELECT status, count(*) FROM orders GROUP BY status", nil, 1.3},
		{"a write looks for its rows", "UPDATE orders SET status = 'late' WHERE total_cents BETWEEN 100 AND 599", nil, 1.3},
		{"of a statement without constants", "SELECT status FROM orders WHERE customer_id = $1 AND placed_at > $2 LIMIT $3", nil, 2.5},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := must(sample.Cost(t.Context(), db.Query{SQL: c.sql}, db.Config{Add: c.add}))(t)
			want := must(whole.Cost(t.Context(), db.Query{SQL: c.sql}, db.Config{Add: c.add}))(t)
			if got.Value > want.Value*c.within || got.Value*c.within < want.Value || got.Method != db.MethodSample || want.Method != db.MethodCopy {
				t.Errorf("got %.0f (%.0f to %.0f) by %s %v, true %.0f by %s %v", got.Value, got.Low, got.High, got.Method, got.Uses, want.Value, want.Method, want.Uses)
			}
		})
	}
	for _, query := range []string{"SELECT * FROM public.orders", "SELECT nextval('s')", "SELECT pg_sleep(9)", "SELECT pg_terminate_backend(1) FROM orders"} {
		dbtest.Exec(t, app, "CREATE SEQUENCE IF NOT EXISTS s")
		if got, err := sample.Cost(t.Context(), db.Query{SQL: query}, db.Config{}); err == nil {
			t.Errorf("%s was tried: %+v", query, got)
		}
	}
	if got := must(sample.Cost(t.Context(), db.Query{SQL: "SELECT name FROM open_orders WHERE id = 20"}, db.Config{}))(t); got.Value < 1 {
		t.Errorf("of a view: %+v", got)
	}
	var late int
	if err := app.QueryRow("SELECT count(*) FROM orders WHERE status = 'late'").Scan(&late); err != nil || late != 0 {
		t.Errorf("%d live rows were written, %v", late, err)
	}
}

// The child is this test's own binary: it is killed while it has a sample.
func TestWhatAKilledProcessLeavesIsDroppedByTheNext(t *testing.T) {
	if url := os.Getenv("MLTOP_TEST_LAB"); url != "" {
		e := must(Open(t.Context(), url, Options{}))(t)
		must(e.Lab(t.Context(), db.LabOptions{AllowScratch: true}, nil))(t)
		os.Stdout.WriteString("ready\n")
		select {}
	}
	url, app := dbtest.PostgresOrders(t, 200)
	dbtest.Exec(t, app, "DROP EXTENSION hypopg")
	child := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$")
	child.Env = append(os.Environ(), "MLTOP_TEST_LAB="+url, "TMPDIR="+t.TempDir()) // it is killed: what it has there goes with this test
	out := must(child.StdoutPipe())(t)
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	if lines := bufio.NewScanner(out); !lines.Scan() || lines.Text() != "ready" {
		t.Fatalf("the child said %q", lines.Text())
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // it was killed
	left := scratches(t, app)
	if len(left) != 1 {
		t.Fatalf("it left %v", left)
	}
	const stranger = "mltop_scratch_1700000000_0123abcd"
	dbtest.Exec(t, app, "CREATE SCHEMA "+stranger)
	e := open(t, url)
	drop := "DROP SCHEMA " + left[0] + " CASCADE"
	for end := time.Now().Add(time.Minute); !slices.Equal(must(e.LeftScratch(t.Context()))(t), []string{drop}); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("what it left is never named: %v", must(e.LeftScratch(t.Context()))(t))
		}
	}
	for dropped := []string(nil); !slices.Contains(dropped, left[0]); { // until the server has noticed
		dropped = must(e.SweepScratch(t.Context()))(t)
	}
	living := labOf(t, e, 0)
	if dropped := must(open(t, url).SweepScratch(t.Context()))(t); len(dropped) != 0 {
		t.Errorf("dropped %v", dropped)
	}
	if named := must(e.LeftScratch(t.Context()))(t); len(named) != 0 {
		t.Errorf("named as left: %v", named)
	}
	if now := scratches(t, app); !slices.Equal(now, []string{stranger, living.name}) {
		t.Errorf("there are %v", now)
	}
	if _, err := living.Cost(t.Context(), db.Query{SQL: "SELECT * FROM orders"}, db.Config{}); err != nil {
		t.Errorf("the living one: %v", err)
	}
}

func TestWhoMayNotKeepASampleIsToldTheGrant(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 20)
	dbtest.Exec(t, app, "DROP EXTENSION hypopg")
	name := "watcher_" + time.Now().Format("150405000000")
	dbtest.Exec(t, app, "CREATE ROLE "+name+" LOGIN")
	t.Cleanup(func() { dbtest.Exec(t, app, "DROP OWNED BY "+name+"; DROP ROLE "+name) })
	dbtest.Exec(t, app, "GRANT SELECT ON ALL TABLES IN SCHEMA public TO "+name)
	e := open(t, strings.Replace(url, "postgres@", name+"@", 1))
	_, err := e.Lab(t.Context(), db.LabOptions{AllowScratch: true}, nil)
	var denied *ServerError
	if !errors.As(err, &denied) || denied.Problem != ProblemDenied || !strings.Contains(err.Error(), "GRANT CREATE ON DATABASE") {
		t.Errorf("got %v", err)
	}
	var no db.NotMeasured
	if _, err := e.Lab(t.Context(), db.LabOptions{}, nil); !errors.As(err, &no) || !strings.Contains(no.Why, "rules only") {
		t.Errorf("without the right to a sample: %v", err)
	}
}
