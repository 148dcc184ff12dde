package main

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// Each dashboard gets the same terminal; a frame counts once a third of its
// lines hold text.
const (
	columns    = 120
	lines      = 40
	frameLines = lines / 3
	warmUp     = 4 * time.Second // start-up and filling from history are not the steady cost
	patience   = 30 * time.Second
)

// measure runs one tool in a pane of its own, and takes it away again.
func measure(t tool, span time.Duration) (reading, error) {
	began := time.Now()
	pid, err := open(t)
	if err != nil {
		return reading{}, err
	}
	defer shut(pid)
	if err := waitForFrame(began.Add(patience)); err != nil {
		return reading{}, err
	}
	m := reading{firstFrame: time.Since(began)}
	time.Sleep(warmUp)
	if m.cpu, err = cpuOver(pid, span); err != nil {
		return reading{}, err
	}
	m.rssAnon, m.vmHWM, err = memory(pid)
	return m, err
}

// open starts the tool in a new pane and answers its process.
func open(t tool) (int, error) {
	args := []string{"new-session", "-d", "-x", strconv.Itoa(columns), "-y", strconv.Itoa(lines), "-P", "-F", "#{pane_pid}", "env"}
	out, err := tmux(append(append(args, t.env...), t.argv...)...)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(out))
}

// shut ends the pane's server and waits for it: the next one binds the same
// socket.
func shut(pid int) {
	_, _ = tmux("kill-server")
	for range 200 {
		if _, err := nanosecondsOf(pid); err != nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	time.Sleep(100 * time.Millisecond)
}

func waitForFrame(deadline time.Time) error {
	for time.Now().Before(deadline) {
		out, err := tmux("capture-pane", "-p")
		if err != nil {
			return err
		}
		if filled(out) >= frameLines {
			return nil
		}
		time.Sleep(2 * time.Millisecond)
	}
	out, _ := tmux("capture-pane", "-p")
	return fmt.Errorf("no frame within %s; the pane says: %q", patience, strings.TrimSpace(out))
}

func filled(pane string) int {
	n := 0
	for _, l := range strings.Split(pane, "\n") {
		if strings.TrimSpace(l) != "" {
			n++
		}
	}
	return n
}

func tmux(args ...string) (string, error) {
	c := exec.Command("tmux", append([]string{"-L", "mltop-bench", "-f", os.DevNull}, args...)...)
	c.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "TERM=xterm-256color")
	out, err := c.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("tmux %s: %w: %s", args[0], err, strings.TrimSpace(string(out)))
	}
	return string(out), nil
}
