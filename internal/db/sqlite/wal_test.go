package sqlite

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mltop/internal/db"
	"mltop/internal/db/dbtest"
)

// walFile makes a request log in WAL mode that nobody has open.
func walFile(t *testing.T, rows int) string {
	t.Helper()
	path := dbtest.Path(t)
	d := dbtest.Open(t, path)
	dbtest.Exec(t, d, "PRAGMA journal_mode = wal")
	dbtest.Exec(t, d, dbtest.Served.DDL("request_logs"))
	dbtest.FillRequestLog(t, d, dbtest.Served, "request_logs", rows)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func listing(t *testing.T, path string) string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

// openFiles counts our own descriptors of the database's files.
func openFiles(t *testing.T, path string) int {
	t.Helper()
	n := 0
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		if to, err := os.Readlink("/proc/self/fd/" + fd.Name()); err == nil && strings.HasPrefix(to, path) {
			n++
		}
	}
	return n
}

func TestAWALFileThatNobodyHasOpenIsReadFromACopy(t *testing.T) {
	path := walFile(t, 50)
	before, _ := os.ReadFile(path)
	e := open(t, path)
	for range 3 {
		table, err := e.RequestTables(background())
		if err != nil || len(table) != 1 {
			t.Fatalf("got %v, %v", table, err)
		}
		if n, err := e.MaxRequestID(background(), table[0]); err != nil || n != 50 {
			t.Errorf("got %d, %v", n, err)
		}
		st, err := e.Stats(background())
		if err != nil || st.JournalMode != "wal" || st.Commits != nil || !strings.Contains(st.Missing["commits"], "-shm") {
			t.Errorf("got mode %q, commits %v (%q), %v", st.JournalMode, st.Commits, st.Missing["commits"], err)
		}
	}
	after, _ := os.ReadFile(path)
	if got := listing(t, path); got != "app.db" || !bytes.Equal(before, after) {
		t.Errorf("looking left %q", got)
	}
	copies := e.o.TempDir
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(copies); len(left) != 0 {
		t.Errorf("closing left the copy: %v", left)
	}
}

func TestAWALFileTooBigToCopyIsSaid(t *testing.T) {
	path := walFile(t, 500)
	_, err := Open(background(), path, Options{Child: childArgv(), CopyLimit: 4096, TempDir: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "no process has it open") {
		t.Errorf("got %v", err)
	}
}

func TestInWALModeNothingStaysOpenBetweenReads(t *testing.T) {
	path := walFile(t, 50)
	app := dbtest.Open(t, path)
	dbtest.Exec(t, app, "INSERT INTO request_logs(path) VALUES ('/a')")
	e := open(t, path)
	own := openFiles(t, path) // the application's, which is this process too
	first, err := e.Stats(background())
	if err != nil {
		t.Fatal(err)
	}
	for range 4 {
		dbtest.Exec(t, app, "INSERT INTO request_logs(path) VALUES ('/a')")
	}
	st, err := e.Stats(background())
	if err != nil || st.Commits == nil || first.Commits == nil || *st.Commits-*first.Commits != 4 || st.WALBytes == nil || *st.WALBytes == 0 {
		t.Errorf("got commits %v then %v (%s), wal %v, %v", first.Commits, st.Commits, st.Missing["commits"], st.WALBytes, err)
	}
	if now := openFiles(t, path); now > own {
		t.Errorf("%d descriptors are open between reads, %d were before", now, own)
	}
	if err := app.Close(); err != nil {
		t.Fatal(err)
	}
	if got := listing(t, path); got != "app.db" {
		t.Errorf("the application's close was not the last one: %q is left", got)
	}
}

func TestOurOwnCloseIsNoCheckpoint(t *testing.T) {
	path := walFile(t, 5)
	app := dbtest.Open(t, path)
	dbtest.Exec(t, app, "INSERT INTO request_logs(path) VALUES ('/a')")
	wal, _ := os.ReadFile(path + "-wal")
	// What a crashed application leaves: files that nobody has open.
	copyTo := filepath.Join(t.TempDir(), "app.db")
	for _, suffix := range []string{"", "-wal", "-shm"} {
		b, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(copyTo+suffix, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	app.Close()
	before, _ := os.ReadFile(copyTo)
	e := open(t, copyTo)
	table, err := e.RequestTables(background())
	if err != nil {
		t.Fatal(err)
	}
	if n, err := e.MaxRequestID(background(), table[0]); err != nil || n != 6 {
		t.Errorf("got %d, %v; want the row that is only in the WAL", n, err)
	}
	after, _ := os.ReadFile(copyTo)
	walAfter, _ := os.ReadFile(copyTo + "-wal")
	if !bytes.Equal(before, after) || !bytes.Equal(wal, walAfter) {
		t.Error("our close moved the WAL into the file")
	}
}

func TestTheJournalModeMayChangeUnderTheEngine(t *testing.T) {
	path := dbtest.Path(t)
	dbtest.RequestLog(t, path, dbtest.Served, 10)
	e := open(t, path)
	app := dbtest.Open(t, path)
	table, err := e.RequestTables(background())
	if err != nil {
		t.Fatal(err)
	}
	for i, mode := range []string{"wal", "delete", "wal", "delete"} {
		dbtest.Exec(t, app, "PRAGMA journal_mode = "+mode)
		if got := firstColumn(t, app, "PRAGMA journal_mode"); got != mode+"\n" {
			t.Fatalf("the application could not change the mode to %s: it is %s", mode, got)
		}
		dbtest.Exec(t, app, "INSERT INTO request_logs(path) VALUES ('/a')")
		if n, err := e.MaxRequestID(background(), table[0]); err != nil || n != int64(11+i) {
			t.Errorf("in %s: got %d, %v; want %d", mode, n, err, 11+i)
		}
		st, err := e.Stats(background())
		if err != nil || st.JournalMode != mode {
			t.Errorf("got mode %q, %v; want %q", st.JournalMode, err, mode)
		}
	}
}

func TestAnApplicationThatOpensAndClosesEachTimeIsFollowedInWAL(t *testing.T) {
	path := walFile(t, 5)
	e := open(t, path)
	table, err := e.RequestTables(background())
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5 {
		app := dbtest.Open(t, path)
		dbtest.Exec(t, app, "INSERT INTO request_logs(path) VALUES ('/a')")
		if err := app.Close(); err != nil {
			t.Fatal(err)
		}
		if n, err := e.MaxRequestID(background(), table[0]); err != nil || n != int64(6+i) {
			t.Errorf("got %d, %v; want %d", n, err, 6+i)
		}
		if openFiles(t, path) != 0 {
			t.Error("a descriptor stayed open")
		}
	}
}

func TestAChangeOfAWALFileThatNobodyHasOpenLeavesItAlone(t *testing.T) {
	path := walFile(t, 50)
	e := open(t, path)
	s := e.CreateIndex(db.Index{Table: "request_logs", Columns: []db.IndexColumn{{Name: "path"}}})
	if _, err := e.Run(background(), s, nil); err != nil {
		t.Fatal(err)
	}
	if now, err := e.State(background(), s.Object); err != nil || now != s.After {
		t.Errorf("got %q, %v", now, err)
	}
	if got := listing(t, path); got != "app.db" {
		t.Errorf("it left %q", got)
	}
}
