package mysql

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"mltop/internal/db"
	"mltop/internal/sqltext"
)

// Bounds of one look at the sessions.
const (
	maxSessions  = 10_000
	maxStatement = 4096 // bytes of each text
)

// Sessions lists the server's sessions, who blocks whom, and what ending each
// would throw away. What the user may not see is left out of each session.
func (e *Engine) Sessions(ctx context.Context) ([]db.Session, error) {
	var seen sessionFacts
	err := e.read(ctx, "sessions", func(c *conn) error {
		var err error
		if e.listedIn != c.id { // a server that began anew counts its sessions anew
			e.programs, e.listedIn = nil, c.id
		}
		seen, err = readSessions(ctx, c, e.server, e.programs)
		e.programs = seen.programs
		return err
	})
	return judgeSessions(seen), err
}

// sessionFacts are the answers about sessions, by the session's number.
type sessionFacts struct {
	list         []processRow
	transactions map[string]transaction
	sessionOf    map[string]string // by the transaction's number
	blockers     map[string][]string
	programs     map[string]string
	noPlugin     bool     // nothing tells who holds metadata locks
	hidden       bool     // transactions are not shown to this user
	detached     []string // transactions without a session, as they stand in the tree
	xids         []xid    // what was prepared for a two-phase commit
	noXA         string   // why that cannot be listed
}

// processRow is one row of the process list.
type processRow struct {
	id, user, host, database, command, state, info string
	ms                                             float64
	progress                                       float64
}

// A transaction is an open one of InnoDB.
type transaction struct {
	seconds     float64
	changed     float64 // rows
	locked      float64
	waiting     bool
	asked       string // the lock it waits for
	rollingBack bool
}

// readSessions asks; programs are those of the last look.
func readSessions(ctx context.Context, c *conn, s server, programs map[string]string) (sessionFacts, error) {
	f := sessionFacts{transactions: map[string]transaction{}, sessionOf: map[string]string{}, blockers: map[string][]string{}, programs: programs}
	if err := f.readList(ctx, c, s); err != nil {
		return f, fmt.Errorf("read the sessions: %w", err)
	}
	for _, part := range []func(context.Context, *conn, server) error{f.readTransactions, f.readPrepared, f.readBlockers, f.readMetadataLocks, f.readPrograms} {
		if err := connectionLost(part(ctx, c, s)); err != nil {
			return f, fmt.Errorf("read the sessions: %w", err)
		}
	}
	return f, nil
}

// listSQL is the process list in the words of the flavour. MySQL's own old
// one takes a lock that stops the server; its newer one does not.
func listSQL(s server) string {
	table, ms, progress := "information_schema.PROCESSLIST", "TIME * 1000", "0"
	if s.MariaDB {
		ms, progress = "TIME_MS", "PROGRESS"
	} else if s.PerfOn && s.least(8, 0) {
		table = "performance_schema.processlist"
	}
	return fmt.Sprintf("SELECT ID, USER, HOST, DB, COMMAND, %s, STATE, LEFT(INFO, %d), %s FROM %s WHERE ID <> CONNECTION_ID() LIMIT %d", ms, maxStatement, progress, table, maxSessions)
}

func (f *sessionFacts) readList(ctx context.Context, c *conn, s server) error {
	if err := f.readProcesses(ctx, c, s); err != nil || !s.MariaDB {
		return err
	}
	return f.refineTimes(ctx, c)
}

func (f *sessionFacts) readProcesses(ctx context.Context, c *conn, s server) error {
	if s.MariaDB {
		return f.showList(ctx, c)
	}
	_, err := c.each(ctx, listSQL(s), nil, func(row []value) error {
		r := processRow{id: row[0].s, user: row[1].s, host: row[2].s, database: row[3].s, command: row[4].s, state: row[6].s, info: row[7].s}
		r.ms, r.progress = valueOf(row[5].s), valueOf(row[8].s)
		f.list = append(f.list, r)
		return nil
	})
	return err
}

// showList is MariaDB's list in a sixth of the time that its table takes, which
// the server makes on disk, as texts may be long.
func (f *sessionFacts) showList(ctx context.Context, c *conn) error {
	return c.records(ctx, "SHOW FULL PROCESSLIST", nil, func(row record) error {
		if row.get("id") == c.id || c.own != nil && c.own.has(row.get("id")) || len(f.list) >= maxSessions {
			return nil
		}
		r := processRow{id: row.get("id"), user: row.get("user"), host: row.get("host"), database: row.get("db"), command: row.get("command"), state: row.get("state")}
		r.info = strings.ToValidUTF8(row.get("info")[:min(len(row.get("info")), maxStatement)], "")
		r.ms, r.progress = 1000*valueOf(row.get("time")), valueOf(row.get("progress"))
		f.list = append(f.list, r)
		return nil
	})
}

// refineTimes: the list tells whole seconds; of statements that run now the
// table tells more, without the texts.
func (f *sessionFacts) refineTimes(ctx context.Context, c *conn) error {
	if !slices.ContainsFunc(f.list, func(r processRow) bool { return r.info != "" }) {
		return nil
	}
	ms, err := c.pairs(ctx, "SELECT ID, TIME_MS FROM information_schema.PROCESSLIST WHERE COMMAND <> 'Sleep'")
	for i, r := range f.list {
		if t := number(ms[r.id]); t != nil && r.info != "" {
			f.list[i].ms = *t
		}
	}
	return err
}

// valueOf is 0 for what is no number: of columns that the server always fills.
func valueOf(s string) float64 {
	if n := number(s); n != nil {
		return *n
	}
	return 0
}

// readPrograms names the applications, where the server keeps what they said
// as they came: it asks when somebody has come. One that said nothing has "".
func (f *sessionFacts) readPrograms(ctx context.Context, c *conn, s server) error {
	known := f.programs
	f.programs = make(map[string]string, len(f.list))
	anew := known == nil
	for _, r := range f.list {
		program, ok := known[r.id]
		f.programs[r.id] = program
		anew = anew || !ok
	}
	if !s.PerfOn || !anew {
		return nil
	}
	_, err := c.each(ctx, "SELECT PROCESSLIST_ID, ATTR_VALUE FROM performance_schema.session_connect_attrs WHERE ATTR_NAME = 'program_name'", nil, func(row []value) error {
		f.programs[row[0].s] = row[1].s
		return nil
	})
	return err
}

// judgeSessions makes sessions of the facts.
func judgeSessions(f sessionFacts) []db.Session {
	out := make([]db.Session, 0, len(f.list))
	for _, r := range f.list {
		out = append(out, f.session(r))
	}
	return append(out, f.preparedSessions()...)
}

func (f sessionFacts) session(r processRow) db.Session {
	t, open := f.transactions[r.id]
	s := db.Session{ID: r.id, User: r.user, Host: hostOf(r.host), Application: f.programs[r.id],
		State: stateOf(r), Statement: sqltext.Texts.HideSecrets(r.info), For: time.Duration(r.ms * float64(time.Millisecond)), BlockedBy: f.blockers[r.id]}
	if open {
		s.Transaction = max(seconds(t.seconds), 1) // one that has just begun is one all the same
		s.Idle = r.command == "Sleep"
	}
	s.Waits = f.waits(r, t)
	s.Locked = locked(s.Waits)
	s.Inferred = f.noPlugin && waitsForMetadata(r) && len(s.BlockedBy) > 0
	s.Dies = dies(r, t, open) + f.survives(s)
	return s
}

func hostOf(host string) string {
	if i := strings.LastIndexByte(host, ':'); i > 0 {
		return host[:i]
	}
	return host
}

// stateOf joins the command and what it is at.
func stateOf(r processRow) string {
	s := or(r.state, r.command)
	if r.command == "Sleep" {
		s = "idle"
	}
	if r.progress > 0 {
		s += fmt.Sprintf(" (%.0f%%)", r.progress)
	}
	return s
}

// waits says what a session waits for, in the server's words.
func (f sessionFacts) waits(r processRow, t transaction) string {
	state := strings.ToLower(r.state)
	switch {
	case t.waiting:
		return "row lock"
	case strings.Contains(state, metadataWait) && f.noPlugin:
		return r.state + f.guessed(r)
	case strings.HasPrefix(state, "waiting for") && r.command != "Daemon" && !strings.HasPrefix(r.command, "Slave") && !strings.HasPrefix(r.command, "Binlog"):
		return r.state
	}
	return ""
}

// locked tells the waits for other sessions from those for work of the
// server's own; a flush waits for whoever has the table open.
func locked(waits string) bool {
	w := strings.ToLower(waits)
	return w == "row lock" || strings.HasPrefix(w, "waiting for ") && (strings.Contains(w, " lock") || strings.HasPrefix(w, "waiting for table"))
}

// dies says what ending the session throws away.
func dies(r processRow, t transaction, open bool) string {
	switch {
	case r.user == "system user" || strings.HasPrefix(r.command, "Slave"):
		return "replication stops"
	case strings.HasPrefix(r.command, "Binlog Dump"):
		return "a replica loses its source until it connects again"
	case r.command == "Daemon":
		return "a thread of the server's own"
	case open && t.rollingBack:
		return "it is rolling back already; ending it changes nothing"
	case open && t.changed > 0:
		return fmt.Sprintf("a transaction of %s: %.0f changed rows are rolled back", db.Age(t.seconds), t.changed)
	case open:
		return fmt.Sprintf("a transaction of %s that changed nothing", db.Age(t.seconds))
	case r.info != "":
		return fmt.Sprintf("a statement that has run for %s", db.Age(r.ms/1000))
	}
	return "an idle connection"
}

// Cancel stops the session's statement; the session lives on.
func (e *Engine) Cancel(ctx context.Context, session string) error {
	return e.kill(ctx, "KILL QUERY ", session)
}

// Terminate ends the session; its transaction is rolled back.
func (e *Engine) Terminate(ctx context.Context, session string) error {
	return e.kill(ctx, "KILL CONNECTION ", session)
}

func (e *Engine) kill(ctx context.Context, verb, session string) error {
	if session == "" || strings.Trim(session, "0123456789") != "" {
		return fmt.Errorf("%q is not the number of a session", session)
	}
	err := e.read(ctx, "act", func(c *conn) error { return c.exec(ctx, verb+session) })
	if err != nil {
		return fmt.Errorf("%s%s: %w", strings.ToLower(verb), session, err)
	}
	return nil
}
