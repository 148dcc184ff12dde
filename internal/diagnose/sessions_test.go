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
	}
}
