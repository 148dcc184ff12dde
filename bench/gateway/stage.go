package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"mltop/bench/measure"
)

// A stage has what a contest needs: a folder, and the nginx behind all.
type stage struct {
	o       options
	dir     string
	origins []string // two addresses of the one nginx, to balance over
	origin  *process
	missing map[string]bool // peers of which this was said
}

// A process is a server of ours that listens.
type process struct {
	name    string
	address string
	admin   string // mltop's, for its state
	cmd     *exec.Cmd
	ended   chan struct{}
}

func (p *process) url() string { return "http://" + p.address + "/" }
func (p *process) pid() int    { return p.cmd.Process.Pid }

// patience is what a server gets to end by itself: mltop writes its log's rest.
const patience = 20 * time.Second

func openStage(ctx context.Context, o options) (*stage, error) {
	dir, err := os.MkdirTemp("", "mltop-bench-")
	if err != nil {
		return nil, err
	}
	s := &stage{o: o, dir: dir, missing: map[string]bool{}}
	if err := errors.Join(raiseFiles(o.idle), s.startOrigin(ctx)); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// otherFiles are what a proxy, and we, have open beside idle connections.
const otherFiles = 500

// raiseFiles lets us, and the servers that inherit it, open as many files as
// this machine allows.
func raiseFiles(idle int) error {
	var l syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l); err != nil {
		return fmt.Errorf("ask for the limit of open files: %w", err)
	}
	if l.Max < uint64(idle+otherFiles) {
		return fmt.Errorf("%d open files are too few for %d idle connections: ulimit -Hn, or -idle", l.Max, idle)
	}
	l.Cur = l.Max
	return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &l)
}

func (s *stage) startOrigin(ctx context.Context) error {
	for range 2 {
		address, err := measure.FreeAddress()
		if err != nil {
			return err
		}
		s.origins = append(s.origins, address)
	}
	var err error
	s.origin, err = s.start(ctx, kind{name: "origin", program: "nginx", file: "origin.conf", text: originText, args: nginxArgs}, false)
	return err
}

// start writes a server's configuration and starts it.
func (s *stage) start(ctx context.Context, k kind, caches bool) (*process, error) {
	w := site{dir: s.dir, origins: s.origins, o: s.o, caches: caches}
	var err error
	if w.listen, err = measure.FreeAddress(); err != nil {
		return nil, err
	}
	if w.admin, err = measure.FreeAddress(); err != nil {
		return nil, err
	}
	p := &process{name: k.name, address: w.listen, admin: w.admin}
	if k.name == "origin" {
		p.address = s.origins[0]
	}
	if w.file, err = s.write(k, w); err != nil {
		return nil, err
	}
	if err := s.spawn(ctx, p, k, w); err != nil {
		return nil, err
	}
	if err := p.await(ctx); err != nil {
		said, _ := os.ReadFile(s.sayings(k))
		p.stop()
		return nil, fmt.Errorf("%w: %s", err, said)
	}
	return p, nil
}

// await waits until it listens, or has ended.
func (p *process) await(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-p.ended:
			cancel()
		case <-ctx.Done():
		}
	}()
	return measure.Await(ctx, p.name, p.address)
}

func (s *stage) write(k kind, w site) (string, error) {
	file := filepath.Join(s.dir, k.file)
	return file, os.WriteFile(file, []byte(k.text(w)), 0o600)
}

// sayings is the file with what a server says.
func (s *stage) sayings(k kind) string {
	return filepath.Join(s.dir, strings.ReplaceAll(k.name, " ", "-")+".said")
}

func (s *stage) spawn(ctx context.Context, p *process, k kind, w site) error {
	said, err := os.Create(s.sayings(k))
	if err != nil {
		return err
	}
	defer said.Close()
	p.cmd = exec.CommandContext(ctx, k.binary(s.o), k.args(w)...)
	p.cmd.Dir, p.cmd.SysProcAttr = s.dir, measure.Child()
	p.cmd.Stdout, p.cmd.Stderr = said, said
	p.cmd.Env = append(os.Environ(), fmt.Sprintf("GOMAXPROCS=%d", s.o.threads),
		"HOME="+s.dir, "XDG_STATE_HOME="+s.dir, "XDG_DATA_HOME="+s.dir, "XDG_CONFIG_HOME="+s.dir)
	p.cmd.Cancel = func() error { return p.cmd.Process.Signal(syscall.SIGTERM) }
	p.cmd.WaitDelay = patience
	if err := p.cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", k.name, err)
	}
	p.ended = make(chan struct{})
	go func() {
		p.cmd.Wait() //nolint:errcheck // what it said is shown
		close(p.ended)
	}()
	return nil
}

// stop ends a server, and by force what it leaves of its group.
func (p *process) stop() {
	p.cmd.Process.Signal(syscall.SIGTERM) //nolint:errcheck // it may have ended
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.cmd.Process.Kill() //nolint:errcheck // it may have ended
		<-p.ended
	}
	syscall.Kill(-p.pid(), syscall.SIGKILL) //nolint:errcheck // mostly nobody is left
}

// with runs a contest among those kinds that are here.
func (s *stage) with(ctx context.Context, caches bool, kinds []kind, contest func([]*process) error) error {
	var all []*process
	defer func() {
		for _, p := range all {
			p.stop()
		}
	}()
	for _, k := range kinds {
		if !s.here(k) {
			continue
		}
		p, err := s.start(ctx, k, caches)
		if err != nil {
			return err
		}
		all = append(all, p)
	}
	return contest(all)
}

// here reports whether a peer is, and says once which is not.
func (s *stage) here(k kind) bool {
	_, err := exec.LookPath(k.binary(s.o))
	if err != nil && !s.missing[k.name] {
		s.missing[k.name] = true
		fmt.Printf("left out: %s is not here (Debian: apt-get install %s)\n", k.name, k.program)
	}
	return err == nil
}

func (s *stage) close() {
	if s.origin != nil {
		s.origin.stop()
	}
	os.RemoveAll(s.dir) //nolint:errcheck // a folder of our own
}
