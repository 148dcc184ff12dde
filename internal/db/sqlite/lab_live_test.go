package sqlite

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"mltop/internal/db"
)

// A requestWriter writes as MockLoop does: each request opens a connection,
// inserts, commits and closes, three times.
type requestWriter struct {
	uri     string
	written int
	lost    []error
	longest time.Duration
}

func (w *requestWriter) request(n int) {
	start := time.Now()
	for i := range 3 {
		if err := w.insert(n, i); err != nil {
			w.lost = append(w.lost, err)
			continue
		}
		w.written++
	}
	w.longest = max(w.longest, time.Since(start))
}

func (w *requestWriter) insert(n, i int) error {
	c, err := openConn(w.uri, nil)
	if err != nil {
		return err
	}
	err = c.exec(context.Background(), "INSERT INTO request_logs(path, status_code, request_body) VALUES (?, ?, ?)", fmt.Sprintf("/pet/%d", n), int64(200+i), "{}")
	if closeErr := c.close(); err == nil {
		err = closeErr
	}
	return err
}

// during writes until stop, and answers how long the longest request took.
func (w *requestWriter) during(stop *atomic.Bool) time.Duration {
	w.longest = 0
	for n := 0; !stop.Load(); n++ {
		w.request(n)
	}
	return w.longest
}

func TestAWriterBesideTheFillLosesNothing(t *testing.T) {
	for _, mode := range []string{"delete", "wal"} {
		t.Run(mode, func(t *testing.T) {
			path := makeFile(t, "PRAGMA journal_mode = "+mode, "PRAGMA synchronous = OFF",
				`CREATE TABLE request_logs(id INTEGER PRIMARY KEY AUTOINCREMENT, path TEXT, status_code INTEGER, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, request_body TEXT)`,
				`INSERT INTO request_logs(path, status_code, request_body) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 60000) SELECT '/pet/' || (i % 500), 200, printf('%200d', i) FROM n`)
			w := &requestWriter{uri: fileURI(path, "rw") + "&_busy_timeout=5000"}
			alone := writeFor(w, 300*time.Millisecond)
			before := w.written

			var stop atomic.Bool
			done := make(chan time.Duration)
			go func() { done <- w.during(&stop) }()
			l := openLab(t, path, db.LabOptions{MaxTime: time.Minute}) // a busy machine lets the fill in seldom
			stop.Store(true)
			beside := <-done

			t.Logf("%s: the longest request took %v alone, %v beside the fill; %d writes beside it; the longest read took %v", mode, alone, beside, w.written-before, l.LongestRead())
			if len(w.lost) > 0 || w.written == before {
				t.Fatalf("%d writes were lost of %d: %v", len(w.lost), w.written, w.lost)
			}
			want := int64(60000 + w.written)
			if n := countRows(t, path); n != want {
				t.Errorf("the live file holds %d rows, want %d", n, want)
			}
			if s := l.Shares()[0]; s.Rows < 60000 || s.Rows > want {
				t.Errorf("the copy holds %d rows; there were 60000 to %d", s.Rows, want)
			}
			assertNothingHeld(t, path)
		})
	}
}

func writeFor(w *requestWriter, d time.Duration) time.Duration {
	var stop atomic.Bool
	time.AfterFunc(d, func() { stop.Store(true) })
	return w.during(&stop)
}

func countRows(t *testing.T, path string) int64 {
	t.Helper()
	c, err := openConn(fileURI(path, "ro"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	n, _, err := intOf(context.Background(), c, "SELECT count(*) FROM request_logs")
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// assertNothingHeld shows that no connection is left on the live file: in WAL
// mode the last one to close removes the -wal file; and an exclusive lock is
// free.
func assertNothingHeld(t *testing.T, path string) {
	t.Helper()
	runOn(t, path, "PRAGMA locking_mode = EXCLUSIVE", "BEGIN EXCLUSIVE", "COMMIT")
	if _, err := os.Stat(path + "-wal"); err == nil {
		t.Error("a connection is still open: the -wal file is there")
	}
}
