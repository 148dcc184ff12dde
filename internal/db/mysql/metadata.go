package mysql

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

const metadataWait = "metadata lock"

// Who holds metadata locks is known to performance_schema, where its
// instrument is on, and to MariaDB's plugin metadata_lock_info.
const (
	metadataByPerformanceSchema = `SELECT DISTINCT r.PROCESSLIST_ID, h.PROCESSLIST_ID FROM performance_schema.metadata_locks w
		JOIN performance_schema.metadata_locks g ON g.OBJECT_TYPE = w.OBJECT_TYPE AND g.OBJECT_SCHEMA = w.OBJECT_SCHEMA AND g.OBJECT_NAME = w.OBJECT_NAME AND g.LOCK_STATUS = 'GRANTED' AND g.OWNER_THREAD_ID <> w.OWNER_THREAD_ID
		JOIN performance_schema.threads r ON r.THREAD_ID = w.OWNER_THREAD_ID JOIN performance_schema.threads h ON h.THREAD_ID = g.OWNER_THREAD_ID
		WHERE w.LOCK_STATUS = 'PENDING'`
	metadataByPlugin = `SELECT DISTINCT p.ID, m.THREAD_ID FROM information_schema.PROCESSLIST p
		JOIN information_schema.METADATA_LOCK_INFO m ON m.THREAD_ID <> p.ID AND m.TABLE_SCHEMA = p.DB
		WHERE p.STATE = 'Waiting for table metadata lock' AND LOCATE(m.TABLE_NAME, p.INFO) > 0`
)

// readMetadataLocks asks only when somebody waits for one.
func (f *sessionFacts) readMetadataLocks(ctx context.Context, c *conn, s server) error {
	waiting := false
	for _, r := range f.list {
		waiting = waiting || strings.Contains(strings.ToLower(r.state), metadataWait)
	}
	if !waiting {
		return nil
	}
	before := len(f.blockers)
	if s.PerfOn {
		if err := f.pairs(ctx, c, metadataByPerformanceSchema); err != nil || len(f.blockers) > before {
			return err
		}
	}
	if s.MariaDB {
		if f.pairs(ctx, c, metadataByPlugin) == nil {
			return nil
		}
	}
	f.noPlugin = true
	f.guessHolders()
	return nil
}

// pairs reads who waits for whom.
func (f *sessionFacts) pairs(ctx context.Context, c *conn, sql string) error {
	_, err := c.each(ctx, sql, nil, func(row []value) error {
		f.block(row[0].s, row[1].s)
		return nil
	})
	return err
}

// Where nothing tells who holds a metadata lock, the process list still tells
// who waits, and two rules of the server tell who it must be, as good as
// always: a lock is held to the end of the transaction that used the table, and
// who asks to change a table stands before all who come later.

// guessHolders puts each session that waits for a metadata lock behind the one
// that it seems to wait for. Of thousands that wait few are candidates.
func (f *sessionFacts) guessHolders() {
	var waiting, altering, open []processRow
	for _, r := range f.list {
		if waitsForMetadata(r) {
			waiting = append(waiting, r)
			if changesTable(r) {
				altering = append(altering, r)
			}
		} else if t, ok := f.transactions[r.id]; ok && !t.waiting {
			open = append(open, r)
		}
	}
	for _, r := range waiting {
		if len(f.blockers[r.id]) > 0 {
			continue
		}
		if holder := or(changerBefore(altering, r), f.transactionBefore(open, r)); holder != "" {
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
func changerBefore(altering []processRow, r processRow) string {
	if changesTable(r) {
		return ""
	}
	return oldest(altering, func(x processRow) (float64, bool) { return x.ms, x.database == r.database && x.ms >= r.ms })
}

// transactionBefore is the oldest open transaction of the same database that
// had begun when r began to wait, and does not wait itself.
func (f *sessionFacts) transactionBefore(open []processRow, r processRow) string {
	return oldest(open, func(x processRow) (float64, bool) {
		t := f.transactions[x.id]
		return t.seconds, x.id != r.id && x.database == r.database && 1000*(t.seconds+1) >= r.ms
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
	words := strings.Fields(strings.TrimPrefix(r.info, mark)) // another mltop's change is one, too
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
