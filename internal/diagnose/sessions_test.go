package diagnose

import (
	"time"

	"mltop/collectors"
	"mltop/internal/db"
)

// sessionCases are of sessions.
func sessionCases() []verdictCase {
	return []verdictCase{
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
		{"a wait for a lock comes before the slow routes that it makes", func(w *world) {
			w.steady(now.Add(-55*time.Minute), 120, 0.010)
			w.steady(now, 120, 9)
			w.database(func(d *collectors.Database) {
				d.Sessions = []db.Session{{ID: "9", State: "active", BlockedBy: []string{"4"}, For: 2 * time.Second}, {ID: "4", Idle: true, For: time.Minute, Transaction: time.Minute}}
			})
		}, "waiting", Crit, "1 session waits for session 4", "may be over"},
		{"a route is slow for a reason of its own, while one of many sessions waits", func(w *world) {
			w.steady(now.Add(-55*time.Minute), 120, 0.010)
			w.steady(now, 120, 9)
			w.database(func(d *collectors.Database) {
				d.Sessions = []db.Session{{ID: "9", State: "active", BlockedBy: []string{"4"}, For: 2 * time.Second}, {ID: "4", State: "active", Statement: "a"}, {ID: "5", State: "active", Statement: "b"}, {ID: "6", State: "Sending data", Statement: "c"}}
			})
		}, "slow route", Crit, "900× slower", ""},
		{"a route with a statement that explains it comes before a wait", func(w *world) {
			slowStory(w, 1, true)
			w.database(func(d *collectors.Database) {
				d.Sessions = []db.Session{{ID: "9", State: "active", BlockedBy: []string{"4"}, For: 2 * time.Second}, {ID: "4", Idle: true}}
			})
		}, "slow route", Crit, "one statement", ""},
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
		{"sessions wait for a lock, and the server does not say whose", func(w *world) {
			w.database(func(d *collectors.Database) {
				held := db.Session{Locked: true, Waits: "Waiting for table metadata lock; who holds it shows after INSTALL SONAME", For: 40 * time.Second}
				d.Sessions = []db.Session{
					held, {ID: "8", Locked: true, Waits: "Waiting for table metadata lock", For: 47 * time.Second, Transaction: 90 * time.Second},
					{ID: "20", User: "root", Idle: true, For: 49 * time.Second, Transaction: 60 * time.Second}, {ID: "21", Transaction: 2 * time.Second},
				}
			})
		}, "waiting for a hidden holder", Crit, "2 sessions wait for a table metadata lock, the longest for 47 s: most likely behind the oldest open transaction (inferred), session 20 (root), idle in transaction for 49 s", "inferred"},
		{"a pile-up behind a holder that was inferred", func(w *world) {
			w.database(func(d *collectors.Database) {
				d.Sessions = []db.Session{
					{ID: "8", Locked: true, Inferred: true, BlockedBy: []string{"20"}, Waits: "Waiting for table metadata lock; behind session 20, as it seems: INSTALL SONAME tells", For: 47 * time.Second},
					{ID: "9", Locked: true, Inferred: true, BlockedBy: []string{"8"}, Waits: "Waiting for table metadata lock; behind session 8, as it seems: INSTALL SONAME tells", For: 30 * time.Second},
					{ID: "20", User: "root", Idle: true, For: 49 * time.Second, Transaction: 60 * time.Second},
				}
			})
		}, "waiting", Crit, "2 sessions wait for a table metadata lock, the longest for 47 s: most likely behind session 20 (root), idle in transaction for 49 s (inferred)", "not told by the server: INSTALL SONAME tells"},
		{"of many that wait the holder is asked for some alone", func(w *world) {
			w.database(func(d *collectors.Database) {
				d.Sessions = []db.Session{
					{ID: "9", Locked: true, Waits: "Lock: tuple", BlockedBy: []string{"4"}, For: 12 * time.Second}, {ID: "4"},
					{ID: "10", Locked: true, Waits: "Lock: tuple", For: 2 * time.Second}, {ID: "11", Locked: true, Waits: "Lock: tuple", For: 2 * time.Second},
				}
			})
		}, "waiting", Crit, "1 session waits for session 4", ""},
		{"all who wait for a lock came before every transaction that is open", func(w *world) {
			w.database(func(d *collectors.Database) {
				d.Sessions = []db.Session{{ID: "8", Locked: true, Waits: "Waiting for backup lock", For: 3 * time.Second}, {ID: "21", Transaction: time.Second}}
			})
		}, "waiting for a hidden holder", Warn, "1 session waits for a backup lock, the longest for 3 s: no open transaction is old enough to be what holds it", ""},
		{"a session waits for a prepared transaction", func(w *world) {
			w.database(func(d *collectors.Database) {
				d.Sessions = []db.Session{{ID: "9", BlockedBy: []string{"prepared transaction tx9"}, For: 12 * time.Second}, prepared(14 * time.Minute)}
			})
		}, "waiting", Crit, "1 session waits for prepared transaction 'tx9' of shop, prepared 14 min ago: the longest for 12 s", "ROLLBACK PREPARED 'tx9' in database orders throws its work away, COMMIT PREPARED 'tx9' keeps it"},
		{"a prepared transaction that nobody ends, and nobody waits for", func(w *world) {
			w.database(func(d *collectors.Database) {
				d.Sessions = []db.Session{prepared(20 * time.Second), prepared(14 * time.Minute), prepared(6 * time.Minute)}
			})
		}, "orphaned prepared transaction", Warn, "prepared transaction 'tx9' of shop, prepared 14 min ago: it keeps its locks and old rows from being cleaned up, and outlives a restart; 1 more for over 5 min", "ROLLBACK PREPARED 'tx9'"},
		{"no finding, because a coordinator is in the middle of its commit", func(w *world) {
			w.database(func(d *collectors.Database) { d.Sessions = []db.Session{prepared(20 * time.Second)} })
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
	}
}

// prepared is a prepared transaction of that age.
func prepared(age time.Duration) db.Session {
	return db.Session{ID: "prepared transaction tx9", User: "shop", State: "prepared (2PC)", For: age, Transaction: age,
		Prepared: &db.Prepared{Name: "tx9", Database: "orders", Rollback: "ROLLBACK PREPARED 'tx9'", Commit: "COMMIT PREPARED 'tx9'"}}
}
