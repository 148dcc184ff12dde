package postgres

import (
	"context"
	"fmt"

	"mltop/internal/db"
)

var _ db.ReplicaLister = (*Engine)(nil)

// replicasSQL: a base backup is no replica. The server measures a lag only
// while there is something to replay, so that one that has all is not behind.
const replicasSQL = `SELECT /* mltop */ coalesce(nullif(application_name, ''), 'pid ' || pid) AS name, coalesce(host(client_addr), '') AS host, coalesce(state, '') AS state,
	pg_wal_lsn_diff(at.lsn, replay_lsn)::int8 AS bytes,
	CASE WHEN replay_lsn >= at.lsn THEN 0 ELSE extract(epoch FROM replay_lag) END::float8 AS lag
	FROM pg_stat_replication, (SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END AS lsn) at
	WHERE state IS DISTINCT FROM 'backup' ORDER BY bytes DESC NULLS LAST, name`

// A follower is one row of it.
type follower struct {
	Name, Host, State string
	Bytes             *int64
	Lag               *float64
}

// Replicas lists who takes the server's log, the one furthest behind first.
func (e *Engine) Replicas(ctx context.Context) ([]db.Replica, error) {
	var rows []follower
	err := e.read(ctx, "replicas", func(c *conn) error { return c.list(ctx, &rows, replicasSQL) })
	if err != nil {
		return nil, fmt.Errorf("ask who follows the server: %w", err)
	}
	var out []db.Replica
	for _, r := range rows {
		out = append(out, r.replica())
	}
	return out, nil
}

func (f follower) replica() db.Replica {
	r := db.Replica{Name: f.Name, Lag: f.Lag, Bytes: f.Bytes}
	if f.Host != "" {
		r.Name += " (" + f.Host + ")"
	}
	switch {
	case f.State == "":
		r.Why = "it is hidden from this user: GRANT pg_monitor TO it"
	case f.Bytes == nil:
		r.Why = "it takes the log and replays none of it"
	case f.Lag == nil:
		r.Why = "it has told no time yet"
	}
	return r
}
