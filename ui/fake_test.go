package ui

import (
	"context"
	"errors"
	"fmt"
	"math/rand"
	"sync"
	"time"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/db"
	"mltop/internal/diagnose"
	"mltop/internal/stat"
)

// noon is the instant of every scenario.
var noon = time.Date(2026, 3, 1, 10, 42, 0, 0, time.UTC)

// fake is a deployment in memory: an index was dropped 15 minutes ago, and
// creating it again helps.
type fake struct {
	mu      sync.Mutex
	now     time.Time
	fast    bool
	entries []advisor.Entry
	waiting bool // Next blocks after the first sample
	sent    int
	byHand  bool // samples are given by the session
	rand    *rand.Rand
	fail    map[string]error
	did     []string
	applied chan struct{} // when set, Apply waits for it
	live    bool          // samples follow the wall clock
	bare    bool          // nobody counts requests

	outdated map[string]string // what Outdated answers
	exported string            // the last text that was written
}

func newFake() *fake {
	return &fake{now: noon, rand: rand.New(rand.NewSource(1)), fail: map[string]error{}}
}

const (
	slowPrint  = "9f3a5be2c1d04e77"
	slowSQL    = "SELECT i.id, i.sku, i.qty, p.name FROM order_items i JOIN products p ON p.id = i.product_id WHERE i.order_id = ? ORDER BY i.line_no"
	adviceID   = "ix-order-items-order-id-line-no"
	indexName  = "mltop_order_items_order_id_line_no"
	createSQL  = "CREATE INDEX mltop_order_items_order_id_line_no ON order_items(order_id, line_no);"
	entryOne   = "e-0001"
	exampleSQL = "SELECT i.id, i.sku, i.qty, p.name FROM order_items i JOIN products p ON p.id = i.product_id WHERE i.order_id = 4711 ORDER BY i.line_no"
)

var fakeRoutes = []struct {
	method, path string
	perSecond    int
	seconds      float64
}{
	{"GET", "/orders/{id}", 31, 0.022}, {"GET", "/customers/{id}/orders", 12, 0.014}, {"POST", "/orders", 8, 0.006},
	{"GET", "/products/{id}", 40, 0.002}, {"GET", "/products", 9, 0.018}, {"GET", "/health", 18, 0.0008},
}

func (f *fake) bucket(start time.Time, w time.Duration, slow bool) collectors.RequestBucket {
	b := collectors.RequestBucket{Start: start, Width: w, Total: collectors.Group{Latency: &stat.Sketch{}}}
	for _, r := range fakeRoutes {
		g := collectors.Group{Latency: &stat.Sketch{}}
		n := r.perSecond * int(w/time.Second)
		for i := 0; i < n; i += max(n/20, 1) {
			v := r.seconds * (0.6 + 0.8*f.rand.Float64())
			if slow && r.path == "/orders/{id}" {
				v *= 31
			}
			g.Latency.AddN(v, uint32(max(n/20, 1)))
		}
		g.Count, g.StatusCount = g.Latency.Count(), g.Latency.Count()
		if r.method == "POST" && f.rand.Intn(4) == 0 {
			g.ClientErrors = 1
		}
		b.Routes = append(b.Routes, collectors.RouteGroup{Route: collectors.Route{Method: r.method, Path: r.path}, Group: g})
		b.Total.Latency.Merge(g.Latency)
		b.Total.Count += g.Count
		b.Total.StatusCount += g.StatusCount
		b.Total.ClientErrors += g.ClientErrors
	}
	return b
}

var requestSource = collectors.RequestSource{Kind: "table", Name: "request_logs", Resolution: time.Second, Latency: "handler time (before the log write)", Total: 200_000}

// past is what the request log knows of the hour before.
func (f *fake) past() *collectors.Requests {
	r := &collectors.Requests{At: f.now, Source: requestSource, Backfilled: 1, State: "ok"}
	for t := f.now.Add(-time.Hour); t.Before(f.now); t = t.Add(10 * time.Second) {
		r.Buckets = append(r.Buckets, f.bucket(t, 10*time.Second, t.After(f.now.Add(-15*time.Minute))))
	}
	for i := range 30 {
		route := fakeRoutes[i%len(fakeRoutes)]
		r.Last = append(r.Last, collectors.Request{ID: int64(200000 - i), Time: f.now.Add(-time.Duration(i*37) * time.Millisecond),
			Method: route.method, Path: fmt.Sprint(route.path[:len(route.path)-3], 100+i), Route: collectors.Route{Method: route.method, Path: route.path},
			Status: []int{200, 200, 200, 404, 200, 500}[i%6], Seconds: route.seconds})
	}
	return r
}

func ptr[T any](v T) *T { return &v }

func (f *fake) system() *collectors.System {
	return &collectors.System{At: f.now, Interval: time.Second, Host: "h7", Local: true, CPURatio: ptr(0.55 + 0.2*f.rand.Float64()),
		MemUsed: 9_600_000_000, MemTotal: 23_500_000_000, DiskRead: ptr(41e6), DiskWrite: ptr(2.1e6), NetReceive: ptr(4e5), NetTransmit: ptr(3.1e6)}
}

func (f *fake) database() *collectors.Database {
	return &collectors.Database{
		At: f.now, Interval: time.Second, CommitsPerSecond: ptr(8.1), CommitsPerRequest: ptr(0.07), BusyRatio: ptr(0.0),
		QueriesPerSecond: ptr(412.0), MeanQuerySeconds: ptr(0.0022), FileBytesPerSecond: ptr(1200.0),
		Stats: db.Stats{At: f.now, Version: "3.46.1", Name: "app.db", Label: "SQLite", FileBytes: ptr(int64(412e6)), WALBytes: ptr(int64(4.1e6)),
			SHMBytes: ptr(int64(32768)), PageSize: ptr(int64(4096)), FreePages: ptr(int64(120)), DiskFreeBytes: ptr(int64(38e9)), JournalMode: "wal", State: "ok",
			Missing: map[string]string{"connection_pool_ratio": "SQLite has no connections to count: each process opens the file", "cache_hit_ratio": "each process keeps its own page cache, and none of them tells"}},
		Schema: fakeSchema(), Sessions: fakeSessions(),
		Settings: []db.Setting{{Name: "journal_mode", Value: "wal", Default: "delete", Source: "the file", Set: true, Scope: db.ScopeFile, Reaches: "everybody who opens the file"},
			{Name: "synchronous", Value: "2", Default: "2", Source: "each connection", Scope: db.ScopeConnection, Reaches: "only the connection that sets it"},
			{Name: "cache_size", Value: "-2000", Default: "-2000", Source: "each connection", Scope: db.ScopeConnection, Reaches: "only the connection that sets it"}},
	}
}

// fakeSessions are those of a server on which two wait behind a transaction
// that nobody ends, one of them behind the other.
func fakeSessions() []db.Session {
	return []db.Session{
		{ID: "4711", Started: "a", User: "shop", Application: "orders-api", Host: "10.0.0.7", State: "idle in transaction", Idle: true, For: 42 * time.Second, Transaction: 50 * time.Second,
			Statement: "UPDATE orders SET status = 'open' WHERE id = 7", Dies: "what it wrote in 50 s of transaction"},
		{ID: "4712", Started: "b", User: "shop", Application: "orders-api", Host: "10.0.0.7", State: "active", For: 12 * time.Second, Transaction: 12 * time.Second, Waits: "Lock: transactionid",
			Statement: "UPDATE orders SET status = 'done' WHERE id = 7", BlockedBy: []string{"4711"}, Dies: "nothing written: 12 s of work"},
		{ID: "4713", Started: "c", User: "report", Host: "10.0.0.9", State: "active", For: 3 * time.Second, Transaction: 3 * time.Second, Waits: "Lock: relation",
			Statement: "ALTER TABLE orders ADD note text", BlockedBy: []string{"4712", "4711"}},
		{ID: "4714", Started: "d", User: "shop", Host: "local", State: "active", For: 200 * time.Millisecond, Statement: exampleSQL},
		{ID: "4715", Started: "e", User: "shop", Host: "local", State: "idle", For: time.Hour, Statement: "COMMIT"},
	}
}

func fakeSchema() *db.Schema {
	ix := func(table, name string, n int64, cols ...string) *db.Index {
		x := &db.Index{Table: table, Name: name, Bytes: &n}
		for _, c := range cols {
			x.Columns = append(x.Columns, db.IndexColumn{Name: c})
		}
		return x
	}
	return &db.Schema{Version: "7", Tables: []*db.Table{
		{Name: "order_items", Rows: ptr(int64(1_204_331)), Bytes: ptr(int64(210e6)), Indexes: []*db.Index{ix("order_items", "order_items_sku", 31e6, "sku")}},
		{Name: "orders", Rows: ptr(int64(301_200)), Bytes: ptr(int64(88e6)), Indexes: []*db.Index{ix("orders", "orders_customer", 9e6, "customer_id", "created_at")}},
		{Name: "products", Rows: ptr(int64(20_000)), Bytes: ptr(int64(6e6))},
		{Name: "customers", Rows: ptr(int64(50_000)), Bytes: ptr(int64(12e6))},
	}}
}

func (f *fake) statements(interval time.Duration) *collectors.Statements {
	s := &collectors.Statements{At: f.now, Interval: interval, Source: collectors.StatementSource{Kind: "query log", Name: "queries.jsonl", Live: true}}
	for i, q := range []struct {
		fp, sql, example, route string
		perSecond               int
		seconds                 float64
	}{
		{slowPrint, slowSQL, exampleSQL, "GET /orders/{id}", 31, 0.0224},
		{"1c77ab03d2e4f560", "SELECT id, total FROM orders WHERE customer_id = ? ORDER BY created_at DESC LIMIT ?", "", "GET /customers/{id}/orders", 12, 0.0011},
		{"77ab03d2e4f5601c", "SELECT id, name, price FROM products WHERE id = ?", "", "GET /products/{id}", 40, 0.00004},
		{"ab03d2e4f5601c77", "INSERT INTO orders(customer_id, total, created_at) VALUES (?, ?, ?)", "", "POST /orders", 8, 0.0009},
		{"03d2e4f5601c77ab", "SELECT name FROM products WHERE name LIKE ?", "", "GET /products", 9, 0.0061},
	} {
		if i == 0 && f.fast {
			q.seconds /= 500
		}
		g := collectors.StatementGroup{Fingerprint: q.fp, Text: q.sql, Example: q.example, Route: q.route, Latency: &stat.Sketch{}}
		n := max(int(float64(q.perSecond)*interval.Seconds()), 1)
		for range min(n, 20) {
			g.Latency.AddN(q.seconds*(0.7+0.6*f.rand.Float64()), uint32(max(n/20, 1)))
		}
		g.Calls, g.Rows = g.Latency.Count(), 4*g.Latency.Count()
		s.Rows = append(s.Rows, g)
	}
	return s
}

func (f *fake) links() *collectors.Links {
	return &collectors.Links{At: f.now, List: []collectors.Link{
		{Route: "GET /orders/{id}", Fingerprint: slowPrint, CallsPerRequest: 1, Seconds: 0.0224, How: "by the query log's route", Sure: true},
		{Route: "GET /customers/{id}/orders", Fingerprint: "1c77ab03d2e4f560", CallsPerRequest: 1, How: "by the query log's route", Sure: true},
		{Route: "GET /customers/{id}/orders", Fingerprint: "77ab03d2e4f5601c", CallsPerRequest: 3, How: "by the query log's route", Sure: true},
		{Route: "POST /orders", Fingerprint: "ab03d2e4f5601c77", CallsPerRequest: 1, How: "by the query log's route", Sure: true},
	}}
}

// sample is what one tick finds; the first one brings the past.
func (f *fake) sample() collectors.Sample {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := collectors.Sample{Time: f.now, Self: collectors.Self{CPURatio: 0.002, RSSBytes: 14e6, Statements: 3}, Errors: map[string]string{}}
	r := f.past()
	if f.sent > 0 {
		f.now = f.now.Add(time.Second)
		if f.live {
			f.now = time.Now().UTC().Truncate(time.Second)
		}
		s.Time = f.now
		r.At, r.Buckets = f.now, []collectors.RequestBucket{f.bucket(f.now.Add(-time.Second), time.Second, !f.fast)}
	} else {
		s.Sections = append(s.Sections, &collectors.Events{At: f.now, List: []collectors.Event{{At: f.now.Add(-15 * time.Minute), Kind: "schema", Text: "index dropped"}}})
	}
	f.sent++
	if f.bare {
		s.Errors["requests"] = "not measured: no table looks like a request log; name one with --request-table (since 10:42:00)"
		s.Sections = []collectors.Section{f.system(), f.database(), f.statements(time.Second)}
		return s
	}
	s.Sections = append(s.Sections, r, f.system(), f.database(), f.statements(time.Second), f.links(),
		&collectors.Processes{At: f.now, Interval: time.Second, List: []collectors.Process{{PID: 4711, Name: "uvicorn", Command: "uvicorn app:app --port 8000", CPURatio: ptr(0.71), RSSBytes: 88e6, ReadPerSecond: ptr(41e6), WritePerSecond: ptr(1e6), HoldsFile: true, LinkedSQLiteVer: "3.46.1"}}})
	return s
}

func (f *fake) Next(ctx context.Context) (collectors.Sample, error) {
	if err := f.fail["next"]; err != nil {
		return collectors.Sample{}, err
	}
	if f.byHand {
		return collectors.Sample{}, nil // the session drops it, and gives its own
	}
	if f.waiting && f.sent > 0 {
		<-ctx.Done()
		return collectors.Sample{}, ctx.Err()
	}
	if f.live && f.sent > 0 {
		time.Sleep(time.Second)
	}
	return f.sample(), nil
}

func (f *fake) SetTick(time.Duration) {}
func (f *fake) Refresh()              {}

func scanPlan() *db.Plan {
	return &db.Plan{Engine: "sqlite", Version: "3.46.1", Root: &db.Node{Op: db.OpQuery, Children: []*db.Node{
		{Op: db.OpScan, Table: "order_items", Alias: "i", Rows: ptr(1_204_331.0)},
		{Op: db.OpSearch, Table: "products", Alias: "p", Index: "rowid", Columns: []string{"rowid = ?"}, Rows: ptr(1.0)},
		{Op: db.OpSort, Detail: "temp b-tree for ORDER BY"},
	}}}
}

func searchPlan() *db.Plan {
	return &db.Plan{Engine: "sqlite", Version: "3.46.1", Root: &db.Node{Op: db.OpQuery, Children: []*db.Node{
		{Op: db.OpSearch, Table: "order_items", Alias: "i", Index: indexName, Columns: []string{"order_id = ?"}, Rows: ptr(4.0)},
		{Op: db.OpSearch, Table: "products", Alias: "p", Index: "rowid", Columns: []string{"rowid = ?"}, Rows: ptr(1.0)},
	}}}
}

func (f *fake) Explain(_ context.Context, q db.Query) (Explanation, error) {
	if err := f.fail["explain"]; err != nil {
		return Explanation{}, err
	}
	plan := scanPlan()
	if f.fast {
		plan = searchPlan()
	}
	return Explanation{Fingerprint: slowPrint, Plan: plan}, nil
}

func (f *fake) Analyze(ctx context.Context, q db.Query) (Explanation, error) {
	e, err := f.Explain(ctx, q)
	e.Elapsed = 22 * time.Millisecond
	return e, err
}

func (f *fake) Select(context.Context, db.Query, int) (db.Rows, error) {
	return db.Rows{Columns: []string{"id", "sku"}, Values: [][]string{{"1", "A-17"}, {"2", "B-4"}}, Elapsed: 3 * time.Millisecond}, f.fail["select"]
}

func fakeStep() db.Step {
	return db.Step{Object: db.Object{Kind: db.ObjectIndex, Table: "order_items", Name: indexName}, Do: []string{createSQL},
		Undo: []string{"DROP INDEX mltop_order_items_order_id_line_no;"}, Mode: db.InTransaction, Before: db.Absent,
		Blocks: db.Blocks{Who: "writers for the build (wal: readers go on)", For: 900 * time.Millisecond, Method: "measured on a copy"}}
}

func fakeAdvice() advisor.Advice {
	est := func(v float64, p *db.Plan) db.Estimate {
		return db.Estimate{Plan: p, Value: v, Low: v * .9, High: v * 1.1, Unit: db.UnitSeconds, Method: db.MethodCopy}
	}
	return advisor.Advice{At: noon, Notes: []string{"measured on a copy of 412 MB"}, Recommendations: []advisor.Recommendation{
		{ID: adviceID, Kind: advisor.KindCreateIndex, Severity: advisor.SeverityCritical, Title: "Create index on order_items(order_id, line_no)",
			Object: "index " + indexName, Table: "order_items", Columns: []string{"order_id", "line_no"}, Statement: createSQL, Undo: "DROP INDEX mltop_order_items_order_id_line_no;",
			Change: db.Change{fakeStep()}, Reason: "GET /orders/{id} runs one statement that reads all 1,204,331 rows of order_items to find 4.",
			Evidence: []string{"31 calls/s, mean 22.4 ms, 92 % of all statements' time", "the plan scans order_items and sorts"}, Scope: "everybody who opens the file",
			Risk: "each row written to order_items costs 4 µs more", MayBeWrong: "measured with warm cache; constants drawn from 40 calls.", Confidence: "high", Queries: []string{slowPrint},
			Estimate: &advisor.Effect{Before: .0224, After: .00004, Low: .00003, High: .00006, Unit: db.UnitSeconds, Method: db.MethodCopy}, SizeBytes: ptr(int64(31e6)), WriteCost: ptr(4e-6), SavedRatio: .69,
			Build: &advisor.BuildEstimate{Seconds: ptr(.9), Method: "measured on a copy", DiskBytes: 31e6, FreeBytes: ptr(int64(38e9))},
			Plans: []advisor.PlanPair{{Query: "order items", Fingerprint: slowPrint, Before: est(.0224, scanPlan()), After: est(.00004, searchPlan())}}},
		{ID: "drop-sku", Kind: advisor.KindDropIndex, Severity: advisor.SeverityInfo, Title: "Drop index order_items_sku: no statement uses it", Table: "order_items",
			Statement: "DROP INDEX order_items_sku;", Undo: "CREATE INDEX order_items_sku ON order_items(sku);", Change: db.Change{fakeStep()}, Reason: "no statement that was seen uses it", Confidence: "low", SizeBytes: ptr(int64(-31e6)), WriteCost: ptr(-3e-6)},
	}, Declined: []advisor.Declined{{What: "index on products(name)", Queries: []string{"03d2e4f5601c77ab"}, Reason: "leading wildcard: LIKE '%…' reads every name whatever the index"}}}
}

func (f *fake) Advise(_ context.Context, progress func(advisor.Advice, db.Progress)) (advisor.Advice, error) {
	return fakeAdvice(), f.fail["advise"]
}

func (f *fake) Outdated(context.Context, []advisor.Recommendation, *db.Schema) (map[string]string, error) {
	return f.outdated, f.fail["outdated"]
}

func (f *fake) Preview(context.Context, string) (advisor.Preview, error) {
	a := fakeAdvice()
	return advisor.Preview{Recommendation: a.Recommendations[0], Steps: []db.Step{fakeStep()}, Holders: []db.Holder{{PID: 4711, Name: "uvicorn"}},
		Tried: "on a copy; your file is untouched so far"}, f.fail["preview"]
}

func (f *fake) Apply(_ context.Context, id string, progress func(db.Progress)) (advisor.Entry, error) {
	if f.applied != nil {
		<-f.applied
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.fail["apply"]; err != nil {
		return advisor.Entry{}, err
	}
	f.did = append(f.did, "apply "+id)
	f.fast = true
	e := advisor.Entry{ID: entryOne, At: f.now, SettledAt: f.now, State: advisor.EntryApplied, Recommendation: id, Title: "Create index on order_items(order_id, line_no)", Kind: advisor.KindCreateIndex,
		Table: "order_items", Queries: []string{slowPrint}, Fingerprints: []string{slowPrint}, Routes: []string{"GET /orders/{id}"}, Steps: []db.Step{fakeStep()}, Done: 1, SizeBytes: ptr(int64(31e6))}
	f.entries = []advisor.Entry{e}
	return e, nil
}

func (f *fake) Confirm(_ context.Context, name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.did = append(f.did, "confirm "+name)
	return f.fail["confirm"]
}

func (f *fake) PreviewUndo(context.Context, string) (advisor.Preview, error) {
	p, err := f.Preview(context.Background(), "")
	st := fakeStep()
	st.Do, st.Undo = st.Undo, st.Do // as the advisor does: what runs is in Do
	p.Steps = []db.Step{st}
	return p, err
}

func (f *fake) Undo(_ context.Context, id string, progress func(db.Progress)) (advisor.Entry, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.entries) == 0 {
		return advisor.Entry{}, errors.New("undo " + id + ": there is no such entry")
	}
	f.did = append(f.did, "undo "+id)
	f.fast = false
	e := f.entries[0]
	e.State, e.SettledAt = advisor.EntryUndone, f.now
	f.entries = []advisor.Entry{e}
	return e, nil
}

func (f *fake) Journal(context.Context) ([]advisor.Entry, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]advisor.Entry(nil), f.entries...), f.fail["journal"]
}

func (f *fake) Dismiss(_ context.Context, id, why string) error {
	f.did = append(f.did, "dismiss "+id+" because "+why)
	return nil
}

func (f *fake) Record(_ context.Context, entry string, v advisor.Verdict) error {
	f.did = append(f.did, "record "+entry+" "+string(v.Outcome))
	return nil
}

func (f *fake) Log() []LogLine {
	return []LogLine{{At: noon.Add(-2 * time.Second), Who: "requests", SQL: "SELECT id, timestamp FROM request_logs WHERE id > ? ORDER BY id LIMIT ?", Elapsed: 400 * time.Microsecond},
		{At: noon.Add(-time.Second), Who: "explain", SQL: "EXPLAIN QUERY PLAN " + slowSQL, Elapsed: 90 * time.Microsecond}}
}

func (f *fake) Export(name, text string) (string, error) {
	f.did, f.exported = append(f.did, "export "+name), text
	return "/tmp/" + name, f.fail["export"]
}

// fakeFindings stand for the rules of package diagnose.
func fakeFindings(in diagnose.Input) []diagnose.Finding {
	return []diagnose.Finding{{Rule: "route slower", Level: diagnose.Crit, Route: collectors.Route{Method: "GET", Path: "/orders/{id}"}, View: "requests",
		Text: "GET /orders/{id} is 31× slower than an hour ago: 92 % of it is one statement scanning order_items (1.2 M rows)"}}
}
