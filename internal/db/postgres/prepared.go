package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"mltop/internal/db"
	"mltop/internal/sqltext"
)

// preparedSQL lists the prepared transactions of all databases: whoever is the
// root of a tree may be in another. Everybody may read it.
const preparedSQL = `SELECT /* mltop */ transaction::text AS xid, gid::text AS gid, coalesce(owner, '')::text AS owner, coalesce(database, '')::text AS database,
	coalesce(prepared::text, '') AS prepared, coalesce(extract(epoch FROM clock_timestamp() - prepared), 0)::float8 AS age
	FROM pg_prepared_xacts ORDER BY prepared LIMIT 1000`

// preparedLocksSQL pairs who waits for a lock with the prepared transactions
// that have one on the same thing: pg_blocking_pids calls each of them 0. In
// pg_locks they have no process; which one it is tells the lock that each has
// on its own number. The lock table is read once for all three.
const preparedLocksSQL = `WITH /* mltop */ l AS MATERIALIZED (SELECT * FROM pg_locks WHERE NOT granted OR pid IS NULL)
	SELECT DISTINCT w.pid::text AS waiter, x.transactionid::text AS xid, w.mode AS wants, h.mode AS has
	FROM l w JOIN l h ON w.locktype = h.locktype AND h.granted AND h.pid IS NULL
		AND (w.database, w.relation, w.page, w.tuple, w.virtualxid, w.transactionid, w.classid, w.objid, w.objsubid)
		IS NOT DISTINCT FROM (h.database, h.relation, h.page, h.tuple, h.virtualxid, h.transactionid, h.classid, h.objid, h.objsubid)
	JOIN l x ON x.virtualtransaction = h.virtualtransaction AND x.locktype = 'transactionid' AND x.granted AND x.pid IS NULL
	WHERE NOT w.granted LIMIT 1000`

type preparedRow struct {
	XID      string  `db:"xid"`
	GID      string  `db:"gid"`
	Owner    string  `db:"owner"`
	Database string  `db:"database"`
	Prepared string  `db:"prepared"`
	Age      float64 `db:"age"`
}

type preparedLock struct {
	Waiter string `db:"waiter"`
	XID    string `db:"xid"`
	Wants  string `db:"wants"`
	Has    string `db:"has"`
}

// twoPhase are the prepared transactions, and who waits for them.
type twoPhase struct {
	rows  []preparedRow
	locks []preparedLock
}

// readPrepared asks only a server that allows them, and for their locks only
// where somebody waits for one.
func (e *Engine) readPrepared(ctx context.Context, c *conn, sessions []sessionRow) (twoPhase, error) {
	var p twoPhase
	k, err := e.facts(ctx, c)
	if err != nil || !k.prepares {
		return p, err
	}
	if err := c.list(ctx, &p.rows, preparedSQL); err != nil {
		return p, fmt.Errorf("list the prepared transactions: %w", err)
	}
	waits := func(r sessionRow) bool { return slices.Contains(strings.Split(r.Blockers, ","), "0") }
	if len(p.rows) == 0 || !slices.ContainsFunc(sessions, waits) {
		return p, nil
	}
	if err := c.list(ctx, &p.locks, preparedLocksSQL); err != nil {
		return p, fmt.Errorf("look at the locks of prepared transactions: %w", err)
	}
	return p, nil
}

// sessions lists them as those that hold locks.
func (p twoPhase) sessions() []db.Session {
	var out []db.Session
	for _, r := range p.rows {
		gid := sqltext.QuoteString(r.GID, dialectName)
		out = append(out, db.Session{
			ID: r.id(), Started: r.Prepared, User: r.Owner, State: "prepared (2PC)", For: seconds(r.Age), Transaction: seconds(r.Age),
			Dies:     "what it wrote before it was prepared, " + db.Age(r.Age) + " ago",
			Prepared: &db.Prepared{Name: r.GID, Database: r.Database, Rollback: "ROLLBACK PREPARED " + gid, Commit: "COMMIT PREPARED " + gid},
		})
	}
	return out
}

// id is no process id, whatever the transaction is called.
func (r preparedRow) id() string { return somePrepared + " " + r.GID }

// somePrepared stands for one that is not known any more.
const somePrepared = "prepared transaction"

// named puts the transactions in the place of 0 in the list of whom a session
// waits for. One that has gone between two questions stays without a name.
func (p twoPhase) named(by []string, waiter string) []string {
	at := slices.Index(by, somePrepared)
	if at < 0 {
		return by
	}
	if ids := p.holders(waiter); len(ids) > 0 {
		return slices.Replace(by, at, at+1, ids...)
	}
	if len(p.rows) == 1 {
		by[at] = p.rows[0].id()
	}
	return by
}

func (p twoPhase) holders(waiter string) []string {
	var ids []string
	for _, r := range p.rows {
		if slices.ContainsFunc(p.locks, func(l preparedLock) bool { return l.Waiter == waiter && l.XID == r.XID && conflict(l.Wants, l.Has) }) {
			ids = append(ids, r.id())
		}
	}
	return ids
}

// conflict is the table of lock modes of PostgreSQL's manual, chapter
// "Explicit Locking": of each mode those that it does not go with.
func conflict(wants, has string) bool {
	const modes = "AccessShare RowShare RowExclusive ShareUpdateExclusive Share ShareRowExclusive Exclusive AccessExclusive"
	first := map[string]int{"AccessShare": 7, "RowShare": 6, "RowExclusive": 4, "ShareUpdateExclusive": 3, "ShareRowExclusive": 2, "Exclusive": 1, "AccessExclusive": 0}
	wants, has = strings.TrimSuffix(wants, "Lock"), strings.TrimSuffix(has, "Lock")
	at := slices.Index(strings.Fields(modes), has)
	if wants == "Share" { // with itself it goes, and with nothing else that writes
		return at >= 2 && has != "Share"
	}
	from, known := first[wants]
	return !known || at < 0 || at >= from
}
