package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mltop/advisor"
	"mltop/internal/db"
	"mltop/internal/db/dbtest"
	"mltop/internal/db/sqlite"
	"mltop/internal/demo"
)

// A misled tourist puts the index on another column than the advice says: it
// is built, it is taken back, and it helps nobody.
type misled struct {
	*tourist
	step db.Step
}

func (m *misled) Apply(ctx context.Context, a demo.Advice) (string, error) {
	m.step = sqlite.Dialect{}.CreateIndex(db.Index{Name: "mltop_misled", Table: a.Table, Columns: []db.IndexColumn{{Name: "qty"}}})
	if _, err := m.engine.Run(ctx, m.step, func(db.Progress) {}); err != nil {
		return "", err
	}
	const entry = "misled"
	m.entries[entry] = advisor.Entry{ID: entry, SettledAt: time.Now(), Routes: []string{demo.StarRoute}}
	return entry, nil
}

// Proof takes no time: nothing that the outside client sees depends on it.
func (m *misled) Proof(context.Context, string) (string, error) { return "none", nil }

func (m *misled) Undo(ctx context.Context, _ string) error {
	_, err := m.engine.Run(ctx, db.Step{Object: m.step.Object, Do: m.step.Undo, Undo: m.step.Do, Mode: m.step.Mode}, func(db.Progress) {})
	return err
}

// misledMain is mltop as a test's program, with the misled tourist in it.
func misledMain() {
	w := newWorld()
	w.guide = func(t *tourist) demo.Mltop { return &misled{tourist: t} }
	os.Exit(run(context.Background(), w, os.Args[1:]))
}

// briefMain is mltop as a test's program, with a tour of few calls.
func briefMain() {
	w := newWorld()
	w.tourCalls = 40
	os.Exit(run(context.Background(), w, os.Args[1:]))
}

// program is the test binary under another name: it is mltop then.
func program(t *testing.T, name string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	link := t.TempDir() + "/" + name
	if err := os.Symlink(self, link); err != nil {
		t.Fatal(err)
	}
	return link
}

// tourOf runs demo --tour beside other tests, since it mostly waits, and answers
// what it printed and its exit code. A tour leaves nothing behind.
func tourOf(t *testing.T, name string, args ...string) (string, int) {
	t.Helper()
	t.Parallel()
	dir := shortDir(t)
	c := exec.Command(program(t, name), append([]string{"demo", "--tour", "-d", "20s"}, args...)...)
	c.Env = append(os.Environ(), "HOME="+t.TempDir(), "XDG_STATE_HOME=", "TMPDIR="+dir)
	out, err := c.CombinedOutput()
	if left, err := filepath.Glob(dir + "/mltop-*"); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v (%v), want nothing", left, err)
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return string(out), exit.ExitCode()
	}
	if err != nil {
		t.Fatalf("run the tour: %v\n%s", err, out)
	}
	return string(out), 0
}

func TestTheTourEndsWellWithTheRealAdvice(t *testing.T) {
	out, code := tourOf(t, "mltop")
	if code != exitOK {
		t.Fatalf("exit code %d, want %d\n%s", code, exitOK, out)
	}
	for _, want := range []string{"Create index on order_items(order_id", "journal entry 1", "the P95 that clients see fell", "undo restored schema and settings"} {
		if !strings.Contains(out, want) {
			t.Errorf("the tour does not say %q:\n%s", want, out)
		}
	}
}

func TestTheTourEndsWellOnServersToo(t *testing.T) {
	dbtest.NeedServers(t)
	for _, e := range []demo.Engine{demo.MariaDB, demo.Postgres} {
		t.Run(string(e), func(t *testing.T) {
			out, code := tourOf(t, "mltop-brief", "--engine", string(e))
			if code != exitOK {
				t.Fatalf("exit code %d, want %d\n%s", code, exitOK, out)
			}
			for _, want := range []string{
				"Create index on order_items(order_id", "the P95 that clients see fell", "undo restored schema and settings",
				"back-office), idle in transaction", "ok     the verdict named the session that all wait for", "ok     its end let the others go on",
			} {
				if !strings.Contains(out, want) {
					t.Errorf("the tour does not say %q:\n%s", want, out)
				}
			}
		})
	}
}

// shortDir is where programs of this test make their folders: short enough for
// the path of a socket, and as open as /tmp to the users that servers run as.
func shortDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "mltop-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777|os.ModeSticky); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestTheTourFailsWithAnIndexOnAnotherColumn(t *testing.T) {
	out, code := tourOf(t, "mltop-misled")
	if code != exitError {
		t.Fatalf("exit code %d, want %d\n%s", code, exitError, out)
	}
	for _, want := range []string{"check           FAILED the plan changed", "check           ok     undo restored schema and settings", "the tour did not show what it promises"} {
		if !strings.Contains(out, want) {
			t.Errorf("the tour does not say %q:\n%s", want, out)
		}
	}
}
