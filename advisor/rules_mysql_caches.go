package advisor

import (
	"fmt"
	"math"
	"strconv"
)

const (
	// opensPerSecond of tables are too many, when the cache is full.
	opensPerSecond = 1
	// mostTables that are kept open: each takes a descriptor.
	mostTables = 20_000
	fullCache  = 0.95
	// beside the clients and the tables the server holds about ten files open
	// (the manual's reckoning of open_files_limit); a table takes up to two.
	ownFiles, filesOfTable = 10, 2
)

// tablesThatFit is how many tables may be open by the files that the server
// may open; without end where it does not say.
func (f Facts) tablesThatFit() (tables, files float64) {
	files, known := f.numberOf("open_files_limit")
	if !known || files <= 0 {
		return math.Inf(1), 0
	}
	clients, _ := f.numberOf("max_connections")
	return max(math.Floor((files-clients-ownFiles)/filesOfTable), 0), files
}

// tableCache keeps more tables open where they are opened again and again, and
// fewer where there are no files or no memory for so many.
func tableCache(k *knob) []proposal {
	now, ok := k.numberOf("table_open_cache")
	opened, ok1 := k.count("Opened_tables")
	open, ok2 := k.gauge("Open_tables")
	switch {
	case !ok || !ok1 || !ok2:
		return because("opened tables are not counted")
	case k.tooManyTables(now, open) != nil:
		return k.tooManyTables(now, open)
	case opened.over < leastWatched:
		return because("%s", opened.brief("opened tables were", leastWatched))
	case opened.perSecond() < opensPerSecond || open < fullCache*now:
		return fine
	}
	value := min(2*now, mostTables)
	switch fit, files := k.tablesThatFit(); {
	case value > fit:
		return because("%.1f tables a second are opened %s, but open_files_limit is %.0f: raise that first, at a restart", opened.perSecond(), opened.span(), files)
	case value <= now:
		return because("%.1f tables a second are opened %s, with %.0f kept open already: more than %d takes memory and files that nothing gives back", opened.perSecond(), opened.span(), now, mostTables)
	}
	return one(proposal{
		value: strconv.FormatFloat(value, 'f', 0, 64), title: "Keep more tables open",
		reason:   "the cache of open tables is full, and tables are opened again and again",
		evidence: []string{fmt.Sprintf("%.1f tables a second are opened %s, and %.0f of %.0f are open; from %d a second on it is worth it", opened.perSecond(), opened.span(), open, now, opensPerSecond)},
		expect:   "statements find their tables open", risk: "more open files, and some memory for each", doubt: "FLUSH TABLES and backups open all tables anew",
	})
}

// tooManyTables advises fewer where a cache that fills up would take more files
// than the server may open, or takes memory that is short; nil: it need not.
func (k *knob) tooManyTables(now, open float64) []proposal {
	p := proposal{evidence: []string{fmt.Sprintf("%.0f tables are open now", open)}, risk: "tables that are used in turn are opened again more often"}
	switch fit, files := k.tablesThatFit(); {
	case now > fit && open > fit/2:
		p.value, p.title, p.severity = strconv.FormatFloat(fit, 'f', 0, 64), "Keep no more tables open than there are files for", SeverityWarning
		p.reason = "a cache that fills up takes more files than the server may open: then statements and connections fail"
		p.evidence = append(p.evidence, fmt.Sprintf("open_files_limit is %.0f: beside clients there are files for %.0f tables of up to %d each", files, fit, filesOfTable))
		p.expect, p.doubt = "the server closes tables before it runs out of files", "a higher open_files_limit, at a restart, serves as well; an InnoDB table takes less than two"
	case now > mostTables && open > mostTables && k.Machine.short():
		p.value, p.title = strconv.Itoa(mostTables), "Keep fewer tables open"
		p.reason = "each open table takes memory, and the machine is short of it"
		p.evidence = append(p.evidence, size(k.Machine.Available)+" of the machine's memory is available; more than "+strconv.Itoa(mostTables)+" tables are never advised")
		p.expect, p.doubt = "the memory of those that are closed is free again", "what an open table takes is not known: wide ones, and those with many partitions, take most"
	default:
		return nil
	}
	return one(p)
}

const (
	// madeAnew is the part of connections that need a new thread above which
	// more are worth keeping.
	madeAnew = 0.1
	// threadsPerSecond that are made do not matter when they are fewer.
	threadsPerSecond = 1
	mostThreads      = 256
	// usualThreads, and one for a hundred clients that are allowed, is what
	// MySQL keeps unless told otherwise.
	usualThreads = 8
	// idleThreads that are kept are worth a word where memory is short.
	idleThreads = 32
)

// threadCache keeps more threads where they are made again and again, and
// fewer where none is wanted and memory is short.
func threadCache(k *knob) []proposal {
	now, ok := k.numberOf("thread_cache_size")
	made, ok1 := k.count("Threads_created")
	all, ok2 := k.count("Connections")
	switch {
	case !ok || !ok1 || !ok2 || k.is("thread_handling", "pool-of-threads"):
		return fine
	case made.over < leastWatched:
		return because("%s", made.brief("threads were", leastWatched))
	case k.idleThreads(now, all) != nil:
		return k.idleThreads(now, all)
	case made.perSecond() < threadsPerSecond || made.n < madeAnew*all.n:
		return fine
	}
	value := min(max(2*now, k.mostUsed(), 16), mostThreads)
	if value <= now {
		return because("%.1f threads a second are made %s, with %.0f kept already: the application should keep its connections", made.perSecond(), made.span(), now)
	}
	return one(proposal{
		value: strconv.FormatFloat(value, 'f', 0, 64), title: "Keep threads for the next connections",
		reason:   "a new thread is made for many of the connections",
		evidence: []string{fmt.Sprintf("%.1f threads a second are made %s, for %s of the connections; above %s is worth it", made.perSecond(), made.span(), ratio(made.n/all.n), ratio(madeAnew))},
		expect:   "connecting gets faster by a little", risk: "some memory for each thread that is kept", doubt: "an application that keeps its connections needs none of it",
	})
}

// idleThreads advises to keep fewer threads where so few clients come that a
// new one for each would not be noticed, and where memory is short; nil: it
// need not.
func (k *knob) idleThreads(now float64, came count) []proposal {
	kept, ok := k.gauge("Threads_cached")
	if !ok || kept < idleThreads || came.perSecond() >= threadsPerSecond || !k.Machine.short() {
		return nil
	}
	clients, _ := k.numberOf("max_connections")
	value := usualThreads + math.Floor(clients/100)
	if value >= min(now, kept) {
		return nil
	}
	return one(proposal{
		value: strconv.FormatFloat(value, 'f', 0, 64), title: "Give back the memory of threads that wait for nobody",
		reason: "threads are kept for clients that do not come, and the machine is short of memory",
		evidence: []string{fmt.Sprintf("%.0f threads are kept, and %.2g clients a second come %s: below %d it does not matter that each gets a new one", kept, came.perSecond(), came.span(), threadsPerSecond),
			size(k.Machine.Available) + " of the machine's memory is available"},
		expect: fmt.Sprintf("%.0f threads end as clients leave, each with a stack of up to %s", kept-value, size(k.sizeOf("thread_stack"))),
		risk:   "a burst of clients waits a moment for its threads", doubt: "a burst once a day is spread over the hours in what was counted",
	})
}
