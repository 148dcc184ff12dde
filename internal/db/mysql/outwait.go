package mysql

import (
	"context"
	"errors"
	"time"

	"mltop/internal/db"
)

const (
	// lockWait is what one try of a change may hold up others for.
	lockWait = lockWaitSeconds * time.Second
	// heldPause is between two looks at who is in the way: InnoDB answers what it
	// answered before to who asks again within 100 ms (CACHE_MIN_IDLE_TIME_NS).
	heldPause = 150 * time.Millisecond
	// outwaitFor: a transaction's begin is told in whole seconds. One session's
	// short ones, one behind the other, are told apart when this has passed.
	outwaitFor = 2 * time.Second
)

// A heldError is a transaction that is in the way: nothing was sent.
type heldError struct {
	session string
	guessed bool // nothing tells who holds the table
}

func (e *heldError) Error() string {
	if e.guessed {
		return "session " + e.session + " seems to hold it, whose transaction is older: end that; performance_schema, or INSTALL SONAME 'metadata_lock_info', tells who holds it"
	}
	return "session " + e.session + " holds it: end its transaction, or try again later"
}

func (*heldError) Is(target error) bool { return target == db.ErrBusy }

// errSpent is of a server that has no way to try without waiting.
var errSpent = busy{errors.New("its tries have held up others for as long as --max-block lets them")}

// try sends a statement when nobody is in its way. Where that is not certain,
// or enough was held up, it asks for its locks without waiting, which holds up
// nobody.
func (r *runner) try(ctx context.Context, sql string) error {
	err := r.outwait(ctx)
	r.behind = nil
	sure := errors.As(err, &r.behind) && !r.behind.guessed
	switch {
	case err != nil && (sure || r.behind == nil):
		return err
	case err == nil && r.mayWait():
		return r.patiently(ctx, sql)
	case r.e.server.neverWaits():
		return r.attempt(ctx, withoutWaiting+sql)
	case err != nil:
		return err
	}
	return errSpent
}

// mayWait: what keeps nobody off a table holds up nobody.
func (r *runner) mayWait() bool {
	return r.step.Object.Kind != db.ObjectIndex || r.e.o.MaxBlock < 0 || r.heldUp+lockWait <= r.e.o.MaxBlock
}

// patiently sends a statement that waits for its locks, and others behind it.
func (r *runner) patiently(ctx context.Context, sql string) error {
	err := r.attempt(ctx, sql)
	if codeOf(err) == codeLockTimeout {
		r.heldUp += lockWait
	}
	return err
}

const withoutWaiting = "SET STATEMENT lock_wait_timeout = 0 FOR "

// neverWaits: MariaDB takes 0 for not at all since 10.3
// (mariadb.com/kb/en/wait-and-nowait); the least of MySQL is a second.
func (f flavour) neverWaits() bool { return f.MariaDB && f.least(10, 3) }

// outwait waits, for a while, until all have ended who were in the way when it
// began: also a young transaction may never end.
func (r *runner) outwait(ctx context.Context) error {
	if r.step.Object.Kind != db.ObjectIndex {
		return nil // no other change keeps everybody off a table
	}
	first, guessed, err := r.holders(ctx)
	if err == nil && guessed { // the answer may be older than a transaction that is there
		time.Sleep(heldPause)
		first, guessed, err = r.holders(ctx)
	}
	now := first
	for began := time.Now(); err == nil; now, guessed, err = r.holders(ctx) {
		session := stays(first, now)
		if session == "" {
			return nil
		}
		if time.Since(began) > outwaitFor {
			return &heldError{session, guessed}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(heldPause):
		}
	}
	return err
}

// stays is a session that is in both with the same transaction; "" for none.
func stays(before, now map[string]string) string {
	for session, transaction := range now {
		if was, ok := before[session]; ok && was == transaction {
			return session
		}
	}
	return ""
}

// holders are the sessions in the way with their transactions: those that hold
// the table, else all of the database that have one open. None where the
// server tells our user neither.
func (r *runner) holders(ctx context.Context) (found map[string]string, guessed bool, err error) {
	holding, told, err := r.told(ctx)
	if err != nil {
		return nil, false, err
	}
	open, err := r.openTransactions(ctx)
	if err != nil || !told {
		return open, true, err
	}
	for session := range holding {
		holding[session] = open[session]
	}
	return holding, false, nil
}

// Who holds a table's metadata lock. What waits for it holds none yet.
const (
	holdersByPerformanceSchema = `SELECT DISTINCT t.PROCESSLIST_ID, '' FROM performance_schema.metadata_locks l JOIN performance_schema.threads t ON t.THREAD_ID = l.OWNER_THREAD_ID
		WHERE l.OBJECT_TYPE = 'TABLE' AND l.LOCK_STATUS = 'GRANTED' AND t.PROCESSLIST_ID <> CONNECTION_ID() AND l.OBJECT_SCHEMA = DATABASE() AND l.OBJECT_NAME = ?`
	holdersByPlugin = `SELECT DISTINCT THREAD_ID, '' FROM information_schema.METADATA_LOCK_INFO
		WHERE THREAD_ID <> CONNECTION_ID() AND TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?`
	metadataIsCounted = "SELECT COUNT(*) FROM performance_schema.setup_instruments WHERE NAME = 'wait/lock/metadata/sql/mdl' AND ENABLED = 'YES'"
)

// told asks who holds the table; false where nothing in the server tells.
func (r *runner) told(ctx context.Context) (holding map[string]string, ok bool, err error) {
	if r.e.server.MariaDB {
		holding, err = r.c.pairs(ctx, holdersByPlugin, r.step.Object.Table)
		if err == nil || connectionLost(err) != nil {
			return holding, err == nil, connectionLost(err)
		}
	}
	var counted *string
	if !r.e.server.PerfOn {
		return nil, false, nil
	}
	if err := r.c.row(ctx, &counted, metadataIsCounted); err != nil || counted == nil || *counted == "0" {
		return nil, false, connectionLost(err)
	}
	holding, err = r.c.pairs(ctx, holdersByPerformanceSchema, r.step.Object.Table)
	return holding, err == nil, connectionLost(err)
}

// openSQL: a session may have left the database that its transaction used, but
// seldom does.
const openSQL = `SELECT p.ID, CONCAT(t.trx_id, ' ', t.trx_started) FROM information_schema.INNODB_TRX t JOIN information_schema.PROCESSLIST p ON p.ID = t.trx_mysql_thread_id
	WHERE p.ID <> CONNECTION_ID() AND (p.DB = DATABASE() OR p.DB IS NULL)`

// openTransactions are those of the database by their sessions; none where our
// user may not see them.
func (r *runner) openTransactions(ctx context.Context) (map[string]string, error) {
	open, err := r.c.pairs(ctx, openSQL)
	if err != nil {
		return nil, connectionLost(err)
	}
	return open, nil
}
