package postgres

import (
	"context"
	"fmt"
	"strings"
	"time"

	"mltop/internal/db"
	"mltop/internal/sqltext"
)

// sessionsSQL lists the clients' sessions. Ages are by the server's own
// clock. Who blocks whom is asked only for those that wait, of thousands for the
// 200 that have waited longest, and of each for the first 20 that it waits for:
// the answer takes the lock table's own locks, and grows with the square.
const sessionsSQL = `SELECT /* mltop */ a.pid::text AS pid, coalesce(a.backend_start::text, '') AS started, coalesce(a.usename, '')::text AS username,
	coalesce(a.application_name, '') AS application, coalesce(host(a.client_addr), CASE WHEN a.client_port = -1 THEN 'local' END, '') AS host,
	coalesce(a.state, '') AS state, coalesce(a.query, '') AS query, coalesce(a.wait_event_type, '') AS wait_type, coalesce(a.wait_event, '') AS wait,
	coalesce(extract(epoch FROM clock_timestamp() - CASE WHEN a.state = 'active' THEN a.query_start ELSE a.state_change END), 0)::float8 AS age,
	coalesce(extract(epoch FROM clock_timestamp() - a.xact_start), 0)::float8 AS transaction, a.backend_xid IS NOT NULL AS wrote,
	coalesce(array_to_string((CASE WHEN a.wait_event_type = 'Lock' AND a.pid IN (SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' ORDER BY query_start LIMIT 200)
		THEN pg_blocking_pids(a.pid) END)[:20], ','), '') AS blockers
	FROM pg_stat_activity a WHERE a.backend_type IS NULL AND a.pid IS NOT NULL OR a.backend_type = 'client backend' AND a.pid <> pg_backend_pid()
	ORDER BY a.pid LIMIT 10000`

// maxStatement bounds the bytes of each text: track_activity_query_size may be
// 1 MB, and the sessions thousands.
const maxStatement = 4096

type sessionRow struct {
	PID         string  `db:"pid"`
	Started     string  `db:"started"`
	User        string  `db:"username"`
	Application string  `db:"application"`
	Host        string  `db:"host"`
	State       string  `db:"state"`
	Query       string  `db:"query"`
	WaitType    string  `db:"wait_type"`
	Wait        string  `db:"wait"`
	Age         float64 `db:"age"`
	Transaction float64 `db:"transaction"`
	Wrote       bool    `db:"wrote"`
	Blockers    string  `db:"blockers"`
}

// Sessions lists the clients' sessions, with who holds what they wait for.
func (e *Engine) Sessions(ctx context.Context) ([]db.Session, error) {
	var rows []sessionRow
	var prepared twoPhase
	var user string
	err := e.glance(ctx, "sessions", func(c *conn) (err error) {
		rows = rows[:0]
		if err := c.list(ctx, &rows, sessionsSQL); err != nil {
			return fmt.Errorf("list the sessions: %w", err)
		}
		clear(e.started)
		for _, r := range rows {
			e.started[r.PID] = r.Started
		}
		prepared, err = e.readPrepared(ctx, c, rows)
		user = e.known.user
		return err
	})
	out := make([]db.Session, len(rows))
	for i, r := range rows {
		out[i] = r.session(user)
		out[i].BlockedBy = prepared.named(out[i].BlockedBy, r.PID)
	}
	return append(out, prepared.sessions()...), err
}

// session makes one of a row; user is whom the server takes us for.
func (r sessionRow) session(user string) db.Session {
	s := db.Session{
		ID: r.PID, Started: r.Started, User: r.User, Application: r.Application, Host: r.Host, State: r.State, Statement: sqltext.Exact.HideSecrets(strings.ToValidUTF8(r.Query[:min(len(r.Query), maxStatement)], "")),
		For: seconds(r.Age), Transaction: seconds(r.Transaction), Idle: r.idle(), BlockedBy: blockers(r.Blockers, r.PID),
		Locked: r.WaitType == "Lock",
	}
	if r.Query == insufficient {
		s.Statement, s.State = "", "hidden: GRANT pg_monitor TO "+user
	}
	if r.State == "active" && r.WaitType != "" || r.WaitType == "Lock" {
		s.Waits = r.WaitType + ": " + r.Wait
	}
	s.Dies = r.dies()
	return s
}

// insufficient is what the server shows in place of another user's statement.
const insufficient = "<insufficient privilege>"

func (r sessionRow) idle() bool {
	return r.State == "idle in transaction" || r.State == "idle in transaction (aborted)"
}

// dies says what ending a session throws away.
func (r sessionRow) dies() string {
	switch {
	case r.State == "idle in transaction (aborted)":
		return "nothing: its transaction has failed already"
	case r.Transaction <= 0:
		return "nothing: it is in no transaction"
	case r.Wrote:
		return "what it wrote in " + db.Age(r.Transaction) + " of transaction"
	case r.idle():
		return "nothing written: a transaction open for " + db.Age(r.Transaction)
	}
	return "nothing written: " + db.Age(r.Transaction) + " of work"
}

func seconds(s float64) time.Duration { return time.Duration(max(s, 0) * float64(time.Second)) }

// blockers reads "12,12,0,30": once each, and never the session itself, which
// parallel workers would name. 0 is a prepared transaction.
func blockers(list, self string) []string {
	var out []string
	seen := map[string]bool{"": true, self: true}
	for _, pid := range strings.Split(list, ",") {
		if !seen[pid] {
			seen[pid] = true
			if pid == "0" {
				pid = somePrepared
			}
			out = append(out, pid)
		}
	}
	return out
}

// Cancel stops the session's statement; the session lives on.
func (e *Engine) Cancel(ctx context.Context, session string) error {
	return e.end(ctx, "cancel", "pg_cancel_backend", session)
}

// Terminate ends the session; its transaction is rolled back.
func (e *Engine) Terminate(ctx context.Context, session string) error {
	return e.end(ctx, "terminate", "pg_terminate_backend", session)
}

// end acts on the very session that was listed: a process id may be another's
// by now.
func (e *Engine) end(ctx context.Context, verb, function, session string) error {
	err := e.read(ctx, verb, func(c *conn) error {
		started, ok := e.started[session]
		if !ok {
			return fmt.Errorf("no session %s was listed", session)
		}
		var done []bool
		err := c.list(ctx, &done, "SELECT /* mltop */ "+function+"(pid) FROM pg_stat_activity WHERE pid = $1::int AND coalesce(backend_start::text, '') = $2", session, started)
		if err == nil && len(done) == 0 {
			return fmt.Errorf("session %s has ended already", session)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("%s session %s: %w", verb, session, err)
	}
	return nil
}
