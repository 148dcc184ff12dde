package diagnose

import (
	"time"

	"mltop/advisor"
	"mltop/collectors"
)

// statementCases are of statements.
func statementCases() []verdictCase {
	return []verdictCase{
		{"one statement takes most of the time", func(w *world) {
			w.statements(w.statement("f1", "SELECT * FROM order_items WHERE order_id = ?", 400, 0.05), w.statement("f2", "SELECT 1", 400, 0.0001))
		}, "dominant", Warn, "one statement takes 100 % of all statements' time: SELECT … order_items", "400 calls of 50 ms each"},
		{"no finding, because the only statement always takes all of the time", func(w *world) {
			w.statements(w.statement("f1", "SELECT 1", 400, 0.05))
		}, "nothing", OK, "", "no requests are seen"},
		{"no finding, because a dominant statement that takes no time is no trouble", func(w *world) {
			w.statements(w.statement("f1", "SELECT 1", 30, 0.001), w.statement("f2", "SELECT 2", 30, 0.00001))
		}, "nothing", OK, "", ""},
		{"N+1: one statement many times a request", func(w *world) {
			w.steady(now, 60, 0.2)
			w.link(0.15, 48, true)
		}, "n+1", Warn, "GET /orders/{id} runs one statement 48 times a request, 75 % of its time", "only the application"},
		{"no finding, because many calls that cost nothing are by design", func(w *world) {
			w.steady(now, 60, 0.2)
			w.link(0.002, 48, true)
		}, "nothing", OK, "", ""},
		{"no finding, because the statement of a link is faster now than when it was made", func(w *world) {
			w.steady(now, 600, 0.2)
			w.link(0.15, 48, true)
			w.statements(w.statement("f1", "SELECT * FROM order_items WHERE order_id = ?", 4800, 0.00016))
		}, "nothing", OK, "", ""},
		{"no finding, because calls that take longer than the request do not belong to it", func(w *world) {
			w.steady(now, 60, 0.1)
			w.link(0.3, 48, true)
		}, "nothing", OK, "", ""},
		{"a dominant statement is weighed by the span in which statements were seen", func(w *world) {
			w.statements(w.statement("f1", "SELECT * FROM order_items WHERE order_id = ?", 25, 0.04), w.statement("f2", "SELECT 1", 400, 0.00001))
		}, "dominant", Warn, "one statement takes 100 % of all statements' time", "25 calls of 40 ms each"},
		{"no finding, because what dominated did so before the fix", func(w *world) {
			dominated(w, 0.0001)
		}, "nothing", OK, "", ""},
		{"a statement that dominates behind a change, too", func(w *world) {
			dominated(w, 0.2)
		}, "dominant", Warn, "one statement takes", "of 200 ms each"},
		{"a plan has flipped", func(w *world) {
			w.put(now, &collectors.Events{At: now, List: []collectors.Event{{At: now.Add(-5 * time.Minute), Kind: "plan", Text: "search → scan of order_items"}}})
		}, "plan flip", Warn, "a plan changed 5 min ago: search → scan of order_items", ""},
	}
}

// dominated is a statement that took most of the time until an index was made
// 30 s ago, and takes so much a call since.
func dominated(w *world, since float64) {
	w.in.Entries = []advisor.Entry{{ID: "e1", State: advisor.EntryApplied, SettledAt: now.Add(-30 * time.Second)}}
	for ago := 55; ago >= 5; ago -= 10 {
		a := 0.2
		if ago < 30 {
			a = since
		}
		w.put(now, &collectors.Statements{At: now.Add(-time.Duration(ago) * time.Second), Interval: 10 * time.Second,
			Source: collectors.StatementSource{Kind: "pg_stat_statements", Live: true},
			Rows:   []collectors.StatementGroup{w.statement("f1", "SELECT * FROM order_items WHERE order_id = ?", 40, a), w.statement("f2", "SELECT 1", 40, 0.0005)}})
	}
}
