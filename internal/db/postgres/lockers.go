package postgres

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mltop/internal/db"
)

// A locker is a session that has, or waits for, a lock of the strong kinds on a
// table, its TOAST table, or an index of either.
type locker struct {
	OID     string `db:"oid"` // of the table
	Schema  string `db:"schema"`
	Name    string `db:"name"`
	Kind    string `db:"kind"`
	Mode    string `db:"mode"`
	PID     int64  `db:"pid"` // 0: a prepared transaction
	Granted bool   `db:"granted"`
	says    string
}

// lockersSQL takes no lock of a relation itself. Whoever only waits for such a
// lock has all that come later wait behind him.
const lockersSQL = `WITH /* mltop */ l AS MATERIALIZED (SELECT relation, mode, pid, granted FROM pg_locks WHERE locktype = 'relation'
		AND mode IN ('AccessExclusiveLock', 'ExclusiveLock', 'ShareRowExclusiveLock', 'ShareLock') AND pid IS DISTINCT FROM pg_backend_pid()
		AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
	SELECT DISTINCT r.oid::text AS oid, n.nspname::text AS schema, r.relname::text AS name, r.relkind::text AS kind, l.mode, coalesce(l.pid, 0)::int8 AS pid, l.granted
	FROM l LEFT JOIN pg_index i ON i.indexrelid = l.relation LEFT JOIN pg_class o ON o.reltoastrelid = coalesce(i.indrelid, l.relation)
		JOIN pg_class r ON r.oid = coalesce(o.oid, i.indrelid, l.relation) JOIN pg_namespace n ON n.oid = r.relnamespace
	ORDER BY l.granted DESC, oid, pid LIMIT 10000`

func (e *Engine) readLockers(ctx context.Context, c *conn) ([]locker, error) {
	var list []locker
	if err := c.list(ctx, &list, lockersSQL); err != nil {
		return nil, fmt.Errorf("ask who locks tables: %w", err)
	}
	e.metLock.Store(slices.ContainsFunc(list, locker.everybody))
	if len(list) == 0 {
		return nil, nil
	}
	known, err := readHolders(ctx, c, list)
	for i, l := range list {
		list[i].says = l.Name + " is locked by " + known.of(l)
	}
	return list, err
}

// everybody reports that not even readers come past.
func (l locker) everybody() bool { return l.Mode == "AccessExclusiveLock" }

// A holder is a session as it is named to people.
type holder struct {
	PID    int64   `db:"pid"`
	Name   string  `db:"name"`
	Open   float64 `db:"open"` // seconds; negative: not told
	Behind string  `db:"behind"`
}

func (h holder) String() string {
	text := "pid " + strconv.FormatInt(h.PID, 10)
	if h.Name != "" {
		text += " (" + h.Name + ")"
	}
	if h.Open >= 0 {
		text += ", in a transaction open for " + db.Age(h.Open)
	}
	return text
}

type holders map[int64]holder

// holdersSQL names sessions; for whom one waits is asked of few.
const holdersSQL = `SELECT /* mltop */ a.pid::int8 AS pid, coalesce(nullif(a.application_name, ''), a.usename, a.backend_type, '')::text AS name,
		coalesce(extract(epoch FROM clock_timestamp() - a.xact_start), -1)::float8 AS open,
		coalesce(array_to_string((CASE WHEN a.pid = ANY ($2::text::int[]) THEN pg_blocking_pids(a.pid) END)[:3], ','), '') AS behind
	FROM pg_stat_activity a WHERE a.pid = ANY ($1::text::int[])`

// mostHolders bounds whom it is asked of; the others are known by number.
const mostHolders = 50

// readHolders are the lockers, and those that they wait for.
func readHolders(ctx context.Context, c *conn, list []locker) (holders, error) {
	known := holders{}
	var all, waiting []int64
	for _, l := range list {
		if len(all) < mostHolders && !slices.Contains(all, l.PID) {
			all = append(all, l.PID)
			if !l.Granted {
				waiting = append(waiting, l.PID)
			}
		}
	}
	for range 2 {
		var found []holder
		if err := c.list(ctx, &found, holdersSQL, arrayOf(all), arrayOf(waiting)); err != nil {
			return known, fmt.Errorf("ask who locks tables: %w", err)
		}
		all, waiting = nil, nil
		for _, h := range found {
			known[h.PID] = h
			all = append(all, h.waitsFor()...)
		}
		if len(all) == 0 {
			return known, nil
		}
	}
	return known, nil
}

func (h holder) waitsFor() (pids []int64) {
	for _, text := range blockers(h.Behind, strconv.FormatInt(h.PID, 10)) {
		if pid, err := strconv.ParseInt(text, 10, 64); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

func arrayOf(pids []int64) string {
	var b strings.Builder
	for i, pid := range pids {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatInt(pid, 10))
	}
	return "{" + b.String() + "}"
}

func (k holders) of(l locker) string {
	text := k.named(l.PID)
	if l.Granted {
		return text
	}
	var behind []string
	for _, pid := range blockers(k[l.PID].Behind, strconv.FormatInt(l.PID, 10)) {
		n, _ := strconv.ParseInt(pid, 10, 64) // no number is somePrepared
		behind = append(behind, k.named(n))
	}
	if len(behind) > 0 {
		text += ", which waits for " + strings.Join(behind, " and ")
	}
	return text
}

func (k holders) named(pid int64) string {
	if pid == 0 {
		return "a " + somePrepared + " (pg_prepared_xacts names it, ROLLBACK PREPARED ends it)"
	}
	if h, ok := k[pid]; ok {
		return h.String()
	}
	return holder{PID: pid, Open: -1}.String()
}
