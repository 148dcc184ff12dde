package diagnose

import (
	"time"

	"mltop/advisor"
	"mltop/collectors"
	"mltop/internal/db"
)

// keys tells how far counters of keys have come.
func (w *world) keys(list ...db.KeyCounter) {
	w.database(func(d *collectors.Database) { d.Schema = &db.Schema{Counters: list} })
}

// databaseCases are of the file, its locks and its catalog.
func databaseCases() []verdictCase {
	return []verdictCase{
		{"reads meet locks", func(w *world) {
			w.database(func(d *collectors.Database) { d.BusyRatio, d.Stats.JournalMode = num(0.12), "delete" })
		}, "locks", Warn, "12 % of reads meet a lock: writers hold the file (journal mode delete", "mltop's own"},
		{"no finding, because one busy read in a minute is normal", func(w *world) {
			w.database(func(d *collectors.Database) { d.BusyRatio = num(0.01) })
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
		{"keys are nearly used up", func(w *world) { w.keys(db.KeyCounter{Table: "orders", Column: "id", Last: 92, Max: 100}) },
			"keys", Warn, "orders.id: 92 % of its keys are given out, and inserts fail when it ends", "how fast"},
		{"keys are used up but for a few, of a sequence without a column", func(w *world) {
			w.keys(db.KeyCounter{Name: "tiny_seq", Last: 32_200, Max: 32_767}, db.KeyCounter{Name: "other_seq", Last: 91, Max: 100}, db.KeyCounter{Name: "new_seq", Last: 1, Max: 100})
		}, "keys", Crit, "tiny_seq: 98 % of its keys are given out, and inserts fail when it ends (and 1 counter more)", ""},
		{"no finding, because there are keys left", func(w *world) { w.keys(db.KeyCounter{Name: "s", Last: 89, Max: 100}) }, "nothing", OK, "", ""},
		{"an index whose build did not end", func(w *world) {
			w.database(func(d *collectors.Database) { d.Schema = bigSchema(); d.Schema.Tables[0].Indexes[0].Invalid = true })
		}, "invalid index", Warn, "the index i on order_items is invalid", "REINDEX"},
		{"no statistics on a large table", func(w *world) {
			w.database(func(d *collectors.Database) { d.Schema = bigSchema(); d.Schema.Tables[0].Indexes[0].Stat = nil })
		}, "statistics", Warn, "ANALYZE was never run", ""},
		{"no finding, because statistics were tried and make a statement slower", func(w *world) {
			withoutStatistics(w, "7")
		}, "nothing", OK, "", ""},
		{"they were tried on the catalog of before: that says nothing of now", func(w *world) {
			withoutStatistics(w, "6")
		}, "statistics", Warn, "ANALYZE was never run", ""},
	}
}

// withoutStatistics is a large table without them, where the advisor found on
// some catalog that they make a statement slower.
func withoutStatistics(w *world, triedOn string) {
	w.database(func(d *collectors.Database) { d.Schema = bigSchema(); d.Schema.Tables[0].Indexes[0].Stat = nil })
	w.in.Advice = &advisor.Advice{Catalog: triedOn, Declined: []advisor.Declined{{What: "Gather statistics", Slower: advisor.KindAnalyze}}}
}
