package querylog

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"go/format"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/mattn/go-sqlite3"

	"mltop/collectors"
	"mltop/collectors/querylog/snippet"
	"mltop/internal/sqltext"
)

func TestSnippetsAreShortEnoughToPaste(t *testing.T) {
	for i, most := range []int{30, 53} {
		s := Snippets()[i]
		for _, line := range strings.Split(s.Text, "\n") {
			if n := len(strings.ReplaceAll(line, "\t", "    ")); n > 100 && s.Language != "Go (database/sql)" {
				t.Errorf("%s: a line of %d columns, which nobody reads before it is pasted: %s", s.Language, n, line)
			}
		}
		if n := strings.Count(s.Text, "\n"); n > most || n == 0 || s.Use == "" {
			t.Errorf("%s: %d lines, used by %q; want at most %d, and how it is used", s.Language, n, s.Use, most)
		}
	}
	for i, want := range [][]string{
		{"µs of processor time a statement", "executescript"},
		{"db.Prepare", "queries that fail at once", "ColumnTypes", "NextResultSet"},
	} {
		for _, word := range want {
			if s := Snippets()[i]; !strings.Contains(s.Use, word) {
				t.Errorf("%s: what it costs and leaves out does not tell of %s: %s", s.Language, word, s.Use)
			}
		}
	}
	golang := Snippets()[1].Text
	if formatted, err := format.Source([]byte(golang)); err != nil || string(formatted) != golang {
		t.Errorf("the Go snippet is not as gofmt writes it (%v)", err)
	}
}

// A connector opens one file through the Go snippet.
type connector struct {
	path string
	log  io.Writer
}

func (c connector) Driver() driver.Driver {
	return snippet.Driver{Driver: &sqlite3.SQLiteDriver{}, Log: c.log}
}

func (c connector) Connect(context.Context) (driver.Conn, error) { return c.Driver().Open(c.path) }

// logged is a database of one table, whose statements go to log.
func logged(t *testing.T, log io.Writer) *sql.DB {
	t.Helper()
	d := sql.OpenDB(connector{filepath.Join(t.TempDir(), "app.db"), log})
	t.Cleanup(func() { d.Close() })
	exec1(t, d, context.Background(), "CREATE TABLE t (a)")
	return d
}

// logFile is a log that many may write to, and its path.
func logFile(t *testing.T) (*os.File, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "q.jsonl")
	out, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { out.Close() })
	return out, path
}

// A sickConn is a connection whose server has gone, and that takes arguments
// of a kind of its own, as pgx's takes slices.
type sickConn struct{ driver.Conn }

var errSick = errors.New("the server is gone")

func (sickConn) Ping(context.Context) error         { return errSick }
func (sickConn) ResetSession(context.Context) error { return driver.ErrBadConn }
func (sickConn) IsValid() bool                      { return false }
func (sickConn) CheckNamedValue(v *driver.NamedValue) error {
	v.Value = "taken"
	return nil
}

type sickDriver struct{}

func (sickDriver) Open(string) (driver.Conn, error) { return sickConn{}, nil }

func TestTheGoSnippetLeavesAConnectionWhatItCan(t *testing.T) {
	c, err := snippet.Driver{Driver: sickDriver{}, Log: io.Discard}.Open("")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.(driver.Pinger).Ping(t.Context()); !errors.Is(err, errSick) {
		t.Errorf("Ping answers %v, want %v", err, errSick)
	}
	if err := c.(driver.SessionResetter).ResetSession(t.Context()); !errors.Is(err, driver.ErrBadConn) {
		t.Errorf("ResetSession answers %v, want %v", err, driver.ErrBadConn)
	}
	if c.(driver.Validator).IsValid() {
		t.Error("a connection that is not valid passes for one")
	}
	v := driver.NamedValue{Value: []int64{1}}
	if err := c.(driver.NamedValueChecker).CheckNamedValue(&v); err != nil || v.Value != "taken" {
		t.Errorf("a slice becomes %v (%v), want what the driver makes of it", v.Value, err)
	}
}

func TestTheGoSnippetWritesALogThatWeRead(t *testing.T) {
	out, path := logFile(t)
	d := logged(t, out)
	ctx := context.WithValue(context.Background(), snippet.Route{}, "GET /x")
	exec1(t, d, ctx, "INSERT INTO t VALUES (?); INSERT INTO t VALUES (?)", 1, 2)
	tx, err := d.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	var a int
	if err := tx.QueryRowContext(ctx, "SELECT a FROM t WHERE a = ?", 1).Scan(&a); err != nil || a != 1 {
		t.Fatal(a, err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if n := countRows(t, d, ctx, "SELECT a FROM t"); n != 2 {
		t.Fatalf("%d rows, want both that the script wrote", n)
	}
	if _, err := d.ExecContext(ctx, "SELECT nothing FROM nowhere"); err == nil {
		t.Fatal("no error")
	}
	checkLog(t, path, map[string]uint64{"CREATE TABLE t(a)": 1, "INSERT INTO t VALUES (?); INSERT INTO t VALUES (?)": 1, "SELECT a FROM t WHERE a = ?": 1, "SELECT a FROM t": 1, "SELECT nothing FROM nowhere": 1}, 1)
	for text, rows := range map[string]uint64{"SELECT a FROM t WHERE a = ?": 1, "SELECT a FROM t": 2} {
		if g := groupOf(t, path, text); g.Rows != rows || g.Route != "GET /x" {
			t.Errorf("%s: %d rows of %q, want %d of GET /x", text, g.Rows, g.Route, rows)
		}
	}
}

// countRows reads all rows of a query.
func countRows(t *testing.T, d *sql.DB, ctx context.Context, q string) (n int) {
	t.Helper()
	rows, err := d.QueryContext(ctx, q)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		n++
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return n
}

// SQLite works while rows are read, not when the query is sent.
func TestTheGoSnippetTimesAStatementUntilItsRowsAreRead(t *testing.T) {
	out, path := logFile(t)
	d := logged(t, out)
	const slow = "WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i+1 FROM n WHERE i < 200000) SELECT count(*) FROM n"
	countRows(t, d, context.Background(), slow)
	countRows(t, d, context.Background(), "SELECT a FROM t")
	slowest, quick := groupOf(t, path, slow), groupOf(t, path, "SELECT a FROM t")
	if slowest.Latency.Sum() < 10*quick.Latency.Sum() {
		t.Errorf("200,000 steps are said to take %.6f s, a look at an empty table %.6f s", slowest.Latency.Sum(), quick.Latency.Sum())
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestTheGoSnippetDoesNotBreakAnApplicationWhoseLogIsFull(t *testing.T) {
	d := logged(t, fullDisk{})
	exec1(t, d, context.Background(), "INSERT INTO t VALUES (1)")
	if n := countRows(t, d, context.Background(), "SELECT a FROM t"); n != 1 {
		t.Errorf("%d rows, want 1", n)
	}
}

func TestTheGoSnippetKeepsLinesOfManyConnectionsWhole(t *testing.T) {
	out, path := logFile(t)
	d := logged(t, out)
	const each = 100
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range each {
				var n int
				if err := d.QueryRow("SELECT count(*) FROM t WHERE a = '" + strings.Repeat("x", 2000) + "'").Scan(&n); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	checkLog(t, path, map[string]uint64{"CREATE TABLE t(a)": 1, "SELECT count(*) FROM t WHERE a = ?": 8 * each}, 0)
}

func exec1(t *testing.T, d *sql.DB, ctx context.Context, q string, args ...any) {
	t.Helper()
	if _, err := d.ExecContext(ctx, q, args...); err != nil {
		t.Fatal(err)
	}
}

// groupOf is what a log tells of a statement.
func groupOf(t *testing.T, path, text string) collectors.StatementGroup {
	t.Helper()
	for _, g := range readLog(t, path).Rows {
		if g.Text == sqltext.Normalize(text) {
			return g
		}
	}
	t.Fatalf("%s is not in the log", text)
	return collectors.StatementGroup{}
}

func readLog(t *testing.T, path string) *collectors.Statements {
	t.Helper()
	l := NewLog(path, LogOptions{All: true})
	defer l.Close()
	return collect(t, l)[0].(*collectors.Statements)
}

func checkLog(t *testing.T, path string, want map[string]uint64, errors uint64) {
	t.Helper()
	s := readLog(t, path)
	for _, g := range s.Rows {
		if want[g.Text] != g.Calls || g.Calls == 0 {
			t.Errorf("%s: got %d calls, want %d", g.Text, g.Calls, want[g.Text])
		}
		delete(want, g.Text)
		errors -= g.Errors
	}
	if len(want) > 0 || errors != 0 || len(s.Missing) > 0 {
		t.Errorf("not logged: %v, errors %d, missing %v", want, errors, s.Missing)
	}
}

// runPython runs the Python snippet with use below it, in dir.
func runPython(t *testing.T, python, dir, use string) {
	t.Helper()
	write(t, filepath.Join(dir, "app.py"), Snippets()[0].Text+use)
	cmd := exec.Command(python, "app.py")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("%v: %s", err, out)
	}
}

// python is an interpreter that has a module.
func python(t *testing.T, module string) string {
	t.Helper()
	for _, name := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(name, "-c", "import "+module).Run() == nil {
			return name
		}
	}
	t.Fatalf("no python3 has the module %s: make deps installs it", module)
	return ""
}

func TestThePythonSnippetWritesALogThatWeRead(t *testing.T) {
	dir := t.TempDir()
	runPython(t, python(t, "sqlite3"), dir, `
c = sqlite3.connect("app.db", factory=Connection)
assert c.cursor().fetchone() is None
c.execute("CREATE TABLE t (a)")
with c: c.execute("INSERT INTO t VALUES (?)", (1,))
with c: c.executemany("INSERT INTO t VALUES (?)", [(2,), (3,)])
ROUTE.set("GET /x")
assert c.execute("SELECT a FROM t").fetchall() == [(1,), (2,), (3,)]
assert [r for r in c.cursor().execute("SELECT a FROM t")] == [(1,), (2,), (3,)]
assert c.execute("SELECT max(a) FROM t").fetchone() == (3,)
try: c.execute("SELECT nothing FROM nowhere")
except sqlite3.Error: pass
`)
	path := filepath.Join(dir, "queries.jsonl")
	checkLog(t, path, map[string]uint64{"CREATE TABLE t(a)": 1, "INSERT INTO t VALUES (?)": 2, "SELECT a FROM t": 2, "SELECT max(a) FROM t": 1, "SELECT nothing FROM nowhere": 1}, 1)
	if g := groupOf(t, path, "SELECT a FROM t"); g.Rows != 6 || g.Route != "GET /x" {
		t.Errorf("%d rows of %q, want 6 of GET /x", g.Rows, g.Route)
	}
	if g := groupOf(t, path, "INSERT INTO t VALUES (?)"); g.Rows != 3 {
		t.Errorf("%d rows written, want 3", g.Rows)
	}
}

func TestThePythonSnippetServesSQLAlchemy(t *testing.T) {
	dir := t.TempDir()
	runPython(t, python(t, "sqlalchemy"), dir, `
from sqlalchemy import create_engine, text
engine = create_engine("sqlite:///app.db", connect_args={"factory": Connection})
with engine.begin() as c:
    c.execute(text("CREATE TABLE t (a)"))
    c.execute(text("INSERT INTO t VALUES (:a)"), [{"a": 1}, {"a": 2}])
with engine.connect() as c:
    assert c.execute(text("SELECT a FROM t WHERE a > :a"), {"a": 1}).fetchall() == [(2,)]
`)
	path := filepath.Join(dir, "queries.jsonl")
	for text, rows := range map[string]uint64{"CREATE TABLE t(a)": 0, "INSERT INTO t VALUES (?)": 2, "SELECT a FROM t WHERE a > ?": 1} {
		if g := groupOf(t, path, text); g.Calls != 1 || g.Rows != rows || g.Errors > 0 {
			t.Errorf("%s: %d calls, %d rows, %d errors; want one of %d rows", text, g.Calls, g.Rows, g.Errors, rows)
		}
	}
}

func TestThePythonSnippetDoesNotBreakAnApplicationThatCannotWriteItsLog(t *testing.T) {
	for name, spoil := range map[string]string{
		"a full disk":                 `LOG = "/dev/full"`,
		"a folder in the log's place": `os.mkdir(LOG)`,
		"a folder that is gone":       `LOG = "/nowhere/at/all.jsonl"`,
	} {
		t.Run(name, func(t *testing.T) {
			runPython(t, python(t, "sqlite3"), t.TempDir(), spoil+`
c = sqlite3.connect("app.db", factory=Connection)
c.execute("CREATE TABLE t (a)")
assert c.execute("SELECT a FROM t").fetchall() == []
`)
		})
	}
}

func TestThePythonSnippetKeepsLinesOfManyThreadsWhole(t *testing.T) {
	dir := t.TempDir()
	runPython(t, python(t, "sqlite3"), dir, `
import threading
def work():
    c = sqlite3.connect("app.db", factory=Connection)
    for i in range(100): c.execute("SELECT ? || '" + "x" * 2000 + "'", (i,)).fetchone()
threads = [threading.Thread(target=work) for _ in range(8)]
for t in threads: t.start()
for t in threads: t.join()
`)
	checkLog(t, filepath.Join(dir, "queries.jsonl"), map[string]uint64{"SELECT ? || ?": 800}, 0)
}
