package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A shop is a small application's file, its queries, and mltop's state.
type shop struct {
	t   *testing.T
	dir string
}

const (
	shopTable = "CREATE TABLE items(id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL, sku TEXT, note TEXT)"
	shopRows  = "INSERT INTO items(order_id, sku, note) WITH RECURSIVE n(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < %d) " +
		"SELECT n * 7919 %% 5000, 'sku-' || n %% 300, 'note ' || n FROM n"
	shopQuery = "-- name: items of an order\n-- weight: 5000\nSELECT sku FROM items WHERE order_id = 4711;\n"
	shopIndex = "mltop_items_order_id"
)

// newShop makes the file and lets mltop advise on it.
func newShop(t *testing.T) shop {
	t.Helper()
	s := shop{t, t.TempDir()}
	s.run("CREATE", shopTable, fmt.Sprintf(shopRows, 20_000))
	if err := os.WriteFile(s.path("hot.sql"), []byte(shopQuery), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, complaint, code := s.mltop("advise", "shop.db", "--queries", "hot.sql", "-d", "20s", "--interval", "100ms"); code != 0 {
		t.Fatalf("advise: exit %d: %s", code, complaint)
	}
	return s
}

func (s shop) path(name string) string { return filepath.Join(s.dir, name) }

// run runs SQL on the file in this process's own connection.
func (s shop) run(what string, texts ...string) {
	s.t.Helper()
	if err := runSQL(s.path("shop.db"), texts); err != nil {
		s.t.Fatalf("%s: %v", what, err)
	}
}

func (s shop) command(args ...string) *exec.Cmd {
	c := exec.Command(args[0], args[1:]...)
	c.Dir = s.dir
	c.Env = append(os.Environ(), "XDG_STATE_HOME="+s.path("state"))
	return c
}

func (s shop) mltop(args ...string) (out, complaint string, code int) {
	s.t.Helper()
	return s.finish(s.command(append([]string{"mltop"}, args...)...))
}

func (s shop) finish(c *exec.Cmd) (out, complaint string, code int) {
	s.t.Helper()
	var o, e bytes.Buffer
	c.Stdout, c.Stderr = &o, &e
	if err := c.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		s.t.Fatal(err)
	}
	return o.String(), e.String(), c.ProcessState.ExitCode()
}

// kept is the file of what the last run advised, and what it holds.
func (s shop) kept() (path string, text []byte) {
	s.t.Helper()
	files, err := filepath.Glob(s.path("state/mltop/targets/*/advice.json"))
	if err != nil || len(files) != 1 {
		s.t.Fatalf("advice in %q, %v; want one file", files, err)
	}
	if text, err = os.ReadFile(files[0]); err != nil {
		s.t.Fatal(err)
	}
	return files[0], text
}

// id is that of the index on a column.
func (s shop) id(column string) string {
	s.t.Helper()
	var f struct {
		Recommendations []struct{ ID, Kind, Title string }
	}
	_, text := s.kept()
	err := json.Unmarshal(text, &f)
	for _, r := range f.Recommendations {
		if r.Kind == "create_index" && strings.Contains(r.Title, "items("+column) {
			return r.ID
		}
	}
	s.t.Fatalf("no index on %s is advised: %v, %s", column, err, text)
	return ""
}

// indexed reports whether the file, whole and sound, has the index.
func (s shop) indexed() bool {
	s.t.Helper()
	out, complaint, code := s.finish(s.command("sqlite", "shop.db", "PRAGMA integrity_check", "SELECT count(*) FROM sqlite_master WHERE name = '"+shopIndex+"'"))
	if code != 0 || !strings.HasPrefix(out, "ok\n") {
		s.t.Fatalf("the file is not sound: %s%s", out, complaint)
	}
	return strings.TrimPrefix(out, "ok\n") == "1\n"
}

// entries are the journal's.
func (s shop) entries() []entryDoc {
	s.t.Helper()
	var doc journalDoc
	out, complaint, code := s.mltop("journal", "shop.db", "-o", "json")
	if err := json.Unmarshal([]byte(out), &doc); err != nil || code != 0 {
		s.t.Fatalf("journal: exit %d, %v: %s", code, err, complaint)
	}
	return doc.Entries
}

func (s shop) last() entryDoc {
	s.t.Helper()
	list := s.entries()
	if len(list) == 0 {
		return entryDoc{State: "none"}
	}
	return list[len(list)-1]
}

// A build of this many rows takes some tenths of a second: long enough to be
// met in its middle.
const manyRows = 900_000

// TestASignalInTheMiddleOfABuild ends the real program while SQLite builds the
// index: when the rollback journal is there and the transaction is not over.
func TestASignalInTheMiddleOfABuild(t *testing.T) {
	s := newShop(t)
	id := s.id("order_id")
	s.run("grow", fmt.Sprintf(shopRows, manyRows))
	for _, c := range []struct {
		name   string
		signal syscall.Signal
		state  string // of the entry, when the build was met in its middle
		note   string
		undo   int // exit code of undo --last
		undone string
	}{
		{"Ctrl+C", syscall.SIGINT, "failed", "canceled", 1, "nothing to undo"},
		{"SIGTERM", syscall.SIGTERM, "failed", "canceled", 1, "nothing to undo"},
		{"SIGHUP", syscall.SIGHUP, "failed", "canceled", 1, "nothing to undo"},
		{"kill -9", syscall.SIGKILL, "applying", "unfinished", 0, "is settled: mltop ended during the change; nothing of it is left"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := shop{t, s.dir}
			complaint := s.applyAnd(id, c.signal)
			if s.indexed() {
				t.Fatalf("the build was over before the signal: entry %+v", s.last())
			}
			if e := s.last(); e.State != c.state || !strings.Contains(e.Note, c.note) {
				t.Errorf("the journal says %q (%s), want %q (…%s…)", e.State, e.Note, c.state, c.note)
			}
			if c.signal != syscall.SIGKILL && !strings.Contains(complaint, "nothing was changed") {
				t.Errorf("it says %q, want that nothing was changed", complaint)
			}
			if _, complaint, code := s.mltop("undo", "shop.db", "--last", "--yes"); code != c.undo || !strings.Contains(complaint, c.undone) {
				t.Errorf("undo: exit %d: %s; want %d and %q", code, complaint, c.undo, c.undone)
			}
			if e := s.last(); e.State != "failed" {
				t.Errorf("the next run left the entry %q (%s), want failed", e.State, e.Note)
			}
		})
	}
	t.Run("the next apply is whole", func(t *testing.T) {
		s := shop{t, s.dir}
		if _, complaint, code := s.mltop("apply", "shop.db", id, "--yes", "--interval", "100ms"); code != 0 || !s.indexed() || s.last().State != "applied" {
			t.Errorf("exit %d, entry %+v: %s", code, s.last(), complaint)
		}
	})
}

func TestUndoOfTheLastChangeAfterAKillLeavesAnOlderOneAlone(t *testing.T) {
	s := newShop(t)
	if err := os.WriteFile(s.path("hot.sql"), []byte(shopQuery+"-- name: a note\n-- weight: 5000\nSELECT sku FROM items WHERE note = 'note 7';\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, complaint, code := s.mltop("advise", "shop.db", "--queries", "hot.sql", "-d", "20s", "--interval", "100ms"); code != 0 {
		t.Fatalf("advise: exit %d: %s", code, complaint)
	}
	if _, complaint, code := s.mltop("apply", "shop.db", s.id("note"), "--yes", "--interval", "100ms"); code != 0 {
		t.Fatalf("exit %d: %s", code, complaint)
	}
	s.run("grow", fmt.Sprintf(shopRows, manyRows))
	s.applyAnd(s.id("order_id"), syscall.SIGKILL)
	if _, complaint, code := s.mltop("undo", "shop.db", "--last", "--yes"); code != 0 || !strings.Contains(complaint, "entry 2 (") {
		t.Errorf("undo: exit %d: %s; want entry 2 settled", code, complaint)
	}
	if list := s.entries(); len(list) != 2 || list[0].State != "applied" || list[1].State != "failed" {
		t.Errorf("the journal says %+v; want the older one applied, the newer failed", list)
	}
}

// applyAnd sends the signal while the index is built, and answers what mltop
// said.
func (s shop) applyAnd(id string, signal syscall.Signal) string {
	s.t.Helper()
	c := s.command("mltop", "apply", "shop.db", id, "--yes", "--interval", "100ms")
	var complaint bytes.Buffer
	c.Stderr = &complaint
	if err := c.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.awaitBuild()
	if err := c.Process.Signal(signal); err != nil {
		s.t.Fatalf("mltop ended by itself: %v\n%s", err, complaint.String())
	}
	if err := c.Wait(); err == nil {
		s.t.Errorf("mltop ended well after %v", signal)
	}
	return complaint.String()
}

// awaitBuild waits for the rollback journal, which stands from the first page
// written to the commit.
func (s shop) awaitBuild() {
	s.t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if _, err := os.Stat(s.path("shop.db-journal")); err == nil {
			return
		} else if !errors.Is(err, fs.ErrNotExist) {
			s.t.Fatal(err)
		}
	}
	s.t.Fatal("the build did not begin")
}

// onSmallDisk runs a shell script, which finds an empty file system of that
// size as ./disk; it goes with the script. It needs to be root, or a kernel
// that lets users have namespaces of their own; the test fails without.
func (s shop) onSmallDisk(size, script string) (out, complaint string, code int) {
	s.t.Helper()
	if err := os.MkdirAll(s.path("disk"), 0o700); err != nil {
		s.t.Fatal(err)
	}
	namespace := "-m"
	if os.Geteuid() != 0 {
		namespace = "-Urm"
	}
	out, complaint, code = s.finish(s.command("unshare", namespace, "sh", "-ec", "mount -t tmpfs -o size="+size+" none disk || exit 77\n"+script))
	if code == 77 || strings.HasPrefix(complaint, "unshare:") {
		s.t.Fatalf("no small file system can be mounted here (%s): run the test as root, in a container with --privileged, or where kernel.unprivileged_userns_clone is 1",
			strings.TrimSpace(complaint))
	}
	return out, complaint, code
}

const fillDisk = "dd if=/dev/zero of=disk/filler bs=1k 2>/dev/null || true\n"

func TestAFullDisk(t *testing.T) {
	t.Run("for the journal: nothing is applied", func(t *testing.T) {
		s := newShop(t)
		id := s.id("order_id")
		_, complaint, code := s.onSmallDisk("1m", "cp -r state/. disk/\n"+fillDisk+
			"XDG_STATE_HOME=$PWD/disk mltop apply shop.db "+id+" --yes --interval 100ms")
		if code != 1 || !strings.Contains(complaint, "no space left on device; nothing was applied") {
			t.Errorf("exit %d: %s; want that nothing was applied, and why", code, complaint)
		}
		if s.indexed() {
			t.Error("the index was made without a journal")
		}
	})
	t.Run("during the build: it is rolled back", func(t *testing.T) {
		s := newShop(t)
		id := s.id("order_id")
		// Moved, the file would be another target: it is advised on in its place.
		// There is room when the build begins; then somebody else takes it.
		out, complaint, _ := s.onSmallDisk("96m", "cp shop.db disk/app.db\n"+
			"sqlite disk/app.db '"+fmt.Sprintf(strings.ReplaceAll(shopRows, "'", "'\\''"), 400_000)+"'\n"+
			"mltop advise disk/app.db --queries hot.sql -d 20s --interval 100ms >/dev/null\n"+
			fillDisk+"truncate -s -16m disk/filler\n"+
			"(until [ -e disk/app.db-journal ]; do :; done; exec dd if=/dev/zero of=disk/other bs=64k 2>/dev/null) & other=$!\n"+
			"mltop apply disk/app.db "+id+" --yes --interval 100ms && exit 1\n"+
			"kill $other 2>/dev/null || true; rm -f disk/other\n"+
			"rm disk/filler; echo; sqlite disk/app.db 'PRAGMA integrity_check' \"SELECT count(*) FROM sqlite_master WHERE name LIKE 'mltop%'\"\n"+
			"mltop undo disk/app.db --last --yes || true\n"+
			"mltop journal disk/app.db -o csv\n"+
			"mltop apply disk/app.db "+id+" --yes --interval 100ms -o csv")
		for _, want := range []string{"the disk is full: make room on its file system; nothing was changed", "nothing to undo"} {
			if !strings.Contains(complaint, want) {
				t.Errorf("it says %q, want %q in it", complaint, want)
			}
		}
		for _, want := range []string{"\nok\n0\n", ",failed,", ",applied,"} {
			if !strings.Contains(out, want) {
				t.Errorf("got %q, want %q in it", out, want)
			}
		}
	})
	t.Run("a file that may not grow further is as it was, and the next run settles it", func(t *testing.T) {
		s := newShop(t)
		info, err := os.Stat(s.path("shop.db"))
		if err != nil {
			t.Fatal(err)
		}
		// Blocks of 512 bytes: the index needs 200 kB, and gets half of it.
		limit := (info.Size() + 100_000) / 512
		_, complaint, code := s.finish(s.command("sh", "-c", fmt.Sprintf("ulimit -f %d; exec mltop apply shop.db %s --yes --interval 100ms", limit, s.id("order_id"))))
		if code == 0 || s.indexed() {
			t.Fatalf("exit %d, the index stands: %v; want neither\n%s", code, s.indexed(), complaint)
		}
		if _, complaint, code := s.mltop("apply", "shop.db", s.id("order_id"), "--yes", "--interval", "100ms"); code != 0 || !s.indexed() {
			t.Errorf("the next apply: exit %d: %s", code, complaint)
		}
		if list := s.entries(); len(list) != 2 || list[0].State != "failed" || list[1].State != "applied" {
			t.Errorf("the journal has %+v, want one failed and one applied", list)
		}
	})
}
