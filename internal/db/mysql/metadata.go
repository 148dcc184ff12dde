package mysql

import (
	"fmt"
	"slices"
	"strings"
)

// Where nothing tells who holds a metadata lock, the process list still tells
// who waits, and two rules of the server tell who it must be, as good as
// always: a lock is held to the end of the transaction that used the table, and
// who asks to change a table stands before all who come later.

// guessHolders puts each session that waits for a metadata lock behind the one
// that it seems to wait for.
func (f *sessionFacts) guessHolders() {
	for _, r := range f.list {
		if !waitsForMetadata(r) || len(f.blockers[r.id]) > 0 {
			continue
		}
		if holder := or(f.changerBefore(r), f.transactionBefore(r)); holder != "" {
			f.blockers[r.id] = []string{holder}
		}
	}
}

func waitsForMetadata(r processRow) bool {
	return r.command != "Daemon" && strings.Contains(strings.ToLower(r.state), metadataWait)
}

// changerBefore is the change of a table for which r waits: the one that has
// waited longest, in the same database, of those before it. A change itself
// waits for transactions.
func (f *sessionFacts) changerBefore(r processRow) string {
	if changesTable(r) {
		return ""
	}
	return oldest(f.list, func(x processRow) (float64, bool) {
		return x.ms, x.database == r.database && waitsForMetadata(x) && changesTable(x) && x.ms >= r.ms
	})
}

// transactionBefore is the oldest open transaction of the same database that
// had begun when r began to wait, and does not wait itself.
func (f *sessionFacts) transactionBefore(r processRow) string {
	return oldest(f.list, func(x processRow) (float64, bool) {
		t, open := f.transactions[x.id]
		return t.seconds, open && x.id != r.id && x.database == r.database && !t.waiting && !waitsForMetadata(x) && 1000*(t.seconds+1) >= r.ms
	})
}

// oldest is the session of the greatest age; "" for none.
func oldest(list []processRow, age func(processRow) (float64, bool)) (id string) {
	most := -1.0
	for _, x := range list {
		if a, ok := age(x); ok && a > most {
			id, most = x.id, a
		}
	}
	return id
}

// changers begin the statements that keep all others off a table.
var changers = [...]string{"alter", "drop", "truncate", "rename", "create", "optimize", "repair", "lock"}

func changesTable(r processRow) bool {
	words := strings.Fields(r.info)
	return len(words) > 0 && slices.Contains(changers[:], strings.ToLower(words[0]))
}

// guessed says that nobody told who holds the lock, and how to be told.
func (f sessionFacts) guessed(r processRow) string {
	remedy := "performance_schema, or INSTALL SONAME 'metadata_lock_info' (no restart), tells who holds it"
	if by := f.blockers[r.id]; len(by) > 0 {
		return fmt.Sprintf("; behind session %s, as it seems: %s", by[0], remedy)
	}
	return "; " + remedy
}
