package gateway

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// childName makes the test's own program an upstream that can be killed.
const childName = "MLTOP_TEST_UPSTREAM"

func TestMain(m *testing.M) {
	if address := os.Getenv(childName); address != "" {
		beUpstream(address)
		return
	}
	os.Exit(m.Run())
}

// beUpstream serves until its parent goes.
func beUpstream(address string) {
	go func() { io.Copy(io.Discard, os.Stdin); os.Exit(0) }()
	l, err := net.Listen("tcp", address)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(l.Addr())
	http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "ok") }))
}

// A child is an upstream in a process of its own.
type child struct {
	cmd     *exec.Cmd
	address string
}

func newChild(t *testing.T, address string) *child {
	t.Helper()
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), childName+"="+address)
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); c.Process.Kill(); c.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("start an upstream: %v %s", err, line)
	}
	return &child{c, strings.TrimSpace(line)}
}

// A load is clients that ask again and again.
type load struct {
	stop   chan struct{}
	all    sync.WaitGroup
	sent   atomic.Int64
	failed atomic.Int64
	last   atomic.Pointer[string] // failure
}

func begin(address string, clients int) *load {
	l := &load{stop: make(chan struct{})}
	for range clients {
		l.all.Go(func() { l.client(address) })
	}
	return l
}

func (l *load) client(address string) {
	c := &http.Client{Timeout: patience, Transport: &http.Transport{}}
	defer c.CloseIdleConnections()
	for {
		select {
		case <-l.stop:
			return
		default:
		}
		l.sent.Add(1)
		res, err := c.Get("http://" + address + "/")
		text := fmt.Sprint(err)
		if err == nil {
			body, e := io.ReadAll(res.Body)
			res.Body.Close()
			text = fmt.Sprint(res.StatusCode, " ", string(body), e)
		}
		if text != "200 ok<nil>" {
			l.failed.Add(1)
			l.last.Store(&text)
		}
	}
}

func (l *load) end(t *testing.T) {
	t.Helper()
	close(l.stop)
	l.all.Wait()
	if n := l.failed.Load(); n > 0 {
		t.Errorf("%d of %d requests failed, the last one with %s; want none", n, l.sent.Load(), *l.last.Load())
	}
}

// more waits until so many more requests were sent.
func (l *load) more(t *testing.T, n int64) {
	t.Helper()
	from := l.sent.Load()
	eventually(t, "more requests are sent", func() bool { return l.sent.Load() >= from+n })
}

func standingOf(g *Gateway, address string) Standing {
	for _, u := range g.setup.Load().all {
		if u.rule.Load().Address == address {
			s, _ := u.standing(time.Now())
			return s
		}
	}
	return "unknown"
}

func TestOneOfFourIsKilledUnderLoad(t *testing.T) {
	var children []*child
	var urls []string
	for range 4 {
		c := newChild(t, "127.0.0.1:0")
		children = append(children, c)
		urls = append(urls, "http://"+c.address)
	}
	cfg := before(urls...)
	cfg.Health.SlowStart = 300 * time.Millisecond
	cfg.Health.Interval = 200 * time.Millisecond
	g, address := started(t, cfg)
	isUp(t, g)
	l := begin(address, 8)
	l.more(t, 200)
	victim := children[2]
	failedBefore := upstreamOf(g, victim.address).counts.requests.Load()
	if err := victim.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the dead one is out", func() bool {
		s := standingOf(g, victim.address)
		return s == Ejected || s == Down
	})
	if failedBefore == 0 {
		t.Error("the dead one never had a request")
	}
	l.more(t, 200)
	newChild(t, victim.address)
	eventually(t, "it comes back slowly", func() bool { s := standingOf(g, victim.address); return s == Starting || s == Up })
	was := upstreamOf(g, victim.address).counts.requests.Load()
	eventually(t, "it gets requests again", func() bool { return upstreamOf(g, victim.address).counts.requests.Load() > was+10 })
	l.end(t)
	told := ""
	for _, e := range g.events.newest() {
		if e.Upstream == "http://"+victim.address {
			told += e.Text + "\n"
		}
	}
	if !strings.Contains(told, "ejected: 3 requests in a row failed") && !strings.Contains(told, "down: ") || !strings.Contains(told, "it gets its share within") {
		t.Errorf("the events tell %q", told)
	}
}

func upstreamOf(g *Gateway, address string) *upstream {
	for _, u := range g.setup.Load().all {
		if u.rule.Load().Address == address {
			return u
		}
	}
	return nil
}

// The share of a slow upstream under least connections, and by weights from
// metrics; it is counted in requests, not in time.
func TestASlowUpstreamGetsLess(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(*Config)
	}{
		{"least connections", func(c *Config) { c.Routes[0].Balance = LeastConnections }},
		{"weights from response times", func(c *Config) {
			c.Routes[0].Balance = Weighted
			c.Weights.On, c.Weights.Interval, c.Weights.Window = true, 50*time.Millisecond, time.Second
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			wait := func(d time.Duration) http.HandlerFunc {
				return func(w http.ResponseWriter, r *http.Request) { time.Sleep(d); io.WriteString(w, "ok") }
			}
			slow := servedBy(t, wait(800*time.Millisecond))
			cfg := before(slow.URL, servedBy(t, wait(5*time.Millisecond)).URL, servedBy(t, wait(5*time.Millisecond)).URL)
			row.change(&cfg)
			g, address := started(t, cfg)
			isUp(t, g)
			l := begin(address, 12)
			u := upstreamOf(g, strings.TrimPrefix(slow.URL, "http://"))
			eventually(t, "its share is less than half of a third", func() bool {
				was, of := u.counts.requests.Load(), l.sent.Load()
				l.more(t, 120)
				return float64(u.counts.requests.Load()-was) < float64(l.sent.Load()-of)/6
			})
			l.end(t)
		})
	}
}

func TestAnUpstreamThatStallsWithinItsAnswer(t *testing.T) {
	up := newRaw(t, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
	cfg := before(up.url())
	cfg.Timeouts.Stall = 50 * time.Millisecond
	g, address := started(t, cfg)
	got := converse(t, address, get1("/"))
	if !strings.HasSuffix(got, "\r\n\r\nhalf") || strings.Count(got, "HTTP/1.1") != 1 {
		t.Errorf("got %q, want the half that came, and the connection closed", got)
	}
	eventually(t, "the failure is counted", func() bool { return g.State().Upstreams[0].Failures == 1 })
}

func TestAnUpstreamThatDoesNotAnswer(t *testing.T) {
	up := newRaw(t, "")
	cfg := before(up.url())
	cfg.Timeouts.Response = 50 * time.Millisecond
	cfg.Retry.Attempts = 1
	_, address := started(t, cfg)
	res, body := ask(t, address, get1("/"))
	if res.StatusCode != 504 || !strings.Contains(body, "timed out") {
		t.Errorf("got %d %q, want 504", res.StatusCode, body)
	}
}

func TestSlowClients(t *testing.T) {
	up := newRaw(t, fine)
	cfg := before(up.url())
	cfg.Timeouts.Head, cfg.Timeouts.Body, cfg.Timeouts.Idle = 50*time.Millisecond, 50*time.Millisecond, 50*time.Millisecond
	_, address := started(t, cfg)
	for _, row := range []struct{ name, send, want string }{
		{"nothing is sent", "", ""},
		{"a head that does not end", "GET / HTTP/1.1\r\nHost: a\r\n", "HTTP/1.1 408 "},
		{"a body that does not come", "POST /slow HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "HTTP/1.1 408 "},
	} {
		if got := converse(t, address, row.send); !strings.HasPrefix(got, row.want) || row.want == "" && got != "" {
			t.Errorf("%s: got %q, want %q and the end", row.name, got, row.want)
		}
	}
}

func TestNobodyIsWell(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	g, address := started(t, before("http://"+l.Addr().String()))
	eventually(t, "it is down", func() bool { return standingOf(g, l.Addr().String()) == Down })
	res, body := ask(t, address, get1("/"))
	if res.StatusCode != 503 || res.Header.Get("Retry-After") == "" || !strings.Contains(body, "no upstream is healthy") {
		t.Errorf("got %d %q, want a 503 that says so", res.StatusCode, body)
	}
}

func TestTooManyRequests(t *testing.T) {
	hold := make(chan struct{})
	up := servedBy(t, func(w http.ResponseWriter, r *http.Request) { <-hold; io.WriteString(w, "ok") })
	cfg := before(up.URL)
	cfg.Queue = QueueRule{InFlight: 1, Size: 1, Wait: patience}
	g, address := started(t, cfg)
	var all sync.WaitGroup
	for i := range 2 {
		all.Go(func() { ask(t, address, get1("/")) })
		eventually(t, "it is inside or waits", func() bool { s := g.State().Queue; return s.InFlight+s.Depth == i+1 })
	}
	res, body := ask(t, address, get1("/"))
	if res.StatusCode != 503 || res.Header.Get("Retry-After") != "60" || !strings.Contains(body, "waiting") {
		t.Errorf("got %d %q Retry-After %q, want 503", res.StatusCode, body, res.Header.Get("Retry-After"))
	}
	if q := g.State().Queue; q.Depth != 1 || q.Overflowed != 1 {
		t.Errorf("the queue is %+v", q)
	}
	close(hold)
	all.Wait()
}

func TestWhatMayNotBeSentTwiceIsNot(t *testing.T) {
	// It takes the request, and closes without an answer.
	up := newRaw(t, "")
	up.once = true
	cfg := before(up.url())
	_, address := started(t, cfg)
	for method, want := range map[string]int{"POST": 1, "GET": 3} {
		was := len(up.all())
		res, _ := ask(t, address, method+" / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx")
		if got := len(up.all()) - was; res.StatusCode != 502 || got != want {
			t.Errorf("%s: status %d after %d attempts, want 502 after %d", method, res.StatusCode, got, want)
		}
	}
}

func TestRetriesHaveABudget(t *testing.T) {
	r := &route{share: 200}
	r.budget.Store(2 * oneRetry)
	got := ""
	for range 4 {
		got += fmt.Sprint(r.spend(), " ")
	}
	for range 10 {
		r.earn()
	}
	got += fmt.Sprint(r.spend(), " ", r.spend(), " ", r.spend())
	if want := "true true false false true true false"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestAStopLetsRequestsFinish(t *testing.T) {
	begun, hold := make(chan struct{}), make(chan struct{})
	up := servedBy(t, func(w http.ResponseWriter, r *http.Request) { close(begun); <-hold; io.WriteString(w, "ok") })
	g, address := started(t, before(up.URL))
	idle, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer idle.Close()
	var all sync.WaitGroup
	all.Go(func() {
		if res, body := ask(t, address, get1("/")); body != "ok" || !res.Close {
			t.Errorf("got %q, close is %v; want the answer, and the end", body, res.Close)
		}
	})
	<-begun
	stopped := make(chan int, 1)
	go func() { stopped <- g.Stop(context.Background()) }()
	idle.SetDeadline(time.Now().Add(patience))
	if _, err := idle.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the idle connection: got %v, want its end", err)
	}
	eventually(t, "nobody is let in", func() bool {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	close(hold)
	all.Wait()
	if n := <-stopped; n != 0 {
		t.Errorf("%d requests were broken off, want none", n)
	}
}

func TestAStopDoesNotWaitForever(t *testing.T) {
	begun := make(chan struct{})
	end := make(chan struct{})
	defer close(end)
	up := servedBy(t, func(w http.ResponseWriter, r *http.Request) { close(begun); <-end })
	cfg := before(up.URL)
	cfg.Timeouts.Response = 200 * time.Millisecond
	g, address := started(t, cfg)
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, get1("/"))
	<-begun
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if n := g.Stop(ctx); n != 1 {
		t.Errorf("%d were broken off, want 1", n)
	}
}

func TestAReloadLosesNoConnection(t *testing.T) {
	a, b := named(t, "a"), named(t, "b")
	g, address := started(t, before(a.URL))
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	r := bufio.NewReader(c)
	for _, next := range []struct{ url, want string }{{a.URL, "a"}, {b.URL, "b"}, {a.URL, "a"}} {
		cfg := before(next.url)
		cfg.Listen = g.Config().Listen
		if err := g.Reload(cfg); err != nil {
			t.Fatal(err)
		}
		io.WriteString(c, get1("/"))
		if _, body := answerOf(t, r, "GET"); body != next.want {
			t.Fatalf("got %q, want %q", body, next.want)
		}
	}
	if err := g.Reload(Config{}); err == nil {
		t.Error("a configuration without upstreams was taken")
	}
	moved := before(a.URL)
	moved.Listen = "127.0.0.1:1"
	if err := g.Reload(moved); err == nil {
		t.Error("another address was taken")
	}
	eventually(t, "those that were taken out are gone", func() bool { return len(g.leavers()) == 0 })
}
