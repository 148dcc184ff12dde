package gateway

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"mltop/internal/wire"
)

// A redisServer is a real one, that ends with the test, however that ends.
type redisServer struct {
	t    *testing.T
	port int
	cmd  *exec.Cmd
	pipe io.WriteCloser
	pid  int
}

// keepRedis ends the server when its own input ends.
const keepRedis = `"$@" >/dev/null 2>&1 </dev/null & p=$!; echo $p; read -r x; kill -9 $p 2>/dev/null; wait $p`

func newRedis(t *testing.T) *redisServer {
	t.Helper()
	if os.Getenv("MLTOP_TEST_SERVERS") == "none" {
		t.Skip("left out: MLTOP_TEST_SERVERS=none")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &redisServer{t: t, port: l.Addr().(*net.TCPAddr).Port}
	l.Close()
	r.start()
	t.Cleanup(r.kill)
	return r
}

func (r *redisServer) url() string { return fmt.Sprintf("redis://127.0.0.1:%d/0", r.port) }

func (r *redisServer) start() {
	r.t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		r.t.Fatal("no redis-server here: apt-get install redis-server (MLTOP_TEST_SERVERS=none leaves the tests on servers out)")
	}
	r.cmd = exec.Command("/bin/sh", "-c", keepRedis, "sh", "redis-server", "--port", strconv.Itoa(r.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", r.t.TempDir())
	out, err := r.cmd.StdoutPipe()
	if err == nil {
		r.pipe, err = r.cmd.StdinPipe()
	}
	if err == nil {
		err = r.cmd.Start()
	}
	if err != nil {
		r.t.Fatal(err)
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	r.pid, _ = strconv.Atoi(strings.TrimSpace(line))
}

// kill ends it at once.
func (r *redisServer) kill() {
	r.pipe.Close()
	r.cmd.Wait() //nolint:errcheck // it was killed
}

func (r *redisServer) signal(s syscall.Signal) {
	r.t.Helper()
	if err := syscall.Kill(r.pid, s); err != nil {
		r.t.Fatal(err)
	}
}

func cacheOf(g *Gateway) *wire.GatewayCache { return g.State().Cache }

func redisIs(t *testing.T, g *Gateway, up bool) {
	t.Helper()
	eventually(t, fmt.Sprintf("Redis is used: %v", up), func() bool { return cacheOf(g).Redis.Up == up })
}

// handedOn waits until Redis has what is kept.
func handedOn(t *testing.T, g *Gateway) {
	t.Helper()
	eventually(t, "Redis has everything", func() bool { return cacheOf(g).Redis.Queued == 0 })
}

func withRedis(t *testing.T, r *redisServer, origin string) (*Gateway, string) {
	t.Helper()
	cfg := cachingBefore(origin)
	cfg.Cache.Redis.URL = r.url()
	// A test machine may stand still for longer than one limit: only the test
	// of that wants a short one.
	cfg.Cache.Redis.Timeout = patience
	g, address := started(t, cfg)
	redisIs(t, g, true)
	return g, address
}

func TestWhatOneGatewayKeptAnotherFindsInRedis(t *testing.T) {
	r, o := newRedis(t), newOrigin(t, "Cache-Control: max-age=1000", "Age: 100", "Vary: Accept-Language", `ETag: "x"`)
	one, first := withRedis(t, r, o.url)
	_, second := withRedis(t, r, o.url)
	_, body := ask(t, first, want("/a", "Accept-Language: de"))
	handedOn(t, one)
	for _, row := range []struct{ name, request, want string }{
		{"found in Redis", want("/a", "Accept-Language: de"), "detail=redis"},
		{"and then in memory", want("/a", "Accept-Language: de"), "detail=memory"},
		{"another language is another answer", want("/a", "Accept-Language: en"), "fwd=vary-miss"},
	} {
		res, got := ask(t, second, row.request)
		if !strings.Contains(said(res), row.want) {
			t.Errorf("%s: %s, want %s", row.name, said(res), row.want)
		}
		if age, _ := strconv.Atoi(res.Header.Get("Age")); strings.Contains(row.want, "detail") && (age < 100 || got != body || res.Header.Get("Etag") != `"x"`) {
			t.Errorf("%s: it is %d s old, want what was left of its time; %q with %v", row.name, age, got, res.Header)
		}
	}
}

func TestRedisIsKilledAndComesBackUnderLoad(t *testing.T) {
	r, o := newRedis(t), newOrigin(t, "Cache-Control: max-age=1000")
	g, address := withRedis(t, r, o.url)
	var served atomic.Int64
	stop := make(chan struct{})
	var clients sync.WaitGroup
	for c := range 4 {
		clients.Go(func() {
			hc := &http.Client{Timeout: patience, Transport: &http.Transport{}}
			defer hc.CloseIdleConnections()
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				res, err := hc.Get(fmt.Sprintf("http://%s/%d/%d", address, c, i/2))
				if err != nil {
					t.Errorf("a request failed: %v", err)
					return
				}
				io.Copy(io.Discard, res.Body)
				res.Body.Close()
				if res.StatusCode != 200 {
					t.Errorf("a request was answered %d", res.StatusCode)
				}
				served.Add(1)
			}
		})
	}
	more := func(what string) {
		t.Helper()
		n := served.Load()
		eventually(t, "requests are served "+what, func() bool { return served.Load() > n+100 })
	}
	more("with Redis")
	r.kill()
	redisIs(t, g, false)
	more("without Redis")
	eventually(t, "the view says that the connection is refused", func() bool { return strings.Contains(cacheOf(g).Redis.Why, "refused") })
	r.start()
	redisIs(t, g, true)
	more("with Redis again")
	close(stop)
	clients.Wait()
	var told []string
	for _, e := range g.events.newest() {
		if strings.HasPrefix(e.Text, "Redis") {
			told = append(told, e.Text)
		}
	}
	if len(told) < 3 || !strings.HasPrefix(told[len(told)-2], "Redis is away") || told[0] != "Redis answers, and is used" {
		t.Errorf("it was told: %q", told)
	}
}

// A Redis that stands still is worse than one that is gone: nobody says so.
func TestARedisThatStandsStillHoldsNobodyUpAndForgetsWhatWasPurged(t *testing.T) {
	r, o := newRedis(t), newOrigin(t, "Cache-Control: max-age=1000")
	cfg := cachingBefore(o.url)
	cfg.Cache.Redis.URL = r.url()
	cfg.Cache.Redis.Timeout = 3 * time.Second // a test machine stands still as well, but not so long
	one, first := started(t, cfg)
	redisIs(t, one, true)
	for _, path := range []string{"/kept", "/purged", "/changed"} {
		ask(t, first, want(path))
	}
	handedOn(t, one)
	r.signal(syscall.SIGSTOP)
	if res, _ := ask(t, first, want("/new")); res.StatusCode != 200 {
		t.Errorf("while Redis stands still: %d", res.StatusCode)
	}
	redisIs(t, one, false)
	if text, err := one.purge("/purged*"); err != nil {
		t.Errorf("purge: %q, %v", text, err)
	}
	ask(t, first, request("DELETE", "/changed"))
	r.signal(syscall.SIGCONT)
	redisIs(t, one, true)
	handedOn(t, one)
	_, second := withRedis(t, r, o.url)
	for path, expected := range map[string]string{"/kept": "hit", "/purged": "fwd=uri-miss", "/changed": "fwd=uri-miss"} {
		if res, _ := ask(t, second, want(path)); !strings.HasPrefix(said(res), expected) {
			t.Errorf("%s in another gateway: %s, want %s", path, said(res), expected)
		}
	}
}
