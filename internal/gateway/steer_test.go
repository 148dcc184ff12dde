package gateway

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"mltop/internal/gateway/haproxy"
	"mltop/internal/throwaway"
	"mltop/internal/wire"
)

// A steered is a real HAProxy with servers a, b, … behind it, and a gateway
// that it follows.
type steered struct {
	*throwaway.Server
	opts throwaway.HAProxyOptions
	g    *Gateway
	ups  []*httptest.Server
	cfg  Config
}

func startSteered(t *testing.T, n int, more string, o throwaway.HAProxyOptions) *steered {
	t.Helper()
	s := &steered{}
	var urls []string
	lines := "backend app\n"
	for i := range n {
		name := string(rune('a' + i))
		up := named(t, name)
		s.ups = append(s.ups, up)
		urls = append(urls, up.URL)
		lines += fmt.Sprintf("  server %s %s weight %d\n", name, strings.TrimPrefix(up.URL, "http://"), 10*(i+1))
	}
	o.Backends = lines + more
	var err error
	if s.Server, err = throwaway.HAProxy(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Stop() })
	s.opts = o
	s.cfg = before(urls...)
	s.cfg.HAProxy = HAProxyRule{Socket: s.Socket}
	s.cfg.Health.Interval, s.cfg.Health.SlowStart = 50*time.Millisecond, 0
	s.g, _ = started(t, s.cfg)
	s.cfg = s.g.Config()
	return s
}

// tell gives HAProxy a command, as somebody would by hand.
func (s *steered) tell(t *testing.T, command string) string {
	t.Helper()
	c, err := net.Dial("unix", s.Socket)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintln(c, command)
	out, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// is "weight state" of a server, as HAProxy tells; "" while it is away.
func (s *steered) is(name string) string {
	w, err := haproxy.Socket(s.Socket).Look(context.Background())
	if err != nil {
		return ""
	}
	for _, srv := range w.Servers {
		if srv.Name == name {
			return strconv.Itoa(srv.Weight) + " " + map[uint]string{0: "ready", 1: "maint", 8: "drain"}[srv.Admin]
		}
	}
	return "gone"
}

func (s *steered) becomes(t *testing.T, server, want string) {
	t.Helper()
	eventually(t, server+" is "+want+" at haproxy", func() bool { return s.is(server) == want })
}

func (s *steered) says(t *testing.T, text string) {
	t.Helper()
	eventually(t, "an event says "+text, func() bool {
		for _, e := range s.g.events.newest() {
			if strings.Contains(e.Text, text) {
				return true
			}
		}
		return false
	})
}

func (s *steered) upstream(i int) wire.GatewayUpstream { return s.g.State().Upstreams[i] }

func TestAHAProxyFollows(t *testing.T) {
	t.Parallel()
	s := startSteered(t, 3, "  server z 127.0.0.1:1\n", throwaway.HAProxyOptions{})
	for _, name := range []string{"a", "b", "c"} {
		s.becomes(t, name, "256 ready")
	}
	s.says(t, "are no upstream, they are left alone: app/z")
	if got := s.is("z"); got != "1 ready" {
		t.Errorf("the server that is no upstream is %s", got)
	}
	u := s.g.setup.Load().all[1]
	u.mu.Lock()
	u.factor = 0.5
	u.mu.Unlock()
	s.becomes(t, "b", "128 ready")
	s.ups[2].Close()
	s.becomes(t, "c", "0 maint")
	cfg := s.cfg.clone()
	cfg.Routes[0].Upstreams[0].Drain = true
	if err := s.g.Reload(cfg); err != nil {
		t.Fatal(err)
	}
	s.becomes(t, "a", "0 drain")
	cfg = s.cfg.clone()
	cfg.HAProxy = HAProxyRule{}
	if err := s.g.Reload(cfg); err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"a", "b", "c"} {
		s.becomes(t, name, fmt.Sprintf("%d ready", 10*(i+1)))
	}
}

func TestDriftAtHAProxyIsRepaired(t *testing.T) {
	t.Parallel()
	s := startSteered(t, 2, "", throwaway.HAProxyOptions{})
	s.becomes(t, "a", "256 ready")
	s.becomes(t, "b", "256 ready")
	s.tell(t, "set server app/a weight 7")
	s.becomes(t, "a", "256 ready")
	s.says(t, "app/a: somebody set weight 7, ready at haproxy: set to weight 256, ready again")
	s.tell(t, "set server app/b state drain")
	s.becomes(t, "b", "256 ready")
	if got := s.g.State().HAProxy.Drifts; got < 1 {
		t.Errorf("%d drifts, want both counted", got)
	}
	s.ups[0].Close()
	s.becomes(t, "a", "0 maint")
	s.tell(t, "set server app/a state ready")
	s.becomes(t, "a", "0 maint")
	s.tell(t, "disable server app/b")
	eventually(t, "the maintenance of b is told", func() bool { return strings.Contains(s.g.State().HAProxy.Servers[1].Held, "somebody") })
	if got := s.is("b"); got != "256 maint" {
		t.Errorf("somebody's maintenance became %s", got)
	}
}

func TestAStopPutsHAProxyBack(t *testing.T) {
	t.Parallel()
	s := startSteered(t, 2, "", throwaway.HAProxyOptions{})
	s.becomes(t, "a", "256 ready")
	s.ups[1].Close()
	s.becomes(t, "b", "0 maint")
	s.g.Stop(context.Background())
	if got := s.is("a") + ", " + s.is("b"); got != "10 ready, 20 ready" {
		t.Errorf("after the stop: %s, want what was before", got)
	}
}

func TestAReloadOfHAProxyLosesNothing(t *testing.T) {
	t.Parallel()
	s := startSteered(t, 2, "", throwaway.HAProxyOptions{Reloads: true})
	s.becomes(t, "a", "256 ready")
	pid := func() int {
		if h := s.g.State().HAProxy; h != nil && h.Error == "" {
			return h.PID
		}
		return 0
	}
	eventually(t, "its process is known", func() bool { return pid() != 0 })
	was := pid()
	// The new configuration has another weight: that is what a stop puts back.
	o := s.opts
	o.Backends = strings.Replace(o.Backends, "weight 10", "weight 33", 1)
	if err := s.WriteFile("haproxy.cfg", o.Text(s.Server)); err != nil {
		t.Fatal(err)
	}
	// A master that has only just started its worker loses the signal.
	var told time.Time
	eventually(t, "there is a new process", func() bool {
		if time.Since(told) > 2*time.Second && pid() == was {
			told = time.Now()
			if err := syscall.Kill(s.PID(), syscall.SIGUSR2); err != nil {
				t.Fatal(err)
			}
		}
		p := pid()
		return p != 0 && p != was
	})
	s.says(t, "haproxy is a new process")
	s.becomes(t, "a", "256 ready")
	s.becomes(t, "b", "256 ready")
	s.g.Stop(context.Background())
	if got := s.is("a") + ", " + s.is("b"); got != "33 ready, 20 ready" {
		t.Errorf("after the stop: %s, want what the new configuration says", got)
	}
}

func TestHAProxyGoesAndComes(t *testing.T) {
	t.Parallel()
	s := startSteered(t, 2, "", throwaway.HAProxyOptions{})
	s.becomes(t, "a", "256 ready")
	if err := s.Kill(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "its absence is told", func() bool { h := s.g.State().HAProxy; return h.Error != "" && h.AwaySince != nil })
	s.says(t, "reach haproxy")
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	s.becomes(t, "a", "256 ready")
	s.says(t, "haproxy answers again")
	eventually(t, "the error is gone", func() bool { return s.g.State().HAProxy.Error == "" })
}

func TestWhatPassesThroughHAProxyIsCounted(t *testing.T) {
	t.Parallel()
	s := startSteered(t, 2, "", throwaway.HAProxyOptions{Defaults: "retries 0"})
	s.becomes(t, "a", "256 ready")
	s.becomes(t, "b", "256 ready")
	eventually(t, "the first counts are taken", func() bool { h := s.g.State().HAProxy; return h != nil && len(h.Servers) == 2 })
	const n = 40
	for range n {
		res, err := http.Get("http://127.0.0.1:" + strconv.Itoa(s.Port) + "/x")
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, res.Body)
		res.Body.Close()
	}
	eventually(t, "all are counted", func() bool { return s.g.State().Requests == n && s.upstream(0).Requests+s.upstream(1).Requests == n })
	st := s.g.State()
	if st.Statuses["2xx"] != n || st.Upstreams[0].Requests == 0 || st.Upstreams[1].Requests == 0 {
		t.Errorf("statuses %v, upstreams %d and %d", st.Statuses, st.Upstreams[0].Requests, st.Upstreams[1].Requests)
	}
	eventually(t, "who asks for requests by second gets them all, by server", func() bool {
		by := map[string]uint64{}
		for _, sec := range s.g.Requests(0).Seconds {
			for _, r := range sec.Routes {
				by[r.Server] += r.Count
			}
		}
		return len(by) == 2 && by["app/a"]+by["app/b"] == n
	})
	if st.Upstreams[0].Latency == nil || st.HAProxy.Servers[0].Response == nil {
		t.Errorf("no latency: %+v %+v", st.Upstreams[0], st.HAProxy.Servers[0])
	}
}

// An algorithm without weights refuses them: then only who is in counts.
func TestABackendWithoutWeights(t *testing.T) {
	t.Parallel()
	s := startSteered(t, 2, "  balance static-rr\n", throwaway.HAProxyOptions{})
	s.says(t, "app balances by an algorithm without weights")
	s.ups[1].Close()
	s.becomes(t, "b", "0 maint")
	l, err := net.Listen("tcp", strings.TrimPrefix(s.ups[1].URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	s.becomes(t, "b", "20 ready")
}

// Upstreams that are all sick as seen from here stay in: HAProxy has checks
// of its own.
func TestNobodyIsLeftOutWhenAllAreSick(t *testing.T) {
	t.Parallel()
	s := startSteered(t, 2, "", throwaway.HAProxyOptions{})
	s.becomes(t, "a", "256 ready")
	s.ups[0].Close()
	s.becomes(t, "a", "0 maint")
	s.ups[1].Close()
	s.becomes(t, "a", "256 ready")
	s.says(t, "haproxy's own checks decide alone in: app")
}

func TestASocketThatIsNone(t *testing.T) {
	t.Parallel()
	cfg := before(named(t, "a").URL)
	cfg.HAProxy.Socket = filepath.Join(t.TempDir(), "none.sock")
	g, address := started(t, cfg)
	eventually(t, "its absence is told", func() bool { h := g.State().HAProxy; return h != nil && h.Error != "" })
	if _, body := ask(t, address, get1("/")); body != "a" {
		t.Errorf("the gateway itself answers %q, want a", body)
	}
	if err := os.WriteFile(cfg.HAProxy.Socket, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := g.State().HAProxy.Error; !strings.Contains(err, "haproxy") {
		t.Errorf("got %q", err)
	}
}

func TestTheUpstreamsComeFromHAProxyWhereNobodyNamedAny(t *testing.T) {
	t.Parallel()
	s := startSteered(t, 2, "", throwaway.HAProxyOptions{})
	cfg := Defaults()
	cfg.HAProxy.Socket = s.Socket
	if err := cfg.AskHAProxy(context.Background()); err != nil {
		t.Fatal(err)
	}
	us := cfg.Routes[0].Upstreams
	if len(us) != 2 || us[0].URL != s.ups[0].URL || us[0].Weight != 0.5 || us[1].Weight != 1 {
		t.Errorf("got %+v, want a with half of b's weight", us)
	}
	cfg.Routes, cfg.HAProxy.Backend = nil, "none"
	if err := cfg.AskHAProxy(context.Background()); err == nil || !strings.Contains(err.Error(), "no server with an address in the backend none") {
		t.Errorf("of a backend that is not there: %v", err)
	}
}
