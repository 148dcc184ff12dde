package gateway

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func get1(path string) string { return "GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n" }

func TestAnswersPassAsTheyAre(t *testing.T) {
	for _, row := range []struct{ name, method, version, answer, want string }{
		{"with a length", "GET", "1.1", fine, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Request-Id: ID\r\n\r\nok"},
		{"fields in their order, one hop's left out", "GET", "1.1", "HTTP/1.1 203 Fine by me\r\nSet-Cookie: a=1; Path=/\r\nx: y\r\nSet-Cookie: a=1; Path=/b\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: 3\r\nContent-Length: 0\r\n\r\n",
			"HTTP/1.1 203 Fine by me\r\nSet-Cookie: a=1; Path=/\r\nx: y\r\nSet-Cookie: a=1; Path=/b\r\nContent-Length: 0\r\nX-Request-Id: ID\r\n\r\n"},
		{"in chunks", "GET", "1.1", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x\r\nok\r\n0\r\nT: 1\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Request-Id: ID\r\n\r\n2\r\nok\r\n0\r\n\r\n"},
		{"in chunks, to a client that knows none", "GET", "1.0", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", "HTTP/1.1 200 OK\r\nX-Request-Id: ID\r\nConnection: close\r\n\r\nok"},
		{"up to the end of the connection", "GET", "1.1", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nok", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Request-Id: ID\r\n\r\n2\r\nok\r\n0\r\n\r\n"},
		{"of HTTP/1.0", "GET", "1.1", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Request-Id: ID\r\n\r\nok"},
		{"to HEAD", "HEAD", "1.1", "HTTP/1.1 200 OK\r\nContent-Length: 123\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 123\r\nX-Request-Id: ID\r\n\r\n"},
		{"not modified", "GET", "1.1", "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\nContent-Length: 9\r\n\r\n", "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\nContent-Length: 9\r\nX-Request-Id: ID\r\n\r\n"},
		{"without content", "DELETE", "1.1", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", "HTTP/1.1 204 No Content\r\nX-Request-Id: ID\r\n\r\n"},
		{"announced", "GET", "1.1", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + fine, "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Request-Id: ID\r\n\r\nok"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			up := newRaw(t, row.answer)
			if strings.Contains(row.answer, "Connection: close") {
				up.once = true
			}
			_, address := started(t, before(up.url()))
			c, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			c.SetDeadline(time.Now().Add(patience))
			fmt.Fprintf(c, "%s / HTTP/%s\r\nHost: a\r\n\r\n", row.method, row.version)
			got := make([]byte, len(row.want)+len("0123456789abcdef")-len("ID"))
			n, err := io.ReadFull(c, got)
			if s := steady(string(got[:n])); s != row.want {
				t.Errorf("got\n%q, want\n%q (%v)", s, row.want, err)
			}
		})
	}
}

func TestAnswersThatCanBeReadInTwoWaysAreNotPassedOn(t *testing.T) {
	for _, row := range []struct{ name, answer, want string }{
		{"length and chunks", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "two ways"},
		{"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok", "twice"},
		{"a space before the colon", "HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok", "no token"},
		{"a line that goes on", "HTTP/1.1 200 OK\r\nX: 1\r\n 2\r\nContent-Length: 2\r\n\r\nok", "next line"},
		{"lines that end in LF", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok", "LF"},
		{"no HTTP", "SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1"},
		{"a status that is no number", "HTTP/1.1 2x0 OK\r\n\r\n", "number"},
		{"a change of the protocol that nobody asked for", "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", "not asked for"},
		{"announcements without end", strings.Repeat("HTTP/1.1 102 Processing\r\n\r\n", 20), "without end"},
		{"a head without end", "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 50<<10) + "\r\n\r\n", "too long"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			up := newRaw(t, row.answer)
			g, address := started(t, before(up.url()))
			got := converse(t, address, "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
			_, why, refused := strings.Cut(got[max(0, strings.LastIndex(got, "HTTP/1.1 502 Bad Gateway\r\n")):], "the upstream's answer was refused: ")
			if !refused || !strings.Contains(why, row.want) {
				t.Errorf("the answer is %q, want a 502 with %q", got, row.want)
			}
			counted := ""
			for why, n := range g.State().Refused {
				counted += fmt.Sprint(n, " ", why)
			}
			if !strings.HasPrefix(counted, "1 ") || !strings.Contains(counted, row.want) {
				t.Errorf("counted is %q, want one with %q", counted, row.want)
			}
			if told := g.events.newest(); !slices.ContainsFunc(told, func(e Event) bool {
				return e.Upstream == up.url() && strings.HasPrefix(e.Text, "its answer was refused: ") && strings.Contains(e.Text, row.want)
			}) {
				t.Errorf("the events are %v, want %q", told, row.want)
			}
		})
	}
}

func TestConnectionsAreUsedAgainOnBothSides(t *testing.T) {
	var mu sync.Mutex
	from := map[string]int{}
	up := servedBy(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		from[r.RemoteAddr]++
		mu.Unlock()
		io.Copy(io.Discard, r.Body)
		io.WriteString(w, r.URL.Path)
	})
	cfg := before(up.URL)
	cfg.Health.Interval = time.Hour
	_, address := started(t, cfg)
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	r := bufio.NewReader(c)
	for i := range 20 {
		io.WriteString(c, fmt.Sprintf("POST /%d HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nxy", i))
		if _, body := answerOf(t, r, "POST"); body != fmt.Sprintf("/%d", i) {
			t.Fatalf("request %d: got %q", i, body)
		}
	}
	if len(from) != 1 {
		t.Errorf("the upstream saw %d connections, want 1", len(from))
	}
}

// Each part comes as soon as it is sent: the next is sent only when the one
// before has come.
func TestBodiesStream(t *testing.T) {
	for _, row := range []struct{ name, headers string }{
		{"an event stream", "Content-Type: text/event-stream"},
		{"a body with its length", "Content-Length: 40"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			next := make(chan struct{})
			up := servedBy(t, func(w http.ResponseWriter, r *http.Request) {
				name, value, _ := strings.Cut(row.headers, ": ")
				w.Header().Set(name, value)
				for range 5 {
					io.WriteString(w, "data: x\n")
					w.(http.Flusher).Flush()
					select {
					case <-next:
					case <-time.After(patience):
					}
				}
			})
			g, address := started(t, before(up.URL))
			c, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			c.SetDeadline(time.Now().Add(patience))
			io.WriteString(c, get1("/"))
			res, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			lines := bufio.NewReader(res.Body)
			for i := range 5 {
				if line, err := lines.ReadString('\n'); line != "data: x\n" {
					t.Fatalf("part %d: got %q, %v", i, line, err)
				}
				if i == 2 && strings.Contains(row.name, "event") && g.admission.state().InFlight != 0 {
					t.Error("an event stream holds a place in the queue")
				}
				next <- struct{}{}
			}
		})
	}
}

func TestALongBodyGoesUpInPartsAndIsCountedOut(t *testing.T) {
	const size = 8 << 20
	up := servedBy(t, func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		fmt.Fprintf(w, "%d %v", n, err)
	})
	_, address := started(t, before(up.URL))
	for _, head := range []string{fmt.Sprintf("Content-Length: %d", size), "Transfer-Encoding: chunked"} {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		c.SetDeadline(time.Now().Add(patience))
		go func() {
			fmt.Fprintf(c, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n%s\r\n\r\n", head)
			part := strings.Repeat("x", 64<<10)
			for range size / len(part) {
				if strings.HasPrefix(head, "T") {
					part = fmt.Sprintf("%x\r\n%s\r\n", 64<<10, strings.Repeat("x", 64<<10))
				}
				io.WriteString(c, part)
			}
			if strings.HasPrefix(head, "T") {
				io.WriteString(c, "0\r\n\r\n")
			}
		}()
		r := bufio.NewReader(c)
		res, body := answerOf(t, r, "POST")
		if res.StatusCode == 100 {
			res, body = answerOf(t, r, "POST")
		}
		if res.StatusCode != 200 || body != fmt.Sprintf("%d <nil>", size) {
			t.Errorf("%s: got %d %q", head, res.StatusCode, body)
		}
	}
}

// An upstream that has heard enough answers, and the answer arrives.
func TestAnAnswerBeforeTheEndOfTheBody(t *testing.T) {
	up := newRaw(t, "HTTP/1.1 413 Too Much\r\nContent-Length: 4\r\nConnection: close\r\n\r\nstop")
	up.once = true
	_, address := started(t, before(up.url()))
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	io.WriteString(c, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nabc")
	res, body := answerOf(t, bufio.NewReader(c), "POST")
	if res.StatusCode != 413 || body != "stop" || !res.Close {
		t.Errorf("got %d %q, close is %v; want 413 and close", res.StatusCode, body, res.Close)
	}
}

func TestAWebSocketIsPassedThrough(t *testing.T) {
	up := newRaw(t, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: upgrade\r\nSec-WebSocket-Accept: x\r\n\r\nhello")
	g, address := started(t, before(up.url()))
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	io.WriteString(c, "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\n\r\nearly")
	r := bufio.NewReader(c)
	res, err := http.ReadResponse(r, nil)
	if err != nil || res.StatusCode != 101 || res.Header.Get("Sec-WebSocket-Accept") != "x" || res.Header.Get("Upgrade") != "websocket" {
		t.Fatalf("got %+v, %v", res, err)
	}
	defer res.Body.Close()
	hello := make([]byte, 5)
	if _, err := io.ReadFull(r, hello); string(hello) != "hello" {
		t.Fatalf("got %q, %v", hello, err)
	}
	if n := g.admission.state().InFlight; n != 0 {
		t.Errorf("%d requests are under way, want a WebSocket to hold no place", n)
	}
	io.WriteString(c, "\x00later")
	want := "GET /ws HTTP/1.1\r\nHost: a\r\nSec-WebSocket-Key: k\r\n" + tail + "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\nearly\x00later"
	eventually(t, "the upstream has all of it", func() bool { return steady(strings.Join(up.all(), "|")) == want })
}

func TestForwardedFieldsOfTrustedProxies(t *testing.T) {
	up := newRaw(t, fine)
	cfg := before(up.url())
	cfg.Trusted = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	_, address := started(t, cfg)
	converse(t, address, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Forwarded-For: 1.2.3.4\r\nX-Forwarded-For: 5.6.7.8\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: shop.org\r\nX-Request-Id: abc-1\r\nForwarded: for=x\r\n\r\n")
	want := "GET / HTTP/1.1\r\nHost: a\r\nForwarded: for=x\r\nX-Forwarded-For: 1.2.3.4, 5.6.7.8, 127.0.0.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: shop.org\r\nX-Request-Id: abc-1\r\nVia: 1.1 GW\r\n\r\n"
	if got := steady(strings.Join(up.all(), "|")); got != want {
		t.Errorf("the upstream got\n%q, want\n%q", got, want)
	}
}

func TestWhoAsks(t *testing.T) {
	trusts := func(a netip.Addr) bool { return a.String() == "127.0.0.1" || a.String() == "10.0.0.1" }
	for _, row := range []struct{ name, peer, told, want string }{
		{"a peer that is not trusted", "9.9.9.9", "1.2.3.4", "9.9.9.9"},
		{"a trusted one tells", "127.0.0.1", "1.2.3.4", "1.2.3.4"},
		{"the last that is no proxy", "127.0.0.1", "6.6.6.6, 1.2.3.4, 10.0.0.1", "1.2.3.4"},
		{"all are proxies", "127.0.0.1", "10.0.0.1", "10.0.0.1"},
		{"nothing is told", "127.0.0.1", "", "127.0.0.1"},
		{"nonsense is told", "127.0.0.1", "1.2.3.4, unknown", "127.0.0.1"},
	} {
		got := clientOf([]field{{[]byte("X-Forwarded-For"), []byte(row.told)}}, netip.MustParseAddr(row.peer), trusts)
		if got.String() != row.want {
			t.Errorf("%s: got %s, want %s", row.name, got, row.want)
		}
	}
}

func TestRoutes(t *testing.T) {
	a, b, c := named(t, "a"), named(t, "b"), named(t, "c")
	cfg := before(a.URL)
	cfg.Routes = append(cfg.Routes, RouteRule{Path: "/api", Balance: RoundRobin, Upstreams: before(b.URL).Routes[0].Upstreams},
		RouteRule{Path: "/", Host: "shop.org", Balance: RoundRobin, Upstreams: before(c.URL).Routes[0].Upstreams})
	_, address := started(t, cfg)
	for _, row := range []struct{ path, host, want string }{
		{"/", "x", "a"}, {"/api", "x", "b"}, {"/api/y", "x", "b"}, {"/apis", "x", "a"}, {"//api/y", "x", "b"}, {"/%61pi/y", "x", "b"},
		{"/", "shop.org", "c"}, {"/", "SHOP.org:8080", "c"}, {"/api", "shop.org", "b"},
	} {
		if _, got := ask(t, address, "GET "+row.path+" HTTP/1.1\r\nHost: "+row.host+"\r\n\r\n"); got != row.want {
			t.Errorf("%s of %s went to %s, want %s", row.path, row.host, got, row.want)
		}
	}
}

func TestARequestThatComesBackIsStopped(t *testing.T) {
	first := before("http://127.0.0.1:1")
	g, address := started(t, first)
	next := g.Config().clone()
	next.Routes[0].Upstreams = before("http://" + address).Routes[0].Upstreams
	if err := g.Reload(next); err != nil {
		t.Fatal(err)
	}
	res, body := ask(t, address, get1("/"))
	if res.StatusCode != 508 || !strings.Contains(body, "came back") {
		t.Errorf("got %d %q, want 508", res.StatusCode, body)
	}
}
