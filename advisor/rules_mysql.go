package advisor

import (
	"fmt"
	"strconv"
	"time"

	"mltop/internal/units"
)

// mysqlRules: "Reference Manual" is MySQL's, "Knowledge Base" MariaDB's.
func mysqlRules() []settingRule {
	const innodb, server = "MySQL Reference Manual, InnoDB Startup Options and System Variables: ", "MySQL Reference Manual, Server System Variables: "
	return []settingRule{
		{"mysql.innodb_doublewrite", "innodb_doublewrite", innodb + "innodb_doublewrite", unsafe("a page that was half written in a crash cannot be repaired")},
		{"mysql.innodb_flush_log_at_trx_commit", "innodb_flush_log_at_trx_commit", innodb + "innodb_flush_log_at_trx_commit", durability("0 2", "a crash loses the commits of about the last second")},
		{"mysql.innodb_buffer_pool_size", "innodb_buffer_pool_size", innodb + "innodb_buffer_pool_size (50 to 75 % of memory where the server is alone)", bufferPool},
		{"mysql.innodb_log_file_size", "innodb_log_file_size", "MariaDB Knowledge Base, InnoDB Redo Log: an hour of writes", redoSize},
		{"mysql.innodb_redo_log_capacity", "innodb_redo_log_capacity", "MySQL Reference Manual, Optimizing InnoDB Redo Logging", redoSize},
		{"mysql.innodb_log_buffer_size", "innodb_log_buffer_size", innodb + "innodb_log_buffer_size", logBuffer},
		{"mysql.innodb_flush_method", "innodb_flush_method", innodb + "innodb_flush_method", flushMethod},
		{"mysql.query_cache_size", "query_cache_size", "MariaDB Knowledge Base, Query Cache: it does not scale with processors, and is off by default since 10.1.7", queryCache},
		{"mysql.tmp_table_size", "tmp_table_size", "MySQL Reference Manual, Internal Temporary Table Use in MySQL", temporaryTables},
		{"mysql.sort_buffer_size", "sort_buffer_size", server + "sort_buffer_size", sortBuffer},
		{"mysql.join_buffer_size", "join_buffer_size", server + "join_buffer_size", sessionBuffer("join_buffer_size", 256<<10)},
		{"mysql.read_rnd_buffer_size", "read_rnd_buffer_size", server + "read_rnd_buffer_size", sessionBuffer("read_rnd_buffer_size", 256<<10)},
		{"mysql.max_connections", "max_connections", "MySQL Reference Manual, Too many connections", clientLimit},
		{"mysql.table_open_cache", "table_open_cache", "MySQL Reference Manual, How MySQL Opens and Closes Tables", tableCache},
		{"mysql.thread_cache_size", "thread_cache_size", server + "thread_cache_size", threadCache},
		{"mysql.long_query_time", "long_query_time", "MySQL Reference Manual, The Slow Query Log", slowLogFlood},
	}
}

const (
	// poolShare is the most of the memory for the pool, beside what sessions take.
	poolShare = 0.75
	// poolTooMuch is where the operating system begins to swap.
	poolTooMuch = 0.85
	// poolMisses is the part of page reads that come from disk above which a
	// larger buffer pool is worth its memory.
	poolMisses = 0.001
	// poolStep is what a pool is rounded to, and the largest chunk in which
	// MariaDB and MySQL resize it by default.
	poolStep = 128 << 20
	// poolEmpty is the part of a pool that holds nothing, a day after the start
	// at the earliest, above which it takes memory for nothing.
	poolEmpty = 0.5
	day       = 24 * time.Hour
)

// sessionBytes is what one session may take at once, by its buffers.
func (f Facts) sessionBytes() (sum int64) {
	for _, name := range []string{"sort_buffer_size", "join_buffer_size", "read_buffer_size", "read_rnd_buffer_size", "thread_stack"} {
		sum += f.sizeOf(name)
	}
	return sum
}

// mostUsed are the most sessions that there were since the server's start.
func (k *knob) mostUsed() float64 {
	n, _ := k.gauge("Max_used_connections")
	return n
}

// bufferPool fits the pool to machine, data and misses.
func bufferPool(k *knob) []proposal {
	now, ok := k.bytes()
	switch {
	case !ok:
		return because("its value cannot be read")
	case k.Machine.Memory == 0:
		return because("%s", k.Machine.whyNoMemory())
	}
	step := max(poolStep, k.sizeOf("innodb_buffer_pool_chunk_size"))
	sessions := k.sessionBytes() * int64(max(k.mostUsed(), 1))
	most := max(poolStep, min(int64(poolShare*float64(k.Machine.Memory)), int64((1-spare)*float64(k.Machine.Memory))-sessions)) / step * step
	p := proposal{
		severity: SeverityWarning, doubt: "other programs on the machine, and other databases of the server, want their part",
		evidence: []string{k.Machine.evidence() + fmt.Sprintf("; %s of buffers for the %.0f sessions that there were at most", size(sessions), k.mostUsed())},
	}
	if less := int64(poolShare*float64(k.Machine.Memory)) / step * step; float64(now) > poolTooMuch*float64(k.Machine.Memory) && less > 0 {
		return smallerPool(p, now, less)
	}
	if idle := k.emptyPool(now, step); idle != nil {
		return idle
	}
	part, reads, why := k.missing()
	if why != "" {
		return because("%s", why)
	}
	data := k.dataBytes()
	value := min(upTo(data+data/10, step), most)
	switch {
	case part < poolMisses || data <= now:
		return fine
	case value <= now:
		return because("%s of the pages read came from disk %s, but there is no memory for a larger pool: %s", ratio(part), reads.span(), p.evidence[0])
	}
	p.evidence = append([]string{size(data) + " of tables and indexes in this database",
		fmt.Sprintf("%s of the pages read came from disk %s; above %s is worth memory", ratio(part), reads.span(), ratio(poolMisses))}, p.evidence...)
	return largerPool(p, now, value)
}

func smallerPool(p proposal, now, less int64) []proposal {
	p.value, p.title = strconv.FormatInt(less, 10), "Leave memory to sessions and the operating system"
	p.reason = "pool and sessions together can take more memory than there is: then the machine swaps, or the operating system ends the server"
	p.expect, p.risk = size(now-less)+" of memory are free again", "more pages are read from disk; statements may pause for moments while it shrinks"
	return one(p)
}

func largerPool(p proposal, now, value int64) []proposal {
	p.value, p.title = strconv.FormatInt(value, 10), "Keep the data in memory"
	p.reason = "the buffer pool is smaller than the data: what is read pushes out what will be read next"
	p.expect = "reads are served from memory once it is filled"
	p.risk = size(value-now) + " more of the machine's memory; statements may pause for moments while it is resized"
	return one(p)
}

// emptyPool finds a pool of which most was never filled, where memory is short.
func (k *knob) emptyPool(now, step int64) []proposal {
	used, ok := k.gauge("Innodb_buffer_pool_bytes_data")
	up := k.Stats.At.Sub(k.Stats.Since)
	if !ok || !k.Machine.short() || k.Stats.Since.IsZero() || up < day || used > (1-poolEmpty)*float64(now) {
		return nil
	}
	value := upTo(int64(used)*3/2, step)
	if value >= now {
		return nil
	}
	return one(proposal{
		value: strconv.FormatInt(value, 10), title: "Give back memory that the pool never used",
		reason:   "the machine is short of memory, and most of the pool holds nothing",
		evidence: []string{fmt.Sprintf("%s of it hold pages, %s after the start", size(int64(used)), lasting(up)), size(k.Machine.Available) + " of the machine's memory is available"},
		expect:   size(now-value) + " of memory are free again", risk: "data that grows does not fit any more: look again in a month",
		doubt: "a yearly report may fill it",
	})
}

const (
	// redoHours of writes should fit into the redo log: then pages that are
	// changed often are written to disk once, not again and again.
	redoHours = 1
	// redoPressed is the part of the log that waits for a checkpoint above
	// which writers are about to wait.
	redoPressed = 0.75
	// redoCalm is the part below which InnoDB writes no page on the log's
	// account: innodb_adaptive_flushing_lwm's default.
	redoCalm = 0.1
	// leastRedo is the smallest that is advised, mostRedo what recovery reads
	// in minutes; redoFar is how many hours are too many for a large log.
	leastRedo, mostRedo, redoFar = 96 << 20, 16 << 30, 48
	redoStep                     = 1 << 20
	redoParts                    = 4 // of a power of two that a size is rounded to
)

// redoRoom rounds a size of the redo log up: no hour writes as much as the one
// before, and that is no new advice.
func redoRoom(n int64) int64 { return upTo(n, max(powerDown(n)/redoParts, redoStep)) }

// redoSize fits the redo log to an hour of writes.
func redoSize(k *knob) []proposal {
	now, ok := k.bytes()
	files := int64(1)
	if n, several := k.numberOf("innodb_log_files_in_group"); several && k.now.Name == "innodb_log_file_size" {
		files = int64(max(n, 1))
	}
	if _, newer := k.setting("innodb_redo_log_capacity"); newer && k.now.Name == "innodb_log_file_size" {
		return fine // the capacity goes before it
	}
	least, most, counted := k.between("Innodb_os_log_written")
	switch {
	case !ok || !counted:
		return because("redo is not counted")
	case least.over < leastWatched:
		return because("%s", least.brief("redo was", leastWatched))
	}
	total, hour := now*files, int64(least.perHour())
	value := redoRoom(min(max(hour*redoHours, leastRedo), mostRedo)) / files
	p := proposal{
		value: strconv.FormatInt(value, 10), risk: "recovery behind a crash reads up to " + size(value*files) + "; so much disk is taken",
		evidence: []string{fmt.Sprintf("%s of redo an hour %s; the log holds %s", size(hour), least.span(), size(total))},
		doubt:    "hours differ: the busiest one counts",
	}
	pressed, told := k.redoWaiting()
	switch {
	case told && pressed < redoCalm && hour > total && total < mostRedo:
		return because("%s of redo an hour %s would fill it, but only %s of it waits for a checkpoint now, and below %s nothing is written on its account: look again when most is written",
			size(hour), least.span(), ratio(pressed), ratio(redoCalm))
	case hour > total && total < mostRedo || pressed > redoPressed && value*files > total:
		p.title, p.severity = "Make the redo log hold an hour of writes", SeverityWarning
		p.reason, p.expect = "the redo log is written round in less than an hour: changed pages must go to disk before their time", "fewer and steadier writes to disk"
		if pressed > 0 {
			p.evidence = append(p.evidence, fmt.Sprintf("%s of it waits for a checkpoint; above %s writers are about to wait", ratio(pressed), ratio(redoPressed)))
		}
	case most.over >= day && total > 4<<30 && int64(most.perHour())*redoFar < total:
		value = redoRoom(max(int64(most.perHour())*redoHours, leastRedo)) / files
		p.value = strconv.FormatInt(value, 10)
		p.title, p.reason, p.expect = "Make the redo log smaller", "the log holds days of writes, and takes disk and time at a recovery for nothing", size(total-value*files)+" of disk, and a shorter recovery"
		p.risk = "a load of much data at once writes more to disk"
	default:
		return fine
	}
	return one(p)
}

// redoWaiting is the part of the redo log that is not checkpointed; told is
// false where the server does not say.
func (k *knob) redoWaiting() (part float64, told bool) {
	age, ok := k.gauge("Innodb_checkpoint_age")
	most, counted := k.gauge("Innodb_checkpoint_max_age")
	if !ok || !counted || most <= 0 {
		return 0, false
	}
	return age / most, true
}

// mostLogBuffer is more than a transaction writes but the largest.
const mostLogBuffer = 64 << 20

// logBuffer advises a larger buffer where transactions waited for it.
func logBuffer(k *knob) []proposal {
	now, ok := k.bytes()
	waits, counted := k.count("Innodb_log_waits")
	if !ok || !counted || waits.n == 0 || now >= mostLogBuffer {
		return fine
	}
	return one(proposal{
		value: strconv.FormatInt(min(2*now, mostLogBuffer), 10), title: "Buffer more of the redo log",
		reason:   "transactions waited for room in the buffer of the redo log",
		evidence: []string{fmt.Sprintf("%s %s; there should be none", units.Plural(int(waits.n), "wait"), waits.span())},
		expect:   "no such waits", risk: size(min(2*now, mostLogBuffer)-now) + " more memory", doubt: "one large transaction leaves the same trace",
	})
}

// flushMethod advises not to keep pages in the operating system's cache as
// well, where that takes a good part of the memory.
func flushMethod(k *knob) []proposal {
	pool := k.sizeOf("innodb_buffer_pool_size")
	switch {
	case !oneOf(k.now.Value, "fsync", "O_DSYNC", ""):
		return fine
	case k.Machine.Memory == 0:
		return because("%s", k.Machine.whyNoMemory())
	case float64(pool) < buffersShare*float64(k.Machine.Memory):
		return because("the pool is %s: with so small a one the operating system's cache helps", size(pool))
	}
	return one(proposal{
		value: "O_DIRECT", title: "Keep pages in memory once",
		reason:   "the operating system caches the pages that the pool holds already",
		evidence: []string{"the pool is " + size(pool), k.Machine.evidence()},
		expect:   "up to " + size(pool) + " of memory for other things", risk: "some network file systems do not know it: the server then does not start",
		doubt: "where the pool is far smaller than the data, the operating system's cache serves the rest",
	})
}

// goodCache is the part of SELECTs that a query cache must serve to be worth
// the lock that all sessions share.
const goodCache = 0.8

// queryCache advises to switch it off, never on: all sessions queue for it,
// and each write throws out what it holds of the table.
func queryCache(k *knob) []proposal {
	now, ok := k.bytes()
	if !ok || now == 0 || k.is("query_cache_type", "off", "0") {
		return fine
	}
	hits, ok1 := k.count("Qcache_hits")
	run, ok2 := k.count("Com_select")
	switch {
	case !ok1 || !ok2:
		return because("its hits are not counted")
	case hits.n+run.n < leastReads:
		return because("only %.0f SELECTs %s: it takes %d to say", hits.n+run.n, hits.span(), leastReads)
	case hits.n >= goodCache*(hits.n+run.n):
		return because("it serves %s of SELECTs %s: it may stay", ratio(hits.n/(hits.n+run.n)), hits.span())
	}
	prunes, _ := k.count("Qcache_lowmem_prunes")
	return one(proposal{
		value: "0", title: "Switch the query cache off", severity: SeverityWarning,
		reason: "every SELECT and every write takes the cache's one lock, and few SELECTs are served from it",
		evidence: []string{fmt.Sprintf("%s of %s SELECTs were served from it %s; below %s it costs more than it gives", ratio(hits.n/(hits.n+run.n)), units.SI(hits.n+run.n), hits.span(), ratio(goodCache)),
			fmt.Sprintf("%.0f answers were thrown out for want of room", prunes.n)},
		expect: "sessions do not queue for it any more; " + size(now) + " of memory", risk: "the SELECTs that it served are run", doubt: "few sessions on few processors hardly queue",
	})
}
