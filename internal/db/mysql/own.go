package mysql

import (
	"strings"
	"sync"
	"sync/atomic"
)

// ownSessions are the numbers of all that mltop has opened: what they run is
// nobody's load.
type ownSessions struct {
	mu   sync.Mutex
	ids  map[string]bool
	sent atomic.Int64 // statements
}

// maxOwn bounds what is remembered of sessions that are long gone.
const maxOwn = 1000

func (o *ownSessions) add(id string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ids == nil || len(o.ids) >= maxOwn {
		o.ids = map[string]bool{}
	}
	o.ids[id] = true
}

func (o *ownSessions) has(id string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.ids[id]
}

// ownTable is what a table is called in our questions to an application's: the
// server leaves comments out of what it keeps of a statement, and names in.
const ownTable = " AS mltop"

// endOwn ends a transaction of ours, in words that no application uses.
const endOwn = "ROLLBACK AND NO CHAIN"

// mark begins every statement that we send: another mltop, which does not know
// the numbers of our sessions, tells by it what is nobody's load in the process
// list and in the slow log. The log of our own statements has them without.
const mark = "/* mltop */ "

// ownText reports that a text is of some mltop's. A SET alone is no load,
// whoever sends it.
func ownText(text string) bool {
	return strings.HasPrefix(text, mark) || strings.HasPrefix(text, "SET SESSION ")
}

// ofServer reports that a digest asks about the server itself, or is one of
// ours: those where our session could not be left out (see readSession), and
// those of other watchers.
func ofServer(digest string) bool {
	for _, part := range []string{"`performance_schema`", "`information_schema`", "`mysql` . ", " AS `mltop`", "`mltop_scratch_", "`innodb_page_size`", "`INFORMATION_SCHEMA`"} {
		if strings.Contains(digest, part) {
			return true
		}
	}
	for _, start := range []string{"SHOW ", "SET SESSION ", "EXPLAIN ", "ANALYZE FORMAT ", "DO ?", "KILL ", "SELECT CURRENT_USER", "SELECT `CURRENT_USER`", "SELECT SCHEMA (", "SELECT DATABASE (", "START TRANSACTION READ WRITE", endOwn} {
		if strings.HasPrefix(digest, start) {
			return true
		}
	}
	return false
}
