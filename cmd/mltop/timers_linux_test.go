package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// slackEnv has the test print what the kernel says of it.
const slackEnv = "MLTOP_TEST_PRINT_SLACK"

func TestOnlyWhoeverKeepsToInstantsIsWokenAtThem(t *testing.T) {
	if os.Getenv(slackEnv) != "" {
		slack, err := unix.PrctlRetInt(unix.PR_GET_TIMERSLACK, 0, 0, 0, 0)
		fmt.Println("late by up to", slack, err)
		return
	}
	const lazy, punctual = "1000000 <nil>", "50000 <nil>"
	for arguments, want := range map[string]string{
		"app.db": lazy, "": lazy, "why --color never app.db": lazy,
		"bench scenario.yaml": punctual, "--config c.yaml bench run": punctual, "gateway --listen 127.0.0.1:0": punctual, clientVerb + " sqlite": punctual, serverVerb: punctual,
	} {
		cmd := exec.Command("/proc/self/exe", append([]string{"-test.run=^" + t.Name() + "$", "--"}, strings.Fields(arguments)...)...)
		cmd.Env = append(os.Environ(), slackEnv+"=1")
		out, err := cmd.CombinedOutput()
		if want = "late by up to " + want; err != nil || !strings.Contains(string(out), want) {
			t.Errorf("mltop %s: got %q, %v, want %q", arguments, out, err, want)
		}
	}
}
