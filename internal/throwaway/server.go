// Package throwaway starts database servers that end with this process and
// leave nothing behind: for tests, for benchmarks and for the demo.
package throwaway

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A Server is a throw-away database server. It ends with the process that
// started it, however that ends: its keeper waits on a pipe that only this process holds.
type Server struct {
	Dir      string // its data, socket and log; removed behind it
	Socket   string // folder (PostgreSQL) or file (MariaDB)
	Port     int    // on 127.0.0.1; 0: none
	Password string // of the administrator; "": none is asked for

	of     program
	binary string
	who    *syscall.Credential
	pid    int
	keeper *exec.Cmd
	pipe   io.WriteCloser
	ended  chan struct{} // closed when the server has ended
}

// A program is a server that can be started.
type program struct {
	name    string            // "PostgreSQL"
	pkg     string            // Debian's package
	paths   []string          // where its binary may be; a bare name is looked for on PATH
	users   []string          // who may run it when we are root, best first
	stop    string            // the signal that ends it at once: "QUIT"
	files   map[string]string // to lie in its folder, by name; for its user alone
	ahead   time.Duration     // of its clock before ours
	prepare func(s *Server) []string
	serve   func(s *Server) []string
	ready   func(s *Server) error // nil when it answers
}

// startLimit bounds how long a server may take to answer: a loaded machine of
// one core needs some seconds.
const startLimit = 60 * time.Second

// start makes the data and starts the server.
func start(p program, s *Server) (*Server, error) {
	s.of = p
	var err error
	if s.binary, err = p.find(); err != nil {
		return nil, err
	}
	if s.Dir, err = os.MkdirTemp(shortTemp(), "mltop-server-"); err != nil {
		return nil, fmt.Errorf("make a folder for %s: %w", p.name, err)
	}
	who, err := p.credential(s.Dir)
	if err == nil {
		err = s.write(who, p.files)
	}
	if err == nil {
		err = s.run(who, p.prepare(s))
	}
	if err == nil {
		err = s.serve(who)
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.Dir))
	}
	return s, nil
}

// shortTemp is a folder in which a socket's path stays below the 108 bytes
// that the kernel has room for.
func shortTemp() string {
	if dir := os.TempDir(); len(dir) < 60 {
		return dir
	}
	return "/tmp"
}

func (p program) find() (string, error) {
	for _, path := range p.paths {
		if found, err := exec.LookPath(path); err == nil {
			return found, nil
		}
	}
	return "", fmt.Errorf("no %s here: apt-get install %s", p.name, p.pkg)
}

// credential is whom the server runs as: servers refuse to be root. The
// folder becomes theirs.
func (p program) credential(dir string) (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range p.users {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, os.Chown(dir, uid, gid)
	}
	return nil, fmt.Errorf("start %s: none of the users %s is here", p.name, strings.Join(p.users, ", "))
}

// write makes files in the server's folder that its user alone can read.
func (s *Server) write(who *syscall.Credential, files map[string]string) error {
	for name, text := range files {
		path := filepath.Join(s.Dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return fmt.Errorf("write a file for %s: %w", s.of.name, err)
		}
		if who == nil {
			continue
		}
		if err := os.Chown(path, int(who.Uid), int(who.Gid)); err != nil {
			return fmt.Errorf("give a file to %s: %w", s.of.name, err)
		}
	}
	return nil
}

// WriteFile replaces a file in the server's folder.
func (s *Server) WriteFile(name, text string) error {
	return s.write(s.who, map[string]string{name: text})
}

// inDir writes the server's folder where a setting says $DIR.
func (s *Server) inDir(value string) string { return strings.ReplaceAll(value, "$DIR", s.Dir) }

// run runs a command to its end.
func (s *Server) run(who *syscall.Credential, argv []string) error {
	if len(argv) == 0 {
		return nil
	}
	c := exec.Command(argv[0], argv[1:]...)
	c.Dir, c.SysProcAttr = s.Dir, &syscall.SysProcAttr{Credential: who}
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", filepath.Base(argv[0]), err, complaints(out))
	}
	return nil
}

// keep runs a server, tells its process id and then its end. When its own
// input ends it stops the server and removes the folder; the word "keep" in
// the input spares the folder.
const keep = `trap '' PIPE # nobody may be there to hear of the end
exec 3<&0
stop=$1 dir=$2; shift 2
"$@" </dev/null >>"$dir/log" 2>&1 3<&- & server=$!
echo $server
( read -r word <&3; kill -"$stop" $server; [ "$word" = keep ] && touch "$dir/keep" ) 2>/dev/null & watcher=$!
wait $server
echo ended 2>/dev/null
wait $watcher
[ -e "$dir/keep" ] || exec rm -rf "$dir"
rm "$dir/keep"`

// serve starts the server under its keeper and waits until it answers.
func (s *Server) serve(who *syscall.Credential) error {
	command, err := s.of.skewed(s.of.serve(s))
	if err != nil {
		return err
	}
	argv := append([]string{"-c", keep, "keep", s.of.stop, s.Dir}, command...)
	c := exec.Command("/bin/sh", argv...)
	// A group of its own: an interrupt at the terminal must not end the keeper.
	c.Dir, c.SysProcAttr = "/", &syscall.SysProcAttr{Credential: who, Setpgid: true}
	in, err := c.StdinPipe()
	if err != nil {
		return err
	}
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return fmt.Errorf("start %s: %w", s.of.name, err)
	}
	s.who, s.keeper, s.pipe, s.ended = who, c, in, make(chan struct{})
	lines := bufio.NewScanner(out)
	lines.Scan()
	s.pid, _ = strconv.Atoi(lines.Text())
	go func(ended chan struct{}) {
		lines.Scan()
		close(ended)
	}(s.ended)
	return s.await()
}

// await asks the server again and again whether it is there.
func (s *Server) await() error {
	for end := time.Now().Add(startLimit); ; time.Sleep(20 * time.Millisecond) {
		err := s.of.ready(s)
		if err == nil {
			return nil
		}
		select {
		case <-s.ended:
			return errors.Join(fmt.Errorf("start %s: it ended: %s", s.of.name, s.Log()), s.release(true))
		default:
		}
		if time.Now().After(end) {
			return errors.Join(fmt.Errorf("start %s: no answer in %v: %w: %s", s.of.name, startLimit, err, s.Log()), s.release(true))
		}
	}
}

// PID is the server's process.
func (s *Server) PID() int { return s.pid }

// Log is the end of what the server wrote down.
func (s *Server) Log() string {
	text, err := os.ReadFile(filepath.Join(s.Dir, "log"))
	if err != nil {
		return err.Error()
	}
	return lastLines(text)
}

// Stop ends the server and removes its folder.
func (s *Server) Stop() error {
	return errors.Join(s.release(false), os.RemoveAll(s.Dir))
}

// release ends the server and its keeper.
func (s *Server) release(spare bool) error {
	if s.keeper == nil {
		return nil // it was killed
	}
	var err error
	if spare {
		_, err = io.WriteString(s.pipe, "keep\n")
	}
	err = errors.Join(err, s.pipe.Close())
	<-s.ended
	err = errors.Join(err, s.keeper.Wait())
	s.keeper = nil
	return err
}

// Kill ends the server with a signal and waits until it is gone; its data
// stays for Restart.
func (s *Server) Kill(sig syscall.Signal) error {
	if err := syscall.Kill(s.pid, sig); err != nil {
		return fmt.Errorf("kill %s: %w", s.of.name, err)
	}
	<-s.ended
	return s.release(true)
}

// Restart starts a server again that was killed. The sessions of a server
// that got no chance to end them keep its data for some moments more.
func (s *Server) Restart() error {
	for end := time.Now().Add(startLimit); ; time.Sleep(50 * time.Millisecond) {
		err := s.serve(s.who)
		if err == nil || time.Now().After(end) {
			return err
		}
	}
}

// complaints are the lines that say what is wrong; without one the last lines.
func complaints(out []byte) string {
	var lines []string
	for _, line := range strings.Split(string(out), "\n") {
		if lower := strings.ToLower(line); strings.Contains(lower, "error") || strings.Contains(lower, "fatal") || strings.Contains(lower, "panic") {
			lines = append(lines, line)
		}
	}
	if len(lines) == 0 {
		return lastLines(out)
	}
	return strings.Join(lines, "\n")
}

func lastLines(out []byte) string {
	lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	return string(bytes.Join(lines[max(0, len(lines)-8):], []byte("\n")))
}

// freePort is a TCP port that nobody listens on.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
