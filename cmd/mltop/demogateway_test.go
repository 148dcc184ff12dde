package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// The demo's gateway from start to end: the slow instance gets less, one is
// killed and no GET fails, and nothing is left behind.
func TestTheGatewaysDemoTellsItsStory(t *testing.T) {
	out, code := tourOf(t, "mltop", "--gateway")
	if code != exitOK {
		t.Fatalf("exit code %d, want %d\n%s", code, exitOK, out)
	}
	for _, want := range []string{
		"600ms late with each answer", "ok     the slow instance gets less", "ok     no client's GET failed: 0 of ", "ok     it is back", "ok     the cache answers", "ok     the log has a row of each request", "what changed",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the tour does not say %q:\n%s", want, out)
		}
	}
}

func TestTheGatewaysDemoIsAloneWithItsScene(t *testing.T) {
	for _, flag := range []string{"--autoplay", "--keep", "--engine=postgres"} {
		c := exec.Command(program(t, "mltop"), "demo", "--gateway", flag)
		c.Env = append(os.Environ(), "HOME="+t.TempDir(), "XDG_STATE_HOME=")
		out, _ := c.CombinedOutput()
		if c.ProcessState.ExitCode() != exitUsage || !strings.Contains(string(out), "--gateway has a scene") {
			t.Errorf("with %s: exit code %d, %s", flag, c.ProcessState.ExitCode(), out)
		}
	}
}
