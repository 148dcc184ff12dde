package gateway

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience is how long a test waits for what has to come: generous, since it
// only costs time where it fails.
const patience = 60 * time.Second

// started is a gateway that serves, and its address.
func started(t *testing.T, cfg Config) (*Gateway, string) {
	t.Helper()
	return startedOn(t, cfg, func(l net.Listener) net.Listener { return l })
}

// startedOn takes its connections from what is made of its listener.
func startedOn(t *testing.T, cfg Config, of func(net.Listener) net.Listener) (*Gateway, string) {
	t.Helper()
	cfg.Listen = "127.0.0.1:0"
	g, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	l, err := g.Listen()
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- g.Serve(of(l)) }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		g.Stop(ctx)
		if err := <-done; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return g, l.Addr().String()
}

// before is a configuration of one route to these upstreams.
func before(urls ...string) Config {
	cfg := Defaults()
	r := RouteRule{Path: "/", Balance: RoundRobin}
	for _, u := range urls {
		rule, err := ParseUpstream(u)
		if err != nil {
			panic(err)
		}
		r.Upstreams = append(r.Upstreams, rule)
	}
	cfg.Routes = []RouteRule{r}
	return cfg
}

// eventually waits until something is so.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if so() {
			return
		}
	}
	t.Fatalf("never: %s", what)
}

// isUp waits until the checks have found all upstreams.
func isUp(t *testing.T, g *Gateway) {
	t.Helper()
	eventually(t, "all upstreams are up", func() bool {
		for _, u := range g.setup.Load().all {
			if s, _ := u.standing(time.Now()); s != Up && s != Starting {
				return false
			}
		}
		return true
	})
}

// A rawUpstream takes whatever comes, and answers each connection's first
// head with a text of the test's.
type rawUpstream struct {
	net.Listener
	answer string
	once   bool // it closes behind its answer
	mu     sync.Mutex
	got    []string // by connection; only those that said something
}

func newRaw(t *testing.T, answer string) *rawUpstream {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := &rawUpstream{Listener: l, answer: answer}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { r.serve(c) })
		}
	})
	t.Cleanup(func() { l.Close(); serving.Wait() })
	return r
}

func (r *rawUpstream) url() string { return "http://" + r.Addr().String() }

func (r *rawUpstream) serve(c net.Conn) {
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	at, answered := -1, false
	buf := make([]byte, 64<<10)
	for {
		n, err := c.Read(buf)
		if n > 0 {
			at = r.note(at, string(buf[:n]))
		}
		if at >= 0 && !answered && whole(r.all()[at]) {
			answered = true
			io.WriteString(c, r.answer)
			if r.once {
				c.(*net.TCPConn).CloseWrite()
			}
		}
		if err != nil {
			return
		}
	}
}

// whole reports that a request's head is there, and all of a body in chunks.
func whole(s string) bool {
	head, body, ok := strings.Cut(s, "\r\n\r\n")
	return ok && (!strings.Contains(head, "chunked") || strings.HasSuffix(body, "0\r\n\r\n"))
}

func (r *rawUpstream) note(at int, text string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	if at < 0 {
		at = len(r.got)
		r.got = append(r.got, "")
	}
	r.got[at] += text
	return at
}

func (r *rawUpstream) all() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.got...)
}

// converse sends bytes to an address, and answers all that comes back until
// the other side closes, or nothing comes for a while.
func converse(t *testing.T, address, request string) string {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	all, _ := io.ReadAll(c)
	return string(all)
}

// served is an upstream made of a handler.
func servedBy(t *testing.T, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// named is an upstream that answers its name.
func named(t *testing.T, name string) *httptest.Server {
	return servedBy(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, name) })
}

// ask sends a request and answers status and body.
func ask(t *testing.T, address, request string) (replied, string) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	io.WriteString(c, request)
	return answerOf(t, bufio.NewReader(c), strings.SplitN(request, " ", 2)[0])
}

// A replied is an answer without its body, which was read.
type replied struct {
	StatusCode int
	Header     http.Header
	Close      bool
}

func answerOf(t *testing.T, r *bufio.Reader, method string) (replied, string) {
	t.Helper()
	res, err := http.ReadResponse(r, &http.Request{Method: method})
	if err != nil {
		t.Fatalf("read the answer: %v", err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("read the body: %v", err)
	}
	return replied{res.StatusCode, res.Header, res.Close}, string(body)
}
