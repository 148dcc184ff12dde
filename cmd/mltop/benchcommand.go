package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A benchCommands runs the commands of a scenario, each as a group of
// processes, so that none of them is left behind when the program ends.
type benchCommands struct {
	mu      sync.Mutex
	running int // the leader of the group under way; 0: none is
}

// commandRest is how long a command that has ended is waited for, when
// something that it left running keeps its output.
const commandRest = time.Second

// run carries out one line in a shell; what a failing one says is in the
// error.
func (c *benchCommands) run(ctx context.Context, line string) error {
	var said lastWords
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", line)
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = &said, &said, commandRest
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	err := cmd.Start()
	if err == nil {
		c.set(cmd.Process.Pid)
		err = cmd.Wait()
		c.set(0)
	}
	if err != nil && !errors.Is(err, exec.ErrWaitDelay) { // one in the background is left to its own
		return fmt.Errorf("command %q: %w: %s", line, err, strings.TrimSpace(string(said)))
	}
	return nil
}

func (c *benchCommands) set(pid int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.running = pid
}

// kill ends what is running, and all that it has started.
func (c *benchCommands) kill() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running > 0 {
		syscall.Kill(-c.running, syscall.SIGKILL) //nolint:errcheck // it may have ended
	}
}

// lastWords keeps the end of what a command says: why it failed.
type lastWords []byte

const mostWords = 4 << 10

func (l *lastWords) Write(p []byte) (int, error) {
	*l = append(*l, p...)
	*l = (*l)[max(0, len(*l)-mostWords):]
	return len(p), nil
}
