package sqlite

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"syscall"
)

// errNoChild is the reason for what only a child may read.
var errNoChild = errors.New("no helper process reads the file's header")

// A child reads raw bytes of the database's files; see ServeCounters. It is
// started at the first question, and again after it died.
type child struct {
	argv []string

	mu  sync.Mutex
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func newChild(prefix []string, path string) *child {
	if len(prefix) == 0 {
		return nil
	}
	return &child{argv: append(append([]string{}, prefix...), path)}
}

// ask sends one question and waits for its answer. A child that died is
// started again once.
func (c *child) ask(ctx context.Context, q rawRequest) (rawAnswer, error) {
	if c == nil {
		return rawAnswer{}, errNoChild
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return rawAnswer{}, fmt.Errorf("ask the helper process: %w", err)
	}
	fresh := c.cmd == nil
	a, err := c.once(ctx, q)
	if err != nil && !fresh && ctx.Err() == nil {
		a, err = c.once(ctx, q)
	}
	return a, err
}

func (c *child) once(ctx context.Context, q rawRequest) (rawAnswer, error) {
	if err := c.start(); err != nil {
		return rawAnswer{}, fmt.Errorf("%w: %w", errNoChild, err)
	}
	process := c.cmd.Process
	stop := context.AfterFunc(ctx, func() { _ = process.Kill() })
	defer stop()
	a, err := c.exchange(q)
	if err != nil {
		c.stop()
		return a, fmt.Errorf("ask the helper process: %w", errors.Join(err, ctx.Err()))
	}
	return a, nil
}

func (c *child) exchange(q rawRequest) (rawAnswer, error) {
	var a rawAnswer
	if err := json.NewEncoder(c.in).Encode(q); err != nil {
		return a, err
	}
	line, err := c.out.ReadBytes('\n')
	if err != nil {
		return a, err
	}
	return a, json.Unmarshal(line, &a)
}

func (c *child) start() error {
	if c.cmd != nil {
		return nil
	}
	cmd := exec.Command(c.argv[0], c.argv[1:]...)
	// In a group of its own a Ctrl+C at the terminal does not end it before
	// us: it ends when this pipe closes.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	c.cmd, c.in, c.out = cmd, in, bufio.NewReader(out)
	return nil
}

// stop ends the child. How it ended is of no use: its pipe is closed.
func (c *child) stop() {
	if c.cmd == nil {
		return
	}
	c.in.Close()
	_ = c.cmd.Process.Kill() // it may have ended by itself
	_ = c.cmd.Wait()
	c.cmd = nil
}

func (c *child) close() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stop()
}
