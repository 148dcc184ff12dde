package mysql

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"mltop/internal/db"
	"mltop/internal/db/serverlog"
	"mltop/internal/sqltext"
)

const (
	sourceDigests = "performance_schema"
	sourceFile    = "slow log (file)"
	sourceTable   = "slow log (table)"
	// maxSlowRows bounds one read of the slow log's table.
	maxSlowRows = 5000
)

// whyNoStatements says how to have statements counted.
const whyNoStatements = "performance_schema is off (it needs a restart) and so is the slow log. " +
	"SET GLOBAL slow_query_log = ON, GLOBAL long_query_time = 0.1 begins it for new sessions; SET GLOBAL slow_query_log = OFF ends it"

// whyShort says how to have the calls counted that a log leaves out.
func whyShort(source string) string {
	return "the " + source + " has none of the short ones; SET GLOBAL long_query_time = 0 has it hold all of new sessions"
}

// StatementTotals answers the statements' totals from the best source that is
// switched on and may be read: digests, else the slow log, else what is seen by
// looking at the sessions.
func (e *Engine) StatementTotals(ctx context.Context) (db.StatementTotals, error) {
	out, err := e.countedTotals(ctx)
	var not db.NotMeasured
	if errors.As(err, &not) && e.o.SlowLog == "" {
		return e.activity.Totals(ctx, not.Why)
	}
	if err != nil || out.Least == 0 {
		e.activity.End()
		return out, err
	}
	out.Running = e.activity.Running(ctx)
	if seen, err := e.activity.Totals(ctx, or(out.Missing["calls"], whyShort(out.Source))); err == nil { // else the log is all there is
		out.Beside = &seen
	}
	return out, nil
}

// countedTotals are those that the server counts, or writes down. Where the
// better source is refused its reason is said.
func (e *Engine) countedTotals(ctx context.Context) (out db.StatementTotals, err error) {
	err = e.read(ctx, "statements", func(c *conn) (err error) {
		if !e.server.PerfOn || e.o.SlowLog != "" {
			out, err = e.loggedTotals(ctx, c)
			return err
		}
		err = e.unlessRefused("the statements' digests", grantDigests, func() (err error) {
			out, err = e.readDigests(ctx, c)
			return err
		})
		var refused db.NotMeasured
		if !errors.As(err, &refused) {
			return err
		}
		if out, err = e.loggedTotals(ctx, c); errors.As(err, new(db.NotMeasured)) {
			return refused
		}
		out.Missing = map[string]string{"calls": refused.Why}
		return err
	})
	return out, err
}

// loggedTotals are those of the slow log.
func (e *Engine) loggedTotals(ctx context.Context, c *conn) (db.StatementTotals, error) {
	where, err := e.slowSource(ctx, c)
	if err != nil {
		return db.StatementTotals{}, err
	}
	if e.slow == nil || e.slow.Path() != where {
		e.followSlow(newSlowLog(where, e.Quotes(), e.leftOut))
	}
	out, err := e.readSlow(ctx, c)
	if err != nil {
		return out, err
	}
	if out.Least, err = logsFrom(ctx, c); out.Least > 0 {
		out.Source += ", ≥ " + strconv.FormatFloat(out.Least, 'g', -1, 64) + " s"
	}
	return out, err
}

// followSlow goes on with another log than before.
func (e *Engine) followSlow(log *slowLog) {
	if e.slow != nil {
		e.slow.Close()
	}
	e.slow = log
}

// readSlow reads on where the slow log goes. A path that the server names is
// one of its own machine, or container.
func (e *Engine) readSlow(ctx context.Context, c *conn) (out db.StatementTotals, err error) {
	if e.slow.Path() == "" {
		err = e.unlessRefused("the slow log's table", grantSlowTable, func() (err error) {
			out, err = e.slow.fromTable(ctx, c)
			return err
		})
		return out, err
	}
	out, err = e.slow.fromFile()
	if e.o.SlowLog == "" && errors.Is(err, os.ErrNotExist) {
		err = db.NotMeasuredf("the slow log %s is not to be found on this machine: SET GLOBAL log_output = 'TABLE', or --slow-log FILE for where it is here", e.slow.Path())
	}
	return out, err
}

// logsFrom is the time in seconds from which the server logs a statement; 0
// where it is off, logs all, or leaves statements out for something else too.
func logsFrom(ctx context.Context, c *conn) (float64, error) {
	v, err := c.variables(ctx, "slow_query_log", "long_query_time", "min_examined_row_limit")
	if err != nil || !yes(v["slow_query_log"]) || valueOf(v["min_examined_row_limit"]) > 0 {
		return 0, err
	}
	return valueOf(v["long_query_time"]), nil
}

// notOurs leaves out what an mltop asks, and statements of other databases; one
// that names our tables is none of theirs.
func (e *Engine) notOurs(x *serverlog.Entry) bool {
	return ownEntry(x) || x.Thread != "" && e.o.own.has(x.Thread) ||
		x.Schema != "" && !strings.EqualFold(x.Schema, e.server.Database) && !(len(x.SQL) <= maxNaming && e.ofElsewhere(string(x.SQL)))
}

// ownEntry tells a statement of some mltop's, of now or of the past.
func ownEntry(x *serverlog.Entry) bool { return bytes.HasPrefix(x.SQL, []byte(mark)) }

// leftOut is what of a slow log does not count: what is not ours to count, and
// what is older than was asked for.
func (e *Engine) leftOut(x *serverlog.Entry) bool {
	return e.notOurs(x) || !x.At.IsZero() && x.At.Before(e.o.SlowLogFrom)
}

// slowSource finds where the slow log goes: a file's path, or "" for the
// server's own table.
func (e *Engine) slowSource(ctx context.Context, c *conn) (string, error) {
	if e.o.SlowLog != "" {
		return e.o.SlowLog, nil
	}
	v, err := c.variables(ctx, "slow_query_log", "log_output", "slow_query_log_file", "datadir")
	if err != nil {
		return "", err
	}
	to := strings.ToUpper(v["log_output"])
	switch {
	case !yes(v["slow_query_log"]) || strings.Contains(to, "NONE"):
		return "", db.NotMeasured{Why: whyNoStatements}
	case strings.Contains(to, "TABLE"):
		return "", nil
	case !e.target.local():
		return "", db.NotMeasured{Why: "the slow log is a file on the server's machine: SET GLOBAL log_output = 'TABLE', or --slow-log FILE for a copy of it here"}
	}
	path := v["slow_query_log_file"]
	if !filepath.IsAbs(path) {
		path = filepath.Join(v["datadir"], path)
	}
	return path, nil
}

// A slowLog is a slow log of which the entries are added up; without a path it
// is the server's table.
type slowLog struct {
	*serverlog.Log
	last   string // of the table: the newest start_time seen
	atLast int    // and how many rows with it
}

func newSlowLog(path string, q sqltext.Quotes, skip func(*serverlog.Entry) bool) *slowLog {
	return &slowLog{Log: serverlog.NewLog(path, logDialect(q), skip, newSlowParser)}
}

// DigestFile adds up a whole slow log, in bounded memory.
func DigestFile(path string) (db.StatementTotals, error) {
	log := newSlowLog(path, sqltext.Texts, ownEntry)
	defer log.Close()
	if _, err := log.ReadPast(context.Background(), time.Time{}, func(int64, int64) {}); err != nil {
		return db.StatementTotals{}, fmt.Errorf("read the slow log %s: %w", path, err)
	}
	return log.Totals(sourceFile), nil
}

// fromFile reads what was written since the last look.
func (l *slowLog) fromFile() (db.StatementTotals, error) {
	err := l.Read()
	if errors.Is(err, os.ErrPermission) {
		return db.StatementTotals{}, db.NotMeasuredf("no permission to read the slow log %s: run mltop as a user of the server's group, or SET GLOBAL log_output = 'TABLE'", l.Path())
	}
	if err != nil {
		return db.StatementTotals{}, fmt.Errorf("read the slow log: %w", err)
	}
	return l.Totals(sourceFile), nil
}

// fromTable reads the rows since the last look. The table has no key: rows of
// the newest instant that was seen are counted, and that many skipped. The
// first look goes back ten minutes.
func (l *slowLog) fromTable(ctx context.Context, c *conn) (db.StatementTotals, error) {
	skip := l.atLast
	sql := "SELECT start_time, query_time, rows_sent, rows_examined, rows_affected, thread_id, sql_text FROM mysql.slow_log WHERE start_time >= COALESCE(NULLIF(?, ''), NOW(6) - INTERVAL 10 MINUTE) AND db = DATABASE() LIMIT " + strconv.Itoa(maxSlowRows)
	err := c.records(ctx, sql, []any{l.last}, func(r record) error {
		if at := r.get("start_time"); at != l.last {
			l.last, l.atLast = at, 0
		} else if skip > 0 {
			skip--
			return nil
		}
		l.atLast++
		l.Count(slowRow(r))
		return nil
	})
	if err != nil {
		return db.StatementTotals{}, fmt.Errorf("read the slow log's table: %w", err)
	}
	return l.Totals(sourceTable), nil
}

func slowRow(r record) *serverlog.Entry {
	e := &serverlog.Entry{Seconds: clockSeconds(r.get("query_time")), Rows: valueOf(r.get("rows_sent")) + valueOf(r.get("rows_affected")),
		Examined: valueOf(r.get("rows_examined")), Thread: r.get("thread_id"), SQL: []byte(strings.TrimRight(r.get("sql_text"), "; \n"))}
	e.At, _ = time.Parse("2006-01-02 15:04:05.999999", r.get("start_time")) // zero: unknown
	e.Admin = strings.HasPrefix(r.get("sql_text"), "# administrator") || r.get("sql_text") == ""
	return e
}

// clockSeconds reads "00:00:01.234567".
func clockSeconds(s string) float64 {
	sum := 0.0
	for _, part := range strings.Split(s, ":") {
		sum = sum*60 + valueOf(part)
	}
	return sum
}
