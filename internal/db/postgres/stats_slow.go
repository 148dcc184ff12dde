package postgres

import (
	"context"
	"time"

	"mltop/internal/db"
)

// slowEvery is how often what the server must look up file by file is asked:
// a database of 100,000 tables takes it half a second.
const slowEvery = time.Minute

// slowStats are kept between ticks.
type slowStats struct {
	at            time.Time
	of            int64 // the connection it was asked on
	bytes, wal    *int64
	statistics    *time.Time
	whyWAL, whyAt string
}

// slowStats adds sizes, from the last minute's answer.
func (e *Engine) slowStats(ctx context.Context, c *conn, k *knowledge, st *db.Stats) error {
	if time.Since(e.slow.at) > slowEvery || e.slow.of != k.of {
		s, err := readSlow(ctx, c)
		if err != nil {
			e.slow.at, e.slow.of = time.Now(), k.of // not again at the next tick
			return err
		}
		s.at, s.of = time.Now(), k.of
		e.slow = s
	}
	s := e.slow
	st.FileBytes, st.WALBytes, st.PageSize = s.bytes, s.wal, &k.block
	if s.statistics != nil {
		at := e.ours(*s.statistics)
		st.StatisticsAt = &at
	}
	if s.bytes != nil {
		pages := *s.bytes / k.block
		st.Pages = &pages
	}
	for name, why := range map[string]string{"wal_bytes": s.whyWAL, "statistics_at": s.whyAt} {
		if why != "" {
			st.Missing[name] = why
		}
	}
	return nil
}

func readSlow(ctx context.Context, c *conn) (slowStats, error) {
	var s slowStats
	var walAllowed bool
	err := c.row(ctx, `SELECT /* mltop */ pg_database_size(current_database()), has_function_privilege('pg_ls_waldir()', 'execute'),
		(SELECT max(greatest(last_analyze, last_autoanalyze)) FROM pg_stat_user_tables)`, nil, &s.bytes, &walAllowed, &s.statistics)
	if err != nil {
		return s, err
	}
	if s.statistics == nil {
		s.whyAt = "no table was analyzed since the counters began"
	}
	if !walAllowed {
		s.whyWAL = "the WAL's folder may not be listed: GRANT pg_monitor TO this user"
		return s, nil
	}
	return s, c.row(ctx, "SELECT /* mltop */ coalesce(sum(size), 0)::int8 FROM pg_ls_waldir()", nil, &s.wal)
}
