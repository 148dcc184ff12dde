package loadtest

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"mltop/internal/wire"
)

// reply reads a request and answers with a text, on one connection.
func reply(text string) func(net.Conn) {
	return func(c net.Conn) {
		if swallow(c) {
			fmt.Fprint(c, text)
		}
	}
}

func refused(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String()
}

func reset(c net.Conn) {
	swallow(c)
	c.(*net.TCPConn).SetLinger(0)
}

func TestABadTargetIsNamedAndCounted(t *testing.T) {
	untrusted := httptest.NewTLSServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = quiet()
	defer untrusted.Close()
	for _, c := range []struct {
		name, url, kind, side, says string
	}{
		{"one that refuses", refused(t), kindRefused, "server", "refused"},
		{"one that resets", listen(t, reset), kindReset, "server", "reset"},
		{"one that closes without a word", listen(t, func(c net.Conn) { swallow(c) }), kindClosed, "server", "without an answer"},
		{"one that never answers", listen(t, func(c net.Conn) { swallow(c); swallow(c) }), kindTimeout, "server", "no whole answer"},
		{"one that stops in the middle of an answer", listen(t, func(c net.Conn) {
			reply("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")(c)
			swallow(c)
		}), kindTimeout, "server", "no whole answer"},
		{"one that closes in the body", listen(t, reply("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")), kindHalf, "server", "middle"},
		{"one that closes in a chunk", listen(t, reply("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab")), kindHalf, "server", "middle"},
		{"one that closes in the head", listen(t, reply("HTTP/1.1 200 OK\r\nContent-")), kindHalf, "server", "head"},
		{"one that miscounts its chunks", listen(t, reply("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n")), kindProtocol, "server", "chunks"},
		{"one that is no HTTP", listen(t, reply("220 mail.example ESMTP ready\r\n\r\n")), kindProtocol, "server", "no HTTP"},
		{"one whose head has no end", listen(t, func(c net.Conn) {
			reply("HTTP/1.1 200 OK\r\nX: ")(c)
			fmt.Fprint(c, strings.Repeat("x", 1<<20))
		}), kindProtocol, "server", "the head of the answer is longer than 16 kB"},
		{"one with a certificate of its own", untrusted.URL, kindTLS, "server", "certificate is not trusted"},
		{"one without TLS where it is wanted", "https" + strings.TrimPrefix(serve(t, func(http.ResponseWriter, *http.Request) {}), "http"), kindTLS, "server", "tls"},
		{"one that fails", serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }), kindStatus, "server", "503 Service Unavailable"},
		{"one that redirects in a circle", serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/again", 302) }), kindRedirect, "server", "in a circle"},
		{"one that redirects without end", serve(t, func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, fmt.Sprintf("/%d", time.Now().UnixNano()), 302)
		}), kindRedirect, "server", "more than 5 redirects"},
		{"one that redirects elsewhere", serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "http://example.com/", 302) }), kindGate, "client", "--allow-host example.com"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := rate(t, c.url, 10, 300*time.Millisecond)
			if p.Redirects = 5; c.kind == kindTimeout { // all others answer, however busy this machine is
				p.Timeout = 200 * time.Millisecond
			} else {
				p.Timeout = time.Minute
			}
			res := do(t, p)
			if res.Sent != 3 || res.ErrorCount != 3 || len(res.Errors) != 1 {
				t.Fatalf("sent %d, errors %d: %+v; want 3 alike", res.Sent, res.ErrorCount, res.Errors)
			}
			e := res.Errors[0]
			if e.Kind != c.kind || e.Side != c.side || !strings.Contains(e.Message, c.says) || e.Count != 3 || e.First.Before(res.Time) {
				t.Errorf("got %+v; want kind %s from the %s, saying %q", e, c.kind, c.side, c.says)
			}
		})
	}
}

func TestACertificateForAnotherNameIsSaid(t *testing.T) {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog, s.EnableHTTP2 = quiet(), true
	s.StartTLS()
	defer s.Close()
	for _, http2 := range []bool{false, true} {
		p := rate(t, strings.Replace(s.URL, "127.0.0.1", "localhost", 1), 10, 200*time.Millisecond)
		p.HTTP2, p.Timeout = http2, time.Minute
		p.TLS = &tls.Config{RootCAs: s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
		res := do(t, p)
		if len(res.Errors) != 1 || res.Errors[0].Kind != kindTLS || !strings.Contains(res.Errors[0].Message, "not localhost") {
			t.Errorf("HTTP/2 %v: got %+v; want a certificate that is not for localhost", http2, res.Errors)
		}
	}
}

func TestAServerThatRefusesTheHandshakeIsTold(t *testing.T) {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog, s.TLS = quiet(), &tls.Config{ClientAuth: tls.RequireAnyClientCert, MaxVersion: tls.VersionTLS12}
	s.StartTLS()
	defer s.Close()
	p := rate(t, s.URL, 10, 200*time.Millisecond)
	p.Timeout, p.TLS = time.Minute, &tls.Config{InsecureSkipVerify: true}
	if res := do(t, p); len(res.Errors) != 1 || res.Errors[0].Kind != kindTLS || !strings.Contains(res.Errors[0].Message, "tls:") {
		t.Errorf("got %+v; want an alert of the server", res.Errors)
	}
}

// TestAClockThatJumpsChangesNothing: all times of a run are differences of the
// monotonic clock, which nobody sets; the time of day is written once.
func TestAClockThatJumpsChangesNothing(t *testing.T) {
	r, done := running(t, rate(t, serve(t, func(http.ResponseWriter, *http.Request) {}), 50, 400*time.Millisecond))
	until(t, "it runs", func() bool { return r.Live().At > 0 })
	r.tally.mu.Lock()
	began := r.clock.began
	r.tally.mu.Unlock()
	<-done
	for name, at := range map[string]time.Time{"the start that instants count from": began, "what others put on the same axis": r.Began()} {
		if !strings.Contains(at.String(), " m=") {
			t.Errorf("%s has no monotonic time: %v", name, at)
		}
	}
}

func TestAGigabyteIsReadPastAndNotKept(t *testing.T) {
	const size = 1 << 30
	block := make([]byte, 1<<20)
	url := listen(t, func(c net.Conn) {
		swallow(c)
		fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n", size)
		for range size / len(block) {
			if _, err := c.Write(block); err != nil {
				return
			}
		}
	})
	p := rate(t, url, 1, time.Second)
	p.Timeout = 30 * time.Second
	p.Patterns[0].Steps[0].Checks = []Check{{Contains: "no such text"}}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	res := do(t, p)
	runtime.ReadMemStats(&after)
	if res.Bytes != size {
		t.Errorf("read %d bytes of %d: %+v", res.Bytes, size, res.Errors)
	}
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 64<<20 {
		t.Errorf("%d MB were taken for it", grown>>20)
	}
	if len(res.Errors) != 1 || !strings.Contains(res.Errors[0].Message, "in its first 1024 kB") {
		t.Errorf("got %+v; want a check that says how much it saw", res.Errors)
	}
}

func TestOneThatClosesEachConnectionIsAskedOnNewOnes(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer string
		again  bool
	}{
		{"and says so", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok", false},
		{"without saying so", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", true},
		{"at the end of a body without a length", "HTTP/1.0 200 OK\r\n\r\nok", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := rate(t, listen(t, reply(c.answer)), 50, 400*time.Millisecond)
			p.Connections, p.MaxConnections = 1, 1
			res := do(t, p)
			if res.Sent != 20 || res.ErrorCount != 0 || res.Connections.Opened != 20 || (res.Connections.Again > 0) != c.again || res.Bytes != 40 {
				t.Errorf("sent %d, errors %v, %d opened, %d sent again, %d bytes; want 20, none, 20, %v, 40", res.Sent, res.Errors, res.Connections.Opened, res.Connections.Again, res.Bytes, c.again)
			}
			if said := slices.ContainsFunc(res.Analysis, func(f wire.BenchFinding) bool { return f.Rule == "reopen" }); said != c.again {
				t.Errorf("the analysis says %+v; that it closes them without a word is %v", res.Analysis, c.again)
			}
		})
	}
}

func TestAPostIsNotSentTwiceOverAClosedConnection(t *testing.T) {
	p := rate(t, listen(t, reply("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")), 20, 400*time.Millisecond)
	p.Patterns[0].Steps[0].Method = "POST"
	p.Connections, p.MaxConnections = 1, 1
	res := do(t, p)
	if res.Connections.Again != 0 || res.ErrorCount != 4 || res.Sent != 8 {
		t.Errorf("sent %d, %d again, errors %+v; want 8, and every second one failed", res.Sent, res.Connections.Again, res.Errors)
	}
}

func TestANameThatStandsForNothingIsSaidBeforeTheRun(t *testing.T) {
	g := &Gate{
		Resolve: func(context.Context, string) ([]netip.Addr, error) {
			return nil, &net.DNSError{Err: "no such host", Name: "nowhere.test", IsNotFound: true}
		},
		Dial: neverDial(t),
	}
	_, err := New(context.Background(), rate(t, "http://nowhere.test/", 1, time.Second), Config{Gate: g})
	if err == nil || err.Error() != "look up nowhere.test: no such host" {
		t.Errorf("got %v", err)
	}
}

func neverDial(t *testing.T) func(context.Context, string) (net.Conn, error) {
	return func(_ context.Context, address string) (net.Conn, error) {
		t.Errorf("%s was dialled", address)
		return nil, errors.New("dialled")
	}
}

func TestStoppingGivesTheResultsSoFar(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			select {
			case <-r.Context().Done():
			case <-time.After(10 * time.Second):
			}
		}
	})
	for _, path := range []string{"/fast", "/slow"} {
		p := rate(t, url+path, 100, 30*time.Second)
		p.Timeout = 20 * time.Second
		r, err := New(context.Background(), p, Config{Gate: &Gate{}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		go func() {
			defer cancel()
			until(t, "some requests are sent", func() bool { return r.Live().Sent+uint64(r.Live().InFlight) >= 30 })
		}()
		res, err := r.Do(ctx)
		if err != nil || res.Stopped != "by a signal" {
			t.Fatalf("%s: got %v, stopped %q", path, err, res.Stopped)
		}
		if res.ErrorCount != 0 || res.Sent < 20 || (res.Unfinished > 0) != (path == "/slow") {
			t.Errorf("%s: sent %d, unfinished %d, errors %+v; what is broken off is no error", path, res.Sent, res.Unfinished, res.Errors)
		}
		if path == "/fast" && (res.PerSecond == 0 || res.Duration > 29 || res.PerSecond*res.Duration > float64(res.Sent)+0.5) {
			t.Errorf("%.0f a second in %.1f s; want them counted over the time until the stop", res.PerSecond, res.Duration)
		}
	}
}

func TestHTTP2IsSpokenWhereItIsAskedFor(t *testing.T) {
	protocols := make(chan string, 1000)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		protocols <- r.Proto
		fmt.Fprint(w, "ok")
	}))
	s.EnableHTTP2 = true
	s.StartTLS()
	defer s.Close()
	p := rate(t, s.URL, 50, 400*time.Millisecond)
	p.HTTP2 = true
	p.TLS = &tls.Config{RootCAs: s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs}
	res := do(t, p)
	if res.Sent != 20 || res.ErrorCount != 0 || res.Connections.Opened == 0 || res.Bytes != 40 {
		t.Errorf("sent %d, errors %+v, %d connections, %d bytes", res.Sent, res.Errors, res.Connections.Opened, res.Bytes)
	}
	if got := <-protocols; got != "HTTP/2.0" {
		t.Errorf("the server was spoken to in %s", got)
	}
	one := rate(t, serve(t, func(http.ResponseWriter, *http.Request) {}), 10, 300*time.Millisecond)
	one.HTTP2 = true
	if res := do(t, one); len(res.Errors) != 1 || res.Errors[0].Kind != kindProtocol {
		t.Errorf("a server of HTTP/1.1 alone: got %+v", res.Errors)
	}
}

func TestWhatIsSentIsWhatWasGiven(t *testing.T) {
	lines := make(chan string, 100)
	url := listen(t, func(c net.Conn) {
		r := bufio.NewReader(c)
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return
			}
			if lines <- strings.TrimSpace(line); line == "\r\n" {
				fmt.Fprint(c, "HTTP/1.1 204 No Content\r\n\r\n")
			}
		}
	})
	p, err := Quick(url+"/a//b/../c%2Fd?q=1&q=%20#part", QuickOptions{Rate: 1, Duration: time.Second, Connections: 1, Timeout: time.Second, Headers: []string{"x-lower: yes"}})
	if err != nil {
		t.Fatal(err)
	}
	do(t, p)
	if got := <-lines; got != "GET /a//b/../c%2Fd?q=1&q=%20 HTTP/1.1" {
		t.Errorf("got %q", got)
	}
	var heads []string
	for l := <-lines; l != ""; l = <-lines {
		heads = append(heads, l)
	}
	if text := strings.Join(heads, "\n"); !strings.Contains(text, "x-lower: yes") || !strings.Contains(text, "Host: "+strings.TrimPrefix(url, "http://")) {
		t.Errorf("got head %q", text)
	}
}
