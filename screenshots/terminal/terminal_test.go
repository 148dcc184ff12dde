package terminal

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// owner is set where the test runs itself as the one who will be killed.
const owner = "MLTOP_TERMINAL_OWNER"

func TestMain(m *testing.M) {
	if os.Getenv(owner) == "" {
		os.Exit(m.Run())
	}
	t, err := Start(40, 10, nil, "sleep", "600")
	if err != nil {
		panic(err)
	}
	pid, err := t.PID()
	if err != nil {
		panic(err)
	}
	os.Stdout.WriteString(strconv.Itoa(pid) + "\n" + t.dir + "\n")
	select {}
}

func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }

func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for range 200 {
		if done() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatal("in ten seconds not: " + what)
}

func TestWhatRunsInATerminalEndsWithItsOwner(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self)
	c.Env = append(os.Environ(), owner+"=1")
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 4096)
	n, err := out.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	line, dir, _ := strings.Cut(strings.TrimSpace(string(b[:n])), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil || !alive(pid) {
		t.Fatalf("got %q: %v, want the number of a process that runs", b[:n], err)
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()
	await(t, "the program ends", func() bool { return !alive(pid) })
	await(t, "the folder goes", func() bool { _, err := os.Stat(dir); return os.IsNotExist(err) })
}

func TestATerminalShowsWhatAProgramWritesAndTakesKeys(t *testing.T) {
	term, err := Start(40, 10, []string{"WORD=grüße 日本"}, "sh", "-c", `echo "$WORD"; read -r x; echo "got $x"`)
	if err != nil {
		t.Fatal(err)
	}
	defer term.Close()
	if _, err := term.Wait(10*time.Second, "grüße 日本"); err != nil {
		t.Fatal(err)
	}
	if err := term.Press("o", "k", "Enter"); err != nil {
		t.Fatal(err)
	}
	if _, err := term.Wait(10*time.Second, "got ok"); err != nil {
		t.Fatal(err)
	}
	if screen, err := term.Wait(100*time.Millisecond, "never"); err == nil {
		t.Errorf("a text that never comes: got %q and no error", screen)
	}
}
