package mysql

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"mltop/internal/db"
)

// Why a server has no number for what a file would have.
const (
	whyTime     = "the server adds up no statement times: performance_schema and userstat are off"
	whySizes    = "sizes come with the schema, table by table"
	whyRedo     = "see the counters: the redo log is a ring of fixed size"
	whyNoFile   = "the server keeps many files, not one"
	whyDisk     = "the server does not tell how full its disk is, and does not run on this machine"
	whyFilled   = "the server has read more pages so far than were asked for: it fills its buffer pool beforehand"
	whyAnalyzed = "each table has its own time: see mysql.innodb_table_stats"
)

// Stats answers the server's totals since its start, and gauges of now.
func (e *Engine) Stats(ctx context.Context) (db.Stats, error) {
	var st db.Stats
	err := e.read(ctx, "stats", func(c *conn) error {
		now, err := e.readStatus(ctx, c)
		if err != nil {
			return err
		}
		if due := e.slower.at != e.clockAt; due {
			e.clockAt = e.slower.at
			if e.ahead, err = readClock(ctx, c); err != nil {
				return err
			}
		}
		if err := e.notice(ctx, c, now); err != nil {
			return err
		}
		if err := e.sizes.refresh(ctx, c, e.server); err != nil {
			return err
		}
		st = judgeStatus(now, e.server)
		e.sizes.judge(&st)
		if st.Queries != nil {
			*st.Queries -= float64(e.o.own.sent.Load())
		}
		if text := db.ClockText(e.ahead); text != "" {
			st.Missing["clock"] = text
		}
		return nil
	})
	if err != nil {
		st, err = e.unread(err)
	}
	st.Busy, st.Polls = ptr(float64(e.busy.Load())), ptr(float64(e.polls.Load()))
	return st, err
}

// unread are the Stats of a server that did not answer: what is wrong, and no
// number. A server that is full is a state alone.
func (e *Engine) unread(err error) (db.Stats, error) {
	var s *ServerError
	if !errors.As(err, &s) {
		return db.Stats{}, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	st := judgeStatus(status{at: time.Now(), whyBusy: s.What}, e.server)
	st.State, st.Unread, st.Since, st.Counters = string(s.Problem), true, time.Time{}, nil
	for _, name := range []string{"queries", "query_seconds", "commits", "connections_used", "connections_allowed", "cache_hits", "cache_reads", "page_size", "mean_query_seconds"} {
		st.Missing[name] = s.What
	}
	switch s.Problem {
	case ProblemLost: // the server went away while it was asked
		st.State = string(ProblemUnreachable)
	case ProblemFull:
		return st, nil
	}
	return st, err
}

// A status is what the server answered.
type status struct {
	at          time.Time
	values      map[string]string // SHOW GLOBAL STATUS, names in lower case
	busySeconds *float64
	whyBusy     string
	slowFacts
}

// slowFacts are limits, and the replication of a server that has none: they
// change by hand.
type slowFacts struct {
	at             time.Time
	of             string // the session they were asked in
	maxConnections *float64
	pageSize       *float64
	replicas       []replica
	whyReplicas    string
}

// slowEvery is how long a change by hand may stay unseen.
const slowEvery = 10 * time.Second

// A replica is one channel that this server replicates from.
type replica struct {
	name    string
	running bool
	lag     *float64 // seconds
	primary string   // host:port
	err     string
}

func (e *Engine) readStatus(ctx context.Context, c *conn) (status, error) {
	names := statusNames()
	st := status{at: time.Now()}
	var err error
	st.values, err = c.pairs(ctx, "SHOW GLOBAL STATUS WHERE Variable_name IN ("+list(len(names))+")", anys(names)...)
	if err != nil {
		return st, fmt.Errorf("read the server's counters: %w", err)
	}
	if st.busySeconds, err = e.readBusySeconds(ctx, c); err != nil {
		st.whyBusy = err.Error()
	}
	err = e.slower.refresh(ctx, c, e.server)
	st.slowFacts = e.slower
	return st, err
}

// refresh asks again when it is time; a replication is looked at each time.
func (f *slowFacts) refresh(ctx context.Context, c *conn, s server) error {
	due := time.Since(f.at) >= slowEvery || f.of != c.id
	if due {
		_, err := c.each(ctx, "SELECT @@global.max_connections, @@global.innodb_page_size", nil, func(row []value) error {
			f.maxConnections, f.pageSize = number(row[0].s), number(row[1].s)
			return nil
		})
		if err != nil {
			return fmt.Errorf("read the server's limits: %w", err)
		}
	}
	if due || len(f.replicas) > 0 {
		var err error
		f.replicas, f.whyReplicas = nil, ""
		if f.replicas, err = readReplicas(ctx, c, s.flavour); err != nil {
			f.whyReplicas = err.Error()
		}
		if err := connectionLost(err); err != nil {
			return err
		}
	}
	if due {
		f.at, f.of = time.Now(), c.id
	}
	return nil
}

// connectionLost keeps an error only where the connection itself is gone: a
// part that is denied costs that part alone.
func connectionLost(err error) error {
	if err == nil || codeOf(err) != 0 || errors.As(err, new(db.NotMeasured)) {
		return nil
	}
	return err
}

// readBusySeconds adds up the time in statements, where something counts it.
func (e *Engine) readBusySeconds(ctx context.Context, c *conn) (*float64, error) {
	sql, grant, unit := "", "", 1.0
	switch {
	case e.server.PerfOn:
		sql, grant, unit = "SELECT SUM(SUM_TIMER_WAIT) FROM performance_schema.events_statements_summary_global_by_event_name WHERE EVENT_NAME LIKE 'statement/%'", grantDigests, picoseconds
	case e.server.UserStat:
		sql, grant = "SELECT SUM(BUSY_TIME) FROM information_schema.USER_STATISTICS", grantUserStat
	default:
		return nil, db.NotMeasured{Why: whyTime}
	}
	var v *string
	err := e.unlessRefused("the time in statements", grant, func() error { return c.row(ctx, &v, sql) })
	if err != nil || v == nil {
		return nil, err
	}
	return times(number(*v), unit), nil
}

// readReplicas asks in the words of the version: 8.4 dropped SHOW SLAVE STATUS.
func readReplicas(ctx context.Context, c *conn, f flavour) ([]replica, error) {
	sql := "SHOW ALL SLAVES STATUS"
	if !f.MariaDB {
		if sql = "SHOW SLAVE STATUS"; f.least(8, 1) {
			sql = "SHOW REPLICA STATUS"
		}
	}
	var out []replica
	err := c.records(ctx, sql, nil, func(r record) error {
		out = append(out, replicaOf(r))
		return nil
	})
	return out, err
}

// replicaOf reads one row, by its names before and since MySQL 8.0.22.
func replicaOf(r record) replica {
	ch := replica{name: or(r.get("connection_name"), r.get("channel_name"))}
	ch.lag = r.number("seconds_behind_master")
	if ch.lag == nil {
		ch.lag = r.number("seconds_behind_source")
	}
	io, sql := or(r.get("slave_io_running"), r.get("replica_io_running")), or(r.get("slave_sql_running"), r.get("replica_sql_running"))
	ch.running = io == "Yes" && sql == "Yes"
	if host := or(r.get("master_host"), r.get("source_host")); host != "" {
		ch.primary = net.JoinHostPort(host, or(or(r.get("master_port"), r.get("source_port")), "3306"))
	}
	ch.err = or(r.get("last_sql_error"), r.get("last_io_error"))
	return ch
}

// uptimeJitter is how far two readings of one start may be apart: the server
// tells its age in whole seconds, and a loaded one late.
const uptimeJitter = 3 * time.Second

// notice notes when the server began. One that began anew since the last look
// may be another version, with other sources. The slow log's totals stay, for
// they are counted from the file.
func (e *Engine) notice(ctx context.Context, c *conn, now status) error {
	up := number(now.values["uptime"])
	if up == nil {
		return nil
	}
	started, before := now.at.Add(-seconds(*up)).Truncate(time.Second), e.server.Started
	if !before.IsZero() && started.Sub(before).Abs() <= uptimeJitter {
		return nil
	}
	if !before.IsZero() {
		s, err := readServer(ctx, c)
		if err != nil {
			return err
		}
		e.server = s
	}
	e.server.Started = started
	return nil
}

// judgeStatus makes Stats of the answers.
func judgeStatus(now status, s server) db.Stats {
	v := func(name string) *float64 { return number(now.values[name]) }
	st := db.Stats{At: now.at, Version: s.Text, Name: s.Database, Label: s.label(), State: "ok", Since: s.Started, Started: s.Started,
		Queries: v("questions"), QuerySeconds: now.busySeconds, Commits: v("handler_commit"),
		ConnectionsUsed: v("threads_connected"), ConnectionsAllowed: now.maxConnections,
		CacheReads: v("innodb_buffer_pool_read_requests"), Counters: counters(now),
		Missing: map[string]string{
			"file_bytes": whySizes, "wal_bytes": whyRedo, "shm_bytes": whyNoFile, "disk_free_bytes": whyDisk,
			"pages": whySizes, "free_pages": whySizes, "statistics_at": whyAnalyzed, "journal_mode": whyNoFile,
		}}
	judgeCache(&st, now)
	if now.pageSize != nil {
		st.PageSize = ptr(int64(*now.pageSize))
	}
	if st.QuerySeconds == nil {
		st.Missing["query_seconds"], st.Missing["mean_query_seconds"] = or(now.whyBusy, whyTime), or(now.whyBusy, whyTime)
	}
	explainMissing(&st)
	judgeReplicas(&st, now)
	return st
}

// judgeCache counts the reads that the buffer pool served. In version 10.11
// MariaDB's Innodb_buffer_pool_reads are all pages read, as Innodb_pages_read
// is, also those read ahead, which nobody waited for. The two are not read at
// one moment: half of what was read ahead tells them apart.
func judgeCache(st *db.Stats, now status) {
	v := func(name string) *float64 { return number(now.values[name]) }
	misses, all, ahead := v("innodb_buffer_pool_reads"), v("innodb_pages_read"), v("innodb_buffer_pool_read_ahead")
	if st.CacheReads == nil || misses == nil {
		return
	}
	if all != nil && ahead != nil && *misses > *all-*ahead/2 {
		*misses -= min(*ahead, *misses)
	}
	if *misses > *st.CacheReads {
		st.Missing["cache_hits"] = whyFilled
		return
	}
	st.CacheHits = ptr(*st.CacheReads - *misses)
}

// explainMissing is for forks that leave a counter out.
func explainMissing(st *db.Stats) {
	for name, v := range map[string]*float64{
		"queries": st.Queries, "commits": st.Commits, "connections_used": st.ConnectionsUsed,
		"connections_allowed": st.ConnectionsAllowed, "cache_hits": st.CacheHits, "cache_reads": st.CacheReads,
	} {
		if v == nil && st.Missing[name] == "" {
			st.Missing[name] = "this server does not count it"
		}
	}
	if st.PageSize == nil {
		st.Missing["page_size"] = "this server does not tell it"
	}
}

// judgeReplicas names a replication that stands still.
func judgeReplicas(st *db.Stats, now status) {
	if now.whyReplicas != "" {
		st.Missing["replication_lag_seconds"] = now.whyReplicas
	}
	for _, r := range now.replicas {
		if st.State == "ok" {
			st.State = "replica"
		}
		if !r.running {
			st.State = "replication stopped"
			if r.err != "" {
				st.State += ": " + r.err
			}
		}
		if r.lag != nil {
			st.Counters = append(st.Counters, db.Counter{Name: "Seconds_Behind_Master", Label: joined("replication lag", r.name), Value: *r.lag, Unit: "seconds", Gauge: true})
		}
	}
}

func joined(label, name string) string {
	if name == "" {
		return label
	}
	return label + " of " + name
}

func ptr[T any](v T) *T { return &v }
