package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mltop/internal/db"
)

// A statColumn is a column of a view of totals. On versions that lack it the
// counter is left out.
type statColumn struct {
	view, column string
	label, unit  string
	scale        float64 // of the unit; 0 is 1
	gauge        bool
}

// statColumns are the counters shown beside those that all engines have.
// Where versions moved a column both homes are named.
func statColumns() []statColumn {
	return slices.Concat(databaseColumns(), writerColumns(), walColumns())
}

// fromMilliseconds is the scale of what PostgreSQL counts in them.
const fromMilliseconds = 1e-3

// databaseColumns are of the one database.
func databaseColumns() []statColumn {
	const d, ms = "pg_stat_database", fromMilliseconds
	return []statColumn{
		{view: d, column: "xact_rollback", label: "rollbacks"},
		{view: d, column: "tup_returned", label: "rows read"},
		{view: d, column: "tup_fetched", label: "rows fetched by index"},
		{view: d, column: "tup_inserted", label: "rows inserted"},
		{view: d, column: "tup_updated", label: "rows updated"},
		{view: d, column: "tup_deleted", label: "rows deleted"},
		{view: d, column: "conflicts", label: "queries cancelled by recovery"},
		{view: d, column: "temp_files", label: "temporary files"},
		{view: d, column: "temp_bytes", label: "written to temporary files", unit: "bytes"},
		{view: d, column: "deadlocks", label: "deadlocks"},
		{view: d, column: "checksum_failures", label: "checksum failures"},
		{view: d, column: "blk_read_time", label: "time reading", unit: "seconds", scale: ms},
		{view: d, column: "blk_write_time", label: "time writing", unit: "seconds", scale: ms},
		{view: d, column: "sessions", label: "sessions begun"},
		{view: d, column: "sessions_abandoned", label: "sessions lost by the client"},
		{view: d, column: "sessions_fatal", label: "sessions ended by an error"},
		{view: d, column: "sessions_killed", label: "sessions terminated"},
		{view: d, column: "idle_in_transaction_time", label: "time idle in transactions", unit: "seconds", scale: ms},
	}
}

// writerColumns are of checkpoints and of who writes pages.
func writerColumns() []statColumn {
	const b, c, ms = "pg_stat_bgwriter", "pg_stat_checkpointer", fromMilliseconds
	return []statColumn{
		{view: b, column: "checkpoints_timed", label: "checkpoints by the clock"},
		{view: b, column: "checkpoints_req", label: "checkpoints on demand"},
		{view: b, column: "checkpoint_write_time", label: "time writing checkpoints", unit: "seconds", scale: ms},
		{view: b, column: "buffers_checkpoint", label: "pages written by checkpoints"},
		{view: b, column: "buffers_backend", label: "pages written by sessions"},
		{view: c, column: "num_timed", label: "checkpoints by the clock"},
		{view: c, column: "num_requested", label: "checkpoints on demand"},
		{view: c, column: "write_time", label: "time writing checkpoints", unit: "seconds", scale: ms},
		{view: c, column: "buffers_written", label: "pages written by checkpoints"},
		{view: b, column: "buffers_clean", label: "pages written by the background writer"},
		{view: b, column: "maxwritten_clean", label: "background writer stopped short"},
		{view: b, column: "buffers_alloc", label: "pages allocated"},
	}
}

// walColumns are of the log of changes.
func walColumns() []statColumn {
	const w = "pg_stat_wal"
	return []statColumn{
		{view: w, column: "wal_records", label: "WAL records"},
		{view: w, column: "wal_fpi", label: "WAL full pages"},
		{view: w, column: "wal_bytes", label: "WAL", unit: "bytes"},
		{view: w, column: "wal_buffers_full", label: "WAL buffers full"},
		{view: w, column: "wal_sync", label: "WAL syncs"},
	}
}

// statViews are the views of totals with the letters they have in our SQL;
// each answers one row.
func statViews() []struct{ name, letter string } {
	return []struct{ name, letter string }{{"pg_stat_database", "d"}, {"pg_stat_bgwriter", "b"}, {"pg_stat_checkpointer", "c"}, {"pg_stat_wal", "w"}}
}

// baseColumns come first in the answer; see baseStats.
const baseColumns = `(d.xact_commit)::float8, (d.blks_hit)::float8, (d.blks_hit + d.blks_read)::float8, (SELECT sum(numbackends) FROM pg_stat_database)::float8,
	current_setting('max_connections')::float8, d.stats_reset, b.stats_reset, pg_postmaster_start_time(), clock_timestamp(), pg_is_in_recovery(),
	current_setting('track_io_timing') = 'on', (SELECT count(*) FROM pg_locks WHERE NOT granted)::float8,
	CASE WHEN NOT pg_is_in_recovery() THEN NULL WHEN ` + caughtUp + ` THEN 0 ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) END::float8`

// caughtUp: what was received is replayed, and more can come. The age of the
// last transaction alone would grow while the primary has nothing to do.
const caughtUp = `pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() AND EXISTS (SELECT FROM pg_stat_get_wal_receiver() r WHERE r.pid IS NOT NULL)`

// A baseStats is what every version answers.
type baseStats struct {
	commits, hits, reads, used, allowed, waiting float64
	reset, serverReset, started                  *time.Time
	now                                          time.Time
	replica, timing                              bool
	lag                                          *float64
}

func (b *baseStats) places() []any {
	return []any{&b.commits, &b.hits, &b.reads, &b.used, &b.allowed, &b.reset, &b.serverReset, &b.started, &b.now, &b.replica, &b.timing, &b.waiting, &b.lag}
}

// A totalsQuery asks for all that changes from tick to tick in one statement, of
// the columns that this version has; and when each view began to count.
type totalsQuery struct {
	sql     string
	columns []statColumn
	from    []string // the views
}

func statsSQL(k *knowledge) (q totalsQuery) {
	parts, resets, joined := []string{"SELECT /* mltop */ " + baseColumns, tellSQL(k), activeTime(k)}, []string{}, []string{}
	for _, v := range statViews() {
		if k.columns[v.name] == nil {
			continue
		}
		q.from, joined, resets = append(q.from, v.name), append(joined, v.name+" "+v.letter), append(resets, v.letter+".stats_reset")
		for _, c := range statColumns() {
			if c.view == v.name && k.has(c.view, c.column) {
				q.columns = append(q.columns, c)
				parts = append(parts, v.letter+"."+c.column+"::float8")
			}
		}
	}
	parts = append(parts, resets...)
	q.sql = strings.Join(parts, ", ") + totalsFrom + strings.Join(joined, ", ") + " WHERE d.datname = current_database()"
	return q
}

// activeTime is the time spent in statements, which the server counts since
// version 14.
func activeTime(k *knowledge) string {
	if k.has("pg_stat_database", "active_time") {
		return "d.active_time / 1000"
	}
	return "NULL::float8"
}

// Stats answers the totals of this database and of its server. A server that
// is starting, or full, is a State.
func (e *Engine) Stats(ctx context.Context) (db.Stats, error) {
	st := e.nothingYet()
	err := e.glanceAgain(ctx, "stats", func(c *conn) error {
		st = e.nothingYet()
		k, err := e.facts(ctx, c)
		if err != nil {
			return err
		}
		st.Version = k.version
		if err := e.readTotals(ctx, c, k, &st); err != nil {
			return err
		}
		return e.statsParts(ctx, c, k, &st)
	})
	busy, polls := float64(e.busy.Load()), float64(e.polls.Load())
	st.Busy, st.Polls = &busy, &polls
	return st, e.stateOf(&st, err)
}

func (e *Engine) nothingYet() db.Stats {
	return db.Stats{At: time.Now(), Name: e.to.database, Label: "PostgreSQL", State: "ok", Missing: missing()}
}

// statsParts adds what can fail alone: it costs that part, for as long as it
// lasts.
func (e *Engine) statsParts(ctx context.Context, c *conn, k *knowledge, st *db.Stats) error {
	for _, part := range []struct {
		read  func(context.Context, *conn, *knowledge, *db.Stats) error
		names []string
	}{
		{e.readStatementSums, []string{"queries", "query_seconds", "mean_query_seconds"}},
		{e.slowStats, []string{"file_bytes", "wal_bytes", "pages", "statistics_at"}},
	} {
		err := e.to.explain(part.read(ctx, c, k, st))
		var s *ServerError
		if err != nil && (!errors.As(err, &s) || !s.ofQuestion()) {
			return err
		}
		if err == nil {
			continue
		}
		for _, name := range part.names {
			st.Missing[name] = s.What
		}
		if !c.keeps {
			return err // the transaction around it is over
		}
	}
	return nil
}

// missing are the reasons for what PostgreSQL cannot tell.
func missing() map[string]string {
	const noFiles = "PostgreSQL keeps no such file"
	return map[string]string{
		"shm_bytes": noFiles, "journal_mode": noFiles, "free_pages": "PostgreSQL counts free pages only by reading each table",
		"disk_free_bytes": "PostgreSQL does not tell how much room its disk has, and it is not known to run on this machine",
	}
}

// stateOf turns an error that passes into a named state.
func (e *Engine) stateOf(st *db.Stats, err error) error {
	var s *ServerError
	if !errors.As(err, &s) {
		return err
	}
	st.State, st.Unread, st.Counters, st.Since = string(s.Problem), !s.ofQuestion(), nil, time.Time{}
	if st.Version == "" {
		st.Version = e.lastVersion()
	}
	st.Queries, st.QuerySeconds, st.Commits, st.CacheHits, st.CacheReads, st.ConnectionsUsed, st.ConnectionsAllowed = nil, nil, nil, nil, nil, nil, nil
	for _, name := range []string{"queries", "query_seconds", "commits", "connections_used", "connections_allowed", "cache_hits", "cache_reads", "file_bytes", "wal_bytes", "page_size", "pages", "statistics_at"} {
		st.Missing[name] = s.What
	}
	if s.passes() {
		return nil
	}
	return err
}

// lastVersion is what the server said when it last answered.
func (e *Engine) lastVersion() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.known.version
}

func (e *Engine) readTotals(ctx context.Context, c *conn, k *knowledge, st *db.Stats) error {
	q := k.totals
	var b baseStats
	values := make([]*float64, len(q.columns))
	places := append(b.places(), new(*string), &st.QuerySeconds)
	for i := range values {
		places = append(places, &values[i])
	}
	resets := make([]*time.Time, len(q.from))
	for i := range resets {
		places = append(places, &resets[i])
	}
	asked := time.Now()
	if err := e.askTotals(ctx, c, k, places); err != nil {
		return fmt.Errorf("read the totals: %w", err)
	}
	e.noticeClock(b.now, asked, time.Now())
	if text := db.ClockText(time.Duration(e.ahead.Load())); text != "" {
		st.Missing["clock"] = text
	}
	since := map[string]time.Time{}
	for i, view := range q.from {
		since[view] = e.ours(firstTime(resets[i], b.started))
	}
	b.commits = e.own.commits.without(b.commits)
	st.Commits, st.CacheHits, st.CacheReads = &b.commits, &b.hits, &b.reads
	st.ConnectionsUsed, st.ConnectionsAllowed = &b.used, &b.allowed
	st.Since = e.ours(firstTime(b.reset, b.serverReset, b.started))
	st.Started = e.ours(firstTime(b.started))
	if b.replica {
		st.State = "replica"
	}
	for i, x := range q.columns {
		if timed := strings.HasPrefix(x.column, "blk_"); values[i] == nil || timed && !b.timing {
			continue // without track_io_timing the time is not 0 but not collected
		}
		if x.column == "xact_rollback" {
			*values[i] = e.own.rollbacks.without(*values[i])
		}
		st.Counters = append(st.Counters, db.Counter{Name: x.view + "." + x.column, Label: x.label, Value: *values[i] * oneIfZero(x.scale), Unit: x.unit, Gauge: x.gauge, Since: since[x.view]})
	}
	addGauges(st, &b)
	return nil
}

func oneIfZero(scale float64) float64 {
	if scale == 0 {
		return 1
	}
	return scale
}

func addGauges(st *db.Stats, b *baseStats) {
	st.Counters = append(st.Counters, db.Counter{Name: "pg_locks.waiting", Label: "locks waited for", Value: b.waiting, Gauge: true})
	if b.lag != nil {
		st.Counters = append(st.Counters, db.Counter{Name: "replication_lag", Label: "behind the primary", Value: *b.lag, Unit: "seconds", Gauge: true})
	}
	if !b.timing {
		st.Missing["io_seconds"] = "track_io_timing is off: ALTER SYSTEM SET track_io_timing = on"
	}
}

// firstTime: a database that was never reset counts since its server's
// counters began, which is its making, or the last crash.
func firstTime(ts ...*time.Time) time.Time {
	for _, t := range ts {
		if t != nil {
			return *t
		}
	}
	return time.Time{}
}
