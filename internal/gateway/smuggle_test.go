package gateway

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const fine = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

// told by the gateway itself, which differs from run to run.
var (
	idLine  = regexp.MustCompile(`X-Request-Id: [0-9a-f]{16}\r\n`)
	viaLine = regexp.MustCompile(`Via: 1\.([01]) mltop-[0-9a-z]+\r\n`)
)

func steady(s string) string {
	return viaLine.ReplaceAllString(idLine.ReplaceAllString(s, "X-Request-Id: ID\r\n"), "Via: 1.$1 GW\r\n")
}

// tail is what the gateway adds to every request of these tests.
const tail = "X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: a\r\nX-Request-Id: ID\r\nVia: 1.1 GW\r\n"

func TestWhatTheUpstreamReceives(t *testing.T) {
	long := strings.Repeat("x", 40<<10)
	for _, row := range []struct {
		name, send string
		status     string // of the answer
		want       string // what the upstream got, byte for byte; "": nothing at all
	}{
		{"a plain request", "GET /x?y=%20z HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n", "200", "GET /x?y=%20z HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n" + tail + "\r\n"},
		{"fields keep order and spelling", "GET / HTTP/1.1\r\nb:  2 \r\nHost: a\r\nB: 3\r\n\r\n", "200", "GET / HTTP/1.1\r\nHost: a\r\nb: 2\r\nB: 3\r\n" + tail + "\r\n"},
		{"cookies stay as they are", "GET / HTTP/1.1\r\nHost: a\r\nCookie: a=1;  b=\"2\"\r\nCookie: c=3\r\n\r\n", "200", "GET / HTTP/1.1\r\nHost: a\r\nCookie: a=1;  b=\"2\"\r\nCookie: c=3\r\n" + tail + "\r\n"},
		{"a body that means nothing", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", "200", "GET / HTTP/1.1\r\nHost: a\r\n" + tail + "Content-Length: 3\r\nConnection: close\r\n\r\nabc"},
		{"such a body in chunks", "DELETE / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "200", "DELETE / HTTP/1.1\r\nHost: a\r\n" + tail + "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n0\r\n\r\n"},
		{"a body with its length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc", "200", "POST / HTTP/1.1\r\nHost: a\r\n" + tail + "Content-Length: 3\r\n\r\nabc"},
		{"a body in chunks is written anew", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: CHUNKED\r\n\r\n003;x=y\r\nabc\r\n0\r\nT: 1\r\n\r\n", "200", "POST / HTTP/1.1\r\nHost: a\r\n" + tail + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"},
		{"length and chunks", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400", ""},
		{"chunks and length", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", "400", ""},
		{"two lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", "400", ""},
		{"two lengths that are the same", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", "400", ""},
		{"a list of lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\nabc", "400", ""},
		{"a length with a sign", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc", "400", ""},
		{"a length beyond 63 bits", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551619\r\n\r\nabc", "400", ""},
		{"no length at all", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\nabc", "400", ""},
		{"a space before the colon", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 3\r\n\r\nabc", "400", ""},
		{"a tab before the colon", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n", "400", ""},
		{"chunked, twice", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400", ""},
		{"chunked behind another coding", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "400", ""},
		{"something like chunked", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", "400", ""},
		{"identity", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n", "400", ""},
		{"chunked behind a vertical tab", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \vchunked\r\n\r\n0\r\n\r\n", "400", ""},
		{"chunks in HTTP/1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400", ""},
		{"a field over two lines", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n", "400", ""},
		{"a length over two lines", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n 3\r\n\r\nabc", "400", ""},
		{"a line that ends in LF", "GET / HTTP/1.1\r\nHost: a\nX: 1\r\n\r\n", "400", ""},
		{"a first line that ends in LF", "GET / HTTP/1.1\nHost: a\r\n\r\n", "400", ""},
		{"a head that ends in LF", "GET / HTTP/1.1\r\nHost: a\r\n\n", "400", ""},
		{"a CR within a value", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\rContent-Length: 3\r\n\r\n", "400", ""},
		{"a NUL within a value", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\x002\r\n\r\n", "400", ""},
		{"a NUL within a name", "GET / HTTP/1.1\r\nHost: a\r\nX\x00: 1\r\n\r\n", "400", ""},
		{"a CR within a name", "GET / HTTP/1.1\r\nHost: a\r\nX\r: 1\r\n\r\n", "400", ""},
		{"no name", "GET / HTTP/1.1\r\nHost: a\r\n: 1\r\n\r\n", "400", ""},
		{"no colon", "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", "400", ""},
		{"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400", ""},
		{"two hosts that are the same", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "400", ""},
		{"no host", "GET / HTTP/1.1\r\nX: 1\r\n\r\n", "400", ""},
		{"an empty host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "400", ""},
		{"two hosts in one", "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n", "400", ""},
		{"a host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "400", ""},
		{"a host with a user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n", "400", ""},
		{"a host with a port that is none", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", "400", ""},
		{"an address of version 6", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", "200", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n" + strings.Replace(tail, "Host: a", "Host: [::1]:80", 1) + "\r\n"},
		{"an absolute target", "GET http://b/x HTTP/1.1\r\nHost: a\r\n\r\n", "400", ""},
		{"an absolute target with a path of dots", "GET http://a/../x HTTP/1.1\r\nHost: a\r\n\r\n", "400", ""},
		{"a path of dots", "GET /x/../admin/ HTTP/1.1\r\nHost: a\r\n\r\n", "400", ""},
		{"a path that ends in dots", "GET /x/.. HTTP/1.1\r\nHost: a\r\n\r\n", "400", ""},
		{"one dot", "GET /./x HTTP/1.1\r\nHost: a\r\n\r\n", "400", ""},
		{"dots that are encoded", "GET /x/%2E%2e/admin HTTP/1.1\r\nHost: a\r\n\r\n", "400", ""},
		{"a slash that is encoded, behind dots", "GET /x/..%2fadmin HTTP/1.1\r\nHost: a\r\n\r\n", "400", ""},
		{"a backslash behind dots", "GET /x/..\\admin HTTP/1.1\r\nHost: a\r\n\r\n", "400", ""},
		{"a backslash that is encoded, behind dots", "GET /x/..%5Cadmin HTTP/1.1\r\nHost: a\r\n\r\n", "400", ""},
		{"dots with a parameter", "GET /x/..;y/admin HTTP/1.1\r\nHost: a\r\n\r\n", "400", ""},
		{"an encoding that is none", "GET /x%2 HTTP/1.1\r\nHost: a\r\n\r\n", "400", ""},
		{"an encoded NUL", "GET /x%00 HTTP/1.1\r\nHost: a\r\n\r\n", "400", ""},
		{"dots in a name, and in the query", "GET /..x/y...?z=../ HTTP/1.1\r\nHost: a\r\n\r\n", "200", "GET /..x/y...?z=../ HTTP/1.1\r\nHost: a\r\n" + tail + "\r\n"},
		{"a fragment", "GET /x#y HTTP/1.1\r\nHost: a\r\n\r\n", "400", ""},
		{"a space within the target", "GET /x y HTTP/1.1\r\nHost: a\r\n\r\n", "400", ""},
		{"two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "400", ""},
		{"a tab instead of a space", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", "400", ""},
		{"bytes beyond ASCII", "GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n", "400", ""},
		{"no version", "GET /\r\nHost: a\r\n\r\n", "400", ""},
		{"another version", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", "505", ""},
		{"a version with more digits", "GET / HTTP/1.10\r\nHost: a\r\n\r\n", "400", ""},
		{"a method that is no token", "G@T / HTTP/1.1\r\nHost: a\r\n\r\n", "400", ""},
		{"CONNECT", "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", "405", ""},
		{"TRACE", "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", "405", ""},
		{"OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "200", "OPTIONS * HTTP/1.1\r\nHost: a\r\n" + tail + "\r\n"},
		{"an empty line first", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", "400", ""},
		{"fields of one hop", "GET / HTTP/1.1\r\nHost: a\r\nConnection: X-Hop, keep-alive\r\nX-Hop: 1\r\nX_Hop2: 2\r\nKeep-Alive: 5\r\nTE: trailers\r\nProxy-Connection: x\r\nY: 1\r\n\r\n", "200", "GET / HTTP/1.1\r\nHost: a\r\nX_Hop2: 2\r\nY: 1\r\n" + tail + "\r\n"},
		{"Connection that takes a field away", "GET / HTTP/1.1\r\nHost: a\r\nConnection: close, Authorization\r\nAuthorization: x\r\n\r\n", "400", ""},
		{"Connection that takes the proxy's word away", "GET / HTTP/1.1\r\nHost: a\r\nConnection: X-Forwarded-For\r\n\r\n", "400", ""},
		{"Connection that is no token", "GET / HTTP/1.1\r\nHost: a\r\nConnection: a b\r\n\r\n", "400", ""},
		{"a change to h2c", "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n\r\n", "200", "GET / HTTP/1.1\r\nHost: a\r\n" + tail + "\r\n"},
		{"claims of who asks", "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.2.3.4\r\nX-Real-IP: 1.2.3.4\r\nX_Forwarded_For: 1.2.3.4\r\nForwarded: for=1.2.3.4\r\nX-Forwarded-Proto: https\r\nX-Request-Id: abc\r\n\r\n", "200", "GET / HTTP/1.1\r\nHost: a\r\n" + tail + "\r\n"},
		{"another path for some servers", "GET / HTTP/1.1\r\nHost: a\r\nX-Original-URL: /admin\r\nX-Rewrite-URL: /admin\r\n\r\n", "200", "GET / HTTP/1.1\r\nHost: a\r\n" + tail + "\r\n"},
		{"lengths in the spelling of CGI", "GET / HTTP/1.1\r\nHost: a\r\nContent_Length: 5\r\nTransfer_Encoding: chunked\r\n\r\n", "200", "GET / HTTP/1.1\r\nHost: a\r\n" + tail + "\r\n"},
		{"an unknown expectation", "GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n", "417", ""},
		{"a long head", "GET / HTTP/1.1\r\nHost: a\r\nX: " + long + "\r\n\r\n", "431", ""},
		{"a long target", "GET /" + long + " HTTP/1.1\r\nHost: a\r\n\r\n", "431", ""},
		{"too many fields", "GET / HTTP/1.1\r\nHost: a\r\n" + strings.Repeat("X: 1\r\n", 120) + "\r\n", "431", ""},
		{"a body that is too long", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n", "413", ""},
		{"a length of zero", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", "200", "POST / HTTP/1.1\r\nHost: a\r\n" + tail + "Content-Length: 0\r\n\r\n"},
		{"HTTP/1.0 without a host", "GET / HTTP/1.0\r\n\r\n", "200", "GET / HTTP/1.1\r\nHost: UPSTREAM\r\n" + strings.Replace(strings.Replace(tail, "X-Forwarded-Host: a\r\n", "", 1), "1.1 GW", "1.0 GW", 1) + "\r\n"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			up := newRaw(t, fine)
			cfg := before(up.url())
			cfg.Limits.Body = 1 << 20
			_, address := started(t, cfg)
			send := row.send
			if row.status == "200" {
				send = strings.Replace(send, "\r\n", "\r\nConnection: close\r\n", 1)
			}
			got := converse(t, address, send)
			if !strings.HasPrefix(got, "HTTP/1.1 "+row.status+" ") {
				t.Errorf("the answer is %q, want status %s", got, row.status)
			}
			if !strings.Contains(got, "\r\nConnection: close\r\n") {
				t.Errorf("the answer %q does not close", got)
			}
			if all := strings.ReplaceAll(steady(strings.Join(up.all(), "|")), up.Addr().String(), "UPSTREAM"); all != row.want {
				t.Errorf("the upstream got\n%q, want\n%q", all, row.want)
			}
		})
	}
}

// What is wrong within a body shows after its head has gone: the request is
// broken off, and nothing behind it is a request of its own.
func TestABodyThatIsWrongEndsTheConnection(t *testing.T) {
	for _, row := range []struct{ name, body, want string }{
		{"a size that is no number", "x\r\nabc\r\n0\r\n\r\n", ""},
		{"a size with a sign", "+3\r\nabc\r\n0\r\n\r\n", ""},
		{"a size as C writes it", "0x3\r\nabc\r\n0\r\n\r\n", ""},
		{"a size beyond 60 bits", "fffffffffffffffff\r\nabc\r\n0\r\n\r\n", ""},
		{"a size that ends in LF", "3\nabc\r\n0\r\n\r\n", ""},
		{"a chunk that is longer than it says", "3\r\nabcd\r\n0\r\n\r\n", "3\r\nabc\r\n"},
		{"an extension without end", "3;" + strings.Repeat("x", 5000), ""},
		{"a CR in an extension", "3;a\rb\r\nabc\r\n0\r\n\r\n", ""},
		{"a trailer that is none", "0\r\nX : 1\r\n\r\n", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			up := newRaw(t, "")
			_, address := started(t, before(up.url()))
			got := converse(t, address, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"+row.body+"GET /second HTTP/1.1\r\nHost: a\r\n\r\n")
			if !strings.HasPrefix(got, "HTTP/1.1 400 ") || strings.Count(got, "HTTP/1.1 ") != 1 {
				t.Errorf("the answer is %q, want one 400", got)
			}
			all := steady(strings.Join(up.all(), "|"))
			if whole := "POST / HTTP/1.1\r\nHost: a\r\n" + tail + "Transfer-Encoding: chunked\r\n\r\n" + row.want; !strings.HasPrefix(whole, all) {
				t.Errorf("the upstream got\n%q, want no more than\n%q", all, whole)
			}
		})
	}
}

// Many servers leave the body of a GET unread, and take it for the next
// request: nobody else's may follow it there.
func TestABodyThatIsLeftUnreadIsNobodysRequest(t *testing.T) {
	for _, method := range []string{"GET", "HEAD", "OPTIONS", "DELETE", "REPORT"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			_, address := started(t, before(leavesBodies(t)))
			inner := "GET /smuggled HTTP/1.1\r\nHost: a\r\nX: "
			ask(t, address, method+" /outer HTTP/1.1\r\nHost: a\r\nContent-Length: "+strconv.Itoa(len(inner))+"\r\n\r\n"+inner)
			for range 3 {
				if _, body := ask(t, address, get1("/mine")); body != "/mine" {
					t.Errorf("who asked for /mine got %q", body)
				}
			}
		})
	}
}

// leavesBodies is an upstream that reads heads alone, and answers the path.
func leavesBodies(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	t.Cleanup(func() { l.Close(); serving.Wait() })
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { answerHeads(c) })
		}
	})
	return "http://" + l.Addr().String()
}

func answerHeads(c net.Conn) {
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	in := textproto.NewReader(bufio.NewReader(c))
	for {
		first, err := in.ReadLine()
		if err != nil {
			return
		}
		if _, err := in.ReadMIMEHeader(); err != nil {
			return
		}
		method, rest, _ := strings.Cut(first, " ")
		path, _, _ := strings.Cut(rest, " ")
		answer := "HTTP/1.1 200 OK\r\nContent-Length: " + strconv.Itoa(len(path)) + "\r\n\r\n"
		if method != "HEAD" {
			answer += path
		}
		io.WriteString(c, answer)
	}
}

// Servers that read such bodies, as Elasticsearch does for its searches, keep
// their connections where the route says so.
func TestBodiesThatUpstreamsReadCostNoConnection(t *testing.T) {
	for _, row := range []struct {
		name  string
		reads bool
		want  string
	}{{"the route says nothing", false, "4 connections, closed true"}, {"it says that they are read", true, "1 connections, closed false"}} {
		var mu sync.Mutex
		from, closed := map[string]bool{}, false
		up := servedBy(t, func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			mu.Lock()
			defer mu.Unlock()
			from[r.RemoteAddr], closed = true, closed || r.Close
			w.Write(body)
		})
		cfg := before(up.URL)
		cfg.Routes[0].ReadsBodies = row.reads
		cfg.Health.Interval = time.Hour
		_, address := started(t, cfg)
		for _, method := range []string{"GET", "DELETE", "SEARCH", "GET"} {
			if _, body := ask(t, address, method+" / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab"); body != "ab" {
				t.Errorf("%s, %s: got %q, want the body", row.name, method, body)
			}
		}
		mu.Lock()
		if got := fmt.Sprintf("%d connections, closed %v", len(from), closed); got != row.want {
			t.Errorf("%s: %s, want %s", row.name, got, row.want)
		}
		mu.Unlock()
	}
}

// Behind a whole request the next one begins, and nowhere else.
func TestRequestsInOnePacket(t *testing.T) {
	up := newRaw(t, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
	_, address := started(t, before(up.url()))
	got := converse(t, address, "POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nGET /"+
		"POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"+
		"GET /3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
	if n := strings.Count(got, "HTTP/1.1 200 OK"); n != 3 {
		t.Errorf("%d answers, want 3: %q", n, got)
	}
	var lines []string
	for _, r := range up.all() {
		line, _, _ := strings.Cut(r, "\r\n")
		_, body, _ := strings.Cut(r, "\r\n\r\n")
		lines = append(lines, line+" "+body)
	}
	want := "POST /1 HTTP/1.1 GET /|POST /2 HTTP/1.1 1\r\nx\r\n0\r\n\r\n|GET /3 HTTP/1.1 "
	if got := strings.Join(lines, "|"); got != want {
		t.Errorf("the upstream got %q, want %q", got, want)
	}
}
