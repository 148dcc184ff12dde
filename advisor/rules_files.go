package advisor

import (
	"fmt"
	"strings"

	"mltop/internal/units"
)

// A fileRule is a rule about SQLite's files with what it is from: the pages of
// sqlite.org that its threshold and its risk stand on.
type fileRule struct {
	id, source, expect string
	rule               Rule
}

func fileRules() []fileRule {
	const pragma = "sqlite.org, PRAGMA Statements: "
	return []fileRule{
		{"sqlite.journal_mode", "sqlite.org, Write-Ahead Logging: advantages and disadvantages", "readers go on while somebody writes, and a commit waits for the disk once", journalMode},
		{"sqlite.synchronous", pragma + "synchronous", "a commit does not wait for the disk", synchronous},
		{"sqlite.busy_timeout", pragma + "busy_timeout", "fewer \"database is locked\"", busyTimeout},
		{"sqlite.cache_size", pragma + "cache_size", "pages that are read again come from memory", readCache},
		{"sqlite.mmap_size", "sqlite.org, Memory-Mapped I/O: advantages and disadvantages", "reads from a warm cache take less processor time", mappedReads},
		{"sqlite.journal_size_limit", "sqlite.org, Write-Ahead Logging: avoiding excessively large WAL files", "the log is cut back behind a checkpoint", bigWAL},
		{"sqlite.page_size", "sqlite.org, Page Size Changes in version 3.12.0", "fewer reads and writes for the same rows", pageSize},
		{"sqlite.auto_vacuum", pragma + "auto_vacuum, and VACUUM", "the file gets smaller as rows are deleted", freeSpace},
		{"sqlite.optimize", pragma + "optimize", "plans stay right as tables grow", keepStatistics},
	}
}

// fileSettings is the advice on settings of a file, and of the application's
// own connections to it.
func fileSettings(f Facts) (out []Recommendation) {
	for _, r := range fileRules() {
		for _, rec := range ofFiles(r.rule)(f) {
			rec.Rule, rec.Source, rec.Expect = r.id, r.source, r.expect
			rec.Takes = "when the application's connections are opened anew, with the line in its code"
			if len(rec.Change) > 0 {
				rec.Takes = "at once"
			}
			out = append(out, rec)
		}
	}
	return out
}

// mostMapped is what SQLite maps at most, unless it was built otherwise
// (SQLITE_MAX_MMAP_SIZE).
const mostMapped = 0x7fff0000

// mappedReads advises to read the file through memory where the workload reads
// more than a page cache of each connection should hold.
func mappedReads(f Facts) []Recommendation {
	hot := f.hotBytes()
	if _, ok := f.setting("mmap_size"); !ok || hot <= largestCache {
		return nil
	}
	mapped := min(upTo(f.fileBytes()+f.fileBytes()/4, bufferStep), mostMapped)
	r := pasted("mmap_size", "Read the file through memory (mmap_size)", fmt.Sprintf("PRAGMA mmap_size = %d;", mapped))
	r.Reason = "the workload reads more than a page cache should hold; mapped, all connections share the operating system's cache and copy nothing"
	r.Evidence = []string{size(hot) + " are read by the workload; above " + exact(largestCache) + " a cache for each connection is too much", "the file has " + size(f.fileBytes())}
	r.Risk = "an error of the disk under a mapped page ends the process instead of failing the statement; a wild pointer can write into the file"
	r.MayBeWrong = "where most reads come from a cold disk nothing is gained; network file systems must not be mapped"
	return []Recommendation{r}
}

// staleWithin is the part of a table's rows that a day may add before its
// statistics have to be gathered anew.
const staleWithin = 0.1

// keepStatistics advises to let SQLite renew the statistics of tables that
// grow: nothing else does.
func keepStatistics(f Facts) []Recommendation {
	for _, t := range f.Schema.Tables {
		grown := f.RowsPerHour[strings.ToLower(t.Name)] * 24
		if t.Rows == nil || *t.Rows < fewRows || grown < staleWithin*float64(*t.Rows) || !hasStatistics(t.Name, f) {
			continue
		}
		r := pasted("optimize", "Keep statistics up to date (PRAGMA optimize)", "PRAGMA optimize; -- before a connection is closed, and once a day where it stays open")
		r.Reason = "statistics stay as they were gathered, while the table grows: plans are made for a table that is no more"
		r.Evidence = []string{fmt.Sprintf("%s has statistics and %s rows, and grows by %s rows a day; from %s on they are old within it", t.Name, units.Whole(*t.Rows), units.Whole(int64(grown)), ratio(staleWithin))}
		r.Risk = "now and then a moment for a sample of an index; plans may change"
		r.MayBeWrong = "before SQLite 3.46 it may read whole indexes: set PRAGMA analysis_limit = 400 first"
		return []Recommendation{r}
	}
	return nil
}

func hasStatistics(table string, f Facts) bool {
	for _, ix := range f.Schema.Table(table).Indexes {
		if ix.Stat != nil {
			return true
		}
	}
	return false
}
