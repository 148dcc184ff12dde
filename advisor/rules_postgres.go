package advisor

import (
	"fmt"
	"strings"

	"mltop/internal/db"
	"mltop/internal/units"
)

// settingRules are an engine's, in the order in which they may take memory.
func settingRules(engine string) []settingRule {
	switch engine {
	case "postgres":
		return postgresRules()
	case "mysql":
		return mysqlRules()
	}
	return nil
}

// postgresRules: the chapters are those of PostgreSQL's documentation, part
// "Server Administration", which have kept their names since version 9.
func postgresRules() []settingRule {
	const memory, wal, planning = "PostgreSQL documentation, Resource Consumption: ", "PostgreSQL documentation, Write Ahead Log: ", "PostgreSQL documentation, Query Planning: "
	return []settingRule{
		{"postgres.fsync", "fsync", wal + "fsync", unsafe("a crash of the machine can leave the database broken beyond repair")},
		{"postgres.full_page_writes", "full_page_writes", wal + "full_page_writes", unsafe("a page that was half written in a crash cannot be repaired")},
		{"postgres.synchronous_commit", "synchronous_commit", wal + "synchronous_commit", durability("off", "a crash loses the commits of the last moments, about three times wal_writer_delay")},
		{"postgres.shared_buffers", "shared_buffers", memory + "shared_buffers (a quarter of memory to begin with, hardly ever more than 40 %)", sharedBuffers},
		{"postgres.effective_cache_size", "effective_cache_size", planning + "effective_cache_size", effectiveCache},
		{"postgres.maintenance_work_mem", "maintenance_work_mem", memory + "maintenance_work_mem", maintenanceMemory},
		{"postgres.work_mem", "work_mem", memory + "work_mem", workMem},
		{"postgres.checkpoint_timeout", "checkpoint_timeout", "PostgreSQL documentation, WAL Configuration: full pages behind each checkpoint", checkpointTimeout},
		{"postgres.max_wal_size", "max_wal_size", "PostgreSQL documentation, WAL Configuration: checkpoints requested by WAL", maxWAL},
		{"postgres.checkpoint_completion_target", "checkpoint_completion_target", wal + "checkpoint_completion_target (0.9 since version 14)", completionTarget},
		{"postgres.wal_compression", "wal_compression", wal + "wal_compression", walCompression},
		{"postgres.max_connections", "max_connections", "PostgreSQL documentation, Connections and Authentication: max_connections", maxSessions},
		{"postgres.idle_in_transaction_session_timeout", "idle_in_transaction_session_timeout", "PostgreSQL documentation, Client Connection Defaults: idle_in_transaction_session_timeout", idleTimeout},
		{"postgres.track_io_timing", "track_io_timing", "PostgreSQL documentation, Run-time Statistics: track_io_timing", trackIO},
		{"postgres.random_page_cost", "random_page_cost", planning + "random_page_cost", randomPageCost},
		{"postgres.max_parallel_workers_per_gather", "max_parallel_workers_per_gather", memory + "max_parallel_workers_per_gather", parallelWorkers},
		{"postgres.jit", "jit", "PostgreSQL documentation, Just-in-Time Compilation: when to JIT", jit},
		{"postgres.autovacuum", "autovacuum", "PostgreSQL documentation, Automatic Vacuuming: autovacuum", autovacuum},
		{"postgres.autovacuum_enabled", "autovacuum", "PostgreSQL documentation, CREATE TABLE, storage parameters: autovacuum_enabled", tableVacuumOff},
		{"postgres.autovacuum_vacuum_scale_factor", "autovacuum_vacuum_scale_factor", "PostgreSQL documentation, Routine Vacuuming: the autovacuum daemon", tableVacuum},
	}
}

// unsafe finds a switch that trades the data itself for speed.
func unsafe(what string) func(*knob) []proposal {
	return func(k *knob) []proposal {
		if !oneOf(k.now.Value, "off", "0") {
			return fine
		}
		return one(proposal{
			value: "on", title: "Do not risk the data", severity: SeverityCritical,
			reason: what, expect: "the data survives a crash of the machine",
			evidence: []string{"it is off, which is for data that can be thrown away"},
			risk:     "commits wait for the disk: writes may get much slower",
			doubt:    "right as it is for a server whose data can be made again, as in a test",
		})
	}
}

// durability names a switch that trades the last commits for speed. Which of
// the two is wanted mltop cannot know: it neither makes nor takes back the trade.
func durability(off, what string) func(*knob) []proposal {
	return func(k *knob) []proposal {
		if !oneOf(k.now.Value, strings.Fields(off)...) {
			return fine
		}
		return because("it is %s: %s. mltop never changes durability by itself, in neither direction", k.now.Value, what)
	}
}

// trackIO advises to time reads and writes: without it a slow disk and a slow
// plan look alike.
func trackIO(k *knob) []proposal {
	if !oneOf(k.now.Value, "off") {
		return fine
	}
	part, reads, why := k.missing()
	if why != "" {
		return because("%s", why)
	}
	missed := part * reads.n
	if missed < leastReads {
		return because("only %.0f pages came from outside shared_buffers %s: there is little to time", missed, reads.span())
	}
	return one(proposal{
		value: "on", title: "Time reads and writes",
		reason:   "whether statements wait for the disk is not known",
		evidence: []string{fmt.Sprintf("%s pages came from outside shared_buffers %s, in a time that nobody counted", units.SI(missed), reads.span())},
		expect:   "EXPLAIN, pg_stat_statements and mltop show the time of reads; nothing gets faster by itself",
		risk:     "reading the clock at every read: below a percent where pg_test_timing shows less than 100 ns",
		doubt:    "old or virtual machines with a slow clock pay more",
	})
}

// Mean times of a read, in seconds, and what a random page then costs beside
// one in a row: memory and solid-state disks, something between, and disks
// that have to move an arm.
const (
	quickRead, slowRead = 0.5e-3, 4e-3
	quickCost, diskCost = 1.1, 4
)

// randomPageCost fits the planner's idea of the disk to what reads take.
func randomPageCost(k *knob) []proposal {
	now, ok := k.numberOf("random_page_cost")
	secs, timed := k.count("blk_read_time")
	part, reads, why := k.missing()
	missed := part * reads.n
	switch {
	case !ok:
		return fine
	case !timed:
		return because("reads are not timed: track_io_timing is off")
	case why != "" || missed < leastReads:
		return because("%s", firstOf(why, fmt.Sprintf("only %.0f pages came from outside shared_buffers %s: it takes %d to say", missed, reads.span(), leastReads)))
	}
	p := proposal{
		evidence: []string{fmt.Sprintf("a read took %s in the mean, over %s reads %s", seconds(secs.n/missed), units.SI(missed), reads.span())},
		expect:   "the planner's choice between index and whole table fits the disk",
		risk:     "plans change, most for the better: compare them behind the change",
		doubt:    "a mean hides reads that the operating system served from memory",
	}
	switch mean := secs.n / missed; {
	case mean <= quickRead && now >= 2:
		p.value, p.title, p.reason = "1.1", "Tell the planner that random reads are cheap", "the planner reckons a random page as dear as on a disk with an arm, and avoids indexes"
		p.evidence[0] += fmt.Sprintf("; up to %s is no disk with an arm", seconds(quickRead))
	case mean >= slowRead && now < 2:
		p.value, p.title, p.reason = "4", "Tell the planner that random reads are dear", "the planner reckons a random page as cheap as one in a row, and uses indexes where reading the table would be faster"
		p.evidence[0] += fmt.Sprintf("; from %s on it is", seconds(slowRead))
	default:
		return fine
	}
	return one(p)
}

// jitShare is the part of statements' time that compiling may take.
const jitShare = 0.1

// jit advises against compiling where it takes more than it can save.
func jit(k *knob) []proposal {
	if !oneOf(k.now.Value, "on") {
		return fine
	}
	spent, ok := k.count("jit_seconds")
	all, ok2 := k.count("statement_seconds")
	switch {
	case !ok || !ok2:
		return because("the time of compiling is not counted: it needs pg_stat_statements of version 15")
	case all.n < 60:
		return because("only %s of statements %s: it takes a minute to say", seconds(all.n), all.span())
	case spent.n < jitShare*all.n:
		return fine
	}
	return one(proposal{
		value: "off", title: "Do not compile statements",
		reason:   "compiling takes a good part of the time of statements that are short",
		evidence: []string{fmt.Sprintf("%s of %s of statements' time went into compiling %s; above %s is too much", seconds(spent.n), seconds(all.n), all.span(), ratio(jitShare))},
		expect:   "that time is gone from each of these statements", risk: "long reports on much data may take longer: set it on in those sessions",
		doubt: "a higher jit_above_cost spares the short ones and keeps it for the long",
	})
}

// parallelWorkers weighs parallel plans against the processors.
func parallelWorkers(k *knob) []proposal {
	now, ok := k.numberOf("max_parallel_workers_per_gather")
	busy, counted := k.count("query_seconds")
	switch {
	case !ok || now == 0 || !k.plansGather():
		return fine
	case k.Machine.Cores == 0:
		return because("how many processors the server's machine has is not known")
	case !counted || busy.over < leastWatched:
		return because("%s", firstOf(busy.brief("time in statements was", leastWatched), "the time in statements is not counted"))
	}
	if waiting := k.waiting(); waiting > 0 {
		return because("some sessions wait (%d) for locks, which counts as time in statements: how busy the processors are is not known", waiting)
	}
	mean := busy.n / busy.over.Seconds()
	p := proposal{
		reason:   "parallel statements take processors from all others, and more statements run at once than there are processors",
		evidence: []string{fmt.Sprintf("%.1f statements at once in the mean %s, on %.3g processors", mean, busy.span(), k.Machine.Cores), "plans of the workload are parallel"},
		doubt:    "the mean hides hours that are different",
	}
	switch {
	case mean >= k.Machine.Cores:
		p.value, p.title, p.expect, p.risk = "0", "Leave the processors to single sessions", "steadier times under load", "a long report alone takes longer: set it higher in that session"
	case mean < k.Machine.Cores/4 && now <= 2 && k.Machine.Cores >= 8:
		p.value, p.title, p.expect, p.risk = "4", "Use processors that are idle", "parallel statements end sooner", "each worker may take work_mem of its own"
		p.reason = "most processors are idle while parallel statements run on a few"
	default:
		return fine
	}
	return one(p)
}

// waiting counts the sessions that wait for others.
func (f Facts) waiting() (n int) {
	for _, s := range f.Sessions {
		if len(s.BlockedBy) > 0 {
			n++
		}
	}
	return n
}

func (f Facts) plansGather() bool {
	for _, p := range f.Plans {
		if has(p, func(n *db.Node) bool { return strings.Contains(n.Raw, "Gather") }) {
			return true
		}
	}
	return false
}
