package postgres

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// collecting is a server that writes every statement to its log, and counts
// them nowhere else.
func collecting(t *testing.T) *dbtest.Server {
	return dbtest.NewPostgres(t, dbtest.PostgresOptions{Settings: map[string]string{
		"logging_collector": "on", "log_min_duration_statement": "0", "log_timezone": "Europe/Berlin", "log_line_prefix": "%m [%p] %q%u@%d/%a ",
	}})
}

// logsAs has a server write its log in a form, and makes a database without
// pg_stat_statements.
func logsAs(t *testing.T, s *dbtest.Server, form string) (url string, app *sql.DB) {
	t.Helper()
	admin := dbtest.OpenPostgres(t, s.PostgresURL("postgres"))
	dbtest.Exec(t, admin, "ALTER SYSTEM SET log_destination = '"+form+"'")
	dbtest.Exec(t, admin, "SELECT pg_reload_conf()")
	until(t, form, func() bool {
		var path string
		err := admin.QueryRow("SELECT coalesce(pg_current_logfile($1), '') || CASE WHEN current_setting('log_destination') = $1 THEN '' ELSE NULL END", form).Scan(&path)
		return err == nil && path != ""
	})
	url = s.PostgresDatabase(t)
	app = dbtest.OpenPostgres(t, url)
	dbtest.Exec(t, app, "DROP EXTENSION pg_stat_statements")
	dbtest.Exec(t, app, "CREATE TABLE shop (id int PRIMARY KEY, name text)")
	dbtest.Exec(t, app, "INSERT INTO shop SELECT i, 'x' FROM generate_series(1, 100) i")
	return url, app
}

// until waits for what is about to be.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s does not come", what)
		}
	}
}

// A client's log of its own is the truth of what the server wrote down.
type clientLog map[string]*clientStatement

type clientStatement struct {
	calls         float64
	least, atMost time.Duration // of all calls: what it slept, and what the client waited
}

func (l clientLog) run(t *testing.T, d *sql.DB, what string, slept time.Duration, text string, args ...any) {
	t.Helper()
	s := l[what]
	if s == nil {
		s = &clientStatement{}
		l[what] = s
	}
	start := time.Now()
	dbtest.Exec(t, d, text, args...)
	s.calls++
	s.least += slept
	s.atMost += time.Since(start)
}

// wrong says what of the totals is not as the client knows it; "" where all is.
func (l clientLog) wrong(got db.StatementTotals) string {
	for what, want := range l {
		calls, seconds := 0.0, 0.0
		for _, s := range got.List {
			if strings.Contains(s.Text, what) {
				calls, seconds = calls+*s.Calls, seconds+s.Seconds
			}
		}
		if calls != want.calls || seconds < want.least.Seconds() || seconds > want.atMost.Seconds() {
			return fmt.Sprintf("%s: got %v calls and %v s, want %v and %v to %v", what, calls, seconds, want.calls, want.least, want.atMost)
		}
	}
	return ""
}

// until reads on until the totals are what the client knows.
func (l clientLog) until(t *testing.T, e *Engine) (got db.StatementTotals) {
	t.Helper()
	wrong := ""
	for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		got = must(e.StatementTotals(t.Context()))(t)
		if wrong = l.wrong(got); wrong == "" {
			return got
		} else if time.Now().After(end) {
			t.Fatalf("%s, in %+v", wrong, got.List)
		}
	}
}

// load runs statements of each kind that a client sends: simple, extended with
// values, prepared, many lines, failing ones.
func (l clientLog) load(t *testing.T, app *sql.DB) {
	t.Helper()
	for i := range 7 {
		l.run(t, app, "name FROM shop WHERE id = ?", 0, fmt.Sprintf("SELECT name\n\tFROM shop -- it's\n WHERE id = %d;", i))
		l.run(t, app, "name, id FROM shop", 0, "SELECT name, id FROM shop WHERE id = $1 AND name <> $2", i, "it's\na \"b\\")
		l.run(t, app, "pg_sleep", 9*time.Millisecond, "SELECT pg_sleep(0.01), $1::text", pgx.QueryExecModeSimpleProtocol, fmt.Sprint(i))
		l.run(t, app, "UPDATE shop", 0, "UPDATE shop SET name = $1 WHERE id = $2", pgx.QueryExecModeExec, nil, i)
	}
	if _, err := app.Exec("SELECT 1 / (id - id) FROM shop"); err == nil {
		t.Error("a division by zero succeeded")
	}
}

// Each form of the server's own log tells what its client knows.
func TestTheServersOwnLogIsWhatItsClientKnows(t *testing.T) {
	s := collecting(t)
	for _, form := range []string{formStderr, formCSV, formJSON} {
		t.Run(form, func(t *testing.T) {
			url, app := logsAs(t, s, form)
			e := open(t, url)
			truth := clientLog{}
			truth.load(t, app)
			got := truth.until(t, e)
			if got.Source != "server log ("+form+")" || got.Least != 0 || got.Sampled || got.Missing["calls"] != "" {
				t.Errorf("got %q from %v s, missing %v", got.Source, got.Least, got.Missing)
			}
			for _, x := range got.List {
				if strings.Contains(x.Text, "pg_catalog") || strings.Contains(x.Text, "current_setting") || strings.Contains(x.Text, "/ (id") {
					t.Errorf("mltop's own, or one that failed: %s", x.Text)
				}
			}
			bound := dbtest.FindTotal(got, "name, id FROM shop").Example
			if !strings.Contains(bound, `<> 'it''s`+"\n"+`a "b\'`) {
				t.Errorf("the example is %q, want its values in it", bound)
			}
			if _, err := e.Explain(t.Context(), db.Query{SQL: bound}); err != nil {
				t.Errorf("explain %s: %v", bound, err)
			}
			if example := dbtest.FindTotal(got, "UPDATE shop").Example; !strings.Contains(example, "$1") {
				t.Errorf("nothing is looked for by NULL: %q", example)
			}
			if since := time.Since(got.Since); since < 0 || since > time.Hour {
				t.Errorf("since %v", got.Since)
			}
			truth.load(t, app)
			truth.until(t, e)
		})
	}
}

// The text in one line and the time in another, in a log that the server has
// turned, and the file that was given.
func TestALogWithTextAndTimeApartIsJoined(t *testing.T) {
	s := collecting(t)
	url, app := logsAs(t, s, formStderr)
	admin := dbtest.OpenPostgres(t, s.PostgresURL("postgres"))
	for _, set := range []string{"log_min_duration_statement = -1", "log_duration = on", "log_statement = 'all'", "log_filename = 'other.log'", "log_line_prefix = '<%d> %n %p '"} {
		dbtest.Exec(t, admin, "ALTER SYSTEM SET "+set)
	}
	e := open(t, url)
	must(e.StatementTotals(t.Context()))(t)
	dbtest.Exec(t, admin, "SELECT pg_reload_conf()")
	dbtest.Exec(t, admin, "SELECT pg_rotate_logfile()")
	until(t, "the other file", func() bool {
		var path, set string
		return admin.QueryRow("SELECT pg_current_logfile(), current_setting('log_statement')").Scan(&path, &set) == nil && strings.HasSuffix(path, "other.log") && set == "all"
	})
	fresh := dbtest.OpenPostgres(t, url)
	truth := clientLog{}
	truth.load(t, fresh)
	truth.until(t, e)
	path := filepath.Join(s.Dir, "data", "log", "other.log")
	given, err := Open(t.Context(), url, Options{SlowLog: path})
	if err != nil {
		t.Fatal(err)
	}
	defer given.Close()
	p, err := given.ReadSlowLog(t.Context(), func(int64, int64) {})
	if err != nil || p.Entries < 28 || p.First.IsZero() || p.Last.Before(p.First) || p.Bytes == 0 {
		t.Errorf("got %+v, %v", p, err)
	}
	if wrong := truth.wrong(must(given.StatementTotals(t.Context()))(t)); wrong != "" {
		t.Errorf("of the file that was given: %s", wrong)
	}
	_ = app
}

// Where the log cannot be read the sessions are looked at, and it is said why.
func TestALogThatCannotBeReadLeavesTheSampler(t *testing.T) {
	s := collecting(t)
	url, app := logsAs(t, s, formStderr)
	dbtest.Exec(t, app, "CREATE ROLE nobody LOGIN")
	e := open(t, strings.Replace(url, "postgres@", "nobody@", 1))
	if got := must(e.StatementTotals(t.Context()))(t); !got.Sampled || !strings.Contains(got.Missing["calls"], `GRANT pg_monitor TO nobody`) {
		t.Errorf("without the right to ask: got %q, %v", got.Source, got.Missing)
	}
	logs, err := filepath.Glob(filepath.Join(s.Dir, "data", "log", "*"))
	if err != nil || len(logs) == 0 {
		t.Fatalf("%v, %v", logs, err)
	}
	for _, path := range logs {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	e = open(t, url)
	if got := must(e.StatementTotals(t.Context()))(t); !got.Sampled || !strings.Contains(got.Missing["calls"], "is not to be found on this machine") {
		t.Errorf("without the file: got %q, %v", got.Source, got.Missing)
	}
	given, err := Open(t.Context(), url, Options{SlowLog: logs[0]})
	if err != nil {
		t.Fatal(err)
	}
	defer given.Close()
	if _, err := given.StatementTotals(t.Context()); err == nil || !strings.Contains(err.Error(), logs[0]) {
		t.Errorf("a file that was given and is not there: got %v, want an error", err)
	}
}

// A threshold is said, and beside the log the sessions are looked at. The
// server writes to where it was started with, which is found by its process.
func TestALogWithAThresholdSaysSo(t *testing.T) {
	url, app := dbtest.PostgresOrders(t, 20)
	dbtest.Exec(t, app, "DROP EXTENSION pg_stat_statements")
	dbtest.Exec(t, app, "DO $$ BEGIN EXECUTE 'ALTER DATABASE ' || quote_ident(current_database()) || ' SET log_min_duration_statement = 150'; END $$")
	app = dbtest.OpenPostgres(t, url)
	dbtest.Busy(t, app, "SELECT pg_sleep(0.1), count(*) FROM orders")
	e := open(t, url)
	long := dbtest.OpenPostgres(t, url)
	truth := clientLog{}
	truth.run(t, long, "length", 200*time.Millisecond, "SELECT pg_sleep(0.2), length('x')")
	for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		got := must(e.StatementTotals(t.Context()))(t)
		if got.Least != 0.15 || !strings.HasSuffix(got.Source, ", ≥ 0.15 s") {
			t.Fatalf("got %q from %v s, missing %v", got.Source, got.Least, got.Missing)
		}
		if wrong := truth.wrong(got); wrong == "" && got.Beside != nil && len(got.Beside.List) > 0 && !strings.Contains(got.Beside.Missing["calls"], "CREATE EXTENSION") {
			return
		} else if time.Now().After(end) {
			t.Fatalf("%s; beside it %+v", wrong, got.Beside)
		}
	}
}

// Watching does not fill the log that others read.
func TestWhatWeAskIsNotInTheServersLog(t *testing.T) {
	s := collecting(t)
	url, app := logsAs(t, s, formStderr)
	dbtest.Exec(t, app, dbtest.PostgresOrdersDDL)
	dbtest.FillPostgresOrders(t, app, 50)
	e := open(t, url)
	before := ownLines(t, s)
	for range 2 {
		lookAtAll(t, e)
	}
	truth := clientLog{}
	truth.run(t, app, "length", 0, "SELECT length('x')")
	truth.until(t, e) // what was asked before it stands in the log, too, if it does
	if n := ownLines(t, s) - before; n != 0 {
		t.Errorf("%d lines of ours came into the log", n)
	}
	for _, x := range must(e.Settings(t.Context()))(t) {
		if x.Name == "log_min_duration_statement" && x.Value != "0" {
			t.Errorf("the server's setting is told as %q, want 0: ours is not the server's", x.Value)
		}
	}
}

// ownLines counts the lines of a server's logs that have our mark.
func ownLines(t *testing.T, s *dbtest.Server) (n int) {
	t.Helper()
	logs, err := filepath.Glob(filepath.Join(s.Dir, "data", "log", "*"))
	if err != nil || len(logs) == 0 {
		t.Fatalf("%v, %v", logs, err)
	}
	for _, path := range logs {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		n += strings.Count(string(text), mark)
	}
	return n
}
