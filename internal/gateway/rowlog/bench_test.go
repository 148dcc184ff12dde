package rowlog

import (
	"context"
	"database/sql"
	"fmt"
	"net/netip"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"mltop/internal/db/dbtest"
)

// browsers send some 200 bytes to an API.
const benchHead = "GET /api/items/1234?page=2&token=s3cret HTTP/1.1\r\nHost: shop.example:8080\r\nUser-Agent: curl/8.5.0\r\nAccept: application/json\r\nAccept-Encoding: gzip\r\nAuthorization: Bearer s3cret\r\nX-Request-Id: 0123456789abcdef\r\n\r\n"

// benchRows hands in b.N requests as fast as they are taken, and waits until
// the last row is committed.
func benchRows(b *testing.B, t Target) (perSecond float64) {
	r := Defaults()
	r.Spill = filepath.Join(b.TempDir(), "spill")
	l, err := Open(b.Context(), t, r, func(text string) { b.Log(text) })
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	began, cpu := time.Now(), cpuSeconds(b)
	for range b.N {
		e := l.Entry()
		for e == nil {
			time.Sleep(time.Millisecond) // the queue is full: the writer is what is measured
			e = l.Entry()
		}
		e.At, e.Took, e.Status, e.Sent, e.ID, e.Upstream = time.Now(), 1500*time.Microsecond, 200, 1234, "0123456789abcdef", "http://127.0.0.1:9001"
		e.Client = netip.AddrFrom4([4]byte{10, 1, 2, 3})
		e.Take([]byte(benchHead), nil, nil)
		l.Add(e)
	}
	if err := l.Close(context.Background()); err != nil {
		b.Fatal(err)
	}
	perSecond = float64(b.N) / time.Since(began).Seconds()
	b.StopTimer()
	b.ReportMetric((cpuSeconds(b)-cpu)/float64(b.N)*1e6, "cpu-µs/row") // of this process: what a busy machine does not change
	if s := l.State(); s.Written != uint64(b.N) {
		b.Fatalf("%d of %d rows are written: %+v", s.Written, b.N, s)
	}
	b.ReportMetric(perSecond, "rows/s")
	return perSecond
}

func cpuSeconds(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

// openInsertClose is how MockLoop's servers log: a connection and a commit for
// each request, in a rollback journal.
func openInsertClose(b *testing.B, path string, n int) (perSecond float64) {
	kind := SQLite
	log, _ := kind.tables(DefaultTable)
	began := time.Now()
	for i := range n {
		d, err := sql.Open("sqlite3", "file:"+path)
		if err == nil && i == 0 {
			_, err = d.Exec(log)
			began = time.Now()
		}
		if err == nil {
			_, err = d.Exec("INSERT INTO request_logs (timestamp, method, path, status_code, process_time_ms, headers) VALUES (?, 'GET', ?, 200, 1.5, ?)", time.Now().UTC(), fmt.Sprint("/r/", i), benchHead)
		}
		if err == nil {
			err = d.Close()
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	return float64(n) / time.Since(began).Seconds()
}

func BenchmarkSQLite(b *testing.B) {
	path := filepath.Join(b.TempDir(), "requests.db")
	batched := benchRows(b, Target{Kind: SQLite, Name: path, Path: path})
	alone := openInsertClose(b, filepath.Join(b.TempDir(), "alone.db"), 200)
	b.ReportMetric(batched/alone, "×open-insert-close")
	b.ReportMetric(alone, "open-insert-close/s")
}

func BenchmarkMariaDB(b *testing.B) {
	s := dbtest.MariaDB(b)
	c, err := mysql.NewConnector(s.MariaDBConfig(s.MariaDBDatabase(b)))
	if err != nil {
		b.Fatal(err)
	}
	benchRows(b, Target{Kind: MariaDB, Name: "MariaDB", Connect: c})
}

func BenchmarkPostgres(b *testing.B) {
	cfg, err := pgx.ParseConfig(dbtest.Postgres(b).PostgresDatabase(b))
	if err != nil {
		b.Fatal(err)
	}
	benchRows(b, Target{Kind: Postgres, Name: "PostgreSQL", Connect: stdlib.GetConnector(*cfg)})
}

// BenchmarkHandingIn is what a request pays.
func BenchmarkHandingIn(b *testing.B) {
	l := &Log{pool: newEntryPool(1024), queue: newQueue()}
	r := Defaults()
	l.rule.Store(&r)
	var batch []*Entry
	head := []byte(benchHead)
	b.ReportAllocs()
	for b.Loop() {
		e := l.Entry()
		e.Took, e.Status, e.Sent, e.ID = time.Millisecond, 200, 12, "id"
		e.Take(head, nil, nil)
		l.Add(e)
		if batch, _ = l.queue.take(batch[:0], &r, time.Hour, e.At); len(batch) > 0 {
			l.pool.giveBack(batch...)
		}
	}
}
