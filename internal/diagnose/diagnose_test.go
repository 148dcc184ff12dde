package diagnose

import (
	"strings"
	"testing"
	"time"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/db"
)

var cases = []struct {
	name    string
	tell    func(w *world)
	rule    string // the first finding's
	level   Level
	text    string // that its sentence has
	against string
}{
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
	}, "nothing", OK, "nothing wrong", "only 5 requests"},
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
		"nothing", OK, "nothing wrong", ""},
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
	}, "nothing", OK, "errors 15 %", ""},
	{"more requests than the threshold that a user set", func(w *world) {
		w.steady(now, 600, 0.001)
		w.in.Thresholds.RequestsPerSecond = 5
	}, "request rate", Warn, "requests/s, over the threshold of 5", "not trouble"},
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
	{"reads meet locks", func(w *world) {
		w.database(func(d *collectors.Database) { d.BusyRatio, d.Stats.JournalMode = num(0.12), "delete" })
	}, "locks", Warn, "12 % of reads meet a lock: writers hold the file (journal mode delete", "mltop's own"},
	{"no finding, because one busy read in a minute is normal", func(w *world) {
		w.database(func(d *collectors.Database) { d.BusyRatio = num(0.01) })
	}, "nothing", OK, "", ""},
	{"sessions wait for another", func(w *world) {
		w.database(func(d *collectors.Database) {
			d.Sessions = []db.Session{{ID: "9", BlockedBy: []string{"4"}, For: 12 * time.Second}, {ID: "4"}}
		})
	}, "waiting", Crit, "1 session waits for session 4: the longest for 12 s", "may be over"},
	{"many sessions wait for one that is idle in a transaction", func(w *world) {
		w.database(func(d *collectors.Database) {
			d.Sessions = []db.Session{
				{ID: "9", BlockedBy: []string{"4"}, For: 12 * time.Second}, {ID: "10", BlockedBy: []string{"9"}, For: 11 * time.Second},
				{ID: "4", User: "shop", Application: "orders-api", Idle: true, For: 42 * time.Second, Transaction: 50 * time.Second},
			}
		})
	}, "waiting", Crit, "2 sessions wait for session 4 (shop, orders-api), idle in transaction for 42 s: the longest for 12 s", "cancelling"},
	{"sessions wait for a change of a table", func(w *world) {
		w.database(func(d *collectors.Database) {
			d.Sessions = []db.Session{
				{ID: "9", BlockedBy: []string{"4"}, For: 2 * time.Second},
				{ID: "4", State: "active", For: 3 * time.Second, Transaction: 3 * time.Second},
			}
		})
	}, "waiting", Warn, "1 session waits for session 4, active for 3 s: the longest for 2 s", ""},
	{"no finding, because a wait of a moment is how locks work", func(w *world) {
		w.database(func(d *collectors.Database) {
			d.Sessions = []db.Session{{ID: "9", BlockedBy: []string{"4"}, For: 200 * time.Millisecond}, {ID: "4"}}
		})
	}, "nothing", OK, "", ""},
	{"a transaction that nobody ends", func(w *world) {
		w.database(func(d *collectors.Database) {
			d.Sessions = []db.Session{{ID: "4", User: "shop", Idle: true, For: 20 * time.Minute, Transaction: 21 * time.Minute}}
		})
	}, "idle transaction", Warn, "session 4 (shop) has been idle in a transaction for 20 min", "keeps its locks"},
	{"no finding, because a transaction may rest for a while", func(w *world) {
		w.database(func(d *collectors.Database) {
			d.Sessions = []db.Session{{ID: "4", Idle: true, For: 20 * time.Second, Transaction: 30 * time.Second}}
		})
	}, "nothing", OK, "", ""},
	{"connections run out", func(w *world) {
		w.database(func(d *collectors.Database) {
			d.ConnectionPoolRatio, d.Stats.ConnectionsUsed, d.Stats.ConnectionsAllowed = num(0.97), num(97), num(100)
		})
	}, "connections", Crit, "97 of 100 connections are taken: the next clients are turned away", "a pool"},
	{"no finding, because half of the connections are taken", func(w *world) {
		w.database(func(d *collectors.Database) {
			d.ConnectionPoolRatio, d.Stats.ConnectionsUsed, d.Stats.ConnectionsAllowed = num(0.5), num(50), num(100)
		})
	}, "nothing", OK, "", ""},
	{"every request makes a commit in rollback mode", func(w *world) {
		w.database(func(d *collectors.Database) {
			d.Stats.JournalMode, d.CommitsPerRequest, d.CommitsPerSecond = "delete", num(1), num(80)
		})
	}, "commit-bound", Warn, "each request waits for a commit (1 a request, 80 a second), and journal mode delete", "keeps a connection open"},
	{"no finding, because in wal mode a commit is cheap", func(w *world) {
		w.database(func(d *collectors.Database) { d.CommitsPerRequest, d.CommitsPerSecond = num(1), num(80) })
	}, "nothing", OK, "", ""},
	{"a wal that grows while a reader holds it", func(w *world) {
		for m := 60; m > 1; m-- {
			d := &collectors.Database{At: now.Add(-time.Duration(m) * time.Minute)}
			d.Stats.WALBytes = whole(4 << 20)
			w.put(d.At, d)
		}
		at := 0
		w.database(func(d *collectors.Database) {
			if d.Stats.WALBytes, at = whole(4<<20), at+1; at > 50 {
				d.Stats.WALBytes = whole(800 << 20)
			}
			d.Stats.FileBytes = whole(10 << 30)
		})
	}, "wal", Warn, "the wal has grown to 839 MB (usually 4.2 MB): a reader", "transaction"},
	{"no finding, because a wal of 4 MB is usual", func(w *world) {
		w.database(func(d *collectors.Database) { d.Stats.WALBytes, d.Stats.FileBytes = whole(4<<20), whole(1<<20) })
	}, "nothing", OK, "", ""},
	{"a hot journal", func(w *world) { w.database(func(d *collectors.Database) { d.Stats.State = "hot journal" }) },
		"hot journal", Crit, "crashed in the middle of a write", "rolls it back"},
	{"the file is gone", func(w *world) { w.database(func(d *collectors.Database) { d.Stats.State = "gone" }) },
		"gone", Crit, "app.db is gone", "looked for again"},
	{"the file was replaced", func(w *world) { w.database(func(d *collectors.Database) { d.Stats.State = "replaced" }) },
		"gone", Crit, "app.db is replaced", ""},
	{"the file is damaged", func(w *world) { w.database(func(d *collectors.Database) { d.Stats.State = "damaged" }) },
		"broken", Crit, "app.db: damaged", "mltop's own"},
	{"the server does not answer", func(w *world) {
		w.database(func(d *collectors.Database) { d.Stats.State, d.Stats.Unread = "unreachable", true })
	}, "unread", Crit, "app.db does not answer: unreachable", "asked again"},
	{"no finding, because a lock is a state that passes", func(w *world) { w.database(func(d *collectors.Database) { d.Stats.State = "locked" }) },
		"nothing", OK, "", ""},
	{"a window of seconds does not make a busy moment a verdict", func(w *world) {
		w.in.Window = 10 * time.Second
		w.system(func(s *collectors.System) { s.CPURatio = num(0.97) })
	}, "cpu", Warn, "97 % busy", ""},
	{"no statistics on a large table", func(w *world) {
		w.database(func(d *collectors.Database) { d.Schema = bigSchema(); d.Schema.Tables[0].Indexes[0].Stat = nil })
	}, "statistics", Warn, "ANALYZE was never run", ""},
	{"the disk is nearly full", func(w *world) {
		w.system(func(s *collectors.System) {
			s.FileSystem = &collectors.FileSystem{Mount: "/srv", Total: 1e12, Free: 5e10}
		})
	}, "disk", Warn, "/srv is 95 % full: 50 GB left", ""},
	{"the disk is full", func(w *world) {
		w.system(func(s *collectors.System) {
			s.FileSystem = &collectors.FileSystem{Mount: "/srv", Total: 1e12, Free: 1e9}
		})
	}, "disk", Crit, "1 GB left", ""},
	{"memory is full", func(w *world) { w.system(func(s *collectors.System) { s.MemUsed = 97 }) }, "memory", Warn, "memory is 97 % used on h7", "caches"},
	{"the processor is saturated for the whole window", func(w *world) {
		w.system(func(s *collectors.System) { s.CPURatio = num(0.97) })
	}, "cpu", Warn, "the processor of h7 is 97 % busy", "busy is not slow"},
	{"no finding, because the processor was busy for a moment only", func(w *world) {
		w.system(func(s *collectors.System) {
			if s.CPURatio = num(0.2); now.Sub(s.At) < 5*time.Second {
				s.CPURatio = num(1)
			}
		})
	}, "nothing", OK, "processor 25 %", ""},
	{"a collector fails", func(w *world) {
		w.h.Put(collectors.Sample{Time: now, Errors: map[string]string{"requests": "no such table (since 11:58:00)"}})
	}, "collector", Warn, "requests cannot be read: no such table (since 11:58:00)", "goes on"},
	{"no finding, because a source that does not exist cannot fail", func(w *world) {
		w.h.Put(collectors.Sample{Time: now, Errors: map[string]string{"requests": "not measured: no table looks like a request log"}})
	}, "nothing", OK, "", ""},
	{"a plan has flipped", func(w *world) {
		w.put(now, &collectors.Events{At: now, List: []collectors.Event{{At: now.Add(-5 * time.Minute), Kind: "plan", Text: "search → scan of order_items"}}})
	}, "plan flip", Warn, "a plan changed 5 min ago: search → scan of order_items", ""},
	{"advice that would save much is waiting", func(w *world) { w.in.Advice = waitingAdvice(0.69) },
		"advice", Warn, "1 change would save 690 ms of every second: create index", "warm cache"},
	{"no finding, because the advice was taken", func(w *world) {
		w.in.Advice = waitingAdvice(0.69)
		w.in.Entries = []advisor.Entry{{Recommendation: "r1", State: advisor.EntryApplied}}
	}, "nothing", OK, "", ""},
	{"an empty history has nothing to say, and says what it does not see", func(*world) {},
		"nothing", OK, "nothing wrong on this side", "no requests are seen"},
}

func TestTheVerdict(t *testing.T) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			c.tell(w)
			all := Look(w.in)
			got := all[0]
			if got.Rule != c.rule || got.Level != c.level || !strings.Contains(got.Text, c.text) {
				t.Errorf("got  %s, level %d: %s\nwant %s, level %d: …%s…\nall: %v", got.Rule, got.Level, got.Text, c.rule, c.level, c.text, all)
			}
			if !strings.Contains(strings.Join(got.Against, "; "), c.against) || len(got.Against) == 0 {
				t.Errorf("against it: got %q, want it to say %q", got.Against, c.against)
			}
		})
	}
}

func TestTheFileThatFillsTheDisk(t *testing.T) {
	w := newWorld()
	for m := 60; m >= 0; m-- {
		d := &collectors.Database{At: now.Add(-time.Duration(m) * time.Minute), Interval: time.Minute}
		d.Stats = db.Stats{Name: "app.db", State: "ok", FileBytes: whole(1e9 + int64(60-m)*1e7)}
		w.put(d.At, d)
	}
	w.put(now, &collectors.System{At: now, FileSystem: &collectors.FileSystem{Total: 1e12, Free: 1.44e11}})
	got := Look(w.in)[0]
	if got.Rule != "growth" || !strings.Contains(got.Text, "app.db grows by 14 GB a day: the disk is full in 10 d") {
		t.Errorf("got %s: %s", got.Rule, got.Text)
	}
}

func TestWhatIsSaidOfARouteIsNotSaidAgainOfItsStatement(t *testing.T) {
	w := newWorld()
	slowStory(w, 1, true)
	w.statements(w.statement("f1", "SELECT 1", 120, 0.285), w.statement("f2", "SELECT 2", 30, 0.0001))
	for _, x := range Look(w.in) {
		if x.Rule == "dominant" {
			t.Errorf("said again: %s", x.Text)
		}
	}
}

func BenchmarkLook(b *testing.B) {
	w := newWorld()
	slowStory(w, 1, true)
	b.ReportAllocs()
	for b.Loop() {
		Look(w.in)
	}
}

func BenchmarkLookAtTwentyRoutes(b *testing.B) {
	w := newWorld()
	for r := range 20 {
		for m := 70; m >= 0; m -= 1 {
			w.traffic(now.Add(-time.Duration(m)*time.Minute), collectors.Route{Method: "GET", Path: "/" + strings.Repeat("r", r+1)}, 30, 3, 0.1, 0.01, 200)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		Look(w.in)
	}
}

func TestTheRouteThatLosesMostTimeIsSaidFirst(t *testing.T) {
	w := newWorld()
	small := collectors.Route{Method: "GET", Path: "/rare"}
	w.traffic(now.Add(-55*time.Minute), small, 30, 0, 0, 0.002, 200)
	w.traffic(now.Add(-55*time.Minute), orders, 1200, 0, 0, 0.100, 200)
	w.traffic(now, small, 30, 0, 0, 0.040, 200)
	w.traffic(now, orders, 1200, 0, 0, 0.350, 200)
	if got := Look(w.in); len(got) == 0 || got[0].Route != orders || got[0].Level != Crit {
		t.Errorf("got %+v first, want the route that loses 5 s a second before one that loses 0.02", got)
	}
}

func TestALatencyThatWasLoggedAsZeroIsNoInfinity(t *testing.T) {
	w := newWorld()
	w.steady(now.Add(-55*time.Minute), 120, 0)
	w.steady(now, 120, 0.2)
	if got := Look(w.in); len(got) == 0 || !strings.Contains(got[0].Text, "200× slower") {
		t.Errorf("got %+v, want 200×: of less than a millisecond it is known no better", got)
	}
}
