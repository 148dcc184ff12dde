package sqlite

import (
	"database/sql"
	"fmt"
	"os"
	"testing"

	"github.com/jmoiron/sqlx"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// benchRows is small enough for every run of the benchmarks; set
// MLTOP_BENCH_ROWS=5000000 for the number that is promised.
func benchRows() int {
	n := 200_000
	fmt.Sscan(os.Getenv("MLTOP_BENCH_ROWS"), &n)
	return n
}

func benchFile(b *testing.B) string {
	path := dbtest.Path(b)
	dbtest.RequestLog(b, path, dbtest.Served, benchRows())
	return path
}

// BenchmarkReadRequests and BenchmarkStructScan read the same seven columns of
// the same rows.
func BenchmarkReadRequests(b *testing.B) {
	path := benchFile(b)
	e, err := Open(background(), path, Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer e.Close()
	tables, err := e.RequestTables(background())
	if err != nil {
		b.Fatal(err)
	}
	tables[0].Group = "session_id"
	b.ResetTimer()
	for range b.N {
		n := 0
		for upto := int64(benchRows()); upto > 0; upto -= 5000 {
			if err := e.ReadRequests(background(), tables[0], upto-5000, upto, 5000, true, func(r *db.RequestRow) error { n++; return nil }); err != nil {
				b.Fatal(err)
			}
		}
		if n != benchRows() {
			b.Fatalf("got %d rows", n)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*benchRows()), "ns/row")
}

func BenchmarkStructScan(b *testing.B) {
	d := sqlx.NewDb(dbtest.Open(b, benchFile(b)), "sqlite3")
	type row struct {
		ID        int64          `db:"id"`
		Timestamp sql.NullString `db:"timestamp"`
		Method    sql.NullString `db:"method"`
		Path      sql.NullString `db:"path"`
		Status    sql.NullInt64  `db:"status_code"`
		Took      sql.NullInt64  `db:"process_time_ms"`
		Session   sql.NullString `db:"session_id"`
	}
	b.ResetTimer()
	for range b.N {
		n := 0
		rows, err := d.Queryx("SELECT id, timestamp, method, path, status_code, process_time_ms, session_id FROM request_logs ORDER BY id DESC")
		if err != nil {
			b.Fatal(err)
		}
		for rows.Next() {
			var r row
			if err := rows.StructScan(&r); err != nil {
				b.Fatal(err)
			}
			n++
		}
		if err := rows.Err(); err != nil || n != benchRows() {
			b.Fatalf("got %d rows, %v", n, err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*benchRows()), "ns/row")
}
