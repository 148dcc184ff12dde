package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"mltop/internal/db/dbtest"
)

// A terminal that says it is dumb, or does not say what it is, gets plain
// lines that tell how they end, and nothing that it would print as rubbish.
func TestADumbTerminalGetsLines(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "app.db")
	dbtest.RequestLog(t, file, dbtest.Served, 50)
	for _, c := range []struct {
		name string
		env  []string
		args []string
		want []string
		ends bool // by itself
		code int
	}{
		{"TERM=dumb", []string{"TERM=dumb"}, []string{file}, []string{`no picture on a terminal with TERM="dumb"`, "Ctrl+C ends it", "requests"}, false, 0},
		{"TERM is not set", nil, []string{file}, []string{`TERM=""`, "Ctrl+C ends it", "requests"}, false, 0},
		{"TERM=unknown", []string{"TERM=unknown"}, []string{file}, []string{`TERM="unknown"`, "requests"}, false, 0},
		{"--plain on a good one", []string{"TERM=xterm-256color"}, []string{file, "--plain"}, []string{"mltop: a line for each change; Ctrl+C ends it", "requests"}, false, 0},
		{"a choice of targets is a list", []string{"TERM=dumb"}, nil, []string{"What mltop could attach to", "app.db"}, true, 0},
		{"several targets are asked to be one", []string{"TERM=dumb"}, []string{file, file}, []string{"one target is shown at a time: mltop --plain"}, true, exitUsage},
		{"a target that is not there", nil, []string{filepath.Join(dir, "none.db")}, []string{"none.db"}, true, exitAttach},
	} {
		t.Run(c.name, func(t *testing.T) {
			cmd := exec.Command(program(t, "mltop"), c.args...)
			cmd.Dir = dir
			cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "TERM=") }),
				append(c.env, "CI=", "LC_ALL=C.UTF-8", "HOME="+t.TempDir(), "XDG_STATE_HOME=")...)
			terminal := muteTerminal(t, cmd)
			defer time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() }).Stop() // the read ends with it
			text := readTerminal(t, terminal, c.want)
			if !c.ends {
				if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
					t.Fatal(err)
				}
			}
			_ = cmd.Wait() // the code tells
			if code := cmd.ProcessState.ExitCode(); code != c.code {
				t.Errorf("exit code %d, want %d:\n%s", code, c.code, text)
			}
			if i := strings.IndexAny(text, "\x1b\x07"); i >= 0 {
				t.Errorf("an escape for a terminal of another kind: %q", text[i:min(len(text), i+40)])
			}
		})
	}
}

// readTerminal reads until all texts were written, or the program has ended.
func readTerminal(t *testing.T, terminal io.Reader, want []string) string {
	t.Helper()
	var seen strings.Builder
	missing := func() (out []string) {
		for _, w := range want {
			if !strings.Contains(seen.String(), w) {
				out = append(out, w)
			}
		}
		return out
	}
	for piece := make([]byte, 4096); len(missing()) > 0; {
		n, err := terminal.Read(piece)
		seen.Write(piece[:n])
		if err != nil {
			break
		}
	}
	if list := missing(); len(list) > 0 {
		t.Errorf("got\n%s\nwithout %q", seen.String(), list)
	}
	return seen.String()
}
