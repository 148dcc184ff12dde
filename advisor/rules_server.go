package advisor

import (
	"fmt"
	"strconv"
	"strings"

	"mltop/internal/units"
)

const (
	// spilled is how much must have gone to temporary files before it is worth
	// a word: less is one sort of one report.
	spilled = 1 << 20
	// defaultWorkMem is PostgreSQL's own; largestWorkMem is what mltop dares to
	// advise for each sort of each session.
	defaultWorkMem, largestWorkMem = 4 << 20, 64 << 20
	// workMemStep is how many times more is advised at once.
	workMemStep = 4
)

// workMem advises more memory for sorts and joins where they go to disk.
func workMem(f Facts) []Recommendation {
	now, ok := f.setting("work_mem")
	bytes, known := settingBytes(now.Value)
	temp := f.counter("temp_bytes")
	if !ok || !known || temp < spilled || bytes >= largestWorkMem {
		return nil
	}
	value := min(max(workMemStep*bytes, defaultWorkMem), largestWorkMem)
	r := settingAdvice(f, now, fmt.Sprintf("%dkB", value>>10), "Sort and join in memory (work_mem = "+size(value)+")")
	if bytes < defaultWorkMem {
		r.Severity = SeverityWarning
	}
	r.Reason = "sorts and joins that do not fit into work_mem are written to temporary files and read again"
	r.Evidence = []string{"work_mem is " + now.Value + ", from " + firstOf(now.Source, "an unknown place"),
		fmt.Sprintf("%.0f temporary files, %s, since the counters began", f.counter("temp_files"), size(int64(temp)))}
	r.Risk = "each sort and each join of each session may take so much memory, several in one statement"
	r.MayBeWrong = "one large report leaves the same trace as many small sorts: set it for that session alone then"
	return []Recommendation{r}
}

const (
	// missesWorthIt is the part of page reads that come from disk above which a
	// larger buffer pool is worth its memory.
	missesWorthIt = 0.001
	// leastReads of pages say something about a ratio.
	leastReads = 10_000
	// poolStep is what a pool is rounded to, and the largest chunk in which
	// MariaDB and MySQL resize it; largestPool what is advised without knowing
	// how much memory the machine has.
	poolStep, largestPool = 128 << 20, 1 << 30
)

// bufferPool advises a buffer pool that holds the data where it does not and
// pages are read from disk again and again.
func bufferPool(f Facts) []Recommendation {
	now, ok := f.setting("innodb_buffer_pool_size")
	bytes, known := settingBytes(now.Value)
	misses, data := f.misses(), f.dataBytes()
	value := min((data+poolStep-1)/poolStep*poolStep, largestPool)
	if !ok || !known || misses < missesWorthIt || bytes >= data || bytes >= value {
		return nil
	}
	r := settingAdvice(f, now, strconv.FormatInt(value, 10), "Keep the data in memory (innodb_buffer_pool_size = "+size(value)+")")
	r.Severity = SeverityWarning
	r.Reason = "the buffer pool is smaller than the data: what is read pushes out what will be read next"
	r.Evidence = []string{"innodb_buffer_pool_size is " + size(bytes) + ", from " + firstOf(now.Source, "an unknown place"),
		size(data) + " of tables and indexes in this database", units.Percent(misses) + " of the pages read came from disk since the server started"}
	r.Risk = size(value-bytes) + " more of the machine's memory; statements may pause for moments while it is resized"
	r.MayBeWrong = "how much memory the machine has to spare is not known here; other databases on the server want their part"
	return []Recommendation{r}
}

// misses is the part of page reads that the cache could not serve; 0 when too
// few were read to say.
func (f Facts) misses() float64 {
	hits, reads := f.Stats.CacheHits, f.Stats.CacheReads
	if hits == nil || reads == nil || *reads < leastReads {
		return 0
	}
	return 1 - *hits / *reads
}

// dataBytes are the bytes of all tables with their indexes, as far as they are
// known.
func (f Facts) dataBytes() (sum int64) {
	for _, t := range f.Schema.Tables {
		if t.Bytes != nil {
			sum += *t.Bytes
		}
		for _, ix := range t.Indexes {
			if ix.Bytes != nil {
				sum += *ix.Bytes
			}
		}
	}
	return sum
}

// counter is a counter of the engine's own; 0 where it has none.
func (f Facts) counter(name string) float64 {
	for _, c := range f.Stats.Counters {
		if c.Name == name || strings.HasSuffix(c.Name, "."+name) {
			return c.Value
		}
	}
	return 0
}

// settingBytes reads "64kB", "4MB" and plain bytes.
func settingBytes(value string) (int64, bool) {
	number := strings.TrimRight(value, "kMGTB")
	n, err := strconv.ParseInt(number, 10, 64)
	shift, ok := map[string]int{"": 0, "B": 0, "kB": 10, "MB": 20, "GB": 30, "TB": 40}[value[len(number):]]
	return n << shift, err == nil && ok && n >= 0
}
