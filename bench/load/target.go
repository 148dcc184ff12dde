package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"mltop/bench/measure"
)

// A target is an nginx with one worker, on a port of its own.
type target struct {
	url string
	dir string
	cmd *exec.Cmd
}

const config = `worker_processes 1; daemon off; pid %[1]s/pid; error_log %[1]s/error.log;
events { worker_connections 8192; }
http { access_log off; keepalive_requests 1000000000; client_body_temp_path %[1]s; proxy_temp_path %[1]s;
fastcgi_temp_path %[1]s; uwsgi_temp_path %[1]s; scgi_temp_path %[1]s;
server { listen %[2]s backlog=4096; location / { return 200 "an answer of some hundred bytes, as a small one of an API is: %[3]s"; } } }
`

func startTarget() (*target, error) {
	dir, err := os.MkdirTemp("", "mltop-load-")
	if err != nil {
		return nil, err
	}
	address, err := measure.FreeAddress()
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, fmt.Appendf(nil, config, dir, address, strings.Repeat("x", 60)), 0o600); err != nil {
		return nil, err
	}
	t := &target{url: "http://" + address + "/", dir: dir, cmd: exec.Command("nginx", "-c", file)}
	t.cmd.Stderr = os.Stderr
	t.cmd.SysProcAttr = measure.Child()
	if err := t.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start nginx: %w", err)
	}
	return t, measure.Await(context.Background(), "nginx", address)
}

func (t *target) stop() {
	syscall.Kill(-t.cmd.Process.Pid, syscall.SIGCONT) //nolint:errcheck // it may run
	t.cmd.Process.Signal(syscall.SIGTERM)             //nolint:errcheck // it may have ended
	t.cmd.Wait()                                      //nolint:errcheck // by the signal
	os.RemoveAll(t.dir)                               //nolint:errcheck // a folder of our own
}

// stall stops all of nginx for a while, and answers for how long it really
// was.
func (t *target) stall(d time.Duration) (time.Duration, error) {
	if err := syscall.Kill(-t.cmd.Process.Pid, syscall.SIGSTOP); err != nil {
		return 0, fmt.Errorf("stop nginx: %w", err)
	}
	began := time.Now()
	time.Sleep(d)
	if err := syscall.Kill(-t.cmd.Process.Pid, syscall.SIGCONT); err != nil {
		return 0, fmt.Errorf("let nginx go on: %w", err)
	}
	return time.Since(began), nil
}
