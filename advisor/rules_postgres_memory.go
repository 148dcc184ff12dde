package advisor

import (
	"fmt"
	"strconv"
	"strings"

	"mltop/internal/units"
)

const (
	// buffersShare of memory is a good shared_buffers to begin with; above
	// mostShare it takes from the operating system's cache what it holds twice.
	buffersShare, mostShare = 0.25, 0.4
	// missesTooMany is the part of page reads that come from outside
	// shared_buffers above which more of them help.
	missesTooMany = 0.01
	// bufferStep is what sizes of memory are rounded to.
	bufferStep = 64 << 20
)

func megabytes(n int64) string { return strconv.FormatInt(n>>20, 10) + "MB" }

// sharedBuffers fits the server's own cache to machine, data and misses.
func sharedBuffers(k *knob) []proposal {
	now, ok := k.bytes()
	switch {
	case !ok:
		return because("its value cannot be read")
	case k.Machine.Memory == 0:
		return because("%s", k.Machine.whyNoMemory())
	case float64(now) > mostShare*float64(k.Machine.Memory) && now > bufferStep:
		return fewerBuffers(k, now)
	}
	part, reads, why := k.missing()
	if why != "" {
		return because("%s", why)
	}
	want := int64(buffersShare * float64(k.Machine.Memory))
	if data := k.Stats.FileBytes; data != nil {
		want = min(want, *data+*data/4)
	}
	want = upTo(want, bufferStep)
	if part < missesTooMany || want <= now+now/4 {
		return fine
	}
	p := proposal{
		value: megabytes(want), title: "Keep more pages in memory",
		reason:   "pages are read again and again from outside the server's own cache",
		evidence: []string{fmt.Sprintf("%s of the pages read came from outside shared_buffers %s; above %s is worth memory", ratio(part), reads.span(), ratio(missesTooMany)), k.Machine.evidence()},
		expect:   "most of these reads are served from shared_buffers", risk: size(want-now) + " more of the machine's memory, taken at the start",
		doubt: "the operating system's cache may have held those pages: then each read gets cheaper by little",
	}
	if data := k.Stats.FileBytes; data != nil {
		p.evidence = append(p.evidence, size(*data)+" is this database; a quarter of memory is the most advised")
	}
	return one(p)
}

// fewerBuffers leaves to the operating system what it uses better.
func fewerBuffers(k *knob, now int64) []proposal {
	value := max(bufferStep, int64(buffersShare*float64(k.Machine.Memory))/bufferStep*bufferStep)
	return one(proposal{
		value: megabytes(value), title: "Leave memory to the operating system's cache", severity: SeverityWarning,
		reason:   "what does not fit into shared_buffers is cached by the operating system, and both then hold the same pages",
		evidence: []string{k.Machine.evidence(), "above " + ratio(mostShare) + " of it more hardly ever helps"},
		expect:   size(now-value) + " of memory for sorts, sessions and the operating system",
		risk:     "more pages are read from the operating system's cache", doubt: "where all data fits into shared_buffers and little else runs, more is right",
	})
}

// effectiveCache tells the planner how much is likely to be cached: three
// quarters of memory, and no more than the cache can get.
func effectiveCache(k *knob) []proposal {
	now, ok := k.bytes()
	switch {
	case !ok:
		return because("its value cannot be read")
	case k.Machine.Memory == 0:
		return because("%s", k.Machine.whyNoMemory())
	}
	want := k.Machine.Memory / 4 * 3
	if k.Machine.Available > 0 {
		want = min(want, max(k.sizeOf("shared_buffers")+k.Machine.Available, k.Machine.Memory/4))
	}
	want = want / bufferStep * bufferStep
	p := proposal{
		value: megabytes(want), title: "Tell the planner what the machine can cache",
		evidence: []string{k.Machine.evidence()}, risk: "none in memory: nothing is reserved; plans may change",
		doubt: "other programs on the machine want their part of the cache",
	}
	switch data := k.Stats.FileBytes; {
	case want == 0:
		return fine
	case now > k.Machine.Memory:
		p.reason, p.expect = "the planner believes in a cache larger than the machine", "fewer plans that read an index page by page from disk"
	case now < want/2 && data == nil:
		return because("how large the database is is not known")
	case now < want/2 && *data > now:
		p.reason, p.expect = "the planner takes the cache for smaller than it is, and the database for larger than the cache", "index scans of large tables look as cheap as they are"
		p.evidence = append(p.evidence, size(*data)+" is this database")
	default:
		return fine
	}
	return one(p)
}

const (
	// spilled is how much must have gone to temporary files before it is worth
	// a word: less is one sort of one report.
	spilled = 1 << 20
	// defaultWorkMem is PostgreSQL's own; largestWorkMem is what mltop dares to
	// advise for each sort of each session, blindWorkMem where the machine's
	// memory is not known.
	defaultWorkMem, largestWorkMem, blindWorkMem = 4 << 20, 256 << 20, 16 << 20
	// workMemStep is how many times more is advised at once.
	workMemStep = 4
	// inMemory is how many times more a sort takes in memory than in the files
	// that it was written to.
	inMemory = 3
	// leastSpills an hour, one in ten minutes, are the server's daily work: fewer
	// are a report, a load or a check of one key.
	leastSpills = 6
	// spare of the memory is left to the operating system in all reckoning.
	spare = 0.2
)

// forSessions is the memory that each of max_connections sessions may take
// when all of them take it, beside what the server itself has; 0: not known.
func (f Facts) forSessions() int64 {
	sessions, ok := f.numberOf("max_connections")
	if f.Machine.Memory == 0 || !ok || sessions < 1 {
		return 0
	}
	workers, _ := f.numberOf("autovacuum_max_workers")
	left := int64((1-spare)*float64(f.Machine.Memory)) - f.sizeOf("shared_buffers") - int64(workers+1)*f.sizeOf("maintenance_work_mem")
	return max(left/int64(sessions), 1)
}

// workMem fits the memory of sorts and joins to temporary files on one side
// and to the machine on the other.
func workMem(k *knob) []proposal {
	now, ok := k.bytes()
	if !ok {
		return because("its value cannot be read")
	}
	bytes, files, what := k.spilledBySorts()
	room := k.forSessions()
	most := int64(blindWorkMem)
	if room > 0 {
		most = min(largestWorkMem, powerDown(room/2))
	}
	switch {
	case bytes.n < spilled && room > 0 && now > 2*room && now > defaultWorkMem:
		return one(lessWorkMem(k, max(defaultWorkMem, powerDown(room)), bytes))
	case bytes.n < spilled:
		return fine
	case bytes.over < leastWatched:
		return because("%s", bytes.brief("temporary files were", leastWatched))
	case bytes.over > k.unchanged("work_mem"):
		return because("%s went to temporary files %s, but it was changed %s ago: what was written before says nothing of its value now; ask again when the counters began, or mltop came, behind that", size(int64(bytes.n)), bytes.span(), lasting(k.unchanged("work_mem")))
	case inMemory*int64(bytes.n/max(files.n, 1)) <= now: // these cannot be of this value: they are older
		return fine
	case files.n/bytes.over.Hours() < leastSpills:
		return because("%s %s: fewer than %d an hour are worth the memory of no session", what, bytes.span(), leastSpills)
	case now >= most:
		return because("%s went to temporary files %s, but %s: set it for the one role or statement that needs it", size(int64(bytes.n)), bytes.span(), k.whyNoMore(room, most))
	}
	mean := int64(bytes.n / max(files.n, 1))
	value := max(defaultWorkMem, 2*now, powerUp(inMemory*mean))
	value = min(value, max(defaultWorkMem, workMemStep*now), max(most, 2*now))
	p := proposal{
		value: fmt.Sprintf("%dkB", value>>10), title: "Sort and join in memory", severity: SeverityInfo,
		reason: "sorts and joins that do not fit into work_mem are written to temporary files and read again",
		evidence: []string{fmt.Sprintf("%s, %s, %s in the mean, %s; from %s on it is worth a word",
			what, size(int64(bytes.n)), size(mean), bytes.span(), size(spilled)), k.reckoning(room)},
		expect: "those of up to " + size(value/inMemory) + " on disk stay in memory",
		risk:   "each sort and each join of each session may take so much memory, several in one statement",
		doubt:  "one large report leaves the same trace as many small sorts: set it for that session alone then",
	}
	if now < defaultWorkMem {
		p.severity = SeverityWarning
	}
	return one(p)
}

// spilledBySorts is what went to temporary files for want of work_mem, in how
// many pieces, and what these are. The files of index builds are of maintenance_work_mem: only the
// totals by statement tell them apart.
func (k *knob) spilledBySorts() (bytes, pieces count, what string) {
	bytes, ok := k.count("query_temp_bytes")
	if calls, counted := k.count("query_temp_calls"); ok && counted {
		return bytes, calls, units.Plural(int(calls.n), "call") + " of queries that use temporary files"
	}
	bytes, _ = k.count("temp_bytes")
	pieces, _ = k.count("temp_files")
	return bytes, pieces, units.Plural(int(pieces.n), "temporary file") + ", those of index builds among them"
}

func (k *knob) whyNoMore(room, most int64) string {
	if room == 0 {
		return "more than " + exact(most) + " is not advised without the machine's memory (--server-memory)"
	}
	return fmt.Sprintf("with max_connections sessions that all sort, %s of memory are left for each", size(room))
}

// reckoning is the memory that is left for sessions, in words.
func (k *knob) reckoning(room int64) string {
	if room == 0 {
		return k.Machine.whyNoMemory() + ": at most " + exact(blindWorkMem) + " is advised"
	}
	return fmt.Sprintf("%s; beside shared_buffers and maintenance_work_mem %s are left for each of max_connections sessions", k.Machine.evidence(), size(room))
}

func lessWorkMem(k *knob, value int64, bytes count) proposal {
	return proposal{
		value: fmt.Sprintf("%dkB", value>>10), title: "Keep sorts from taking more memory than there is",
		reason:   "the sessions that are allowed could together take more memory than the machine has, and the operating system would end the server",
		evidence: []string{k.reckoning(k.forSessions()), "nothing worth a word went to temporary files " + bytes.span()},
		expect:   "memory suffices even when every allowed session sorts", risk: "sorts between the two sizes go to disk",
		doubt: "sessions that never sort at once leave memory to those that do; fewer max_connections behind a pooler serve as well",
	}
}

const (
	// deadRowBytes is what VACUUM keeps of each dead row before version 17
	// (PostgreSQL documentation, Resource Consumption: maintenance_work_mem).
	deadRowBytes, deadRowsSince = 6, 17
	// mostForVacuum is what VACUUM can use before version 17.
	mostForVacuum = 1 << 30
	// maintenanceShare of the memory is the most for all vacuums together.
	maintenanceShare = 0.25
)

// maintenanceMemory fits VACUUM's memory to the dead rows that it has to
// remember: when they do not fit, every index is read once more.
func maintenanceMemory(k *knob) []proposal {
	now, ok := k.bytes()
	if !ok {
		return because("its value cannot be read")
	}
	if k.Machine.Memory == 0 {
		return because("%s", k.Machine.whyNoMemory())
	}
	workers, _ := k.numberOf("autovacuum_max_workers")
	most := int64(maintenanceShare * float64(k.Machine.Memory) / (workers + 1))
	if now > most && now > bufferStep {
		return one(proposal{
			value: megabytes(max(bufferStep, powerDown(most))), title: "Keep vacuums from taking more memory than there is",
			reason:   fmt.Sprintf("%.0f vacuums and an index build at once could take more than %s of the memory", workers, ratio(maintenanceShare)),
			evidence: []string{k.Machine.evidence()}, expect: "memory is left for the cache while tables are vacuumed",
			risk: "index builds and vacuums of very large tables take longer", doubt: "autovacuum_work_mem bounds the vacuums alone",
		})
	}
	dead, table := k.mostDead()
	need := dead * deadRowBytes
	if k.major() >= deadRowsSince || need <= now {
		return fine
	}
	value := max(now, min(powerUp(need), mostForVacuum, powerDown(most)))
	if value <= now {
		return because("%s has %d dead rows, which VACUUM keeps in %s; more memory than %s is not there", table, dead, size(need), size(now))
	}
	return one(proposal{
		value: megabytes(value), title: "Vacuum in one pass",
		reason:   "VACUUM keeps each dead row in memory; when they do not fit, it reads every index of the table once more",
		evidence: []string{fmt.Sprintf("%s has %d dead rows: %d bytes each are %s", table, dead, deadRowBytes, size(need)), k.Machine.evidence()},
		expect:   "the next vacuum of " + table + " reads its indexes once", risk: "each vacuum and each index build may take so much memory",
		doubt: "vacuumed more often, the table needs less: see its autovacuum_vacuum_scale_factor",
	})
}

func (f Facts) mostDead() (dead int64, table string) {
	for _, t := range f.Schema.Tables {
		if t.Dead != nil && *t.Dead > dead {
			dead, table = *t.Dead, t.Name
		}
	}
	return dead, table
}

// major is the server's first version number; 0 when it cannot be read.
func (f Facts) major() int {
	text, _, _ := strings.Cut(f.Stats.Version, ".")
	n, _ := strconv.Atoi(strings.TrimSpace(text))
	return n
}
