package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mltop/internal/db/dbtest"
	"mltop/internal/demo"
	"mltop/internal/wire"
	"mltop/ui/chart"
)

// TestALoadTestTunesItsTarget: an application looks orders up by a column
// without an index. The test goes all the way: load, advice, apply, load,
// verdict, and undo.
func TestALoadTestTunesItsTarget(t *testing.T) {
	b := newBenchWorld(t)
	database := filepath.Join(b.home, "app.db")
	const fill = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) INSERT INTO orders (customer, note) SELECT i, 'a note of some length for order ' || i FROM n"
	if err := runSQL(database, []string{"PRAGMA journal_mode = WAL", "CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER, note TEXT)"}); err != nil {
		t.Fatal(err)
	}
	d, err := sql.Open("sqlite3", database)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := d.Exec(fill); err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		var note string
		if err := d.QueryRow("SELECT note FROM orders WHERE customer = 199999").Scan(&note); err != nil {
			w.WriteHeader(http.StatusInternalServerError)
		}
		fmt.Fprint(w, note)
	}))
	defer s.Close()
	queries := b.file("hot.sql", "-- weight: 36000\nSELECT note FROM orders WHERE customer = 199999;\n")
	code, out, errs := b.run(s.URL, "--rate", "10", "-d", "5s", "--attach", database, "--queries", queries, "--tune", "--yes", "-o", "json")
	var doc tuneDoc
	if err := json.Unmarshal([]byte(out), &doc); err != nil || code != exitOK {
		t.Fatalf("exit %d, %v: %s%s", code, err, out, errs)
	}
	if doc.Before == nil || doc.After == nil || len(doc.Applied) == 0 || doc.Before.ErrorCount+doc.After.ErrorCount != 0 {
		t.Fatalf("before %v, after %v, applied %v: %s", doc.Before != nil, doc.After != nil, doc.Applied, errs)
	}
	if strings.HasPrefix(doc.Verdict.Text, "slower: ") {
		t.Errorf("got %+v", doc.Verdict)
	}
	t.Log(doc.Verdict.Text) // how much faster depends on what else the machine does
	var indexes int
	if err := d.QueryRow("SELECT count(*) FROM sqlite_master WHERE type = 'index' AND tbl_name = 'orders'").Scan(&indexes); err != nil || indexes == 0 {
		t.Errorf("%d indexes after tuning, %v", indexes, err)
	}
	if code, _, errs := b.run(s.URL, "--tune"); code != exitUsage || !strings.Contains(errs, "--attach") {
		t.Errorf("without a target: exit %d: %s", code, errs)
	}
}

// TestTheDemoIsTunedOnServersToo goes the same way on the sample deployment,
// whose route lost its index: the requests after it wait less than those
// before.
func TestTheDemoIsTunedOnServersToo(t *testing.T) {
	dbtest.NeedServers(t)
	for _, e := range []demo.Engine{demo.MariaDB, demo.Postgres} {
		t.Run(string(e), func(t *testing.T) {
			t.Setenv("TMPDIR", shortDir(t))
			tuneShop(t, startShop(t, e).Ready)
		})
	}
}

// startShop is the sample deployment without its client: the load test is the
// load.
func startShop(t *testing.T, e demo.Engine) *demo.Server {
	t.Helper()
	f := demoFlags{seed: 1, engine: string(e)}
	s, err := demo.StartServer(context.Background(), f.server(program(t, "mltop")), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Errorf("the sample deployment ended with %v", err)
		}
	})
	return s
}

func tuneShop(t *testing.T, r demo.Ready) {
	t.Helper()
	b := newBenchWorld(t)
	scenario := fmt.Sprintf("base: http://%s\nrate: %.3g\nduration: 6s\ntimeout: 60s\ndata: {csv: \"id\\n11\\n222\\n3333\\n4444\\n\"}\nrequests: [{name: order, url: \"/orders/{{id}}\"}]\n",
		r.Address, max(2, min(20, 0.3/r.SlowSeconds)))
	code, out, errs := b.run(b.file("orders.yaml", scenario), "--attach", r.Database, "--query-log", r.QueryLog, "--allow-scratch", "--tune", "--yes", "-o", "json")
	var doc tuneDoc
	if err := json.Unmarshal([]byte(out), &doc); err != nil || code != exitOK {
		t.Fatalf("exit %d, %v: %s%s", code, err, out, errs)
	}
	if doc.Before == nil || doc.After == nil || len(doc.Applied) == 0 || doc.Before.ErrorCount+doc.After.ErrorCount != 0 {
		t.Fatalf("before %v, after %v, applied %v: %s", doc.Before != nil, doc.After != nil, doc.Applied, errs)
	}
	if *doc.After.Latency.P50 >= *doc.Before.Latency.P50 || strings.HasPrefix(doc.Verdict.Text, "slower: ") {
		t.Errorf("P50 %.4f s before and %.4f s after: %+v", *doc.Before.Latency.P50, *doc.After.Latency.P50, doc.Verdict)
	}
	if doc.Before.Target == nil || len(doc.Before.Target.Statements) == 0 {
		t.Errorf("nothing is told of the target: %+v", doc.Before.Target)
	}
	t.Log(len(doc.Applied), "applied;", doc.Verdict.Text) // how much faster depends on what else the machine does
}

// TestBothCurvesOfATunedTargetAreDrawn: the line before is high, the one after
// it low, and what was answered after the end is in neither.
func TestBothCurvesOfATunedTargetAreDrawn(t *testing.T) {
	run := func(p95 ...float64) *wire.Bench {
		b := &wire.Bench{Duration: 4}
		for i := range p95 {
			b.Series = append(b.Series, wire.BenchSecond{At: float64(i), Width: 1, Latency: wire.BenchQuantiles{P95: &p95[i]}})
		}
		return b
	}
	table := drawnCurves(&tuneDoc{Before: run(.4, .4, .4, .4, 9), After: run(.1, .1, .1, .1)}, chart.ASCII, 60)
	row := func(word string) int {
		return slices.IndexFunc(table.Rows, func(r []string) bool { return strings.HasSuffix(strings.TrimRight(r[0], " "), word) })
	}
	if before, after, axis := row(" before"), row(" after"), row(" 4 s"); before != 0 || after <= before || axis != len(table.Rows)-1 {
		t.Errorf("before in row %d, after in row %d, the axis in %d; want 0, one below, the last: %q", before, after, axis, table.Rows)
	}
}
