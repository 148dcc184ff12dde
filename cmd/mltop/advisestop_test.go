package main

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// cancelOnceIn cancels as soon as there is something in a folder.
func cancelOnceIn(dir string, cancel func()) {
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if list, err := os.ReadDir(dir); err == nil && len(list) > 0 {
			cancel()
			return
		}
	}
}

func TestASignalEndsASearchWithTheBestSoFar(t *testing.T) {
	dir, copies := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", copies)
	path, queries := filepath.Join(dir, "shop.db"), filepath.Join(dir, "hot.sql")
	d, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.Exec(`CREATE TABLE items(id INTEGER PRIMARY KEY, qty INT);
		WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO items SELECT i, i FROM n`)
	slow := "SELECT count(*) FROM items a, items b, items c WHERE a.qty + b.qty + c.qty = 0;" // longer than anybody waits
	if err := errors.Join(err, d.Close(), os.WriteFile(queries, []byte(slow), 0o600)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go cancelOnceIn(copies, cancel)
	var out, said strings.Builder
	w := &world{
		in: strings.NewReader(""), out: &out, err: &said, terminal: func() bool { return false }, width: func() int { return 0 }, height: func() int { return 0 },
		getenv: func(name string) string { return map[string]string{"XDG_STATE_HOME": dir, "HOME": dir}[name] },
	}
	code := run(ctx, w, []string{"advise", path, "--queries", queries, "--interval", "100ms", "-d", "10m"})
	if code != exitError || !strings.Contains(said.String(), errStopped.Error()) {
		t.Errorf("got exit code %d and %q, want %d and that a signal stopped it", code, said.String(), exitError)
	}
	if !strings.Contains(out.String(), "stopped") || !strings.Contains(out.String(), "Declined") {
		t.Errorf("got %q, want the advice so far, which says that it was stopped", out.String())
	}
}
