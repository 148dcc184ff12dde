package rowlog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"go.uber.org/goleak"

	"mltop/collectors"
	"mltop/collectors/requestlog"
	"mltop/internal/db"
	"mltop/internal/db/dbtest"
	enginemysql "mltop/internal/db/mysql"
	"mltop/internal/db/postgres"
	"mltop/internal/db/sqlite"
	"mltop/internal/throwaway"
	"mltop/internal/wire"
)

func TestMain(m *testing.M) {
	if beChild() {
		return
	}
	code := m.Run()
	if err := leaks(); err != nil && code == 0 {
		fmt.Println(err)
		code = 1
	}
	os.Exit(code)
}

// leaks looks for goroutines that tests have left; a busy machine takes its
// time to end them.
func leaks() (err error) {
	shared := goleak.IgnoreAnyFunction("mltop/internal/throwaway.(*Server).serve.func1") // servers that tests share end with the process
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		if err = goleak.Find(shared); err == nil {
			return nil
		}
	}
	return err
}

// A place is a database to log into, and two ways to look at it.
type place struct {
	name   string
	target Target
	open   func(t *testing.T) *sql.DB
	attach func(t *testing.T) reader
}

// A reader is mltop's way to read request logs.
type reader interface {
	db.RequestReader
	Close() error
}

func sqlitePlace(t *testing.T) place {
	path := filepath.Join(t.TempDir(), "requests.db")
	return place{"SQLite", Target{Kind: SQLite, Name: path, Path: path}, func(t *testing.T) *sql.DB {
		d, err := sql.Open("sqlite3", path)
		return closedBehind(t, d, err)
	}, func(t *testing.T) reader {
		e, err := sqlite.Open(t.Context(), path, sqlite.Options{})
		return must(t, e, err)
	}}
}

func mariaPlace(t *testing.T, s *dbtest.Server) place {
	name := s.MariaDBDatabase(t)
	c, err := mysql.NewConnector(s.MariaDBConfig(name))
	if err != nil {
		t.Fatal(err)
	}
	return place{"MariaDB", Target{Kind: MariaDB, Name: "mariadb", Connect: c}, func(t *testing.T) *sql.DB { return s.OpenMariaDB(t, name) }, func(t *testing.T) reader {
		e, err := enginemysql.Open(t.Context(), s.MariaDBURL(name), enginemysql.Options{})
		return must(t, e, err)
	}}
}

func postgresPlace(t *testing.T, s *dbtest.Server) place {
	url := s.PostgresDatabase(t)
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	return place{"PostgreSQL", Target{Kind: Postgres, Name: "postgres", Connect: stdlib.GetConnector(*cfg)}, func(t *testing.T) *sql.DB { return dbtest.OpenPostgres(t, url) }, func(t *testing.T) reader {
		e, err := postgres.Open(t.Context(), url, postgres.Options{})
		return must(t, e, err)
	}}
}

// mariaDB is the one that all tests share: one of them kills it, so that a
// commit has to be on disk.
func mariaDB(t testing.TB) *dbtest.Server {
	t.Helper()
	dbtest.NeedServers(t)
	s, err := durableMariaDB()
	if err != nil {
		t.Fatal(err)
	}
	return &dbtest.Server{Server: s}
}

var durableMariaDB = sync.OnceValues(func() (*throwaway.Server, error) {
	return throwaway.MariaDB(throwaway.MariaDBOptions{Durable: true})
})

func places(t *testing.T) []place {
	return []place{sqlitePlace(t), mariaPlace(t, mariaDB(t)), postgresPlace(t, dbtest.Postgres(t))}
}

func closedBehind(t *testing.T, d *sql.DB, err error) *sql.DB {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

func must[E reader](t *testing.T, e E, err error) reader {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

// A spoken is what a log said.
type spoken struct {
	mu    sync.Mutex
	lines []string
}

func (s *spoken) say(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, text)
}

func (s *spoken) all() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.lines, "\n")
}

// quick are rules for tests: short waits.
func quick(t *testing.T) Rule {
	r := Defaults()
	r.Every, r.Spill = 20*time.Millisecond, filepath.Join(t.TempDir(), "spill")
	r.Pool.Attempts, r.Pool.Delay, r.Pool.Check = 2, 10*time.Millisecond, 50*time.Millisecond
	return r
}

func begin(t *testing.T, p place, r Rule) (*Log, *spoken) {
	t.Helper()
	s := &spoken{}
	l, err := Open(t.Context(), p.target, r, s.say)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close(context.Background()) })
	return l, s
}

// hand hands a request in; false: it was dropped.
func hand(l *Log, path string, status int) bool {
	e := l.Entry()
	if e == nil {
		return false
	}
	e.At, e.Took, e.Status, e.Sent = time.Now(), 1500*time.Microsecond, status, 7
	e.Client, e.Upstream, e.ID = netip.MustParseAddr("10.1.2.3"), "http://127.0.0.1:9001", "id"
	e.Take([]byte("GET "+path+"?token=s3cret HTTP/1.1\r\nHost: x\r\nAuthorization: s3cret\r\n\r\n"), nil, nil)
	l.Add(e)
	return true
}

func handAll(t *testing.T, l *Log, from, to int) {
	t.Helper()
	for i := from; i < to; i++ {
		if !hand(l, fmt.Sprintf("/r/%d", i), 200) {
			t.Fatalf("request %d was dropped", i)
		}
	}
}

// rowPaths are the paths of the log, in the order of its key.
func rowPaths(t *testing.T, d *sql.DB) (paths []string) {
	t.Helper()
	rows, err := d.Query("SELECT path FROM request_logs ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var p string
		if err := rows.Scan(&p); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, p)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return paths
}

func wantPaths(n int) (paths []string) {
	for i := range n {
		paths = append(paths, fmt.Sprintf("/r/%d", i))
	}
	return paths
}

func sooner(t *testing.T, l *Log, what string, so func(s *wire.GatewayLog) bool) *wire.GatewayLog {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if s := l.State(); so(s) {
			return s
		}
	}
	t.Fatalf("never: %s: %+v", what, l.State())
	return nil
}

func ended(t *testing.T, l *Log) {
	t.Helper()
	if err := l.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func TestRequestsBecomeRowsThatMltopReads(t *testing.T) {
	for _, p := range places(t) {
		r := quick(t)
		l, _ := begin(t, p, r)
		handAll(t, l, 0, 234)
		hand(l, "/failed", 503)
		sooner(t, l, "all are written", func(s *wire.GatewayLog) bool { return s.Written == 235 && s.Lag == nil })
		ended(t, l)
		if s := l.State(); s.Written != 235 || s.Dropped+s.Lost+s.Spilled+s.Refused != 0 {
			t.Errorf("%s: the state is %+v", p.name, s)
		}
		if got := rowPaths(t, p.open(t)); !slices.Equal(got, append(wantPaths(234), "/failed")) {
			t.Errorf("%s: the rows are %v", p.name, got)
		}
		e := p.attach(t)
		tables, err := e.RequestTables(t.Context())
		if err != nil || len(tables) != 1 || tables[0].Name != "request_logs" || tables[0].Duration != "process_time_ms" || !tables[0].DurationReal {
			t.Fatalf("%s: mltop finds %+v, %v", p.name, tables, err)
		}
		sections, err := requestlog.New(e, requestlog.Options{}).Collect(t.Context())
		if err != nil || len(sections) != 1 {
			t.Fatalf("%s: mltop reads %v, %v", p.name, sections, err)
		}
		got := sections[0].(*collectors.Requests)
		var sum collectors.Group
		for _, b := range got.Buckets {
			sum.Count += b.Total.Count
			sum.ServerErrors += b.Total.ServerErrors
			if q := b.Total.Latency.Quantile(0.5); q < 0.0014 || q > 0.0016 {
				t.Errorf("%s: the median is %v, want 1.5 ms", p.name, q)
			}
			if age := time.Since(b.Start); age < -time.Minute || age > 10*time.Minute {
				t.Errorf("%s: a row is dated %v ago", p.name, age)
			}
		}
		if sum.Count != 235 || sum.ServerErrors != 1 {
			t.Errorf("%s: mltop counts %d requests and %d errors, want 235 and 1", p.name, sum.Count, sum.ServerErrors)
		}
		var secrets int
		if err := p.open(t).QueryRow("SELECT count(*) FROM request_logs WHERE headers LIKE '%s3cret%' OR query_params LIKE '%s3cret%'").Scan(&secrets); err != nil || secrets != 0 {
			t.Errorf("%s: %d rows hold a secret (%v)", p.name, secrets, err)
		}
	}
}

func TestAnotherTableIsLeftAlone(t *testing.T) {
	for _, p := range places(t) {
		d := p.open(t)
		dbtest.Exec(t, d, "CREATE TABLE request_logs (id INTEGER PRIMARY KEY, path VARCHAR(100), method VARCHAR(9))")
		_, err := Open(t.Context(), p.target, quick(t), func(string) {})
		var shape *ShapeError
		if !errors.As(err, &shape) || !strings.Contains(err.Error(), "has no column timestamp") || !strings.Contains(err.Error(), "log.table") {
			t.Errorf("%s: got %v, want that the table has another shape", p.name, err)
		}
		r := quick(t)
		r.Table = "gateway_logs"
		l, _ := begin(t, p, r)
		handAll(t, l, 0, 3)
		ended(t, l)
		if got := rowPaths(t, d); len(got) != 0 {
			t.Errorf("%s: the other table has %v", p.name, got)
		}
		var n int
		if err := d.QueryRow("SELECT count(*) FROM gateway_logs").Scan(&n); err != nil || n != 3 {
			t.Errorf("%s: the named table has %d rows, %v; want 3", p.name, n, err)
		}
	}
}

func TestRowsThatWaitAreWrittenInFewTransactions(t *testing.T) {
	p, r := sqlitePlace(t), quick(t)
	r.Batch, r.Largest, r.Every = 1000, 1000, time.Hour // the writer takes none
	l, _ := begin(t, p, r)
	handAll(t, l, 0, 950)
	r.Batch, r.Largest = 100, 400
	l.Follow(r)
	ended(t, l)
	if s := l.State(); s.Written != 950 || s.Batches != 3 || s.Batch != 100 || s.Largest != 400 {
		t.Errorf("the state is %+v, want 950 rows in 3 batches, of 400 at the most", s)
	}
	if got := rowPaths(t, p.open(t)); !slices.Equal(got, wantPaths(950)) {
		t.Errorf("there are %d rows, want 950 in order", len(got))
	}
}

func TestABlockIsWrittenOnce(t *testing.T) {
	for _, p := range places(t) {
		r := quick(t)
		s, err := newStore(p.target, &r)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range []*block{blockOf("a", 1, "/r/0"), blockOf("a", 1, "/r/0"), blockOf("b", 5, "/r/1", "/r/2"), blockOf("a", 2, "/r/3"), blockOf("b", 5, "/r/1", "/r/2"), blockOf("a", 1, "/r/0")} {
			if _, err := s.write(t.Context(), b); err != nil {
				t.Fatalf("%s: %v", p.name, err)
			}
		}
		s.close()
		if got := rowPaths(t, p.open(t)); !slices.Equal(got, wantPaths(4)) {
			t.Errorf("%s: the rows are %v, want each once", p.name, got)
		}
	}
}

func TestARowThatTheTableRefusesCostsOnlyItself(t *testing.T) {
	for _, p := range places(t) {
		d, r := p.open(t), quick(t)
		log, _ := p.target.Kind.tables(r.Table)
		dbtest.Exec(t, d, strings.Replace(log, "status_code INTEGER", "status_code INTEGER CHECK (status_code < 500)", 1))
		l, _ := begin(t, p, r)
		hand(l, "/r/0", 200)
		hand(l, "/bad", 503)
		hand(l, "/r/1", 404)
		ended(t, l)
		if s := l.State(); s.Written != 2 || s.Refused != 1 || s.Lost != 0 {
			t.Errorf("%s: the state is %+v, want 2 written and 1 refused", p.name, s)
		}
		if got := rowPaths(t, d); !slices.Equal(got, wantPaths(2)) {
			t.Errorf("%s: the rows are %v", p.name, got)
		}
	}
}

func TestWhatIsTooOldOrTooMuchIsDeleted(t *testing.T) {
	for _, p := range places(t) {
		d, r := p.open(t), quick(t)
		l, _ := begin(t, p, r)
		handAll(t, l, 0, 2500)
		sooner(t, l, "all are written", func(s *wire.GatewayLog) bool { return s.Written == 2500 })
		if got := l.State(); got.Deleted != 0 {
			t.Errorf("%s: %d rows were deleted, and no bound was set", p.name, got.Deleted)
		}
		r.Keep.Rows = 40
		l.Follow(r)
		sooner(t, l, "40 rows are left", func(s *wire.GatewayLog) bool { return s.Deleted == 2460 })
		if got := rowPaths(t, d); len(got) != 40 || got[0] != "/r/2460" {
			t.Errorf("%s: %d rows are left, from %s on", p.name, len(got), got[0])
		}
		ended(t, l)
		dbtest.Exec(t, d, "UPDATE request_logs SET timestamp = '2020-01-01 00:00:00' WHERE id <= (SELECT m FROM (SELECT max(id) - 10 AS m FROM request_logs) x)")
		r.Keep = KeepRule{Age: 24 * time.Hour}
		l, _ = begin(t, p, r)
		sooner(t, l, "old rows are gone", func(s *wire.GatewayLog) bool { return s.Deleted == 30 })
		ended(t, l)
		if got := rowPaths(t, d); len(got) != 10 {
			t.Errorf("%s: %d rows are left, want the 10 of today", p.name, len(got))
		}
	}
}
