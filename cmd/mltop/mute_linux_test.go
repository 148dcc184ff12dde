package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"mltop/internal/db/dbtest"
)

// muteTerminal starts a command on a terminal that answers no question, and
// gives what it writes there.
func muteTerminal(t *testing.T, c *exec.Cmd) *os.File {
	t.Helper()
	ours, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ours.Close() })
	if err := unix.IoctlSetPointerInt(int(ours.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(ours.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.Close()
	if err := unix.IoctlSetWinsize(int(theirs.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 40, Col: 120}); err != nil {
		t.Fatal(err)
	}
	c.Stdin, c.Stdout, c.Stderr = theirs, theirs, theirs
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() })
	return ours
}

// onMuteTerminal starts the dashboard on a request log, on a terminal that
// answers nothing, and gives what it has drawn when it asks for the background.
func onMuteTerminal(t *testing.T) (c *exec.Cmd, terminal *os.File, before []byte) {
	t.Helper()
	c = exec.Command(program(t, "mltop"), filepath.Join(t.TempDir(), "app.db"))
	dbtest.RequestLog(t, c.Args[1], dbtest.Served, 50)
	c.Env = append(os.Environ(), "CI=", "TERM=xterm-256color", "LC_ALL=C.UTF-8", "HOME="+t.TempDir(), "XDG_STATE_HOME=")
	terminal = muteTerminal(t, c)
	defer time.AfterFunc(60*time.Second, func() { _ = c.Process.Kill() }).Stop() // the read ends with it
	var seen []byte
	for piece := make([]byte, 4096); !bytes.Contains(seen, []byte("\x1b]11;?")); {
		n, err := terminal.Read(piece)
		if err != nil {
			t.Fatalf("%v after %q", err, seen)
		}
		seen = append(seen, piece[:n]...)
	}
	before, _, _ = bytes.Cut(seen, []byte("\x1b]11;?"))
	return c, terminal, before
}

// A terminal over a slow line answers late, and some never do: the picture
// comes first, the question for the background after it.
func TestTheFirstFrameDoesNotWaitForTheTerminalsAnswers(t *testing.T) {
	_, _, before := onMuteTerminal(t)
	if !bytes.Contains(before, []byte("attaching")) || !bytes.Contains(before, []byte("app.db")) {
		t.Errorf("got %q before the terminal was asked for its background, want a frame", before)
	}
}

// What a user types while the terminal has not answered is no part of the
// answer.
func TestAKeyBeforeTheTerminalsAnswerIsNotLost(t *testing.T) {
	c, terminal, _ := onMuteTerminal(t)
	go func() { _, _ = io.Copy(io.Discard, terminal) }()
	if _, err := terminal.WriteString("q\x1b]11;rgb:ffff/ffff/ffff\x1b\\"); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("got %v, want it to end well", err)
		}
	case <-time.After(60 * time.Second):
		t.Error("the dashboard goes on: q was lost")
	}
}
