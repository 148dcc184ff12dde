package advisor

import (
	"fmt"
	"strings"
	"time"

	"mltop/internal/db"
	"mltop/internal/units"
)

// settingAdvice is advice on a setting that the database keeps.
func settingAdvice(f Facts, now db.Setting, value, title string) Recommendation {
	step := f.Dialect.SetSetting(now, value)
	return Recommendation{
		ID:         adviceID(KindSetting, now.Name, value),
		Kind:       KindSetting,
		Severity:   SeverityInfo,
		Title:      title,
		Object:     now.Name,
		Statement:  statements(step.Do),
		Undo:       statements(step.Undo),
		Change:     db.Change{step},
		Scope:      firstOf(now.Reaches, "the database file: everybody who opens it"),
		Confidence: "medium",
	}
}

// pasted is advice for the application's own connections: mltop cannot reach
// them and shows the line to paste.
func pasted(name, title, code string) Recommendation {
	return Recommendation{
		ID:         adviceID(KindSetting, name, code),
		Kind:       KindSetting,
		Severity:   SeverityInfo,
		Title:      title,
		Object:     name,
		Statement:  code,
		Undo:       "remove the line from the application",
		Scope:      "each connection of the application: paste the line where it opens one; mltop cannot set it from outside",
		Confidence: "low",
	}
}

// journalMode advises a write-ahead log where rows are written to a rollback
// journal.
func journalMode(f Facts) []Recommendation {
	now, ok := f.setting("journal_mode")
	how, writing := f.writing()
	if !ok || !writing || !oneOf(now.Value, "delete", "truncate", "persist") {
		return nil
	}
	r := settingAdvice(f, now, "wal", "Keep a write-ahead log (journal_mode = wal)")
	r.Severity = SeverityWarning
	r.Reason = "with a rollback journal every commit waits for the disk several times, and readers and the writer lock each other out; " +
		"with a write-ahead log readers go on while somebody writes"
	r.Evidence = []string{"journal_mode is " + now.Value, how}
	if len(f.Holders) > 1 {
		r.Evidence = append(r.Evidence, units.Plural(len(f.Holders), "process")+" have the file open")
	}
	r.Risk = "two more files (-wal, -shm) beside the database; going back is refused while another connection is open"
	r.MayBeWrong = "alone it does not help an application that opens and closes a connection for each request: every close is the last one and empties the log. " +
		"Such an application has to keep one connection open as well (or write its log rows in batches). Not for files on a network file system"
	r.Evidence = append(r.Evidence, "what the application has to do besides: open one connection at start and close it at exit")
	return []Recommendation{r}
}

func oneOf(value string, list ...string) bool {
	for _, v := range list {
		if strings.EqualFold(v, value) {
			return true
		}
	}
	return false
}

// synchronous advises NORMAL, in a write-ahead log only: in a rollback journal
// it could corrupt the file.
func synchronous(f Facts) []Recommendation {
	mode, ok := f.setting("journal_mode")
	how, writing := f.writing()
	if !ok || !writing || !oneOf(mode.Value, "wal") {
		return nil
	}
	r := pasted("synchronous", "Sync at checkpoints only (synchronous = NORMAL)", "PRAGMA synchronous = NORMAL;")
	r.Reason = "in a write-ahead log NORMAL waits for the disk at checkpoints instead of at every commit"
	r.Evidence = []string{"journal_mode is wal", how}
	r.Risk = "durability: a power loss can take the last commits with it; the file stays whole"
	r.MayBeWrong = "the application may have set it already: its connections cannot be looked into from outside"
	return []Recommendation{r}
}

// busyTimeout advises to wait for a lock where several processes share a file.
func busyTimeout(f Facts) []Recommendation {
	if _, ok := f.setting("busy_timeout"); !ok {
		return nil
	}
	busy := f.Stats.Busy != nil && *f.Stats.Busy > 0
	_, writing := f.writing()
	if !busy && (len(f.Holders) < 2 || !writing) {
		return nil
	}
	r := pasted("busy_timeout", "Wait for locks (busy_timeout)", "PRAGMA busy_timeout = 5000;")
	r.Reason = "without it a connection that meets a lock fails at once with \"database is locked\""
	r.Evidence = []string{units.Plural(len(f.Holders), "process") + " have the file open"}
	if busy {
		r.Evidence = append(r.Evidence, fmt.Sprintf("mltop itself met a lock in %.0f reads", *f.Stats.Busy))
	}
	r.Risk = "a request may wait up to five seconds instead of failing"
	r.MayBeWrong = "many drivers set it already; it cannot be seen from outside"
	return []Recommendation{r}
}

// defaultCache is the page cache a connection has unless told otherwise.
const defaultCache = 2 << 20

// largestCache is what mltop dares to advise for each connection.
const largestCache = 64 << 20

// readCache advises a larger page cache where statements read much more than
// the default holds.
func readCache(f Facts) []Recommendation {
	if _, ok := f.setting("cache_size"); !ok {
		return nil
	}
	hot := f.hotBytes()
	if _, maps := f.setting("mmap_size"); hot < 4*defaultCache || hot > largestCache && maps {
		return nil // see mappedReads
	}
	kib := min(hot, largestCache) / 1024
	r := pasted("cache_size", "Keep more pages in memory (cache_size)", fmt.Sprintf("PRAGMA cache_size = -%d; -- KiB", kib))
	r.Reason = "the tables and indexes that the workload reads do not fit into the page cache a connection has by default"
	r.Evidence = []string{size(hot) + " are read by the workload", size(defaultCache) + " is the default cache"}
	r.Risk = size(kib*1024) + " of memory for each connection that reads so much"
	r.MayBeWrong = "it helps connections that stay open only; the operating system's own cache may already hold the pages; an index that spares the reads is better"
	return []Recommendation{r}
}

// hotBytes are the bytes of the tables that are searched or scanned by plans.
func (f Facts) hotBytes() int64 {
	read := map[string]bool{}
	for _, p := range f.Plans {
		p.Walk(func(n *db.Node, _ int) { read[strings.ToLower(n.Table)] = true })
	}
	var sum int64
	for _, t := range f.Schema.Tables {
		if read[strings.ToLower(t.ID())] && t.Bytes != nil {
			sum += *t.Bytes
		}
	}
	return sum
}

// bigWALBytes is sixteen times what a checkpoint at the default of 1000 pages
// of 4 KiB lets a log grow to.
const bigWALBytes = 16 * 1000 * 4096

// bigWAL finds a log that checkpoints cannot empty.
func bigWAL(f Facts) []Recommendation {
	if f.Stats.WALBytes == nil || *f.Stats.WALBytes < bigWALBytes {
		return nil
	}
	r := pasted("journal_size_limit", "Let the write-ahead log shrink again",
		"PRAGMA journal_size_limit = 67108864;\nPRAGMA wal_checkpoint(TRUNCATE); -- once, while nobody reads")
	r.Severity = SeverityWarning
	r.Reason = "the log is far larger than a checkpoint leaves it: some reader holds an old state open, or checkpoints are off"
	r.Evidence = []string{"the -wal file has " + size(*f.Stats.WALBytes)}
	r.Risk = "none for the data; the checkpoint waits for readers"
	r.MayBeWrong = "one large transaction leaves the same trace"
	return []Recommendation{r}
}

// goodPageSize is the default since 2016 and the size of a page of memory.
const goodPageSize = 4096

// vacuumBytesPerSecond is a cautious rate of rewriting a file.
const vacuumBytesPerSecond = 50e6

// pageSize advises the default where a file was made with small pages.
func pageSize(f Facts) []Recommendation {
	now, ok := f.setting("page_size")
	if !ok || f.Stats.PageSize == nil || *f.Stats.PageSize >= goodPageSize || f.fileBytes() < 1<<20 {
		return nil
	}
	if mode, _ := f.setting("journal_mode"); oneOf(mode.Value, "wal") {
		return nil // ignored in a write-ahead log
	}
	r := settingAdvice(f, now, "4096", "Store pages of 4096 bytes (page_size)")
	r.Reason = "small pages make deeper trees and more reads and writes for the same rows"
	r.Evidence = []string{fmt.Sprintf("page_size is %d", *f.Stats.PageSize), "the file has " + size(f.fileBytes())}
	return []Recommendation{f.rewritesFile(r)}
}

// Free pages are worth giving back when they are a quarter of a file and
// not just a few.
const (
	freeShare = 0.25
	freeLeast = 10 << 20
)

// freeSpace advises to give back the pages of deleted rows.
func freeSpace(f Facts) []Recommendation {
	now, ok := f.setting("auto_vacuum")
	s := f.Stats
	if !ok || s.FreePages == nil || s.Pages == nil || s.PageSize == nil || *s.Pages == 0 {
		return nil
	}
	free := *s.FreePages * *s.PageSize
	if float64(*s.FreePages) < freeShare*float64(*s.Pages) || free < freeLeast || !oneOf(now.Value, "none", "0") {
		return nil
	}
	r := settingAdvice(f, now, "incremental", "Give back the space of deleted rows (auto_vacuum)")
	r.Reason = "a quarter of the file or more is free pages; after one VACUUM with auto_vacuum = incremental they can be given back a few at a time"
	r.Evidence = []string{fmt.Sprintf("%s of %s are free", size(free), size(f.fileBytes()))}
	r.MayBeWrong = "free pages are used again by new rows: a file that grows anyway gains nothing"
	return []Recommendation{f.rewritesFile(r)}
}

// rewritesFile states what a VACUUM costs.
func (f Facts) rewritesFile(r Recommendation) Recommendation {
	bytes := f.fileBytes()
	secs := float64(bytes) / vacuumBytesPerSecond
	method := fmt.Sprintf("rewriting %s at %.0f MB/s", size(bytes), vacuumBytesPerSecond/1e6)
	r.Build = &BuildEstimate{Seconds: &secs, Method: method, DiskBytes: bytes, FreeBytes: f.Stats.DiskFreeBytes}
	for i := range r.Change {
		r.Change[i].Blocks = db.Blocks{Who: "everybody", For: time.Duration(secs * float64(time.Second)), Method: method}
	}
	r.Risk = "everybody waits while the whole file is rewritten: about " + seconds(secs)
	return r
}

func (f Facts) fileBytes() int64 {
	if f.Stats.FileBytes == nil {
		return 0
	}
	return *f.Stats.FileBytes
}
