package postgres

import (
	"context"
	"time"

	"mltop/internal/db"
	"mltop/internal/db/disk"
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
	folder        *string // of its data, on this machine
	whyWAL, whyAt string
	others        string // what of other users is hidden, and what shows it
}

// slowStats adds sizes, from the last minute's answer.
func (e *Engine) slowStats(ctx context.Context, c *conn, k *knowledge, st *db.Stats) error {
	if time.Since(e.slow.at) > slowEvery || e.slow.of != k.of {
		s, err := readSlow(ctx, c, k)
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
	if s.folder != nil {
		e.addDisk(*s.folder, k.user, st)
	}
	for name, why := range map[string]string{"wal_bytes": s.whyWAL, "statistics_at": s.whyAt, db.MissingOthers: s.others} {
		if why != "" {
			st.Missing[name] = why
		}
	}
	return nil
}

// addDisk looks at the server's disk from here.
func (e *Engine) addDisk(folder, user string, st *db.Stats) {
	switch free, err := disk.Free(folder); {
	case folder == "":
		st.Missing["disk_free_bytes"] = "the server's data_directory is not shown to this user: GRANT pg_read_all_settings TO " + user
	case err != nil:
		st.Missing["disk_free_bytes"] = err.Error()
	default:
		st.DiskFreeBytes = &free
		delete(st.Missing, "disk_free_bytes")
	}
}

// hereSQL answers the folder of the server's data where the way to it leads
// over a socket or this machine's own address, as the server sees it: one in a
// container has another. "" is a folder that is not shown to us.
const hereSQL = "CASE WHEN inet_server_addr() IS NULL OR inet_server_addr() << inet '127.0.0.0/8' OR inet_server_addr() = inet '::1' THEN coalesce((SELECT setting FROM pg_settings WHERE name = 'data_directory'), '') END"

func readSlow(ctx context.Context, c *conn, k *knowledge) (slowStats, error) {
	var s slowStats
	var walAllowed bool
	err := c.row(ctx, `SELECT /* mltop */ pg_database_size(current_database()), has_function_privilege('pg_ls_waldir()', 'execute'),
		(SELECT max(greatest(last_analyze, last_autoanalyze)) FROM pg_stat_user_tables), `+hereSQL, nil, &s.bytes, &walAllowed, &s.statistics, &s.folder)
	if err != nil {
		return s, err
	}
	if s.statistics == nil {
		s.whyAt = "no table was analyzed since the counters began"
	}
	if err := s.readOthers(ctx, c, k); err != nil {
		return s, err
	}
	if !walAllowed {
		s.whyWAL = "the WAL's folder may not be listed: GRANT pg_monitor TO " + k.user
		return s, nil
	}
	return s, c.row(ctx, "SELECT /* mltop */ coalesce(sum(size), 0)::int8 FROM pg_ls_waldir()", nil, &s.wal)
}

// readOthers finds out whether other users are at work in this database whose
// statements and sessions are not shown to ours: that they are there is.
func (s *slowStats) readOthers(ctx context.Context, c *conn, k *knowledge) error {
	counted := "false"
	if k.statements != "" {
		counted = "EXISTS (SELECT FROM " + k.statements + ".pg_stat_statements(false)" + ofThisDatabase + " AND userid <> (SELECT oid FROM pg_roles WHERE rolname = current_user))"
	}
	var hidden bool
	err := c.row(ctx, `SELECT /* mltop */ NOT pg_has_role('pg_read_all_stats', 'USAGE') AND (`+counted+`
		OR EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND usename <> current_user))`, nil, &hidden)
	if hidden {
		s.others = "other users' statements and sessions are hidden: GRANT pg_monitor TO " + k.user
	}
	return err
}
