package mysql

import (
	"context"
	"slices"
	"strings"
)

// trx_started is in the system's time zone, whatever the session's is.
const transactionsSQL = `SELECT trx_mysql_thread_id, TIMESTAMPDIFF(MICROSECOND, CONVERT_TZ(trx_started, 'SYSTEM', @@session.time_zone), NOW(6)) / 1e6,
	trx_rows_modified, trx_rows_locked, trx_state, trx_id, COALESCE(trx_requested_lock_id, '') FROM information_schema.INNODB_TRX`

func (f *sessionFacts) readTransactions(ctx context.Context, c *conn, _ server) error {
	_, err := c.each(ctx, transactionsSQL, nil, func(row []value) error {
		session := row[0].s
		if session == "0" { // it outlived its session
			session = "trx " + row[5].s
			f.detached = append(f.detached, session)
		}
		f.sessionOf[row[5].s] = session
		f.transactions[session] = transaction{
			seconds: max(0, valueOf(row[1].s)), changed: valueOf(row[2].s), locked: valueOf(row[3].s),
			waiting: row[4].s == "LOCK WAIT", rollingBack: row[4].s == "ROLLING BACK", asked: row[6].s,
		}
		return nil
	})
	f.hidden = isDenied(err)
	return err
}

// mostPaired is of how many that wait the server is asked for whom each waits.
// It names all that stand before each, so that its answer grows with the
// square: a thousand behind one row are half a million pairs and seconds of its
// time.
const mostPaired = 50

// readBlockers asks only when somebody waits.
func (f *sessionFacts) readBlockers(ctx context.Context, c *conn, s server) error {
	switch n := f.waiting(); {
	case n == 0:
		return nil
	case n > mostPaired && s.MariaDB:
		return f.readHolders(ctx, c)
	}
	_, err := c.each(ctx, blockersSQL(s), nil, func(row []value) error {
		f.block(f.sessionOf[row[0].s], f.sessionOf[row[1].s])
		return nil
	})
	f.holdersFirst()
	return err
}

func (f *sessionFacts) waiting() (n int) {
	for _, t := range f.transactions {
		if t.waiting {
			n++
		}
	}
	return n
}

// block notes that a session waits for another; "" is one that had not begun,
// or had ended, when the transactions were listed.
func (f *sessionFacts) block(waiter, holder string) {
	if waiter != "" && holder != "" && waiter != holder && !slices.Contains(f.blockers[waiter], holder) {
		f.blockers[waiter] = append(f.blockers[waiter], holder)
	}
}

// holdersFirst: who holds the lock stands before those that only came earlier
// and wait for it too.
func (f *sessionFacts) holdersFirst() {
	waits := func(id string) int {
		if f.transactions[id].waiting {
			return 1
		}
		return 0
	}
	for _, list := range f.blockers {
		slices.SortStableFunc(list, func(a, b string) int { return waits(a) - waits(b) })
	}
}

// blockersSQL pairs the transaction that waits with each that holds, or stands
// before it.
func blockersSQL(s server) string {
	if !s.MariaDB && s.least(8, 0) {
		return "SELECT REQUESTING_ENGINE_TRANSACTION_ID, BLOCKING_ENGINE_TRANSACTION_ID FROM performance_schema.data_lock_waits"
	}
	return "SELECT requesting_trx_id, blocking_trx_id FROM information_schema.INNODB_LOCK_WAITS"
}

// mostHolders bounds how many are named of those that hold one lock together.
const mostHolders = 20

// readHolders finds who holds what the others wait for in the list of locks,
// which grows with their number alone.
func (f *sessionFacts) readHolders(ctx context.Context, c *conn) error {
	holders := map[string][]string{} // by what is locked
	_, err := c.each(ctx, "SELECT lock_id, lock_trx_id FROM information_schema.INNODB_LOCKS", nil, func(row []value) error {
		session := f.sessionOf[row[1].s]
		if what := lockedThing(row[0].s); session != "" && f.transactions[session].asked != row[0].s && len(holders[what]) < mostHolders {
			holders[what] = append(holders[what], session)
		}
		return nil
	})
	for id, t := range f.transactions {
		if t.waiting {
			for _, holder := range holders[lockedThing(t.asked)] {
				f.block(id, holder)
			}
		}
	}
	return err
}

// lockedThing is what stands behind the transaction's number in a lock's:
// "17:5:3:2" is the row 5:3:2.
func lockedThing(lock string) string {
	_, what, _ := strings.Cut(lock, ":")
	return what
}
