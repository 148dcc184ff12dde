package terminal

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
)

// A guard ends a terminal whose owner was killed: tmux is a daemon, and would
// keep what runs in it for ever. It reads from a pipe that closes with the
// owner.
type guard struct {
	process *exec.Cmd
	held    io.Closer
}

func newGuard(t *Terminal) (*guard, error) {
	script := `read -r _; tmux -S "$1" kill-server; rm -rf "$2"`
	c := exec.Command("sh", "-c", script, "guard", t.socket, t.dir)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // what ends the owner's group must not end it
	c.Env = append(os.Environ(), "TMUX=")
	held, err := c.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("guard a terminal: %w", err)
	}
	if err := c.Start(); err != nil {
		return nil, fmt.Errorf("guard a terminal: %w", err)
	}
	return &guard{c, held}, nil
}

// end lets the guard go: there is nothing left for it to end.
func (g *guard) end() {
	_ = g.held.Close()
	_ = g.process.Wait() // it fails when the server has ended before
}
