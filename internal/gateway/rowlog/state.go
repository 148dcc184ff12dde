package rowlog

import (
	"time"

	"mltop/internal/wire"
)

// State is what the log tells of itself.
func (l *Log) State() *wire.GatewayLog {
	r, c, st, now := l.Rule(), &l.counts, l.status.Load(), time.Now()
	made, free := l.pool.count()
	out := &wire.GatewayLog{
		Target: l.target.Name, Kind: l.kind(), Table: r.Table, State: "ok", Why: st.why, Queue: l.queue.len(), Size: r.Queue,
		Batch: r.Batch, Largest: r.Largest, Written: c.written.Load(), Batches: c.batches.Load(), Dropped: c.dropped.Load(), Refused: c.refused.Load(), Lost: c.lost.Load(),
		Spilled: c.spilled.Load(), Replayed: c.replayed.Load(), Failures: c.failures.Load(), Deleted: c.deleted.Load(),
		KeepAge: r.Keep.Age.Seconds(), KeepRows: r.Keep.Rows, Entries: wire.GatewayObjects{Made: int64(made), Free: free, Most: r.Queue},
		Spill: wire.GatewaySpill{File: l.spill.path, Rows: l.spill.rows.Load(), Bytes: l.spill.end.Load(), Most: r.Most},
	}
	if why := l.refusal.Load(); why != nil {
		out.RefusedWhy = *why
	}
	if st.err != nil {
		out.State = "away"
	}
	if at := l.waitsSince(); !at.IsZero() {
		lag := max(0, now.Sub(at).Seconds()) // the clock may have been set back
		out.Lag = &lag
	}
	p, d := r.Pool, l.store.db.Stats()
	out.Pool = wire.GatewayLogPool{
		Open: d.OpenConnections, InUse: d.InUse, Idle: d.Idle, Min: p.Min, Max: p.Max, Waited: d.WaitCount,
		ClosedIdle: d.MaxIdleTimeClosed + d.MaxIdleClosed, ClosedOld: d.MaxLifetimeClosed,
		Checks: c.checks.Load(), ChecksFailed: c.checksFailed.Load(),
	}
	return out
}

// waitsSince is when the oldest request came whose row is not written; the
// zero time: all are.
func (l *Log) waitsSince() time.Time {
	if at := l.oldest.Load(); at != 0 {
		return time.Unix(0, at)
	}
	return l.queue.oldest()
}

func (l *Log) kind() string {
	switch l.target.Kind {
	case MariaDB:
		return "mariadb"
	case Postgres:
		return "postgres"
	}
	return "sqlite"
}
