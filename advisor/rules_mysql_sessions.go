package advisor

import (
	"fmt"
	"strconv"

	"mltop/internal/units"
)

// roomForSessions is the memory that all sessions may take together beside the
// pool; 0: not known.
func (f Facts) roomForSessions() int64 {
	if f.Machine.Memory == 0 {
		return 0
	}
	return max(int64((1-spare)*float64(f.Machine.Memory))-f.sizeOf("innodb_buffer_pool_size"), 1)
}

// allSessions is what the sessions that are allowed would take, all at once.
func (f Facts) allSessions() int64 {
	n, _ := f.numberOf("max_connections")
	return int64(n) * f.sessionBytes()
}

const (
	// diskTables is the part of temporary tables that go to disk above which
	// larger ones help, fewTables how many say nothing.
	diskTables, fewTables = 0.25, 1000
	// mostTable is what mltop dares to advise for each temporary table.
	mostTable = 64 << 20
	// bigTable for each of many sessions is too much.
	bigTable = 64 << 20
)

// temporaryTables fits the size up to which a temporary table stays in memory:
// the lesser of two variables counts, so both are set.
func temporaryTables(k *knob) []proposal {
	now, ok := k.bytes()
	heap := k.sizeOf("max_heap_table_size")
	all, ok1 := k.count("Created_tmp_tables")
	disk, ok2 := k.count("Created_tmp_disk_tables")
	if !ok || heap == 0 || !ok1 || !ok2 {
		return because("temporary tables are not counted")
	}
	both, used := min(now, heap), int64(max(k.mostUsed(), 1))
	if now > bigTable && k.Machine.Memory > 0 && used*now > k.roomForSessions() {
		value := strconv.FormatInt(max(16<<20, powerDown(k.roomForSessions()/used)), 10)
		return one(proposal{
			value: value, also: map[string]string{"max_heap_table_size": value}, title: "Keep temporary tables from taking more memory than there is",
			reason:   "one temporary table in each session would take more memory than the machine has beside the pool",
			evidence: []string{fmt.Sprintf("%d sessions at most since the start; %s are left beside the pool", used, size(k.roomForSessions())), k.Machine.evidence()},
			expect:   "memory suffices", risk: "large temporary tables go to disk", doubt: "hardly ever does each session make a large one",
		})
	}
	switch {
	case disk.n < fewTables:
		return fine
	case disk.n < diskTables*all.n:
		return fine
	case both >= mostTable:
		return because("%s of %s temporary tables went to disk %s, at %s already: they hold long texts, or belong to few large reports", ratio(disk.n/all.n), units.SI(all.n), disk.span(), exact(both))
	case k.Machine.Memory > 0 && used*2*both > k.roomForSessions():
		return because("%s of temporary tables went to disk %s, but there is no memory for larger ones in %d sessions", ratio(disk.n/all.n), disk.span(), used)
	}
	value := strconv.FormatInt(min(2*both, mostTable), 10)
	return one(proposal{
		value: value, also: map[string]string{"max_heap_table_size": value}, title: "Keep temporary tables in memory",
		reason:   "temporary tables that grow beyond it are copied to disk",
		evidence: []string{fmt.Sprintf("%s of %s temporary tables went to disk %s; above %s larger ones help", ratio(disk.n/all.n), units.SI(all.n), disk.span(), ratio(diskTables)), "max_heap_table_size is " + exact(heap) + ": the lesser of the two counts"},
		expect:   "those of up to " + exact(min(2*both, mostTable)) + " stay in memory", risk: "each session may take so much for each temporary table",
		doubt: "tables with TEXT or BLOB go to disk whatever their size; an index that spares the temporary table is better",
	})
}

const (
	// mergesAnHour of sorts that did not fit are worth memory.
	mergesAnHour = 100
	// mostSort: beyond it sorts get slower, for memory is asked from the system.
	mostSort = 4 << 20
)

// sortBuffer fits the memory of sorts, up and down.
func sortBuffer(k *knob) []proposal {
	now, ok := k.bytes()
	merges, counted := k.count("Sort_merge_passes")
	switch {
	case !ok || !counted:
		return because("sorts are not counted")
	case merges.over < leastWatched:
		return because("%s", merges.brief("sorts were", leastWatched))
	case merges.perHour() < mergesAnHour || now >= mostSort:
		return sessionBuffer("sort_buffer_size", 256<<10)(k)
	}
	value := min(2*now, mostSort)
	used := int64(max(k.mostUsed(), 1))
	if room := k.roomForSessions(); room > 0 && used*(k.sessionBytes()+value-now) > room {
		return because("%.0f sorts an hour went to disk %s, but there is no memory for more in %d sessions", merges.perHour(), merges.span(), used)
	}
	return one(proposal{
		value: strconv.FormatInt(value, 10), title: "Sort in memory",
		reason:   "sorts that do not fit are written to disk and merged",
		evidence: []string{fmt.Sprintf("%.0f merges an hour %s; from %d on it is worth memory", merges.perHour(), merges.span(), mergesAnHour)},
		expect:   "sorts up to twice as large stay in memory", risk: "every sort of every session may take so much",
		doubt: "an index in the order that is asked for is better",
	})
}

// sessionBuffer advises the default where a buffer that every session may take
// is so large that those allowed could take more memory than there is.
func sessionBuffer(name string, usual int64) func(*knob) []proposal {
	return func(k *knob) []proposal {
		now, ok := k.bytes()
		room := k.roomForSessions()
		allowed, _ := k.numberOf("max_connections")
		if !ok || room == 0 || now < 16*usual || k.allSessions() <= room || now*int64(allowed) < room/4 {
			return fine
		}
		return one(proposal{
			value: strconv.FormatInt(4*usual, 10), title: "Keep sessions from taking more memory than there is",
			reason: "the sessions that are allowed could together take more memory than the machine has beside the pool",
			evidence: []string{fmt.Sprintf("%.0f connections with buffers of %s each are %s; %s are left beside the pool", allowed, size(k.sessionBytes()), size(k.allSessions()), size(room)),
				name + " is the largest part of it: the default is " + exact(usual)},
			expect: "memory suffices even when every session comes", risk: "a join or a sort that used all of it reads or writes more",
			doubt: "sessions that never all come at once do no harm; set it for the one session that needs it",
		})
	}
}

// clientLimit weighs the connections that are allowed against the most that
// there were.
func clientLimit(k *knob) []proposal {
	allowed, ok := k.numberOf("max_connections")
	peak, refused := k.mostUsed(), count{}
	if c, has := k.count("Connection_errors_max_connections"); has {
		refused = c
	}
	if !ok || peak == 0 {
		return because("connections are not counted")
	}
	up := k.Stats.At.Sub(k.Stats.Since)
	seen := fmt.Sprintf("%.0f of %.0f connections were used at once since the start %s ago; from %s on the next burst is refused", peak, allowed, lasting(up), ratio(nearlyAll))
	room := k.roomForSessions()
	switch {
	case peak < nearlyAll*allowed && refused.n == 0:
		return k.fewerClients(allowed, peak, seen)
	case room == 0:
		return because("%s; %s", seen, k.Machine.whyNoMemory())
	}
	value := int64(max(peak, allowed) * 3 / 2)
	if value*k.sessionBytes() > room {
		return because("%s, but %d sessions would take up to %s, and %s are left beside the pool: a pooler, or smaller buffers, come first", seen, value, size(value*k.sessionBytes()), size(room))
	}
	p := proposal{
		value: strconv.FormatInt(value, 10), title: "Allow more connections", severity: SeverityWarning,
		reason: "nearly all connections were used: the next clients are refused", evidence: []string{seen},
		expect: "bursts are served", risk: fmt.Sprintf("up to %s of memory for %d sessions", size(value*k.sessionBytes()), value),
		doubt: "an application that leaks connections uses these up too",
	}
	if refused.n > 0 {
		p.evidence = append(p.evidence, fmt.Sprintf("%.0f connections were refused %s", refused.n, refused.span()))
	}
	return one(p)
}

func (k *knob) fewerClients(allowed, peak float64, seen string) []proposal {
	up, room := k.Stats.At.Sub(k.Stats.Since), k.roomForSessions()
	if k.Stats.Since.IsZero() || up < longEnough || peak > hardlyAny*allowed || room == 0 || k.allSessions() <= room {
		return fine
	}
	return one(proposal{
		value: strconv.FormatInt(max(50, int64(3*peak)), 10), title: "Allow fewer connections",
		reason:   "if all that are allowed came, there would not be memory for them",
		evidence: []string{seen, fmt.Sprintf("all of them could take %s; %s are left beside the pool", size(k.allSessions()), size(room))},
		expect:   "a burst is refused before it takes the server down", risk: "a burst above it is refused", doubt: "a job that runs once a month was not seen",
	})
}

// logFlood is how many statements a second in the slow log are no longer slow
// statements but all of them.
const logFlood = 100

// slowLogFlood advises a higher limit where the slow log takes in so much that
// writing it is work of its own.
func slowLogFlood(k *knob) []proposal {
	now, ok := k.numberOf("long_query_time")
	slow, counted := k.count("Slow_queries")
	if !ok || !counted || !k.is("slow_query_log", "on", "1") || slow.over < leastWatched || slow.perSecond() < logFlood || now >= 1 {
		return fine
	}
	return one(proposal{
		value: strconv.FormatFloat(max(10*now, 0.1), 'f', 6, 64), title: "Log fewer statements as slow",
		reason:   "so many statements are logged that writing the log costs them time and fills the disk",
		evidence: []string{fmt.Sprintf("%.0f statements a second were logged %s; from %d on it is no log of slow ones", slow.perSecond(), slow.span(), logFlood)},
		expect:   "a log of what is slow", risk: "mltop counts statements by this log where performance_schema is off: faster ones are then not seen",
		doubt: "a full log for an hour is a good sample: then it is to be switched back",
	})
}
