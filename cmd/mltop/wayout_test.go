package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Whatever ends the dashboard, the terminal is as it was before: its modes,
// its screen, its cursor.
func TestTheTerminalIsGivenBackOnEveryWayOut(t *testing.T) {
	kill := func(s syscall.Signal) func(*pane, int) error {
		return func(_ *pane, pid int) error { return syscall.Kill(pid, s) }
	}
	press := func(keys ...string) func(*pane, int) error {
		return func(p *pane, _ int) error { p.press(keys...); return nil }
	}
	for _, c := range []struct {
		name string
		end  func(*pane, int) error
	}{
		{"q", press("q")},
		{"Ctrl+C", press("C-c")},
		{"Ctrl+C in a text field", press("/", "q", "C-c")},
		{"SIGTERM", kill(syscall.SIGTERM)},
		{"SIGHUP", kill(syscall.SIGHUP)},
		{"SIGINT from outside", kill(syscall.SIGINT)},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := runSQL(filepath.Join(dir, "app.db"), []string{"CREATE TABLE t(id INTEGER PRIMARY KEY, name TEXT)"}); err != nil {
				t.Fatal(err)
			}
			program, _, _ := strings.Cut(demoCommand(t), " ")
			// exec makes the program known by the number that the shell wrote down.
			p := openPane(t, [2]string{"100", "30"}, fmt.Sprintf("cd %s; stty -g >before; sh -c 'echo $$ >pid; exec %s app.db'; stty -g >after", dir, program))
			p.await("the first frame", "q quit")
			if on := p.flag("alternate_on"); on != "1" {
				t.Errorf("the dashboard is not on the alternate screen: got %q", on)
			}
			var pid int
			if _, err := fmt.Sscan(readText(t, dir, "pid"), &pid); err != nil {
				t.Fatal(err)
			}
			if err := c.end(p, pid); err != nil {
				t.Fatal(err)
			}
			p.awaitEnd()
			for name, want := range map[string]string{"alternate_on": "0", "cursor_flag": "1", "mouse_any_flag": "0"} {
				if got := p.flag(name); got != want {
					t.Errorf("%s: got %q, want %q", name, got, want)
				}
			}
			if before, after := readText(t, dir, "before"), readText(t, dir, "after"); before != after {
				t.Errorf("the terminal's modes: got %q, want %q", after, before)
			}
		})
	}
}

// flag is what tmux knows of the pane.
func (p *pane) flag(name string) string {
	p.t.Helper()
	value, err := p.Flag(name)
	if err != nil {
		p.t.Fatal(err)
	}
	return value
}

func readText(t *testing.T, dir, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(data))
}
