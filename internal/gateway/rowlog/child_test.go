package rowlog

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// childName names in the environment what a child of the test is to do, and
// where.
const childName = "MLTOP_TEST_ROWLOG"

func beChild() bool {
	what, dir, _ := strings.Cut(os.Getenv(childName), " ")
	do := map[string]func(string) error{"write": childWrites, "small": childOnAFullDisk}[what]
	if do == nil {
		return false
	}
	if err := do(dir); err != nil {
		fmt.Println("error:", err)
	}
	return true
}

// childBatch is the largest that a child is told to write.
const childBatch = 300

func childLog(dir string) (*Log, error) {
	r := Defaults()
	r.Largest = childBatch
	r.Every, r.Spill = 20*time.Millisecond, filepath.Join(dir, "spill")
	r.Pool.Attempts, r.Pool.Delay, r.Pool.Check = 1, 10*time.Millisecond, 20*time.Millisecond
	path := filepath.Join(dir, "requests.db")
	return Open(context.Background(), Target{Kind: SQLite, Name: path, Path: path}, r, func(text string) { fmt.Println("said:", text) })
}

// inHand are rows that a kill would take: not in the database, not in the
// spill file.
func (l *Log) inHand(handed uint64) uint64 {
	s := l.State()
	return handed - s.Written - uint64(s.Spill.Rows)
}

// childWrites hands in requests until it is killed, with no more than the
// largest batch in hand, and tells how many.
func childWrites(dir string) error {
	l, err := childLog(dir)
	if err != nil {
		return err
	}
	before := uint64(l.State().Spill.Rows) // of an earlier run: they are written and not handed in
	for n := uint64(0); ; n++ {
		for l.inHand(n+before) >= childBatch {
			time.Sleep(time.Millisecond)
		}
		if !hand(l, fmt.Sprintf("/r/%s/%d", filepath.Base(os.Getenv("RUN")), n), 200) {
			return fmt.Errorf("request %d was dropped", n)
		}
		fmt.Println(n + 1)
	}
}

// A child is another process of this test.
type child struct {
	cmd *exec.Cmd
	out *bufio.Scanner
	in  io.WriteCloser
}

func startChild(t *testing.T, what, dir string, env ...string) *child {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &child{cmd: exec.Command(self, "-test.run=^$")}
	c.cmd.Env = append(append(os.Environ(), childName+"="+what+" "+dir), env...)
	out, err := c.cmd.StdoutPipe()
	if err == nil {
		c.in, err = c.cmd.StdinPipe()
	}
	if err == nil {
		err = c.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	c.out = bufio.NewScanner(out)
	t.Cleanup(func() { c.cmd.Process.Kill(); c.cmd.Wait() })
	return c
}

// count reads on until the child has handed in so many; -1: to its end.
func (c *child) count(t *testing.T, most int) (n int) {
	t.Helper()
	for (most < 0 || n < most) && c.out.Scan() {
		if text := c.out.Text(); strings.HasPrefix(text, "error:") {
			t.Fatal(text)
		} else if v, err := strconv.Atoi(text); err == nil {
			n = v
		}
	}
	return n
}

// Killed at any point, a log has lost no more than one batch, as large as it
// was told that one may get, and written nothing twice; what had been spilled is
// written by the next run.
func TestKilledWithNineItLosesNoMoreThanABatch(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "requests.db")
	p := sqlitePlace(t)
	p.target.Path = path
	handed := map[string]int{}
	for run := range 4 {
		name := fmt.Sprint(run)
		c := startChild(t, "write", dir, "RUN="+name)
		n := c.count(t, 500+77*run)
		locked := func() {}
		if run == 2 { // the database is locked in the end: rows are in the spill file
			locked = lockFile(t, path)
			n = max(n, c.count(t, n+500))
		}
		c.cmd.Process.Signal(syscall.SIGKILL)
		handed[name] = max(n, c.count(t, -1))
		c.cmd.Wait()
		locked()
	}
	l, err := childLog(dir)
	if err != nil {
		t.Fatal(err)
	}
	ended(t, l)
	d, err := openSQLite(path)
	got := map[string][]int{}
	for _, p := range rowPaths(t, closedBehind(t, d, err)) {
		f := strings.Split(p, "/")
		n, _ := strconv.Atoi(f[3])
		got[f[2]] = append(got[f[2]], n)
	}
	for run, n := range handed {
		rows := got[run]
		if len(rows) < n-childBatch || len(rows) > n+childBatch {
			t.Errorf("run %s: %d of at least %d rows are there, want all but one batch of %d", run, len(rows), n, childBatch)
		}
		for i, r := range rows {
			if i != r {
				t.Fatalf("run %s: row %d is of request %d: %v", run, i, r, rows[max(0, i-2):min(len(rows), i+3)])
			}
		}
	}
}

// childOnAFullDisk logs into a file that may not grow, and then may.
func childOnAFullDisk(dir string) error {
	l, err := childLog(dir)
	if err != nil {
		return err
	}
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		return err
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 256 << 10, Max: old.Max}); err != nil {
		return err
	}
	in := bufio.NewScanner(os.Stdin)
	n := 0
	for l.State().Dropped == 0 { // the database is full, then the spill file, then the queue
		if hand(l, fmt.Sprintf("/r/%d", n), 200) {
			n++
		}
	}
	s := l.State()
	fmt.Println("full:", n, s.State, s.Spilled > 0, s.Lost, s.Why)
	in.Scan()
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		return err
	}
	err = l.Close(context.Background())
	s = l.State()
	fmt.Println("closed:", s.Spill.Rows, s.Lost, err)
	return nil
}

func TestAFullDiskLosesNothingThatWasAccepted(t *testing.T) {
	dir := t.TempDir()
	c := startChild(t, "small", dir)
	handed := 0
	for c.out.Scan() {
		text := c.out.Text()
		if rest, ok := strings.CutPrefix(text, "full: "); ok {
			f := strings.SplitN(rest, " ", 5)
			handed, _ = strconv.Atoi(f[0])
			if f[1] != "away" || f[2] != "true" || f[3] != "0" || !strings.Contains(f[4], "too large") {
				t.Errorf("on a full disk it stands so: %s; want away, spilled, nothing lost, and why", rest)
			}
			io.WriteString(c.in, "go on\n")
		}
		if rest, ok := strings.CutPrefix(text, "closed: "); ok && !strings.HasPrefix(rest, "0 0 <nil>") && !strings.HasSuffix(rest, " 0 <nil>") {
			t.Errorf("at the end: %s", rest)
		}
		if strings.HasPrefix(text, "error:") {
			t.Fatal(text)
		}
	}
	c.cmd.Wait()
	l, err := childLog(dir) // the rest waits for the next start
	if err != nil {
		t.Fatal(err)
	}
	sooner(t, l, "all is replayed", spillIsEmpty)
	ended(t, l)
	d, err := openSQLite(filepath.Join(dir, "requests.db"))
	if got := rowPaths(t, closedBehind(t, d, err)); handed < 1000 || !slices.Equal(got, wantPaths(handed)) {
		t.Errorf("there are %d rows, want the %d that were accepted, each once and in order", len(got), handed)
	}
}
