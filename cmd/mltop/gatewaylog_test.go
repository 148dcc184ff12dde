package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// What an operator sees of a request log: where it goes, that it grows, its
// rows in mltop, its state, and no password.
func TestAGatewaysRequestLog(t *testing.T) {
	a, dir := answering(t, "a"), t.TempDir()
	path, file := filepath.Join(dir, "log.db"), filepath.Join(dir, "gateway.yaml")
	write := func(log string) {
		if err := os.WriteFile(file, []byte("listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nupstreams: ["+a+"]\nlog: "+log+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(path)
	g := startGateway(t, file)
	if got := g.line(t, `^request log (.*)`); !strings.Contains(got, path+" (it grows without bound: log.keep sets one)") {
		t.Errorf("at the start it says %s", got)
	}
	url := "http://" + g.line(t, `^gateway on (\S+): `)
	for range 7 {
		asked(t, url+"/items/1?token=s3cret")
	}
	sooner(t, "the rows are written", func() bool { return strings.Contains(g.mltop("gateway", "status", url), "ok: 7 written to "+path) })
	write("elsewhere.db")
	g.cmd.Process.Signal(syscall.SIGHUP)
	if got := g.line(t, `^not read again, the old configuration stays: (.*)`); !strings.Contains(got, "it writes to "+path) {
		t.Errorf("another file: %s", got)
	}
	g.cmd.Process.Signal(syscall.SIGTERM)
	g.line(t, `^stopped: (\d+) requests were answered`)
	if err := g.cmd.Wait(); err != nil {
		t.Errorf("it ended with %v, want 0", err)
	}
	if got := g.mltop("snapshot", path, "--window", "all", "-o", "json"); !strings.Contains(got, `"/items/1"`) && !strings.Contains(got, `"/items/{id}"`) || strings.Contains(got, "s3cret") {
		t.Errorf("mltop shows of the log %s", got)
	}
	g = startGateway(t, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--upstream", a, "--log=mariadb://joe:s3cret@127.0.0.1:1/shop")
	if got := g.line(t, `^(request log: .*)`); !strings.Contains(got, "mariadb://joe@127.0.0.1:1/shop does not take rows") || strings.Contains(got, "s3cret") {
		t.Errorf("without its server it says %s", got)
	}
	url = "http://" + g.line(t, `^gateway on (\S+): `)
	asked(t, url)
	sooner(t, "the row is spilled", func() bool { return strings.Contains(g.mltop("gateway", "status", url), "1 wait in ") })
	if got := g.mltop("gateway", "status", url, "-o", "json"); strings.Contains(got, "s3cret") {
		t.Errorf("the state shows the password: %s", got)
	}
	if line, err := os.ReadFile("/proc/" + strconv.Itoa(g.cmd.Process.Pid) + "/cmdline"); err == nil && strings.Contains(string(line), "s3cret") {
		t.Errorf("the list of processes shows the password: %q", line)
	}
	g.cmd.Process.Signal(syscall.SIGTERM)
	if got := g.line(t, `^request log: (1 rows wait in .*)`); !strings.Contains(got, "for the next start") {
		t.Errorf("at the end it says %s", got)
	}
	g.cmd.Wait()
}
