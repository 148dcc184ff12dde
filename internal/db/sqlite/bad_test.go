package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand"
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

// write makes a file of these bytes.
func write(t *testing.T, b []byte) string {
	t.Helper()
	path := dbtest.Path(t)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// patched is a good database with some bytes changed.
func patched(t *testing.T, change func(b []byte) []byte) string {
	t.Helper()
	path := dbtest.Path(t)
	dbtest.Orders(t, path, 100)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, change(b))
}

func noise(n int) []byte {
	b := make([]byte, n)
	rand.New(rand.NewSource(1)).Read(b)
	return b
}

func TestWhatCannotBeOpenedIsNamed(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, path string
		want       Problem
		says       string
	}{
		{"no file", filepath.Join(t.TempDir(), "none.db"), ProblemMissing, "no such file"},
		{"no folder", filepath.Join(t.TempDir(), "none", "none.db"), ProblemMissing, "no such file"},
		{"a folder", t.TempDir(), ProblemDirectory, "a directory"},
		{"a pipe", fifo, ProblemSpecial, "not a regular file"},
		{"an empty file", write(t, nil), ProblemEmpty, "empty"},
		{"a text", write(t, []byte(strings.Repeat("id,name\n1,anna\n", 100))), ProblemNotDatabase, "not a SQLite database"},
		{"a short text", write(t, []byte("hello")), ProblemNotDatabase, "not a SQLite database"},
		{"an encrypted file", write(t, noise(8192)), ProblemNotDatabase, "encrypted"},
		{"a file cut short", patched(t, func(b []byte) []byte { return b[:4096*2] }), ProblemTruncated, "truncated"},
		{"a file of a later version", patched(t, func(b []byte) []byte { b[18], b[19] = 3, 3; return b }), ProblemNewer, "newer format"},
		{"a broken catalog", patched(t, func(b []byte) []byte { copy(b[100:], noise(3000)); return b }), ProblemCorrupt, "damaged"},
		{"a link to nothing", link(t, "nowhere"), ProblemMissing, "no such file"},
	} {
		e, err := Open(background(), c.path, Options{Child: childArgv()})
		var f *FileError
		if !errors.As(err, &f) {
			t.Errorf("%s: got %v (%v), want an error about the file", c.name, err, e)
			continue
		}
		if f.Problem != c.want || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), filepath.Base(c.path)) {
			t.Errorf("%s: got %q: %v, want %q with %q", c.name, f.Problem, err, c.want, c.says)
		}
	}
}

func link(t *testing.T, to string) string {
	path := dbtest.Path(t)
	if err := os.Symlink(to, path); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestALockIsAState(t *testing.T) {
	path := dbtest.Path(t)
	dbtest.RequestLog(t, path, dbtest.Served, 10)
	app := dbtest.Open(t, path)
	dbtest.Exec(t, app, "BEGIN EXCLUSIVE")
	e := open(t, path) // attaching to a locked file works
	st, err := e.Stats(background())
	if err != nil || st.State != "locked" || st.Busy == nil || *st.Busy < 1 || *st.Polls < *st.Busy || st.Pages != nil || st.FileBytes == nil || st.Commits == nil {
		t.Errorf("got state %q, busy %v of %v, pages %v, %v", st.State, *st.Busy, *st.Polls, st.Pages, err)
	}
	if _, err := e.Schema(background()); !errors.Is(err, db.ErrBusy) {
		t.Errorf("got %v, want db.ErrBusy", err)
	}
	dbtest.Exec(t, app, "COMMIT")
	if st, err = e.Stats(background()); err != nil || st.State != "ok" || st.Pages == nil {
		t.Errorf("after the lock: got state %q, %v", st.State, err)
	}
}

// writerEnv tells the test's binary to write until it is killed.
const writerEnv = "MLTOP_TEST_WRITER"

// dieWriting is the other process of the hot journal test: it has written
// pages to the file inside a transaction when it says so.
func dieWriting(path string) {
	d, err := sql.Open("sqlite3", path)
	if err == nil {
		d.SetMaxOpenConns(1)
		_, err = d.Exec("PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN; UPDATE orders SET status = 'half done'")
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("ready")
	select {}
}

func killAWriter(t *testing.T, path string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), writerEnv+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 100)
	n, err := out.Read(b)
	if string(b[:n]) != "ready\n" {
		t.Fatalf("the writer said %q, %v", b[:n], err)
	}
	cmd.Process.Kill()
	cmd.Wait()
}

func TestAHotJournalIsAStateUntilSomebodyRollsItBack(t *testing.T) {
	path := dbtest.Path(t)
	dbtest.Orders(t, path, 20_000)
	killAWriter(t, path)
	before, _ := os.ReadFile(path)
	e := open(t, path)
	st, err := e.Stats(background())
	if err != nil || st.State != "hot journal" {
		t.Errorf("got state %q, %v", st.State, err)
	}
	_, err = e.Schema(background())
	var f *FileError
	if !errors.As(err, &f) || f.Problem != ProblemHotJournal || !strings.Contains(err.Error(), "crashed") {
		t.Errorf("got %v, want what a hot journal is and what to do", err)
	}
	if now, _ := os.ReadFile(path); !bytes.Equal(before, now) {
		t.Error("looking at it changed the file")
	}
	if got := firstColumn(t, dbtest.Open(t, path), "SELECT count(*) FROM orders WHERE status = 'half done'"); got != "0\n" {
		t.Errorf("the application finds %s rows half done", got)
	}
	if st, err = e.Stats(background()); err != nil || st.State != "ok" {
		t.Errorf("after the application rolled it back: got %q, %v", st.State, err)
	}
}

func TestAFileThatVanishesAndReturns(t *testing.T) {
	path := dbtest.Path(t)
	dbtest.RequestLog(t, path, dbtest.Served, 10)
	e := open(t, path)
	id, err := e.ID(background())
	if err != nil {
		t.Fatal(err)
	}
	table, err := e.RequestTables(background())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	if _, err := e.MaxRequestID(background(), table[0]); !errors.Is(err, db.ErrGone) {
		t.Errorf("gone: got %v", err)
	}
	if _, err := e.Stats(background()); !errors.Is(err, db.ErrGone) {
		t.Errorf("gone: got %v from Stats", err)
	}
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	if n, err := e.MaxRequestID(background(), table[0]); err != nil || n != 10 {
		t.Errorf("back: got %d, %v", n, err)
	}
	if now, err := e.ID(background()); err != nil || now != id {
		t.Errorf("back: got another identity %v, %v", now, err)
	}
}

func TestAnotherFileInThePlaceIsSaidToThoseThatKeepAPlaceAndCounted(t *testing.T) {
	path := dbtest.Path(t)
	dbtest.RequestLog(t, path, dbtest.Served, 10)
	e := open(t, path)
	id, _ := e.ID(background())
	table, err := e.RequestTables(background())
	if err != nil {
		t.Fatal(err)
	}
	read := func() error { _, err := e.MaxRequestID(background(), table[0]); return err }
	if err := errors.Join(read(), second(e.Stats(background()))); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	dbtest.RequestLog(t, path, dbtest.Served, 20)
	if err := read(); !errors.Is(err, db.ErrReplaced) {
		t.Errorf("the first asker got %v", err)
	}
	for range 2 {
		if st, err := e.Stats(background()); err != nil || st.State != "ok" || st.Replaced != 1 {
			t.Errorf("Stats got %q, %d files, %v; want one more file, each time", st.State, st.Replaced, err)
		}
	}
	if n, err := e.MaxRequestID(background(), table[0]); err != nil || n != 20 {
		t.Errorf("then: got %d, %v; want the new file's 20", n, err)
	}
	if now, _ := e.ID(background()); now == id {
		t.Errorf("the new file has the old one's identity %v", now)
	}
}

// The collectors tell of another file; minutes later nobody who asks for
// something should fail on it once more.
func TestWhoAsksForSomethingIsAnsweredFromTheFileThatIsThere(t *testing.T) {
	path := dbtest.Path(t)
	dbtest.Orders(t, path, 100)
	e := open(t, path)
	q := db.Query{SQL: "SELECT id FROM orders"}
	acts := map[string]func() error{
		"schema":   func() error { return second(e.Schema(background())) },
		"settings": func() error { return second(e.Settings(background())) },
		"explain":  func() error { return second(e.Explain(background(), q)) },
		"select":   func() error { return second(e.Select(background(), q, 10)) },
		"tables":   func() error { return second(e.RequestTables(background())) },
	}
	for range 2 {
		for name, act := range acts {
			if err := act(); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		dbtest.Orders(t, path, 200)
	}
}

func second[T any](_ T, err error) error { return err }

func TestIdentityStandsThroughEverythingButACopy(t *testing.T) {
	path := dbtest.Path(t)
	dbtest.Orders(t, path, 100)
	e := open(t, path)
	id, err := e.ID(background())
	if err != nil {
		t.Fatal(err)
	}
	d := dbtest.Open(t, path)
	for _, sql := range []string{"INSERT INTO orders SELECT id+10000, customer_id, status, placed_at, total_cents FROM orders", "DROP TABLE order_items",
		"VACUUM", "PRAGMA journal_mode = wal", "CREATE TABLE x(a)", "PRAGMA journal_mode = delete", "PRAGMA page_size = 8192; VACUUM", "PRAGMA application_id = 7"} {
		dbtest.Exec(t, d, sql)
		if now, err := e.ID(background()); err != nil || now != id {
			t.Errorf("after %s: got %v, %v; want %v", sql, now, err, id)
		}
	}
	d.Close()
	b, _ := os.ReadFile(path)
	if other, err := open(t, write(t, b)).ID(background()); err != nil || other == id {
		t.Errorf("a copy has the identity of its original: %v, %v", other, err)
	}
	if err := os.Symlink(path, path+".link"); err != nil {
		t.Fatal(err)
	}
	if same, err := open(t, path+".link").ID(background()); err != nil || same != id {
		t.Errorf("a link has another identity than what it leads to: %v, %v", same, err)
	}
}

func TestIdentityWithoutATimeOfBirthRestsOnWhatWasMadeFirst(t *testing.T) {
	a := fileID{device: 1, inode: 2}
	if a.target("t CREATE TABLE t(a)") == a.target("u CREATE TABLE u(a)") {
		t.Error("two databases under one inode number have one identity")
	}
	b := fileID{device: 1, inode: 2, born: time.Unix(5, 0)}
	if b.target("x") != b.target("y") {
		t.Error("with a time of birth the contents count")
	}
}

func TestTheHeaderOfALargePage(t *testing.T) {
	b := make([]byte, 100)
	copy(b, "SQLite format 3\x00")
	b[16], b[17], b[18], b[19] = 0, 1, 2, 2
	binary.BigEndian.PutUint32(b[28:], 7)
	h := parseHeader(b)
	if h.pageSize != 65536 || !h.wal() || h.pages != 7 {
		t.Errorf("got %+v", h)
	}
	if want, cut := h.truncated(65536); !cut || want != 7*65536 {
		t.Errorf("got %d, %v", want, cut)
	}
}

func TestAReadOfAClosedEngineIsRefused(t *testing.T) {
	path := dbtest.Path(t)
	dbtest.RequestLog(t, path, dbtest.Served, 1)
	e := open(t, path)
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Schema(context.Background()); err == nil {
		t.Error("a closed engine answered")
	}
}
