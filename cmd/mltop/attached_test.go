package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mltop/internal/db/dbtest"
)

func TestALockedFileIsAttachedToAndSaysSo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.db")
	dbtest.RequestLog(t, path, dbtest.Served, 50)
	d, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	d.SetMaxOpenConns(1)
	if _, err := d.Exec("BEGIN EXCLUSIVE"); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("mltop", "snapshot", path, "--interval", "200ms", "-o", "json")
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+t.TempDir())
	text, err := cmd.Output()
	if err != nil {
		t.Fatalf("got %v, want a snapshot of what can be seen", err)
	}
	var doc snapshotDoc
	if err := json.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Requests != nil || !strings.Contains(doc.Errors["requests"], "is locked by another process") {
		t.Errorf("requests: got %v, because %q", doc.Requests, doc.Errors["requests"])
	}
	if doc.Database == nil || doc.Database.State != "locked" || doc.Database.FileBytes == nil || doc.Database.Pages != nil {
		t.Fatalf("database: got %+v", doc.Database)
	}
	for _, field := range []string{"pages", "page_size_bytes", "free_pages", "journal_mode", "statistics_at"} {
		if doc.Errors["database."+field] == "" {
			t.Errorf("%s is null without a reason: %v", field, doc.Errors)
		}
	}
}

// Killed, mltop can clean up nothing: its child must end by itself.
func TestNoProcessOutlivesAKilledMltop(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.db")
	dbtest.RequestLog(t, path, dbtest.Served, 50)
	cmd := exec.Command("mltop", "snapshot", path, "--interval", "200ms", "--count", "1000", "-o", "json")
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+t.TempDir())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	child := waitFor(t, "the counters' child", func() string { return childOf(cmd.Process.Pid) })
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // killed
	waitFor(t, "the end of process "+child, func() string { return ended(child) })
	if left, err := filepath.Glob(path + "?*"); len(left) > 0 || err != nil {
		t.Errorf("beside the database: %v, %v", left, err)
	}
}

func waitFor(t *testing.T, what string, f func() string) string {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if s := f(); s != "" {
			return s
		}
	}
	t.Fatalf("waited in vain for %s", what)
	return ""
}

// childOf finds the process that mltop has started; "" while there is none.
func childOf(pid int) string {
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		return ""
	}
	for _, list := range lists {
		pids, err := os.ReadFile(list)
		for _, child := range strings.Fields(string(pids)) {
			args, e := os.ReadFile("/proc/" + child + "/cmdline")
			if err == nil && e == nil && bytes.Contains(args, []byte(countersVerb)) {
				return child
			}
		}
	}
	return ""
}

// ended reports a process that is gone, or that only waits to be counted.
func ended(pid string) string {
	stat, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil || bytes.Contains(stat, []byte(") Z ")) {
		return "ended"
	}
	return ""
}
