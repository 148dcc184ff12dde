package sqlite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// mockEnv tells the test's binary to write to a request log as MockLoop does:
// a connection opened and closed for every request.
const mockEnv = "MLTOP_TEST_MOCKLOOP"

// mockRequests is how many requests the other process logs.
const mockRequests = 150

// writeAsMockLoop has no patience: what is locked for longer than 50 ms fails.
func writeAsMockLoop(path string) {
	lost := 0
	for i := range mockRequests {
		if err := logOne(path, i); err != nil {
			fmt.Println(err)
			lost++
		}
		time.Sleep(2 * time.Millisecond)
	}
	fmt.Println("lost", lost)
}

func logOne(path string, i int) error {
	c, err := openConn(uri(path, "mode=rw&_busy_timeout=50&_synchronous=FULL"), nil)
	if err != nil {
		return err
	}
	sql := dbtest.Served.InsertSQL("request_logs")
	err = c.exec(background(), sql, "2026-11-22T06:00:00", "GET", fmt.Sprintf("/n/%d", i), int64(200), int64(1), "::1")
	return errors.Join(err, c.close())
}

func TestWatchingLosesNoRowOfAWriterWithoutPatience(t *testing.T) {
	for _, mode := range []string{"delete", "wal"} {
		path := dbtest.Path(t)
		dbtest.RequestLog(t, path, dbtest.Served, 5000)
		d := dbtest.Open(t, path)
		dbtest.Exec(t, d, "PRAGMA journal_mode = "+mode)
		d.Close()
		e := open(t, path)
		tables, err := e.RequestTables(background())
		if err != nil {
			t.Fatal(err)
		}
		out := writeBeside(t, path, func() { watch(t, e, tables[0]) })
		if !strings.HasSuffix(out, "lost 0\n") {
			t.Errorf("%s: the writer says %s", mode, out)
		}
		if n, err := e.MaxRequestID(background(), tables[0]); err != nil || n != 5000+mockRequests {
			t.Errorf("%s: got %d rows at last, %v", mode, n, err)
		}
	}
}

// writeBeside runs the writer, and f over and over until it ends.
func writeBeside(t *testing.T, path string, f func()) string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), mockEnv+"="+path)
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
			return out.String()
		case <-time.After(5 * time.Millisecond):
			f()
		}
	}
}

// watch asks everything that a tick asks. A lock is a state.
func watch(t *testing.T, e *Engine, table db.RequestTable) {
	var last int64
	for name, err := range map[string]error{
		"stats":    second(e.Stats(background())),
		"settings": second(e.Settings(background())),
		"explain":  second(e.Explain(background(), db.Query{SQL: "SELECT * FROM request_logs WHERE status_code = 500"})),
		"requests": e.ReadRequests(background(), table, 0, 0, 200, true, func(r *db.RequestRow) error { last = max(last, r.ID); return nil }),
	} {
		if err != nil && !errors.Is(err, db.ErrBusy) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestHoldersAreOtherProcessesWithTheFileOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a b.db")
	dbtest.Orders(t, path, 10)
	e := open(t, path)
	own := dbtest.Open(t, path)
	dbtest.Exec(t, own, "SELECT 1")
	if list, err := e.Holders(background()); len(list) != 0 || err != nil {
		t.Errorf("nobody else: got %+v, %v", list, err)
	}
	cmd := exec.Command("sh", "-c", `exec 3<"$1"; exec sleep 60`, "sh", path)
	if err := cmd.Start(); err != nil { // the file itself must not be opened in this process
		t.Fatal(err)
	}
	defer func() { cmd.Process.Kill(); cmd.Wait() }()
	var list []db.Holder
	var err error
	for end := time.Now().Add(5 * time.Second); len(list) == 0 && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if list, err = e.Holders(background()); err != nil {
			t.Fatal(err)
		}
	}
	if len(list) != 1 || list[0].PID != cmd.Process.Pid {
		t.Errorf("got %+v, want process %d", list, cmd.Process.Pid)
	}
}

func TestACommandLineShowsNoSecrets(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"uvicorn main:app --port 8000", "uvicorn main:app --port 8000"},
		{"app --password=hunter2 -v", "app --password=*** -v"},
		{"app --api-key hunter2 -v", "app --api-key *** -v"},
		{"app TOKEN=hunter2", "app TOKEN=***"},
		{"app postgres://me:hunter2@host/db", "app postgres://me:***@host/db"},
		{"app http://host:80/a@b", "app http://host:80/a@b"},
	} {
		if got := commandLine(strings.Fields(c.in)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.in, got, c.want)
		}
	}
	if got := commandLine([]string{strings.Repeat("ä", 1000)}); len(got) > maxCommand+4 {
		t.Errorf("got %d bytes", len(got))
	}
}

func TestTheChildOutlivesReplacedFilesAndEndsWithItsPipe(t *testing.T) {
	path := dbtest.Path(t)
	dbtest.Orders(t, path, 10)
	in, ask := io.Pipe()
	answers, out := io.Pipe()
	ended := make(chan error, 1)
	go func() { ended <- ServeCounters(in, out, path) }()
	read := func() rawAnswer {
		t.Helper()
		if _, err := io.WriteString(ask, "{}\n"); err != nil {
			t.Fatal(err)
		}
		var a rawAnswer
		if err := json.NewDecoder(answers).Decode(&a); err != nil {
			t.Fatal(err)
		}
		return a
	}
	if h := parseHeader(read().Header); !h.magic || h.pageSize != 4096 {
		t.Errorf("got %+v", h)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if a := read(); a.Error == "" || a.Header != nil {
		t.Errorf("gone: got %+v", a)
	}
	dbtest.Orders(t, path, 10)
	if h := parseHeader(read().Header); !h.magic {
		t.Errorf("back: got %+v", h)
	}
	ask.Close()
	if err := <-ended; err != nil {
		t.Errorf("at the end of its pipe: %v", err)
	}
}

func TestAChildThatDiedIsStartedAgain(t *testing.T) {
	path := dbtest.Path(t)
	dbtest.Orders(t, path, 10)
	e := open(t, path)
	if st, err := e.Stats(background()); err != nil || st.Commits == nil {
		t.Fatalf("got %v, %v", st.Missing["commits"], err)
	}
	e.child.cmd.Process.Kill()
	if st, err := e.Stats(background()); err != nil || st.Commits == nil {
		t.Errorf("after its death: got %q, %v", st.Missing["commits"], err)
	}
	ctx, cancel := context.WithCancel(background())
	cancel()
	if _, err := e.child.ask(ctx, rawRequest{}); err == nil {
		t.Error("a question that was cancelled was answered")
	}
}

func TestCommitsAreCountedAcrossTheWrapAndAcrossModes(t *testing.T) {
	var c commitCounter
	for _, x := range []struct {
		source string
		value  uint32
		want   float64 // -1: unknown
	}{
		{"header", 1<<32 - 2, 1<<32 - 2}, {"header", 3, 1<<32 + 3}, {"shm 1", 7, -1}, {"shm 1", 9, 1<<32 + 5}, {"shm 2", 1, -1}, {"shm 2", 2, 1<<32 + 6},
	} {
		got, why := c.observe(x.source, x.value)
		if x.want < 0 {
			if got != nil || why == "" {
				t.Errorf("%s %d: got %v, %q", x.source, x.value, *got, why)
			}
		} else if got == nil || *got != x.want {
			t.Errorf("%s %d: got %v, want %v", x.source, x.value, got, x.want)
		}
	}
}

// deniedEnv tells the test's binary to open a file as nobody.
const deniedEnv = "MLTOP_TEST_DENIED"

func openAsNobody(path string) {
	if err := syscall.Setuid(65534); err != nil && os.Getuid() == 0 {
		fmt.Println("cannot become nobody:", err)
		return
	}
	e, err := Open(background(), path, Options{Child: childArgv(), TempDir: filepath.Dir(path)})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = e.Run(background(), e.CreateIndex(db.Index{Table: "request_logs", Columns: []db.IndexColumn{{Name: "path"}}}), nil)
	fmt.Println("reads;", err)
}

func TestWhatMayNotBeReadIsNamed(t *testing.T) {
	for _, c := range []struct {
		name         string
		file, folder os.FileMode
		want         string
	}{
		{"no right to the file", 0o000, 0o755, "no permission to read it"},
		{"no right to the folder", 0o644, 0o000, "no permission to look into its folder"},
		{"only the right to read", 0o444, 0o555, "reads; change index mltop_request_logs_path: "},
	} {
		folder, err := os.MkdirTemp("", "mltop-test-")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.Chmod(folder, 0o755); os.RemoveAll(folder) })
		path := filepath.Join(folder, "app.db")
		dbtest.RequestLog(t, path, dbtest.Served, 5)
		if err := errors.Join(os.Chmod(path, c.file), os.Chmod(folder, c.folder)); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), deniedEnv+"="+path)
		out, err := cmd.CombinedOutput()
		if !strings.Contains(string(out), c.want) || !strings.Contains(string(out), "app.db") {
			t.Errorf("%s: got %q, %v; want %q", c.name, out, err, c.want)
		}
	}
}
