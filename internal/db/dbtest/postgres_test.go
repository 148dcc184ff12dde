package dbtest

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestAServerSurvivesAKillAndLeavesNothingBehind(t *testing.T) {
	s := NewPostgres(t, PostgresOptions{TCP: true, Password: "open sesame"})
	d := OpenPostgres(t, s.PostgresDatabase(t))
	Exec(t, d, "CREATE TABLE kept (a int)")
	if err := s.Kill(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	Exec(t, d, "INSERT INTO kept VALUES (1)")
}

// The child is this test's own binary, killed while it holds a server.
func TestAServerEndsWithItsTestHoweverThatEnds(t *testing.T) {
	if os.Getenv("MLTOP_TEST_HOLD") != "" {
		s := Postgres(t)
		os.Stdout.WriteString("dir " + s.Dir + "\n")
		panic("on purpose")
	}
	needServer(t)
	c := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$", "-test.v")
	c.Env = append(os.Environ(), "MLTOP_TEST_HOLD=1")
	out, _ := c.CombinedOutput() // it panics
	_, dir, ok := strings.Cut(string(out), "dir ")
	dir, _, _ = strings.Cut(dir, "\n")
	if !ok || !strings.Contains(string(out), "on purpose") {
		t.Fatalf("the child said %s", out)
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat(dir); os.IsNotExist(err) {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s is still there", dir)
		}
	}
}
