//go:build cgo

package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

const everyKindDDL = "CREATE TABLE v(id INTEGER PRIMARY KEY, a, b, c)"

// everyKind is rows of all that a column can hold, each kind beside each.
func everyKind() [][]driver.Value {
	values := []driver.Value{
		nil, int64(0), int64(-1), int64(math.MaxInt64), int64(math.MinInt64), 0.5, -1e300, math.Inf(1), math.Copysign(0, -1),
		"", "x", "x", "GET", "a\x00b", "\xff\xfe", "😀", strings.Repeat("long ", 1000), []byte{}, []byte("GET"), []byte{0, 0xff},
	}
	var rows [][]driver.Value
	for i, a := range values {
		for j, b := range values {
			rows = append(rows, []driver.Value{a, b, values[(i*7+j)%len(values)]})
		}
	}
	return rows
}

// expected is what a batch says of a value.
func expected(v driver.Value) driver.Value {
	switch v := v.(type) {
	case string:
		return v[:min(len(v), cellText)]
	case []byte:
		return v[:min(len(v), cellText)]
	}
	return v
}

// A batchWay is one of the two ways in which batches are read.
type batchWay func(*conn) func(context.Context, *batch, string, []int64, func(*batch) error) error

func bothWays() map[string]batchWay {
	return map[string]batchWay{
		"by the library": func(c *conn) func(context.Context, *batch, string, []int64, func(*batch) error) error { return c.fill },
		"by the driver": func(c *conn) func(context.Context, *batch, string, []int64, func(*batch) error) error {
			return c.fillByRow
		},
	}
}

func TestABatchHoldsWhatTheRowsHold(t *testing.T) {
	path, want := dbtest.Path(t), everyKind()
	d := dbtest.Open(t, path)
	dbtest.Exec(t, d, everyKindDDL)
	for _, r := range want {
		dbtest.Exec(t, d, "INSERT INTO v(a, b, c) VALUES (?, ?, ?)", r[0], r[1], r[2])
	}
	for name, way := range bothWays() {
		t.Run(name, func(t *testing.T) {
			n := 0
			read(t, path, way, "SELECT id, a, b, c FROM v WHERE id > ?1 AND id <= ?2 ORDER BY id", []int64{0, math.MaxInt64}, func(id int64, got []driver.Value) {
				n++
				for i, v := range want[id-1] {
					if !reflect.DeepEqual(got[i], expected(v)) {
						t.Errorf("row %d, column %d: got %.40v (%T), want %.40v (%T)", id, i, got[i], got[i], v, v)
					}
				}
			})
			if n != len(want) {
				t.Errorf("got %d rows, want %d", n, len(want))
			}
		})
	}
}

// read reads all rows of a statement by the batch; the first column is an id.
func read(t *testing.T, path string, way batchWay, sql string, args []int64, each func(id int64, values []driver.Value)) {
	t.Helper()
	c, err := openConn(readURI(path, defaultBusyTimeout), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	err = way(c)(background(), newBatch(4), sql, args, func(b *batch) error {
		for i := range b.rows {
			r := b.row(i)
			each(r[0].n, []driver.Value{b.value(r[1]), b.value(r[2]), b.value(r[3])})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestBatchesOfEveryLengthAreWhole(t *testing.T) {
	path := dbtest.Path(t)
	d := dbtest.Open(t, path)
	dbtest.Exec(t, d, everyKindDDL)
	dbtest.Exec(t, d, `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 1000)
		INSERT INTO v SELECT i, i*i, 'text ' || i, CASE WHEN i % 3 = 0 THEN zeroblob(6000) END FROM n`)
	const sql = "SELECT id, a, b, c FROM v WHERE id > ?1 ORDER BY id LIMIT ?2"
	for name, way := range bothWays() {
		for _, limit := range []int64{0, 1, batchRows - 1, batchRows, batchRows + 1, 2 * batchRows, 999, 1000, 5000} {
			next := int64(1)
			read(t, path, way, sql, []int64{0, limit}, func(id int64, v []driver.Value) {
				if id != next || v[0] != id*id || v[1] != fmt.Sprint("text ", id) || (v[2] != nil) != (id%3 == 0) {
					t.Fatalf("%s, limit %d: got row %d %.60v, want row %d", name, limit, id, v, next)
				}
				if b, ok := v[2].([]byte); ok && len(b) != cellText {
					t.Fatalf("%s: got a blob of %d bytes, want %d", name, len(b), cellText)
				}
				next++
			})
			if want := min(limit, 1000); next-1 != want {
				t.Errorf("%s, limit %d: got %d rows, want %d", name, limit, next-1, want)
			}
		}
	}
}

// bigLog is a request log of many batches, and its table.
func bigLog(t *testing.T) (string, *Engine, db.RequestTable) {
	t.Helper()
	path := dbtest.Path(t)
	dbtest.RequestLog(t, path, dbtest.Served, 5000)
	e := open(t, path)
	tables, err := e.RequestTables(background())
	if err != nil {
		t.Fatal(err)
	}
	return path, e, tables[0]
}

func TestAReadThatIsGivenUpHoldsNothing(t *testing.T) {
	path, e, table := bigLog(t)
	enough := errors.New("enough")
	for _, c := range []struct {
		name string
		stop func(cancel func()) error
		want error
	}{
		{"the context ends", func(cancel func()) error { cancel(); return nil }, context.Canceled},
		{"who reads has seen enough", func(func()) error { return enough }, enough},
	} {
		ctx, cancel := context.WithCancel(background())
		rows := 0
		err := e.ReadRequests(ctx, table, 0, 0, 5000, false, func(*db.RequestRow) error {
			if rows++; rows == 10 {
				return c.stop(cancel)
			}
			return nil
		})
		cancel()
		if !errors.Is(err, c.want) || rows > 2*batchRows {
			t.Errorf("%s: got %v after %d rows, want %v within two batches", c.name, err, rows, c.want)
		}
		d := dbtest.Open(t, path)
		dbtest.Exec(t, d, "PRAGMA busy_timeout = 0")
		dbtest.Exec(t, d, "INSERT INTO request_logs(path) VALUES ('/after')")
	}
	if n, err := e.MaxRequestID(background(), table); err != nil || n != 5002 {
		t.Errorf("afterwards: got newest id %d, %v; want 5002", n, err)
	}
}

func TestAContextThatHasEndedReadsNothing(t *testing.T) {
	_, e, table := bigLog(t)
	ctx, cancel := context.WithCancel(background())
	cancel()
	err := e.ReadRequests(ctx, table, 0, 0, 10, false, func(r *db.RequestRow) error {
		t.Errorf("got row %d", r.ID)
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

func TestALockBetweenTwoChunksIsBusy(t *testing.T) {
	path, e, table := bigLog(t)
	d := dbtest.Open(t, path)
	d.SetMaxOpenConns(1)
	rows := 0
	chunk := func(after int64) error {
		return e.ReadRequests(background(), table, after, 0, 1000, false, func(r *db.RequestRow) error { rows++; return nil })
	}
	if err := chunk(0); err != nil || rows != 1000 {
		t.Fatalf("got %d rows, %v", rows, err)
	}
	dbtest.Exec(t, d, "BEGIN EXCLUSIVE")
	if err := chunk(1000); !errors.Is(err, db.ErrBusy) || rows != 1000 {
		t.Errorf("under a lock: got %v after %d rows, want %v after 1000", err, rows, db.ErrBusy)
	}
	dbtest.Exec(t, d, "ROLLBACK")
	if err := chunk(1000); err != nil || rows != 2000 {
		t.Errorf("behind the lock: got %d rows, %v; want 2000", rows, err)
	}
}

func TestAWriterInTheMiddleOfAReadIsNotSeenByHalf(t *testing.T) {
	path, e, table := bigLog(t)
	d := dbtest.Open(t, path)
	d.SetMaxOpenConns(1)
	dbtest.Exec(t, d, "PRAGMA busy_timeout = 0")
	rows := 0
	err := e.ReadRequests(background(), table, 0, 0, 5000, false, func(*db.RequestRow) error {
		if rows++; rows == batchRows+1 {
			if _, err := d.Exec("DELETE FROM request_logs"); err == nil {
				t.Error("a writer got its lock in the middle of a read")
			}
		}
		return nil
	})
	if err != nil || rows != 5000 {
		t.Errorf("got %d rows, %v; want all 5000", rows, err)
	}
}

func TestDamageInTheMiddleIsSaidBehindTheRowsAheadOfIt(t *testing.T) {
	path, e, table := bigLog(t)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	copy(b[len(b)/2/4096*4096:], noise(4096))
	broken := open(t, write(t, b))
	rows := 0
	err = broken.ReadRequests(background(), table, 0, 0, 5000, false, func(*db.RequestRow) error { rows++; return nil })
	var f *FileError
	if !errors.As(err, &f) || f.Problem != ProblemCorrupt || rows == 0 || rows >= 5000 {
		t.Errorf("got %v after %d rows, want a damaged file after some", err, rows)
	}
}
