package postgres

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// ownEnds counts the transactions that our reading session has ended, either
// way: the server counts them with those of the applications.
type ownEnds struct{ commits, rollbacks ownCount }

// idle is the state of a session that is in no transaction.
const idle = 'I'

// takesBack is under which TraceQueryEnd learns that a text began by ROLLBACK.
type takesBack struct{}

// TraceQueryStart notes what the end of the statement will be the end of.
func (*ownEnds) TraceQueryStart(ctx context.Context, _ *pgx.Conn, d pgx.TraceQueryStartData) context.Context {
	if strings.HasPrefix(d.SQL, mark+" ROLLBACK") {
		return context.WithValue(ctx, takesBack{}, true)
	}
	return ctx
}

// TraceQueryEnd counts a statement that was a transaction of its own, or the
// end of one.
func (o *ownEnds) TraceQueryEnd(ctx context.Context, c *pgx.Conn, d pgx.TraceQueryEndData) {
	if d.Err == nil && ctx.Value(takesBack{}) != nil {
		o.rollbacks.sent.Add(1) // whatever stands behind it in the text
		return
	}
	o.ended(c, d.Err)
}

// TracePrepareStart is pgx's.
func (*ownEnds) TracePrepareStart(ctx context.Context, _ *pgx.Conn, _ pgx.TracePrepareStartData) context.Context {
	return ctx
}

// TracePrepareEnd counts a statement that was prepared, which the server
// counts as a transaction.
func (o *ownEnds) TracePrepareEnd(_ context.Context, c *pgx.Conn, d pgx.TracePrepareEndData) {
	if !d.AlreadyPrepared {
		o.ended(c, d.Err)
	}
}

// ended counts what left the session in no transaction.
func (o *ownEnds) ended(c *pgx.Conn, err error) {
	switch {
	case c.PgConn().TxStatus() != idle:
	case err == nil:
		o.commits.sent.Add(1)
	case errors.As(err, new(*pgconn.PgError)): // any other error never came to the server's ears, or cost the session
		o.rollbacks.sent.Add(1)
	}
}

// An ownCount is what we did of one thing that the server counts.
type ownCount struct {
	sent atomic.Int64

	told, base int64   // of sent: told to the server by now, and when it began to count
	raw, shown float64 // of the look before
}

// without is the server's count without ours. A session tells what it did some
// time later, ours behind each look at the totals: see tellSQL. What it told
// earlier by itself makes the answer too high for a moment, but never fall.
func (o *ownCount) without(raw float64) float64 {
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
