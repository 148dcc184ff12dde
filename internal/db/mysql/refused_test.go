package mysql

import (
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
	"mltop/internal/sqltext"
)

// totalsWhen asks for totals, as a dashboard does, until they are as wanted.
func totalsWhen(t *testing.T, e *Engine, what string, ok func(db.StatementTotals) bool) db.StatementTotals {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		got, err := e.StatementTotals(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if ok(got) {
			return got
		}
		if time.Now().After(end) {
			t.Fatalf("%s: got %+v", what, got)
		}
	}
}

func sleeps(st db.StatementTotals) bool {
	s := dbtest.FindTotal(st, "SLEEP")
	if s == nil {
		s = dbtest.FindTotal(st, "sleep")
	}
	return s != nil && s.Seconds > 0
}

// A refusal is a source of statements, and what a server says that has it.
type refusal struct {
	asks, grant, source string
	o                   dbtest.MariaDBOptions
}

// A monitoring user may look at the sessions, and at the application's own
// database, and at nothing of the server's.
func TestARefusedSourceOfStatementsCostsItselfAlone(t *testing.T) {
	for name, c := range map[string]refusal{
		"the slow log is a table": {"FROM mysql.slow_log", "GRANT SELECT ON mysql.slow_log TO 'watcher'@'localhost'", sourceTable, dbtest.MariaDBOptions{SlowLog: "TABLE"}},
		"the server counts":       {digestTable, "GRANT SELECT ON performance_schema.* TO 'watcher'@'localhost'", sourceDigests, dbtest.MariaDBOptions{PerformanceSchema: true}},
	} {
		t.Run(name, func(t *testing.T) {
			s := dbtest.NewMariaDB(t, c.o)
			root, app := orders(t, s, 20, Options{})
			var asked atomic.Int64
			began := time.Now()
			w := watcherOf(t, s, root, func(l db.Line) {
				if strings.Contains(l.SQL, c.asks) && !strings.Contains(l.SQL, "SELECT 1") {
					asked.Add(1)
				}
			})
			dbtest.Busy(t, app, "SELECT SLEEP(0.2) FROM orders LIMIT 1")
			grant := c.refused(t, w)
			if n, most := asked.Load(), 1+int64(time.Since(began)/askAgain); n < 1 || n > most {
				t.Errorf("what was refused was asked for %d times, want 1 to %d", n, most)
			}
			dbtest.Exec(t, s.OpenMariaDB(t, ""), grant)
			c.granted(t, w)
		})
	}
}

// refused answers the statement that is said to help.
func (c refusal) refused(t *testing.T, w *Engine) string {
	t.Helper()
	st := totalsWhen(t, w, "refused", func(st db.StatementTotals) bool { return st.Sampled && sleeps(st) })
	why := st.Missing["calls"]
	grant := regexp.MustCompile(`GRANT .*`).FindString(why)
	if grant != c.grant || strings.Contains(why, "Error 1") {
		t.Errorf("got %q, want the statement %s", why, c.grant)
	}
	for range 5 {
		totalsWhen(t, w, "refused", sleeps)
	}
	rights, err := w.MissingRights(t.Context())
	if n := countGrant(rights, c.grant); n != 1 || err != nil {
		t.Errorf("got %+v, %v; want %s", rights, err, c.grant)
	}
	stats, err := w.Stats(t.Context())
	if text := stats.Missing["mean_query_seconds"]; err != nil || text == "" || strings.Contains(text, "Error 1") || w.server.PerfOn && !strings.Contains(text, c.grant) {
		t.Errorf("the mean time: got %q, %v", text, err)
	}
	return grant
}

// granted asks again when it is time.
func (c refusal) granted(t *testing.T, w *Engine) {
	t.Helper()
	w.mu.Lock()
	for what, at := range w.refused {
		w.refused[what] = at.Add(-askAgain)
	}
	w.mu.Unlock()
	totalsWhen(t, w, "granted", func(st db.StatementTotals) bool { return !st.Sampled && st.Source == c.source && sleeps(st) })
	if stats, err := w.Stats(t.Context()); err != nil || w.server.PerfOn && stats.QuerySeconds == nil {
		t.Errorf("the mean time: got %+v, %v", stats.Missing, err)
	}
}

// Of two sources the second one counts, and says what the first would take.
func TestBehindRefusedDigestsTheSlowLogCounts(t *testing.T) {
	s := dbtest.NewMariaDB(t, dbtest.MariaDBOptions{SlowLog: "FILE", PerformanceSchema: true})
	root, app := orders(t, s, 20, Options{})
	w := watcherOf(t, s, root, nil)
	dbtest.Busy(t, app, "SELECT SLEEP(0.2) FROM orders LIMIT 1")
	st := totalsWhen(t, w, "refused", func(st db.StatementTotals) bool { return !st.Sampled && sleeps(st) })
	if st.Source != sourceFile || !strings.Contains(st.Missing["calls"], "GRANT SELECT ON performance_schema.* TO 'watcher'@'localhost'") {
		t.Errorf("got %q, %v", st.Source, st.Missing)
	}
	dbtest.Exec(t, s.OpenMariaDB(t, ""), "SET GLOBAL log_output = 'TABLE'")
	st = totalsWhen(t, w, "both refused", func(st db.StatementTotals) bool { return st.Sampled && sleeps(st) })
	if !strings.Contains(st.Missing["calls"], "performance_schema.*") {
		t.Errorf("got %v, want the grant for the better source", st.Missing)
	}
}

// The path that a server in a container names leads nowhere here.
func TestALogThatIsNotOnThisMachineLeavesTheSampler(t *testing.T) {
	w := newSlowLog(filepath.Join(t.TempDir(), "slow.log"), sqltext.Texts, nil)
	e := &Engine{slow: w}
	if _, err := e.readSlow(t.Context(), nil); err == nil || !strings.HasPrefix(err.Error(), "not measured: the slow log "+w.Path()) {
		t.Errorf("got %v, want a reason", err)
	}
	e.o.SlowLog = w.Path()
	if _, err := e.readSlow(t.Context(), nil); err == nil || strings.Contains(err.Error(), "not measured") {
		t.Errorf("a file that was given: got %v, want an error", err)
	}
}

func countGrant(rights []db.MissingRight, grant string) (n int) {
	for _, r := range rights {
		if r.Grant == grant {
			n++
		}
	}
	return n
}

// watcherOf attaches as a usual monitoring user.
func watcherOf(t *testing.T, s *dbtest.Server, root *Engine, trace func(db.Line)) *Engine {
	t.Helper()
	admin, name := s.OpenMariaDB(t, ""), root.server.Database
	for _, sql := range []string{"CREATE OR REPLACE USER watcher@localhost", "GRANT PROCESS ON *.* TO watcher@localhost", "GRANT SELECT ON " + name + ".* TO watcher@localhost"} {
		dbtest.Exec(t, admin, sql)
	}
	w, err := Open(t.Context(), strings.Replace(s.MariaDBURL(name), "root@", "watcher@", 1), Options{Home: t.TempDir(), Trace: trace})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}
