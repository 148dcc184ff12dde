package diagnose

import (
	"time"

	"mltop/advisor"
	"mltop/collectors"
)

// routeCases are of requests and their routes.
func routeCases() []verdictCase {
	return []verdictCase{
		{"a route is 31 times slower than an hour ago, and the statement behind it scans", func(w *world) {
			slowStory(w, 1, true)
			w.in.Scans = map[string][]string{"f1": {"order_items"}}
		}, "slow route", Crit, "GET /orders/{id} is 31× slower than an hour ago: 92 % of it is one statement scanning order_items (1.2M rows)", "120 requests now against"},
		{"the scan is known from advice that was already worked out", func(w *world) {
			slowStory(w, 1, true)
			w.in.Advice = waitingAdvice(0)
		}, "slow route", Crit, "one statement scanning order_items (1.2M rows)", ""},
		{"a plan of before an apply is not what the statement does now", func(w *world) {
			slowStory(w, 1, true)
			w.in.Advice = waitingAdvice(0)
			w.in.Entries = []advisor.Entry{{ID: "e1", Recommendation: "r1", State: advisor.EntryApplied}}
		}, "slow route", Crit, "92 % of it is one statement: ", ""},
		{"times of whole milliseconds, all of them cut off to 0, make no infinite factor", func(w *world) {
			w.steady(now.Add(-55*time.Minute), 120, 0)
			w.steady(now, 120, 0.030)
		}, "slow route", Crit, "GET /orders/{id} is 30× slower than an hour ago (from under 1 ms to 30 ms)", ""},
		{"no finding, because the slow requests in the window are of before the fix", func(w *world) {
			w.steady(now.Add(-55*time.Minute), 120, 0.010)
			w.traffic(now.Add(-20*time.Second), orders, 120, 120, 0.310, 0, 200)
			w.traffic(now.Add(40*time.Second), orders, 120, 0, 0, 0.010, 200)
			w.in.Entries = []advisor.Entry{{ID: "e1", State: advisor.EntryApplied, SettledAt: now.Add(-20 * time.Second)}}
		}, "nothing", OK, "nothing wrong", ""},
		{"a subquery that is scanned is called no table", func(w *world) {
			slowStory(w, 1, true)
			w.in.Scans = map[string][]string{"f1": {"i"}}
		}, "slow route", Crit, "92 % of it is one statement: ", ""},
		{"a scan of before somebody made an index is not what the statement does now", func(w *world) {
			slowStory(w, 1, true)
			w.in.Advice = waitingAdvice(0)
			w.in.Advice.Catalog = "6"
		}, "slow route", Crit, "92 % of it is one statement: ", ""},
		{"a slow route whose statement is only inferred says so", func(w *world) { slowStory(w, 1, false) },
			"slow route", Crit, "92 % of it is one statement", "inferred by the query log's route"},
		{"a slow route whose statement runs in a loop says how often", func(w *world) { slowStory(w, 48, true) },
			"slow route", Crit, "run 48 times a request", ""},
		{"a slow route of which statements take little blames no statement", func(w *world) {
			w.steady(now.Add(-55*time.Minute), 120, 0.010)
			w.steady(now, 120, 0.310)
			w.link(0.003, 1, true)
		}, "slow route", Crit, "31× slower than an hour ago", "the cause lies outside the database"},
		{"a slow route whose statement is short but keeps the database busy names it, and says what else it waits for", func(w *world) {
			w.steady(now.Add(-55*time.Minute), 120, 0.010)
			w.steady(now, 120, 0.310)
			w.link(0.060, 1, true)
			w.statements(w.statement("f1", "SELECT * FROM order_items WHERE order_id = ?", 120, 0.060), w.statement("f2", "SELECT 1", 120, 0.010))
			w.in.Scans = map[string][]string{"f1": {"order_items"}}
			w.database(func(d *collectors.Database) { d.Schema = bigSchema() })
		}, "slow route", Crit, "31× slower than an hour ago: 86 % of the database's time goes to one statement scanning order_items (1.2M rows)", "19 % of a request: the rest is waiting"},
		{"a slow route without statements in sight says that the cause is not known", func(w *world) {
			w.steady(now.Add(-55*time.Minute), 120, 0.010)
			w.steady(now, 120, 0.310)
		}, "slow route", Crit, "31× slower", "statements are not seen live"},
		{"the statement that writes the request log is not in the time that it writes down", func(w *world) {
			w.steady(now.Add(-55*time.Minute), 120, 0.010)
			w.steady(now, 120, 0.310)
			insert := w.statement("f1", "INSERT INTO request_logs (path, process_time_ms) VALUES (?, ?)", 20, 0.300)
			insert.Route = orders.String()
			w.statements(insert)
		}, "slow route", Crit, "GET /orders/{id} is 31× slower than an hour ago", "no statement is known to belong to this route"},
		{"what a statement took before an index is not what it takes now", func(w *world) {
			slowStory(w, 1, true)
			w.statements(w.statement("f1", "SELECT * FROM order_items WHERE order_id = ?", 120, 0.00016))
		}, "slow route", Crit, "GET /orders/{id} is 31× slower than an hour ago", "the cause lies outside the database"},
		{"a statement that seems to take longer than its requests is no cause", func(w *world) {
			w.steady(now.Add(-55*time.Minute), 120, 0.010)
			w.steady(now, 120, 0.310)
			w.link(3.1, 1, true)
		}, "slow route", Crit, "GET /orders/{id} is 31× slower than an hour ago", "the cause is not known"},
		{"ten seconds of statements are compared with ten seconds of requests", func(w *world) {
			w.steady(now.Add(-55*time.Minute), 120, 0.010)
			w.steady(now, 120, 0.310)
			s := w.statement("f1", "SELECT * FROM order_items WHERE order_id = ?", 20, 0.155)
			s.Route = orders.String()
			w.statements(s)
		}, "slow route", Crit, ": 50 % of it is one statement", ""},
		{"twice as slow is a warning", func(w *world) {
			w.steady(now.Add(-55*time.Minute), 120, 0.010)
			w.steady(now, 120, 0.030)
		}, "slow route", Warn, "3× slower", ""},
		{"with no data of an hour ago the last minutes are the measure", func(w *world) {
			w.steady(now.Add(-2*time.Minute), 200, 0.010)
			w.steady(now, 120, 0.100)
		}, "slow route", Crit, "slower than a few minutes ago", ""},
		{"no finding, because three slow requests of five are no verdict", func(w *world) {
			w.steady(now.Add(-55*time.Minute), 5, 0.010)
			w.traffic(now, orders, 5, 3, 3, 0.010, 200)
		}, "nothing", OK, "too few requests to judge (5): 0.1", "only 5 requests"},
		{"no finding, because a single outlier of a hundred is chance", func(w *world) {
			w.steady(now.Add(-55*time.Minute), 100, 0.010)
			w.traffic(now, orders, 100, 1, 5, 0.010, 200)
		}, "nothing", OK, "nothing wrong", ""},
		{"no finding, because six of a hundred slow ones are not clearly more than before", func(w *world) {
			w.steady(now.Add(-55*time.Minute), 100, 0.010)
			w.traffic(now, orders, 100, 6, 0.1, 0.010, 200)
		}, "nothing", OK, "nothing wrong", ""},
		{"no finding, because ten times a tenth of a millisecond is still nothing", func(w *world) {
			w.steady(now.Add(-55*time.Minute), 120, 0.0001)
			w.steady(now, 120, 0.001)
		}, "nothing", OK, "P95 1 ms", ""},
		{"no finding, because it was as slow an hour ago and is under the threshold", func(w *world) {
			w.steady(now.Add(-55*time.Minute), 120, 0.3)
			w.steady(now, 120, 0.3)
		}, "nothing", OK, "nothing wrong on this side: 2 requests/s, P95 300 ms, errors 0 %", "statements are not seen live"},
		{"P95 over the threshold", func(w *world) { w.traffic(now, orders, 100, 20, 1.5, 0.1, 200) },
			"p95", Warn, "P95 is 1.5 s, over the threshold of 1 s: most of the time goes to GET /orders/{id}", "20 of 100 requests were slower"},
		{"P95 far over the threshold", func(w *world) { w.traffic(now, orders, 100, 20, 4, 0.1, 200) }, "p95", Crit, "P95 is 4", ""},
		{"no finding, because three of twenty over the threshold are too few", func(w *world) { w.traffic(now, orders, 20, 3, 4, 0.1, 200) },
			"nothing", OK, "nothing wrong on this side: 0.3 requests/s, P95 4 s (3 of 20 over 1 s: too few to judge), errors 0 %", ""},
		{"a threshold passed by eight requests is not called right", func(w *world) {
			w.traffic(now, orders, 6, 0, 0, 1.8, 200)
			w.traffic(now, orders, 2, 0, 0, 1.8, 500)
		}, "nothing", OK, "too few requests to judge (8): 0.1 requests/s, P95 1.8 s, errors 25 %", "only 8 requests"},
		{"eight requests within the thresholds are nothing wrong", func(w *world) { w.steady(now, 8, 0.01) },
			"nothing", OK, "nothing wrong on this side: 0.1 requests/s, P95 10 ms, errors 0 %", "only 8 requests"},
		{"server errors over the threshold", func(w *world) {
			w.steady(now, 90, 0.01)
			w.traffic(now, collectors.Route{Method: "POST", Path: "/orders"}, 10, 0, 0, 0.01, 500)
		}, "errors", Crit, "10 % of requests fail with 5xx (10 of 100), most of them POST /orders", ""},
		{"errors of two classes are over the threshold together", func(w *world) {
			w.steady(now, 186, 0.01)
			w.traffic(now, collectors.Route{Method: "GET", Path: "/a"}, 8, 0, 0, 0.01, 404)
			w.traffic(now, collectors.Route{Method: "GET", Path: "/b"}, 6, 0, 0, 0.01, 500)
		}, "errors", Warn, "7 % of requests end in an error: 3 % with 5xx, 4 % with 4xx (14 of 200), most of them GET /a", "scanner"},
		{"no finding, because errors of two classes stay under the threshold together", func(w *world) {
			w.steady(now, 194, 0.01)
			w.traffic(now, orders, 3, 0, 0, 0.01, 404)
			w.traffic(now, orders, 3, 0, 0, 0.01, 500)
		}, "nothing", OK, "errors 3 %", ""},
		{"client errors are only a warning", func(w *world) { w.traffic(now, orders, 100, 0, 0, 0.01, 404) },
			"errors", Warn, "100 % of requests are refused with 4xx", "scanner"},
		{"no finding, because three failures are too few", func(w *world) {
			w.steady(now, 17, 0.01)
			w.traffic(now, orders, 3, 0, 0, 0.01, 500)
		}, "nothing", OK, "errors 15 % (3 of 20: too few to judge)", ""},
		{"more requests than the threshold that a user set", func(w *world) {
			w.steady(now, 600, 0.001)
			w.in.Thresholds.RequestsPerSecond = 5
		}, "request rate", Warn, "requests/s, over the threshold of 5", "not trouble"},
	}
}
