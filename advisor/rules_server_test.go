package advisor

import (
	"slices"
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
)

// A lived is a server's facts under construction.
type lived struct{ Facts }

var bornAt = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// serverOf are facts of a server that counts for an hour; pairs are settings.
// The table of logsWith has 200 MB.
func serverOf(engine string, pairs ...string) lived {
	f := logsWith().withSettings(pairs...)
	f.Target.Engine = engine
	f.Stats.Version, f.Stats.Since, f.Stats.At = "15.5", bornAt, bornAt.Add(time.Hour)
	f.Stats.FileBytes, f.Stats.PageSize = n64(2<<30), n64(8192)
	return lived{f}
}

func pg(pairs ...string) lived { return serverOf("postgres", pairs...) }
func my(pairs ...string) lived { return serverOf("mysql", pairs...) }

// counting adds counters: a name and a value each.
func (l lived) counting(name string, n float64) lived {
	l.Stats.Counters = append(l.Stats.Counters[:len(l.Stats.Counters):len(l.Stats.Counters)], db.Counter{Name: "view." + name, Value: n})
	return l
}

// on says what machine it is: gigabytes of memory.
func (l lived) on(gb int64) lived {
	l.Machine = Machine{Memory: gb << 30, Available: gb << 29, Cores: 8, How: "this machine"}
	return l
}

func (l lived) reading(reads, hits float64) lived {
	l.Stats.CacheReads, l.Stats.CacheHits = &reads, &hits
	return l
}

func (l lived) up(d time.Duration) lived {
	l.Stats.At = l.Stats.Since.Add(d)
	return l
}

func (l lived) with(change func(*Facts)) lived {
	change(&l.Facts)
	return l
}

// says is what the rules answer of one setting: its new value, "no: " and why
// not, or "" for nothing.
func says(t *testing.T, f Facts, setting string) string {
	t.Helper()
	list, declined := f.settingsAdvice()
	for _, r := range list {
		if r.Object != setting && !strings.HasSuffix(r.Object, "."+setting) {
			continue
		}
		checkCard(t, r)
		if len(r.Change) > 0 && r.Change[0].After != "" {
			return string(r.Change[0].After)
		}
		return r.Statement
	}
	for _, d := range declined {
		for _, name := range strings.Split(d.What, ", ") {
			if name == setting {
				return "no: " + d.Reason
			}
		}
	}
	return ""
}

func checkCard(t *testing.T, r Recommendation) {
	t.Helper()
	if r.Rule == "" || r.Source == "" || r.Reason == "" || r.Expect == "" || r.Risk == "" || r.MayBeWrong == "" || r.Scope == "" || r.Takes == "" || r.Undo == "" || len(r.Evidence) == 0 {
		t.Errorf("a card that lacks a part: %+v", r)
	}
}

// watchedSince is that mltop has watched for so long, and what a counter said
// when it came.
func watchedSince(ago time.Duration, name string, n float64) func(*Facts) {
	return func(f *Facts) {
		b := f.Stats
		b.At, b.Counters = f.Stats.At.Add(-ago), []db.Counter{{Name: "view." + name, Value: n}}
		f.Before = &b
	}
}

type settingRow struct {
	name, setting, want string // a want that ends in … is a beginning
	facts               lived
}

func checkRows(t *testing.T, rows []settingRow) {
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			got := says(t, row.facts.Facts, row.setting)
			begin, open := strings.CutSuffix(row.want, "…")
			if got != row.want && !(open && strings.HasPrefix(got, begin)) {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}

// setAgo is that mltop changed work_mem so long ago.
func setAgo(d time.Duration) func(*Facts) {
	return func(f *Facts) {
		settled := f.Stats.At.Add(-d)
		step := []db.Step{{Object: db.Object{Kind: db.ObjectSetting, Name: "work_mem"}}}
		f.SetAt = setAt([]Entry{
			{Kind: KindSetting, State: EntryApplied, SettledAt: settled.Add(-time.Hour), Steps: step},
			{Kind: KindSetting, State: EntryUndone, SettledAt: settled, Steps: step},
			{Kind: KindSetting, State: EntryFailed, SettledAt: f.Stats.At, Steps: step},
		})
	}
}

func TestPostgresMemory(t *testing.T) {
	spill := func(l lived) lived { return l.counting("temp_bytes", 12e6).counting("temp_files", 120) }
	files := func(l lived, n, each float64) lived {
		return l.counting("query_temp_bytes", n*each).counting("query_temp_calls", n)
	}
	sessions := []string{"max_connections", "100", "shared_buffers", "128MB", "maintenance_work_mem", "64MB", "autovacuum_max_workers", "3"}
	mem := func(value string) lived { return pg(append(sessions, "work_mem", value)...) }
	many := func(dead int64) func(*Facts) { return func(f *Facts) { f.Schema.Tables[0].Dead = &dead } }
	checkRows(t, []settingRow{
		{"sorts that spill ask for work_mem, at least the server's default", "work_mem", "4096kB", spill(mem("64kB")).on(16)},
		{"more than the default is raised step by step", "work_mem", "16384kB", files(mem("8MB"), 20, 4e6).on(16)},
		{"large files ask for a larger step, at most four times", "work_mem", "32768kB", mem("8MB").on(16).counting("temp_bytes", 8e9).counting("temp_files", 100)},
		{"but all sessions must find room for it", "work_mem", "no: 1 GB went to temporary files in the 1 h since the counters began, but with max_connections…", files(mem("64MB"), 20, 50e6).on(16)},
		{"where the machine is not known, little is dared", "work_mem", "16384kB", files(mem("8MB"), 20, 4e6)},
		{"and no more", "work_mem", "no: 400 MB went to temporary files…", files(mem("32MB"), 20, 20e6)},
		{"more than the machine has for all sessions is lowered", "work_mem", "8192kB", mem("256MB").on(2)},
		{"a moment says nothing", "work_mem", "no: temporary files were counted for 60 s only…", spill(mem("64kB")).on(16).up(time.Minute)},
		{"what index builds wrote is not for sorts", "work_mem", "", spill(mem("64kB")).on(16).counting("query_temp_bytes", 0).counting("query_temp_calls", 0)},
		{"what queries wrote is", "work_mem", "4096kB", spill(mem("64kB")).on(16).counting("query_temp_bytes", 11e6).counting("query_temp_calls", 100)},
		{"files that fit into the memory there is now are of a time with less", "work_mem", "", files(mem("64MB"), 20, 11e6).on(64)},
		{"and one that fits just so", "work_mem", "", files(mem("4MB"), 20, 4<<20/3).on(16)},
		{"two calls of an hour are no work of every day", "work_mem", "no: 2 calls of queries that use temporary files in the 1 h since the counters began: fewer than 6…", files(mem("4MB"), 2, 11e6).on(16)},
		{"a day of them, one an hour, neither", "work_mem", "no: 24 calls…", files(mem("4MB"), 24, 11e6).on(16).up(24 * time.Hour)},
		{"what was written before the last change is not of the value now", "work_mem", "no: 110 MB went to temporary files in the 1 h since the counters began, but it was changed 20 min ago…", files(mem("8MB"), 10, 11e6).on(16).with(setAgo(20 * time.Minute))},
		{"what was written since then is", "work_mem", "32768kB", files(mem("8MB"), 10, 11e6).on(16).with(setAgo(2 * time.Hour))},
		{"nothing spilled and there is room", "work_mem", "", mem("64kB").on(16)},
		{"a value that nobody can read", "work_mem", "no: its value cannot be read", spill(mem("much")).on(16)},

		{"misses ask for shared_buffers up to a quarter of memory", "shared_buffers", "2048MB", pg("shared_buffers", "128MB").on(8).reading(1e6, 9e5)},
		{"and up to what the data needs", "shared_buffers", "2560MB", pg("shared_buffers", "128MB").on(64).reading(1e6, 9e5)},
		{"hits need no more", "shared_buffers", "", pg("shared_buffers", "128MB").on(8).reading(1e6, 1e6)},
		{"two fifths of the memory is too much", "shared_buffers", "2048MB", pg("shared_buffers", "5GB").on(8).reading(1e6, 1e6)},
		{"few reads say nothing", "shared_buffers", "no: only 100 pages were read…", pg("shared_buffers", "128MB").on(8).reading(100, 0)},
		{"an unknown machine says nothing, and how to tell", "shared_buffers", "no: how much memory the server's machine has is not known: nobody looked; --server-memory 16GB says it", pg("shared_buffers", "128MB").reading(1e6, 9e5)},

		{"a large database on a large machine", "effective_cache_size", "6144MB", pg("effective_cache_size", "1GB").on(8).with(func(f *Facts) { f.Machine.Available = 0 })},
		{"no more than others leave", "effective_cache_size", "4096MB", pg("effective_cache_size", "1GB", "shared_buffers", "128kB").on(8)},
		{"a small database does not care", "effective_cache_size", "", pg("effective_cache_size", "4GB").on(64)},
		{"a cache larger than the machine", "effective_cache_size", "1024MB", pg("effective_cache_size", "4GB", "shared_buffers", "128kB").on(2)},

		{"dead rows that VACUUM cannot remember", "maintenance_work_mem", "128MB", pg("maintenance_work_mem", "64MB", "autovacuum_max_workers", "3").on(16).with(many(20e6))},
		{"version 17 needs less", "maintenance_work_mem", "", pg("maintenance_work_mem", "64MB", "autovacuum_max_workers", "3").on(16).with(many(20e6)).with(func(f *Facts) { f.Stats.Version = "17.2" })},
		{"few dead rows", "maintenance_work_mem", "", pg("maintenance_work_mem", "64MB", "autovacuum_max_workers", "3").on(16).with(many(1e6))},
		{"four vacuums that take all memory", "maintenance_work_mem", "128MB", pg("maintenance_work_mem", "1GB", "autovacuum_max_workers", "3").on(2)},
	})
}

func TestPostgresWAL(t *testing.T) {
	wal := func(asked, timed, bytes float64) lived {
		return pg("max_wal_size", "1GB", "checkpoint_timeout", "5min", "checkpoint_completion_target", "0.5", "wal_compression", "off").
			counting("checkpoints_req", asked).counting("checkpoints_timed", timed).counting("wal_bytes", bytes).counting("wal_fpi", bytes/8192*0.7)
	}
	calm := func(over time.Duration) lived {
		return pg("max_wal_size", "64GB", "checkpoint_timeout", "5min").up(over).counting("checkpoints_req", 0).counting("checkpoints_timed", 288).counting("wal_bytes", 1<<30)
	}
	follows := func(f *Facts) { f.Stats.State = "replica" }
	checkRows(t, []settingRow{
		{"WAL that asks for checkpoints gets room", "max_wal_size", "5120MB", wal(60, 12, 30<<30)},
		{"checkpoints asked for by hand are no reason", "max_wal_size", "no: 60 of 72 checkpoints were asked for in the 1 h since the counters began, but only 15 MB of WAL…", wal(60, 12, 1<<30)},
		{"checkpoints by the clock are well", "max_wal_size", "", wal(0, 12, 1<<30)},
		{"few checkpoints say nothing", "max_wal_size", "no: only 3 checkpoints…", wal(1, 2, 30<<30)},
		{"a server that does not count WAL", "max_wal_size", "no: 60 of 72 checkpoints were asked for in the 1 h since the counters began, but WAL is not counted…", pg("max_wal_size", "1GB").counting("checkpoints_req", 60).counting("checkpoints_timed", 12)},
		{"a replica's asked checkpoints are nobody's hand", "max_wal_size", "no: 60 of 72 checkpoints were asked for in the 1 h since the counters began, but a replica writes no WAL of its own…", wal(60, 12, 0).with(follows)},
		{"a replica's whole pages are its primary's", "wal_compression", "no: a replica writes no WAL of its own: how much there is, its primary counts", wal(0, 12, 0).with(follows)},
		{"and so is the time between its checkpoints", "checkpoint_timeout", "no: a replica writes no WAL of its own: how much there is, its primary counts", wal(0, 12, 0).with(follows)},
		{"a server that wrote nothing counts all the same", "wal_compression", "no: no WAL was written in the 1 h since the counters began", wal(0, 12, 0)},
		{"whole pages before version 14", "wal_compression", "no: WAL is not counted before version 14", pg("wal_compression", "off")},
		{"a disk that has no room for more", "max_wal_size", "no: 60 of 72 checkpoints were asked for by WAL in the 1 h since the counters began, but there is room for 8.6 GB…", wal(60, 12, 30<<30).with(diskOf(7))},
		{"and one that has", "max_wal_size", "5120MB", wal(60, 12, 30<<30).with(diskOf(20))},
		{"WAL that could fill the disk is bounded", "max_wal_size", "768MB", pg("max_wal_size", "2GB").with(func(f *Facts) { f.Stats.DiskFreeBytes, f.Stats.WALBytes = n64(1<<30), n64(1<<29) })},
		{"rarer checkpoints wait for a disk with room for their WAL", "checkpoint_timeout", "no: 70 % of the WAL is whole pages…",
			pg("max_wal_size", "64GB", "checkpoint_timeout", "5min").counting("wal_bytes", 30<<30).counting("wal_fpi", (30<<30)/8192*0.7).with(diskOf(20))},
		{"a day that never used a vast bound", "max_wal_size", "4096MB", calm(24 * time.Hour)},
		{"an hour of it says nothing", "max_wal_size", "", calm(time.Hour)},
		{"nor a day in which a load did use it", "max_wal_size", "", calm(24 * time.Hour).with(loadedBefore)},
		{"a bound that a recovery reads in minutes stays", "max_wal_size", "", calm(24 * time.Hour).with(func(f *Facts) { f.Settings[0].Value = "16GB" })},
		{"what is written between two checkpoints stays allowed", "max_wal_size", "", calm(24*time.Hour).counting("checkpoints_req", 0).with(func(f *Facts) { f.Stats.Counters[2].Value = 1 << 40 })},
		{"bursts are spread", "checkpoint_completion_target", "0.9", wal(0, 12, 1<<30)},
		{"what is spread stays", "checkpoint_completion_target", "", pg("checkpoint_completion_target", "0.9").counting("checkpoints_req", 60).counting("checkpoints_timed", 12)},
		{"whole pages want compression", "wal_compression", "on", wal(0, 12, 30<<30)},
		{"few writes do not", "wal_compression", "", wal(0, 12, 1<<30)},
		{"a moment says nothing", "wal_compression", "no: WAL was counted for 60 s only: it takes 10 min to say", wal(0, 12, 30<<30).up(time.Minute)},
		{"rarer checkpoints need room for their WAL first", "checkpoint_timeout", "no: 70 % of the WAL is whole pages…", wal(0, 12, 30<<30)},
		{"and have it", "checkpoint_timeout", "15min", pg("max_wal_size", "64GB", "checkpoint_timeout", "5min").counting("wal_bytes", 30<<30).counting("wal_fpi", (30<<30)/8192*0.7)},
		{"an hour of much WAL is long to recover", "checkpoint_timeout", "1800s", pg("checkpoint_timeout", "1h").counting("wal_bytes", 60<<30).counting("wal_fpi", 1)},
	})
}

// diskOf is a disk with so many gigabytes free beside one of WAL.
func diskOf(gb int64) func(*Facts) {
	return func(f *Facts) { f.Stats.DiskFreeBytes, f.Stats.WALBytes = n64(gb<<30), n64(1<<30) }
}

func TestPostgresSwitches(t *testing.T) {
	read := func(value string, seconds float64) lived {
		return pg("random_page_cost", value).reading(1e6, 5e5).counting("blk_read_time", seconds)
	}
	gather := func(f *Facts) {
		f.Plans = map[string]*db.Plan{"q": {Root: &db.Node{Op: db.OpQuery, Children: []*db.Node{{Raw: "Gather"}}}}}
	}
	held := func(f *Facts) {
		f.Sessions = []db.Session{{ID: "7", Idle: true, Transaction: time.Minute}, {ID: "8", BlockedBy: []string{"7"}}}
	}
	clients := func(used, idle int) func(*Facts) {
		return func(f *Facts) {
			n := float64(used)
			f.Stats.ConnectionsUsed = &n
			for i := range used {
				s := db.Session{State: "active"}
				if i < idle {
					s.State = "idle"
				}
				f.Sessions = append(f.Sessions, s)
			}
		}
	}
	limit := []string{"max_connections", "100", "work_mem", "4MB", "shared_buffers", "128MB"}
	checkRows(t, []settingRow{
		{"reads that nobody times", "track_io_timing", "on", pg("track_io_timing", "off").reading(1e6, 5e5)},
		{"nothing to time", "track_io_timing", "no: only 0 pages came from outside…", pg("track_io_timing", "off").reading(1e6, 1e6)},
		{"quick reads make random pages cheap", "random_page_cost", "1.1", read("4", 50)},
		{"a disk with an arm makes them dear", "random_page_cost", "4", read("1.1", 5000)},
		{"something between stays", "random_page_cost", "", read("4", 1000)},
		{"reads without times say nothing", "random_page_cost", "no: reads are not timed: track_io_timing is off", pg("random_page_cost", "4").reading(1e6, 5e5)},
		{"compiling that takes the time of statements", "jit", "off", pg("jit", "on").counting("jit_seconds", 30).counting("statement_seconds", 100)},
		{"compiling that pays", "jit", "", pg("jit", "on").counting("jit_seconds", 1).counting("statement_seconds", 100)},
		{"compiling that nobody counts", "jit", "no: the time of compiling is not counted…", pg("jit", "on")},
		{"parallel plans on busy processors", "max_parallel_workers_per_gather", "0", pg("max_parallel_workers_per_gather", "2").on(8).with(gather).with(busyFor(9 * 3600))},
		{"parallel plans on idle processors", "max_parallel_workers_per_gather", "4", pg("max_parallel_workers_per_gather", "2").on(8).with(gather).with(busyFor(360))},
		{"sessions that wait for locks are no work", "max_parallel_workers_per_gather", "no: some sessions wait (1) for locks…", pg("max_parallel_workers_per_gather", "2").on(8).with(gather).with(busyFor(9 * 3600)).with(held)},
		{"no parallel plan", "max_parallel_workers_per_gather", "", pg("max_parallel_workers_per_gather", "2").on(8).with(busyFor(9 * 3600))},
		{"an idle transaction that others wait for", "idle_in_transaction_session_timeout", "5min", pg("idle_in_transaction_session_timeout", "0").with(held)},
		{"nobody waits", "idle_in_transaction_session_timeout", "", pg("idle_in_transaction_session_timeout", "0")},
		{"commits that are not waited for are named, not changed", "synchronous_commit", "no: it is off: a crash loses…", pg("synchronous_commit", "off")},
		{"data at risk is critical", "fsync", "on", pg("fsync", "off")},
		{"nearly all connections, all at work", "max_connections", "150", pg(limit...).on(16).with(clients(90, 10))},
		{"nearly all connections, most idle, ask for a pooler", "max_connections", "no: 90 of 100 connections were used at once now…", pg(limit...).on(16).with(clients(90, 80))},
		{"no memory for more", "max_connections", "no: 90 of 100 connections…", pg(limit...).on(1).with(clients(90, 10)).with(func(f *Facts) { f.Settings[1].Value = "64MB" })},
		{"connections in plenty", "max_connections", "", pg(limit...).on(16).with(clients(20, 10))},
		{"a week of few, where memory is kept for many", "max_connections", "20", pg("max_connections", "500", "work_mem", "16MB", "shared_buffers", "128MB").on(8).with(clients(5, 1)).with(func(f *Facts) { f.Watched = 8 * 24 * time.Hour })},
		{"an hour of few says nothing", "max_connections", "", pg("max_connections", "500", "work_mem", "16MB", "shared_buffers", "128MB").on(8).with(clients(5, 1))},
	})
}

func busyFor(seconds float64) func(*Facts) { return func(f *Facts) { f.Stats.QuerySeconds = &seconds } }

// loadedBefore is a day in which WAL asked for checkpoints, and an hour behind
// it, watched, in which none did.
func loadedBefore(f *Facts) {
	f.Stats.Counters[0].Value = 200 // asked for
	before := f.Stats
	before.At, before.Counters = f.Stats.At.Add(-time.Hour), slices.Clone(f.Stats.Counters)
	before.Counters[1].Value -= 12 // by the clock
	f.Before = &before
}
