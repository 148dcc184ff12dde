package demo

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// stopGrace is how long a child may take to end its database server and to
// remove its files.
const stopGrace = 20 * time.Second

// A child is a process that ends when the pipe to it closes: when Stop is
// called, when its context ends, and when this process dies in any way.
type child struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	lines *bufio.Reader
	mu    sync.Mutex      // held by who reads lines
	said  strings.Builder // on stderr
	stop  sync.Once
	err   error
}

func startChild(ctx context.Context, argv []string) (*child, error) {
	c := &child{cmd: exec.Command(argv[0], argv[1:]...)}
	c.cmd.Stderr = &c.said
	detach(c.cmd)
	var err error
	if c.stdin, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.lines = bufio.NewReader(out)
	if err := c.cmd.Start(); err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, func() { c.stdin.Close() })
	return c, nil
}

// read decodes the next line of the child.
func (c *child) read(into any) error {
	c.mu.Lock()
	line, err := c.lines.ReadBytes('\n')
	c.mu.Unlock()
	if err != nil {
		if why := c.Stop(); why != nil {
			return why // the child's own word says more than the end of its output
		}
		return err
	}
	return json.Unmarshal(line, into)
}

// Stop closes the pipe and waits for the child to end; a second call answers
// the same.
func (c *child) Stop() error {
	c.stop.Do(func() {
		c.stdin.Close()
		kill := time.AfterFunc(stopGrace, func() { _ = c.cmd.Process.Signal(os.Kill) })
		defer kill.Stop()
		c.mu.Lock() // the end of the child is the end of who reads now
		_, _ = io.Copy(io.Discard, c.lines)
		c.mu.Unlock()
		if c.err = c.cmd.Wait(); c.err != nil && c.said.Len() > 0 {
			c.err = fmt.Errorf("%s (%w)", strings.TrimSpace(c.said.String()), c.err)
		}
	})
	return c.err
}

// A Server is the sample deployment in its own process.
type Server struct {
	Ready Ready
	*child
}

// StartServer runs argv, which must call Serve on its standard streams, and
// waits until it serves. say, which may be nil, is told what takes long.
func StartServer(ctx context.Context, argv []string, say func(string)) (*Server, error) {
	c, err := startChild(ctx, argv)
	if err != nil {
		return nil, fmt.Errorf("start the sample deployment: %w", err)
	}
	s := &Server{child: c}
	for s.Ready.Address == "" {
		var line struct {
			doing
			Ready
		}
		if err := c.read(&line); err != nil {
			return nil, fmt.Errorf("start the sample deployment: %w", err)
		}
		if s.Ready = line.Ready; line.Doing != "" && say != nil {
			say(line.Doing)
		}
	}
	return s, nil
}

// Hold has the shop's back office keep a transaction open behind which
// checkouts wait, and answers its session's id. Whoever ends the session ends
// the trouble.
func (s *Server) Hold() (session string, err error) {
	if _, err := io.WriteString(s.stdin, "hold\n"); err != nil {
		return "", fmt.Errorf("ask the back office: %w", errors.Join(err, s.Stop()))
	}
	var h held
	if err := s.read(&h); err != nil {
		return "", fmt.Errorf("ask the back office: %w", err)
	}
	if h.Error != "" {
		return "", errors.New(h.Error)
	}
	return h.Session, nil
}

// A Load is the outside client in its own process.
type Load struct {
	*child
	asking sync.Mutex // one question at a time
}

// StartClient runs argv, which must call Client on its standard streams.
func StartClient(ctx context.Context, argv []string) (*Load, error) {
	c, err := startChild(ctx, argv)
	if err != nil {
		return nil, fmt.Errorf("start the outside client: %w", err)
	}
	return &Load{child: c}, nil
}

// Phase ends the current phase, begins another, and answers what the ended
// one measured, once its last call has ended.
func (l *Load) Phase(name string) (Report, error) { return l.ask("phase " + name) }

// Report answers how the current phase stands.
func (l *Load) Report() (Report, error) { return l.ask("report") }

func (l *Load) ask(line string) (r Report, err error) {
	l.asking.Lock()
	defer l.asking.Unlock()
	if _, err := io.WriteString(l.stdin, line+"\n"); err != nil {
		return r, fmt.Errorf("ask the outside client: %w", errors.Join(err, l.Stop()))
	}
	if err := l.read(&r); err != nil {
		return r, fmt.Errorf("ask the outside client: %w", err)
	}
	return r, nil
}
