package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A runningGateway is mltop gateway as a process of its own.
type runningGateway struct {
	cmd   *exec.Cmd
	lines *bufio.Reader // of stderr
	env   []string
}

func startGateway(t *testing.T, args ...string) *runningGateway {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	g := &runningGateway{cmd: exec.Command(self), env: append(os.Environ(), "HOME="+home, "XDG_STATE_HOME=", "XDG_CONFIG_HOME=")}
	g.cmd.Args = append([]string{"mltop", "gateway"}, args...)
	g.cmd.Env = g.env
	err2, err := g.cmd.StderrPipe()
	if err == nil {
		err = g.cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	g.lines = bufio.NewReader(err2)
	t.Cleanup(func() { g.cmd.Process.Kill(); g.cmd.Wait() })
	return g
}

// line waits for a line that matches, and answers its first group.
func (g *runningGateway) line(t *testing.T, pattern string) string {
	t.Helper()
	want, all := regexp.MustCompile(pattern), ""
	for {
		line, err := g.lines.ReadString('\n')
		all += line
		if m := want.FindStringSubmatch(line); m != nil {
			return m[len(m)-1]
		}
		if err != nil {
			t.Fatalf("no line matches %s:\n%s", pattern, all)
		}
	}
}

// mltop runs another command line, and answers what it said.
func (g *runningGateway) mltop(args ...string) string {
	c := exec.Command(g.cmd.Path)
	c.Args, c.Env = append([]string{"mltop"}, args...), g.env
	out, _ := c.CombinedOutput()
	return string(out)
}

func answering(t *testing.T, text string) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, text) }))
	t.Cleanup(s.Close)
	return s.URL
}

func asked(t *testing.T, url string) string {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The whole way of an operator: start with a file, ask, add, drain, write
// the file anew, SIGHUP, spoil the file, stop.
func TestAGatewayFromStartToStop(t *testing.T) {
	a, b := answering(t, "a"), answering(t, "b")
	file := filepath.Join(t.TempDir(), "gateway.yaml")
	write := func(upstream string) {
		if err := os.WriteFile(file, []byte("listen: 127.0.0.1:0\nadmin: 127.0.0.1:0\nupstreams: ["+upstream+"]\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(a)
	g := startGateway(t, file)
	g.line(t, `^admin endpoint (\S+),`)
	url := "http://" + g.line(t, `^gateway on (\S+): `)
	if got := asked(t, url); got != "a" {
		t.Fatalf("got %q, want a", got)
	}
	if got := g.mltop(url); !strings.Contains(got, "● UP") || !strings.Contains(got, a) {
		t.Errorf("mltop URL says %s", got)
	}
	if got := g.mltop("gateway", "add", url, b); !strings.Contains(got, "added "+b) {
		t.Errorf("add says %s", got)
	}
	if got := g.mltop("gateway", "drain", url, a); !strings.Contains(got, "draining "+a) {
		t.Errorf("drain says %s", got)
	}
	if got := g.mltop("gateway", "remove", url, "http://127.0.0.1:1"); !strings.Contains(got, "there is no such upstream") {
		t.Errorf("remove says %s", got)
	}
	sooner(t, "b alone serves", func() bool { return asked(t, url)+asked(t, url) == "bb" })
	write(a)
	g.cmd.Process.Signal(syscall.SIGHUP)
	g.line(t, `^read .* again: / → (\S+) `)
	sooner(t, "the file is in force", func() bool { return asked(t, url)+asked(t, url) == "aa" })
	write("ftp://x")
	if got := g.line(t, `^not read again, the old configuration stays: (.*)`); !strings.Contains(got, `gateway.yaml:3:13: "ftp://x" is no upstream`) {
		t.Errorf("a wrong file: %s", got)
	}
	if got := asked(t, url); got != "a" {
		t.Errorf("after a wrong file: got %q, want a", got)
	}
	g.cmd.Process.Signal(syscall.SIGTERM)
	g.line(t, `^stopped: (\d+) requests were answered`)
	if err := g.cmd.Wait(); err != nil {
		t.Errorf("it ended with %v, want 0", err)
	}
}

func TestAnAddressThatIsTakenSaysByWhom(t *testing.T) {
	a := answering(t, "a")
	g := startGateway(t, "--upstream", a, "--listen", "127.0.0.1:0")
	admin := g.line(t, `^admin endpoint http://(\S+),`)
	taken := g.line(t, `^gateway on (\S+): `)
	holder := fmt.Sprintf("(pid %d) listens on :", g.cmd.Process.Pid)
	for _, row := range []struct{ name, listen, admin, want string }{
		{"that of requests", taken, "127.0.0.1:0", "listen on " + taken + ": .* --listen"},
		{"that of the admin endpoint", "127.0.0.1:0", admin, "listen on " + admin + ": .* --admin"},
	} {
		got := g.mltop("gateway", "--upstream", a, "--listen", row.listen, "--admin", row.admin)
		if !strings.Contains(got, holder) || !regexp.MustCompile(row.want).MatchString(got) {
			t.Errorf("%s: it says %s, want %q and %q", row.name, got, row.want, holder)
		}
	}
	nobody := listenError(fmt.Errorf("listen: %w", syscall.EADDRINUSE), taken, "--listen", func() []process { return nil })
	if want := "listen on " + taken + ": another process listens there, which only its own user or root can see: end it, or say another address by --listen"; nobody.Error() != want {
		t.Errorf("of one that is not seen: %q, want %q", nobody, want)
	}
}

func TestFlagsOfAGatewayStandAboveItsFile(t *testing.T) {
	a, b := answering(t, "a"), answering(t, "b")
	file := filepath.Join(t.TempDir(), "gateway.yaml")
	if err := os.WriteFile(file, []byte("listen: 127.0.0.1:1\nadmin: 127.0.0.1:1\nbalance: ip_hash\nupstreams: ["+a+"]\ncompression: {least: 1B}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	base := []string{file, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"}
	for _, row := range []struct {
		name       string
		flags      []string
		want       string
		compresses bool
	}{
		{"the file alone", nil, a + " (ip_hash)", true},
		{"another balancer", []string{"--balance", "least_connections"}, a + " (least_connections)", true},
		{"weights, and the file's balancer", []string{"--weights"}, a + " (ip_hash)", true},
		{"other upstreams", []string{"--upstream", b}, b + " (ip_hash)", true},
		{"no compression", []string{"--compress=false"}, a + " (ip_hash)", false},
	} {
		g := startGateway(t, append(base, row.flags...)...)
		url := "http://" + g.line(t, `^gateway on (\S+): / → `+regexp.QuoteMeta(row.want)+`\n`)
		if got := strings.Contains(g.mltop("gateway", "status", url), "compression"); got != row.compresses {
			t.Errorf("%s: it compresses: %v, want %v", row.name, got, row.compresses)
		}
	}
	g := startGateway(t, "--upstream", a, "--upstream", b, "--weights", "--listen", "127.0.0.1:0")
	g.line(t, `^gateway on (\S+): .* \(weighted\)\n`)
}

// sooner or later something is so.
func sooner(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if so() {
			return
		}
	}
	t.Fatalf("never: %s", what)
}

func TestWhatIsWrongWithAGatewaysCommandLine(t *testing.T) {
	file := filepath.Join(t.TempDir(), "gateway.yaml")
	os.WriteFile(file, []byte("listn: x\nupstreams: [http://a]\nqueue: {wait: soon}\n"), 0o600)
	slip, routes := filepath.Join(t.TempDir(), "slip.yaml"), filepath.Join(t.TempDir(), "routes.yaml")
	os.WriteFile(slip, []byte("upstream: [http://a]\n"), 0o600)
	os.WriteFile(routes, []byte("routes: [{path: /api, balance: ip_hash, upstreams: [http://a]}]\n"), 0o600)
	stranger := answering(t, "hello")
	for _, row := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"no upstream", []string{"gateway"}, exitUsage, "there is no upstream"},
		{"mistakes of the file, all of them", []string{"gateway", file}, exitUsage, ":1:1: unknown key listn"},
		{"and the second one", []string{"gateway", file}, exitUsage, `:3:15: "soon" is no duration`},
		{"a file that is not there", []string{"gateway", "none.yaml"}, exitUsage, "read the configuration"},
		{"a wrong balancer", []string{"gateway", "--upstream", "http://a", "--balance", "best"}, exitUsage, `"best" is no way to balance`},
		{"a wrong address, by its flag", []string{"gateway", "--upstream", "http://a", "--listen", "foo"}, exitUsage, `--listen "foo" is no address`},
		{"a wrong path, by its flag", []string{"gateway", "--upstream", "http://a", "--health-path", "up"}, exitUsage, `--health-path "up" is no path`},
		{"a slip of a verb", []string{"gateway", "stauts", stranger}, exitUsage, `there is no verb "stauts": did you mean "status"?`},
		{"a slip of a flag", []string{"gateway", "--upstraem", "http://a"}, exitUsage, "unknown flag: --upstraem: did you mean --upstream?"},
		{"a flag that is near to none", []string{"gateway", "--frobnicate"}, exitUsage, "unknown flag: --frobnicate\n"},
		{"a slip of a key", []string{"gateway", slip}, exitUsage, "unknown key upstream in the configuration: did you mean upstreams?"},
		{"upstreams beside those of routes", []string{"gateway", routes, "--upstream", "http://b"}, exitUsage, "--upstream stands in place of"},
		{"a balancer that no route takes", []string{"gateway", routes, "--balance", "weighted"}, exitUsage, "--balance is of routes that say nothing"},
		{"weights that nobody follows", []string{"gateway", "--upstream", "http://a", "--balance", "round_robin", "--weights"}, exitUsage, "weights from metrics change nothing"},
		{"a wrong size, by its flag", []string{"gateway", "--upstream", "http://a", "--cache", "lots"}, exitUsage, `--cache "lots" is no`},
		{"words too few", []string{"gateway", "add"}, exitUsage, "mltop gateway add takes"},
		{"an open admin endpoint without a token", []string{"gateway", "--upstream", "http://a", "--admin", "0.0.0.0:9"}, exitUsage, "admin_token_file"},
		{"--top without a terminal", []string{"gateway", "--upstream", "http://a", "--top"}, exitUsage, "--top needs a terminal"},
		{"nobody answers", []string{"http://127.0.0.1:1"}, exitAttach, "attach to the gateway at http://127.0.0.1:1"},
		{"something else answers", []string{"gateway", "status", stranger}, exitAttach, "no mltop gateway"},
	} {
		g := &runningGateway{cmd: &exec.Cmd{}, env: append(os.Environ(), "HOME="+t.TempDir(), "XDG_STATE_HOME=", "XDG_CONFIG_HOME=")}
		g.cmd.Path, _ = os.Executable()
		c := exec.Command(g.cmd.Path)
		c.Args, c.Env = append([]string{"mltop"}, row.args...), g.env
		out, _ := c.CombinedOutput()
		if got := c.ProcessState.ExitCode(); got != row.code || !strings.Contains(string(out), row.want) {
			t.Errorf("%s: code %d, said %s; want %d and %q", row.name, got, out, row.code, fmt.Sprint(row.want))
		}
	}
}
