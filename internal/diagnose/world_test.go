package diagnose

import (
	"time"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/db"
	"mltop/internal/stat"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// A world is a history as a test tells it.
type world struct {
	h  *collectors.History
	in Input
}

func newWorld() *world {
	w := &world{h: collectors.NewHistory(0)}
	w.in = Input{History: w.h, Now: now, Window: time.Minute}
	return w
}

func (w *world) put(at time.Time, s ...collectors.Section) {
	w.h.Put(collectors.Sample{Time: at, Sections: s})
}

var orders = collectors.Route{Method: "GET", Path: "/orders/{id}"}

// traffic puts n requests of one route, spread over a minute that ends at
// end; the first slow of them take long, the others short.
func (w *world) traffic(end time.Time, r collectors.Route, n, slow int, long, short float64, status int) {
	for i := range n {
		s := short
		if i < slow {
			s = long
		}
		g := collectors.Group{Count: 1, StatusCount: 1, Latency: &stat.Sketch{}}
		g.Latency.Add(s)
		switch {
		case status >= 500:
			g.ServerErrors = 1
		case status >= 400:
			g.ClientErrors = 1
		}
		start := end.Add(-time.Minute).Add(time.Duration(i) * time.Minute / time.Duration(n)).Truncate(time.Second)
		w.put(end, &collectors.Requests{At: end.Add(time.Second), Source: collectors.RequestSource{Kind: "table", Name: "request_logs"},
			Buckets: []collectors.RequestBucket{{Start: start, Width: time.Second, Total: g, Routes: []collectors.RouteGroup{{Route: r, Group: g}}}}})
	}
}

func (w *world) steady(end time.Time, n int, seconds float64) {
	w.traffic(end, orders, n, 0, 0, seconds, 200)
}

func (w *world) link(seconds, calls float64, sure bool) {
	w.put(now, &collectors.Links{At: now, List: []collectors.Link{{
		Route: orders.String(), Fingerprint: "f1", Seconds: seconds, CallsPerRequest: calls, How: "by the query log's route", Sure: sure}}})
}

func (w *world) statement(fp, text string, calls int, seconds float64) collectors.StatementGroup {
	g := collectors.StatementGroup{Fingerprint: fp, Text: text, Calls: uint64(calls), Latency: &stat.Sketch{}}
	g.Latency.AddN(seconds, uint32(calls))
	return g
}

func (w *world) statements(rows ...collectors.StatementGroup) {
	w.put(now, &collectors.Statements{At: now.Add(-5 * time.Second), Interval: 10 * time.Second,
		Source: collectors.StatementSource{Kind: "query log", Live: true}, Rows: rows})
}

// database puts a state of the database for each of the last seconds.
func (w *world) database(change func(d *collectors.Database)) {
	for s := 59; s >= 0; s-- {
		d := &collectors.Database{At: now.Add(-time.Duration(s) * time.Second), Interval: time.Second}
		d.Stats = db.Stats{Name: "app.db", Label: "SQLite", State: "ok", JournalMode: "wal"}
		change(d)
		w.put(d.At, d)
	}
}

func (w *world) system(change func(s *collectors.System)) {
	for s := 59; s >= 0; s-- {
		x := &collectors.System{At: now.Add(-time.Duration(s) * time.Second), Interval: time.Second, Host: "h7", Local: true, MemTotal: 100, MemUsed: 40}
		change(x)
		w.put(x.At, x)
	}
}

func num(v float64) *float64 { return &v }
func whole(v int64) *int64   { return &v }

func bigSchema() *db.Schema {
	return &db.Schema{Version: "7", Tables: []*db.Table{{Name: "order_items", Rows: whole(1_204_331), Indexes: []*db.Index{{Name: "i", Stat: []float64{3}}}}}}
}

func slowStory(w *world, calls float64, sure bool) {
	w.steady(now.Add(-55*time.Minute), 120, 0.010)
	w.steady(now, 120, 0.310)
	w.link(0.285, calls, sure)
	w.database(func(d *collectors.Database) { d.Schema = bigSchema() })
}

func waitingAdvice(saved float64) *advisor.Advice {
	return &advisor.Advice{Recommendations: []advisor.Recommendation{{
		ID: "r1", Title: "create index on order_items(order_id)", SavedRatio: saved, Change: db.Change{{}}, MayBeWrong: "measured with a warm cache",
		Plans: []advisor.PlanPair{{Fingerprint: "f1", Before: db.Estimate{Plan: &db.Plan{Root: &db.Node{Op: db.OpQuery, Children: []*db.Node{{Op: db.OpScan, Table: "order_items"}}}}}}},
	}}}
}
