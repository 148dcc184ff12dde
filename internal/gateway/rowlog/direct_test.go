package rowlog

import (
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	sqlite3 "github.com/mattn/go-sqlite3"
)

// manyRows differ in length, in what is missing, and in their times.
func manyRows(n int) (rows []row) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 999_998_765, time.UTC)
	for i := range n {
		r := row{at: at.Add(time.Duration(i) * 777 * time.Millisecond), took: time.Duration(i) * 1234567, status: 100 + i, received: int64(i) << 40, sent: -int64(i)}
		for j := range r.texts {
			if (i+j)%3 > 0 {
				r.texts[j] = fmt.Sprintf("%*d é'\"", i%40, j)
			}
		}
		rows = append(rows, r)
	}
	return rows
}

// everyCell is what the log's file has.
func everyCell(t *testing.T, path string) (out [][]any) {
	t.Helper()
	d, err := openSQLite(path)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	rows, err := d.Query("SELECT *, typeof(timestamp), typeof(process_time_ms), typeof(method), typeof(query_params) FROM request_logs ORDER BY id")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	names, _ := rows.Columns()
	for rows.Next() {
		cells, at := make([]any, len(names)), make([]any, len(names))
		for i := range cells {
			at[i] = &cells[i]
		}
		if err := rows.Scan(at...); err != nil {
			t.Fatal(err)
		}
		out = append(out, cells)
	}
	return out
}

// fileStore is a store into a file of its own, with its tables.
func fileStore(t *testing.T, bodies int) (s *store, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "log.db")
	r := Defaults()
	r.Bodies = bodies
	s, err := newStore(Target{Kind: SQLite, Name: path, Path: path}, &r)
	if err == nil {
		err = s.prepare(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.close() })
	return s, path
}

func TestSQLiteGetsTheSameRowsWithTheDriverAndPastIt(t *testing.T) {
	const n = 137 // of every size of a statement
	for _, bodies := range []int{0, 4096} {
		t.Run(fmt.Sprintf("with bodies of %d bytes", bodies), func(t *testing.T) {
			wrote := func(insert func(s *store, tx txn, rows []row) error) [][]any {
				s, path := fileStore(t, bodies)
				for number := range int64(2) { // the statement is kept for the second
					tx, err := s.begin(t.Context())
					if err == nil {
						err = insert(s, tx, manyRows(n))
					}
					if err == nil {
						err = tx.Commit()
					}
					if tx.end(); err != nil {
						t.Fatalf("block %d: %v", number, err)
					}
				}
				return everyCell(t, path)
			}
			got := wrote(func(s *store, tx txn, rows []row) error { return s.insertAll(t.Context(), tx, rows) })
			want := wrote(func(s *store, tx txn, rows []row) error {
				for i := range rows {
					if err := s.insertByDriver(t.Context(), tx, rows[i:i+1]); err != nil {
						return err
					}
				}
				return nil
			})
			if len(got) != 2*n || !reflect.DeepEqual(got, want) {
				t.Errorf("%d rows past the driver, %d with it, and they differ", len(got), len(want))
			}
		})
	}
}

func TestARefusalPastTheDriverSaysWhyInSQLitesWords(t *testing.T) {
	s, _ := fileStore(t, 0)
	if _, err := s.db.Exec("CREATE UNIQUE INDEX alone ON request_logs (status_code)"); err != nil {
		t.Fatal(err)
	}
	rows := manyRows(9)
	rows[7].status = rows[3].status
	tx, err := s.begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.end()
	err = s.insertAll(t.Context(), tx, rows)
	if err == nil || s.kind.fate(err) != fateRow {
		t.Fatalf("the error is %v, want one of a row's values", err)
	}
	if want := "insert: UNIQUE constraint failed: request_logs.status_code"; err.Error() != want {
		t.Errorf("the error is %q, want %q", err, want)
	}
}

// A batch may be under way when a reload has headers left out.
func TestFieldsThatCameBeforeAreNotKeptWhereTheyAreNotWanted(t *testing.T) {
	block := []byte("Host: h\r\nUser-Agent: a\r\nX-Own: o\r\n\r\n")
	m := newMask(nil)
	for _, keep := range []bool{true, false, true} {
		if got, want := m.toldBy(block, keep), newMask(nil).toldBy(block, keep); got != want {
			t.Errorf("headers wanted is %v: got %q, want %q", keep, got, want)
		}
	}
}

func TestFieldsThatCameBeforeTellTheSameAgain(t *testing.T) {
	r := Defaults()
	m := newMask(nil)
	for round := range 3 {
		for i := range 4 * mostBlocks { // they crowd each other out
			var e Entry
			e.Take(fmt.Appendf(nil, "GET /%d HTTP/1.1\r\nHost: h%d\r\nUser-Agent: a%d\r\nAuthorization: s%d\r\n\r\n", round, i, i, i), nil, nil)
			got, want := m.rowOf(&e, &r), newMask(nil).rowOf(&e, &r)
			if got.texts != want.texts || got.texts[textAgent] != fmt.Sprint("a", i) {
				t.Fatalf("round %d, head %d: got %q, want %q", round, i, got.texts, want.texts)
			}
		}
	}
}

// A value that was not bound would be NULL, and the row would count as written.
func TestAValueThatSQLiteDoesNotTakeIsARefusalAndNoNull(t *testing.T) {
	s, _ := fileStore(t, 0)
	tx, err := s.begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.end()
	rows := manyRows(1)
	if err := s.insertAll(t.Context(), tx, rows); err != nil { // the driver keeps its statement from here on
		t.Fatal(err)
	}
	const limitLength = 0
	if err := tx.conn.Raw(func(c any) error { c.(*sqlite3.SQLiteConn).SetLimit(limitLength, 2000); return nil }); err != nil {
		t.Fatal(err)
	}
	rows[0].texts[textPath] = strings.Repeat("x", 2001)
	err = s.insertAll(t.Context(), tx, rows)
	if err == nil || err.Error() != "insert: string or blob too big" || s.kind.fate(err) != fateRow {
		t.Errorf("the error is %v, want that the value is too big: a row's", err)
	}
}
