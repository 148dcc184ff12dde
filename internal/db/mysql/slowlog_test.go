package mysql

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
	"mltop/internal/db/serverlog"
	"mltop/internal/sqltext"
)

// A slowReader reads a log that comes in pieces.
type slowReader struct {
	sums   *serverlog.Templates
	lines  serverlog.Lines
	parser *slowParser
}

func newSlowReader() *slowReader {
	sums := serverlog.NewTemplates(logDialect(sqltext.Texts))
	add := func(e *serverlog.Entry) {
		if !e.Admin {
			sums.Add(e)
		}
	}
	return &slowReader{sums: sums, parser: &slowParser{visit: add}}
}

func (r *slowReader) read(t testing.TB, log io.Reader) {
	t.Helper()
	if _, err := r.lines.Read(log, r.parser.Line); err != nil {
		t.Fatal(err)
	}
}

func (r *slowReader) end() []db.StatementTotal {
	r.parser.Idle(r.lines.Half())
	return r.sums.Totals("", time.Time{}).List
}

// The heads are as MariaDB 10.11 wrote them, and as MySQL's manual shows
// them (dev.mysql.com/doc/refman/8.4/en/slow-query-log.html).
const mixedLog = `/usr/sbin/mariadbd, Version: 10.11.6-MariaDB (Debian 12). started with:
Tcp port: 0  Unix socket: /run/mysqld/mysqld.sock
Time		    Id Command	Argument
# Time: 231123  0:35:56
# User@Host: root[root] @ localhost []
# Thread_id: 3  Schema: app  QC_hit: No
# Query_time: 1.500000  Lock_time: 0.000050  Rows_sent: 1  Rows_examined: 10
# Rows_affected: 0  Bytes_sent: 79
use app;
SET timestamp=1700700000.123456;
SELECT a
# Query_time: of no head
FROM t WHERE b = 'it''s; \' # Time: x
# User@Host: in a literal
' AND c = -1.5e-3;
# User@Host: root[root] @ localhost []
# Thread_id: 3  Schema: app  QC_hit: No
# Query_time: 0.500000  Lock_time: 0.000050  Rows_sent: 2  Rows_examined: 20
# Rows_affected: 0  Bytes_sent: 79
# Full_scan: Yes  Full_join: No  Tmp_table: No  Tmp_table_on_disk: No
# Filesort: No  Filesort_on_disk: No  Merge_passes: 0  Priority_queue: No
#
# explain: id	select_type	table	type	possible_keys	key	key_len	ref	rows	r_rows	filtered	r_filtered	Extra
# explain: 1	SIMPLE	t	ALL	NULL	NULL	NULL	NULL	20	20.00	100.00	10.00	Using where
#
SET timestamp=1700700001;
select a from t where b = X'4A' and c = 7;
# Time: 2024-01-01T00:00:00.000000Z
# User@Host: root[root] @ localhost []  Id:     8
# Query_time: 0.25  Lock_time: 0.0 Rows_sent: 0  Rows_examined: 0
SET timestamp=1704067200;
# administrator command: Ping;
# Time: 2024-01-01T00:00:01.000000Z
# User@Host: root[root] @ localhost []  Id:     8
# Query_time: 0.25  Lock_time: 0.0 Rows_sent: 0  Rows_examined: 0
SET timestamp=1704067201;
INSERT INTO t (a, b) VALUES (1, 'x'), (-2, "y;");
# Time: 2024-01-01T00:00:02.000000Z
# User@Host: root[root] @ localhost []  Id:     8
# Query_time: 9.0  Lock_time: 0.0 Rows_sent: 0  Rows_examined: 0
SET timestamp=1704067202;
SELECT cut off in the mid`

func TestASlowLogIsReadAsItWasWritten(t *testing.T) {
	for _, size := range []int{1, 7, 4096} {
		r := newSlowReader()
		for log := []byte(mixedLog); len(log) > 0; { // as it arrives
			n := min(size, len(log))
			r.read(t, bytes.NewReader(log[:n]))
			log = log[n:]
		}
		var selects, inserts *db.StatementTotal
		list := r.end()
		for _, s := range list {
			switch sqltext.Verb(s.Text) {
			case "SELECT":
				selects = &s
			case "INSERT":
				inserts = &s
			}
		}
		if len(list) != 2 || selects == nil || inserts == nil {
			t.Fatalf("in pieces of %d: got %d templates, want the two", size, len(list))
		}
		if *selects.Calls != 2 || selects.Seconds != 2 || *selects.Rows != 3 || *selects.RowsExamined != 30 || *selects.MaxSeconds != 1.5 {
			t.Errorf("in pieces of %d: got %+v", size, selects)
		}
		if !selects.Since.Equal(time.UnixMicro(1700700000123456)) || !strings.HasPrefix(selects.Example, "SELECT a\n# Query_time") {
			t.Errorf("in pieces of %d: got %v, %q", size, selects.Since, selects.Example)
		}
	}
}

// awkwardLog is a slow log of entries of so many templates.
func awkwardLog(entries, kinds int) []byte {
	var b bytes.Buffer
	if err := dbtest.WriteSlowLog(&b, entries, kinds); err != nil {
		panic(err) // a buffer takes what it is given
	}
	return b.Bytes()
}

func TestTheNumberOfTemplatesIsTheTrueOne(t *testing.T) {
	const kinds = 208
	r := newSlowReader()
	r.read(t, bytes.NewReader(awkwardLog(20*kinds, kinds)))
	list := r.end()
	if len(list) != kinds {
		t.Errorf("got %d templates, want %d", len(list), kinds)
	}
	for _, x := range list {
		if *x.Calls != 20 {
			t.Errorf("%v calls of %s", *x.Calls, x.Text)
			break
		}
	}
}

func TestAHugeStatementOfALogIsKeptInBounds(t *testing.T) {
	r := newSlowReader()
	r.read(t, strings.NewReader("# User@Host: a\n# Query_time: 1\nSELECT '"+strings.Repeat("x", 3<<20)+"';\n# User@Host: b\n"))
	if cap(r.parser.text) > 2*serverlog.MaxText || len(r.end()) != 1 {
		t.Errorf("kept %d bytes, got %+v", cap(r.parser.text), r.end())
	}
}

func TestUnderANSIQuotesALogsNamesTellStatementsApart(t *testing.T) {
	for quotes, want := range map[sqltext.Quotes]int{sqltext.Texts: 1, sqltext.Names: 2} {
		sums := serverlog.NewTemplates(logDialect(quotes))
		for _, sql := range []string{`select v from u where "userId" = 7`, `select v from u where "orgId" = 9`, `select v from u where "orgId" = 10`} {
			sums.Add(&serverlog.Entry{SQL: []byte(sql)})
		}
		if got := len(sums.Totals("", time.Time{}).List); got != want {
			t.Errorf("quotes read as %d: %d statements, want %d", quotes, got, want)
		}
	}
}

func FuzzSkeleton(f *testing.F) {
	for _, entry := range strings.Split(string(awkwardLog(8, 8)), "\n# User") {
		_, sql, _ := strings.Cut(entry, "SET timestamp=")
		f.Add(sql)
	}
	lexis := logDialect(sqltext.Texts).Lexis
	f.Fuzz(func(t *testing.T, sql string) {
		once := lexis.Skeleton(nil, []byte(sql))
		if len(once) > 2*len(sql)+2 {
			t.Errorf("%q grew to %q", sql, once)
		}
	})
}

func BenchmarkSlowLog(b *testing.B) {
	log := awkwardLog(20_000, 208)
	b.SetBytes(int64(len(log)))
	for b.Loop() {
		r := newSlowReader()
		r.read(b, bytes.NewReader(log))
		r.end()
	}
}

// A server writes its own log; what it says it did is the truth.
func TestTheServersOwnSlowLogIsCounted(t *testing.T) {
	s := dbtest.NewMariaDB(t, dbtest.MariaDBOptions{SlowLog: "TABLE"})
	for _, to := range []string{"log_output = 'TABLE'", "log_output = 'FILE'", "log_output = 'FILE', GLOBAL log_slow_verbosity = 'query_plan,explain'"} {
		t.Run(to, func(t *testing.T) {
			dbtest.Exec(t, s.OpenMariaDB(t, ""), "SET GLOBAL "+to)
			e, app := orders(t, s, 50, Options{})
			if _, err := e.StatementTotals(t.Context()); err != nil {
				t.Fatal(err)
			}
			for i := range 7 {
				dbtest.Exec(t, app, fmt.Sprintf("SELECT id, 'it''s %d' FROM orders WHERE customer_id = %d", i, i))
			}
			for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
				st, err := e.StatementTotals(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if n := callsOf(st, "FROM orders WHERE customer_id"); n == 7 {
					if n = callsOf(st, "SET timestamp"); n != 0 {
						t.Errorf("%v calls with the preamble in their text: %+v", n, st.List)
					}
					return
				} else if time.Now().After(end) {
					t.Fatalf("got %v calls in %+v", n, st)
				}
			}
		})
	}
}

func callsOf(st db.StatementTotals, part string) float64 {
	n := 0.0
	for _, s := range st.List {
		if strings.Contains(strings.ToLower(s.Text), strings.ToLower(part)) {
			n += *s.Calls
		}
	}
	return n
}

func TestALogThatIsTurnedIsReadOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "slow.log")
	entry := func(table string) []byte {
		return fmt.Appendf(nil, "# User@Host: a[a] @ b []\n# Query_time: 1  Lock_time: 0  Rows_sent: 1  Rows_examined: 1\nSELECT 1 FROM %s;\n", table)
	}
	write := func(b []byte, flag int) {
		f, err := os.OpenFile(path, flag|os.O_CREATE|os.O_WRONLY, 0o600)
		if err == nil {
			_, err = f.Write(b)
		}
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	tail := newSlowLog(path, sqltext.Texts, nil)
	defer tail.Close()
	for i, step := range []struct {
		name string
		flag int
	}{{"at first", 0}, {"when it grew", os.O_APPEND}, {"when it was emptied", os.O_TRUNC}, {"when it is another file", -1}} {
		if step.flag < 0 {
			if err := os.Rename(path, path+".1"); err != nil {
				t.Fatal(err)
			}
			step.flag = 0
		}
		write(entry("t"), step.flag)
		st, err := tail.fromFile()
		if n := callsOf(st, "from t"); err != nil || n != float64(i+1) {
			t.Errorf("%s: got %v calls, %v; want %d", step.name, n, err, i+1)
		}
	}
}

func TestStatementsComeFromDigestsWhereTheyAreCounted(t *testing.T) {
	s := dbtest.NewMariaDB(t, dbtest.MariaDBOptions{PerformanceSchema: true})
	e, app := orders(t, s, 50, Options{})
	for i := range 5 {
		dbtest.Exec(t, app, fmt.Sprintf("SELECT id FROM orders WHERE customer_id = %d", i))
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) { // counted behind the answer
		st, err := e.StatementTotals(t.Context())
		n := callsOf(st, "customer_id = ?")
		if err != nil || st.Source != sourceDigests {
			t.Fatalf("got %+v, %v", st, err)
		}
		if n == 5 {
			break
		} else if time.Now().After(end) {
			t.Fatalf("got %v calls", n)
		}
	}
	st, err := e.StatementTotals(t.Context())
	for _, x := range st.List {
		if strings.Contains(x.Text, "_schema") || strings.HasPrefix(x.Text, "SHOW") || strings.Contains(x.Text, "`") || err != nil {
			t.Errorf("mltop's own, or with needless quotes: %s, %v", x.Text, err)
		}
	}
	stats, err := e.Stats(t.Context())
	if err != nil || stats.QuerySeconds == nil || *stats.QuerySeconds <= 0 {
		t.Errorf("got %+v, %v", stats, err)
	}
	metadataTree(t, s, e)
}

func TestWithoutASourceItSaysHowToHaveOne(t *testing.T) {
	e, _ := orders(t, dbtest.MariaDB(t), 5, Options{})
	if got, err := e.StatementTotals(t.Context()); err != nil || !strings.Contains(got.Missing["calls"], "SET GLOBAL slow_query_log = ON") {
		t.Errorf("got %v, %v", got.Missing, err)
	}
}

// A log with a threshold says so, and beside it the sessions are looked at: what
// is too fast for the log is known to run.
func TestBesideALogWithAThresholdRunningStatementsAreKnown(t *testing.T) {
	s := dbtest.NewMariaDB(t, dbtest.MariaDBOptions{SlowLog: "TABLE"})
	dbtest.Exec(t, s.OpenMariaDB(t, ""), "SET GLOBAL long_query_time = 20")
	e, app := orders(t, s, 50, Options{})
	dbtest.Busy(t, app, "SELECT SLEEP(0.2) FROM orders LIMIT 1")
	print := sqltext.Fingerprint("SELECT SLEEP(0.2) FROM orders LIMIT 1")
	for end := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		st, err := e.StatementTotals(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if st.Least != 20 || !strings.Contains(st.Source, "≥ 20 s") || callsOf(st, "sleep") != 0 {
			t.Fatalf("got calls from %v s of %q, %+v; want from 20 s, and none", st.Least, st.Source, st.List)
		}
		seen := st.Beside != nil && st.Beside.Sampled && slices.ContainsFunc(st.Beside.List, func(x db.StatementTotal) bool {
			return sqltext.Fingerprint(x.Text) == print && x.Seconds > 0 && x.Calls == nil
		})
		if !st.Running[print].IsZero() && seen {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("running is %v, seen besides %+v, want %s in both", st.Running, st.Beside, print)
		}
	}
}
