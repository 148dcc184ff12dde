package postgres

import (
	"context"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
)

// ownCommits counts the transactions that our reading session has ended: the
// server counts them with those of the applications.
type ownCommits struct {
	sent atomic.Int64

	told, base int64   // of sent: told to the server by now, and when it began to count
	raw, shown float64 // of the look before
}

// idle is the state of a session that is in no transaction.
const idle = 'I'

// TraceQueryStart is pgx's; nothing begins to count before it has ended.
func (*ownCommits) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return ctx
}

// TraceQueryEnd counts a statement that was a transaction of its own, or the
// end of one.
func (o *ownCommits) TraceQueryEnd(_ context.Context, c *pgx.Conn, d pgx.TraceQueryEndData) {
	if d.Err == nil && c.PgConn().TxStatus() == idle {
		o.sent.Add(1)
	}
}

// TracePrepareStart is pgx's.
func (*ownCommits) TracePrepareStart(ctx context.Context, _ *pgx.Conn, _ pgx.TracePrepareStartData) context.Context {
	return ctx
}

// TracePrepareEnd counts a statement that was prepared, which the server
// counts as a transaction.
func (o *ownCommits) TracePrepareEnd(_ context.Context, c *pgx.Conn, d pgx.TracePrepareEndData) {
	if d.Err == nil && !d.AlreadyPrepared && c.PgConn().TxStatus() == idle {
		o.sent.Add(1)
	}
}

// without is the server's count without ours. A session tells what it did some
// time later, ours behind each look at the totals: see tellSQL. What it told
// earlier by itself makes the answer too high for a moment, but never fall.
func (o *ownCommits) without(raw float64) float64 {
	if raw < o.raw { // the server counts anew
		o.base, o.shown = o.told, 0
	}
	o.raw, o.shown = raw, max(o.shown, raw-float64(o.told-o.base))
	o.told = o.sent.Load()
	return o.shown
}

// tellSQL has the session tell what it did once the statement has ended, as
// can be asked since version 15; an earlier one tells it within a second.
func tellSQL(k *knowledge) string {
	if k.number < 150000 {
		return "NULL::text"
	}
	return "pg_stat_force_next_flush()::text"
}
