package main

import (
	"bufio"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"mltop/internal/db/dbtest"
	"mltop/internal/stat"
)

// mockMain is "mockloop FILE" for tests: a server's request log as MockLoop
// writes it. Each request opens a connection, inserts, commits and closes,
// three times over. A line a request says when it began and how long it took;
// it ends with its input.
func mockMain() {
	go func() {
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	for i := 0; ; i++ {
		start := time.Now()
		var err error
		for range 3 {
			err = errors.Join(err, logOnce(os.Args[1], i))
		}
		fmt.Println(start.UnixNano(), time.Since(start).Nanoseconds(), err == nil)
		time.Sleep(2 * time.Millisecond)
	}
}

func logOnce(path string, i int) error {
	d, err := sql.Open("sqlite3", path) // waits 5 s for a lock, as Python does
	if err != nil {
		return err
	}
	_, err = d.Exec(dbtest.Served.InsertSQL("request_logs"), time.Now().UTC().Format("2006-01-02T15:04:05"), "GET", fmt.Sprint("/pet/", i), 200, 1, "::1")
	return errors.Join(err, d.Close())
}

// A request that the writer served.
type served struct {
	at   time.Time
	took time.Duration
	kept bool
}

// A mockServer is the writer's process.
type mockServer struct {
	cmd  *exec.Cmd
	in   io.Closer
	mu   sync.Mutex
	list []served
	done chan struct{}
}

func startMock(tb testing.TB, path string) *mockServer {
	tb.Helper()
	m := &mockServer{cmd: exec.Command("mockloop", path), done: make(chan struct{})}
	in, err1 := m.cmd.StdinPipe()
	out, err2 := m.cmd.StdoutPipe()
	if err := errors.Join(err1, err2, m.cmd.Start()); err != nil {
		tb.Fatal(err)
	}
	m.in = in
	go func() {
		defer close(m.done)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			var at, took int64
			var kept bool
			if _, err := fmt.Sscan(lines.Text(), &at, &took, &kept); err == nil {
				m.mu.Lock()
				m.list = append(m.list, served{time.Unix(0, at), time.Duration(took), kept})
				m.mu.Unlock()
			}
		}
	}()
	return m
}

func (m *mockServer) stop() []served {
	m.in.Close()
	<-m.done
	_ = m.cmd.Wait() // it was told to end at any point
	return m.list
}

// advising runs mltop advise on the file, which copies much of it, to the end.
func advising(tb testing.TB, path string, d time.Duration) {
	tb.Helper()
	cmd := exec.Command("mltop", "advise", path, "-d", d.String(), "--interval", "200ms", "-o", "json")
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+tb.TempDir())
	if text, err := cmd.CombinedOutput(); err != nil {
		tb.Errorf("mltop advise: %v\n%s", err, text)
	}
}

// attached runs mltop on the file for a while, and ends it as a user would.
func attached(tb testing.TB, path string, d time.Duration) {
	tb.Helper()
	cmd := exec.Command("mltop", "snapshot", path, "--count", "100000", "--interval", "1s", "-o", "json")
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+tb.TempDir())
	var complaint strings.Builder
	cmd.Stderr = &complaint
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	time.Sleep(d)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		tb.Fatalf("mltop ended by itself: %v\n%s", err, complaint.String())
	}
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() < 0 {
		tb.Errorf("mltop ended by %v\n%s", err, complaint.String())
	}
}

// settled is when an attach is over and watching has begun: reading the past
// keeps the file open for longer than a tick does.
const settled = 500 * time.Millisecond

// A contest is what a writer's requests took, in seconds, alone and beside
// mltop.
type contest struct {
	alone, beside []float64
	lost          int // requests that failed
	rows, least   int // in the file, and how many there have to be
}

// besideAttached compares a writer alone with one beside an attached mltop.
func besideAttached(tb testing.TB, mode string, windows int, width time.Duration) (stat.Comparison, int) {
	tb.Helper()
	c := beside(tb, mode, windows, width, settled, attached)
	return stat.Compare(c.alone, c.beside), c.lost
}

// beside lets the writer go on for some windows, with and without mltop in
// turn; what happens within settle after its start is left out.
func beside(tb testing.TB, mode string, windows int, width, settle time.Duration, run func(testing.TB, string, time.Duration)) contest {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "app.db")
	const history = 20_000
	dbtest.RequestLog(tb, path, dbtest.Served, history)
	if err := runSQL(path, []string{"PRAGMA journal_mode = " + mode}); err != nil {
		tb.Fatal(err)
	}
	type span struct{ from, to time.Time }
	var with, without []span
	m := startMock(tb, path)
	for range windows {
		from := time.Now()
		time.Sleep(width)
		half := time.Now()
		run(tb, path, width)
		without, with = append(without, span{from, half}), append(with, span{half.Add(settle), time.Now()})
	}
	c := contest{least: history}
	for _, r := range m.stop() {
		if r.kept {
			c.least += 3
		} else {
			c.lost++
		}
		for i := range with {
			switch {
			case !r.at.Before(without[i].from) && r.at.Before(without[i].to):
				c.alone = append(c.alone, r.took.Seconds())
			case !r.at.Before(with[i].from) && r.at.Before(with[i].to):
				c.beside = append(c.beside, r.took.Seconds())
			}
		}
	}
	c.rows = rowsIn(tb, path)
	tb.Logf("%s: %d requests alone, %d beside mltop", mode, len(c.alone), len(c.beside))
	return c
}

// One fast machine's noise is not a difference: only one that no chance
// explains, and that a user would feel, fails. In WAL mode a monitor that
// keeps a connection open makes the writer several times faster; that fails
// too.
func TestAWriterIsAsFastBesideMltop(t *testing.T) {
	for _, mode := range []string{"delete", "wal"} {
		c, lost := besideAttached(t, mode, 3, 1500*time.Millisecond)
		t.Logf("%s: beside mltop a request takes %.2f (%.2f to %.2f) times as long, p = %.2g", mode, c.Ratio, c.Low, c.High, c.P)
		if lost > 0 {
			t.Errorf("%s: %d rows were lost", mode, lost)
		}
		if c.P < 1e-6 && (c.Ratio > 3 || c.Ratio < 1./3) {
			t.Errorf("%s: got a ratio of %.2f (%.2f to %.2f), want about 1", mode, c.Ratio, c.Low, c.High)
		}
	}
}

// BenchmarkAWriterBesideMltop is the same for longer, for make bench.
func BenchmarkAWriterBesideMltop(b *testing.B) {
	for _, mode := range []string{"delete", "wal"} {
		b.Run(mode, func(b *testing.B) {
			c, lost := besideAttached(b, mode, 8, 4*time.Second)
			b.ReportMetric(c.Ratio, "ratio")
			b.ReportMetric(c.Low, "ratio-low")
			b.ReportMetric(c.High, "ratio-high")
			b.ReportMetric(float64(lost), "lost-rows")
			b.ReportMetric(0, "ns/op")
			if lost > 0 {
				b.Errorf("%d rows were lost", lost)
			}
		})
	}
}

func rowsIn(tb testing.TB, path string) int {
	tb.Helper()
	d, err := sql.Open("sqlite3", path)
	if err != nil {
		tb.Fatal(err)
	}
	defer d.Close()
	var n int
	if err := d.QueryRow("SELECT count(*) FROM request_logs").Scan(&n); err != nil {
		tb.Fatal(err)
	}
	return n
}

// While mltop advise copies the table and measures on the copy, the writer
// goes on, and every row that it has committed stays.
func TestAWriterBesideAdviseLosesNoRow(t *testing.T) {
	for _, mode := range []string{"delete", "wal"} {
		c := beside(t, mode, 1, 2*time.Second, 0, advising)
		if c.lost > 0 || c.rows < c.least || len(c.beside) == 0 {
			t.Errorf("%s: %d of %d requests beside mltop failed, %d rows are there; want none failed and at least %d rows", mode, c.lost, len(c.beside), c.rows, c.least)
		}
	}
}

// BenchmarkAWriterBesideAdvise says how long the writer's requests take while
// mltop advise is at work: the longest one, as often as its own longest one
// alone, and the typical one.
func BenchmarkAWriterBesideAdvise(b *testing.B) {
	for _, mode := range []string{"delete", "wal"} {
		b.Run(mode, func(b *testing.B) {
			c := beside(b, mode, 4, 8*time.Second, 0, advising)
			b.ReportMetric(slices.Max(c.alone)*1e3, "longest-alone-ms")
			b.ReportMetric(slices.Max(c.beside)*1e3, "longest-beside-ms")
			b.ReportMetric(slices.Max(c.beside)/slices.Max(c.alone), "longest-ratio")
			b.ReportMetric(stat.Compare(c.alone, c.beside).Ratio, "typical-ratio")
			b.ReportMetric(float64(c.lost+max(0, c.least-c.rows)), "lost")
			b.ReportMetric(0, "ns/op")
		})
	}
}
