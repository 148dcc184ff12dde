package gateway

import (
	"bufio"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
	"weak"
)

// A reused connection is one that somebody else reads from as soon as it was
// given back: what lay in its buffer is overwritten.
type reused struct {
	net.Conn
	in *inflow
}

func (r *reused) Close() error {
	for i := range r.in.buf {
		r.in.buf[i] = '!'
	}
	return r.Conn.Close()
}

func (*reused) isQuiet() bool { return true }

// lendOnce puts a connection into the pool that answers one request.
func lendOnce(t *testing.T, g *Gateway, answer string) {
	ours, theirs := net.Pipe()
	t.Cleanup(func() { theirs.Close() })
	c := &upconn{born: time.Now(), since: time.Now()}
	c.Conn = &reused{ours, &c.in}
	c.in.conn, c.out.conn = c.Conn, c.Conn
	p := &g.setup.Load().all[0].pool
	p.mu.Lock()
	p.idle, p.open = append(p.idle, c), p.open+1
	p.mu.Unlock()
	go func() {
		r := bufio.NewReader(theirs)
		for line := ""; line != "\r\n"; {
			var err error
			if line, err = r.ReadString('\n'); err != nil {
				return
			}
		}
		io.WriteString(theirs, answer)
	}()
}

// What a 304 says is read before its connection goes to the next request.
func TestWhatA304SaysIsReadBeforeItsConnectionIsAnothers(t *testing.T) {
	cfg := cachingBefore(named(t, "another").URL)
	cfg.Pool.Idle = 0 // a connection is closed as soon as it is given back
	g, address := started(t, cfg)
	isUp(t, g)
	lendOnce(t, g, "HTTP/1.1 200 OK\r\nETag: \"a\"\r\nCache-Control: max-age=0\r\nX-Told: at first\r\nContent-Length: 2\r\n\r\nok")
	if res, body := ask(t, address, want("/x")); body != "ok" || res.Header.Get("X-Told") != "at first" {
		t.Fatalf("got %v %q, want what the upstream said", res.Header, body)
	}
	lendOnce(t, g, "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\nCache-Control: max-age=100\r\nX-Told: anew\r\n\r\n")
	for _, when := range []string{"asked anew", "kept"} {
		res, body := ask(t, address, want("/x"))
		if res.Header.Get("X-Told") != "anew" || res.Header.Get("Cache-Control") != "max-age=100" || res.Header.Get("ETag") != `"a"` || body != "ok" {
			t.Errorf("%s: got %v %q, want the fields of the 304 and what is kept", when, res.Header, body)
		}
	}
}

// All that an exchange leaves behind in its client, of which a thousand times
// as many wait as are served.
func TestAClientThatWaitsHoldsNothingOfItsLastRequest(t *testing.T) {
	ours, theirs := linked(t)
	c := &client{g: &Gateway{}, conn: ours, raw: ours}
	c.in.conn = ours
	var buffers sync.Pool
	c.in.idles(ours, &buffers)
	c.in.rest()
	io.WriteString(theirs, want("/"+strings.Repeat("x", 1000), "Accept: a", "Connection: x-a, x-b", "X-A: b"))
	ours.SetReadDeadline(time.Now().Add(patience))
	cfg := Defaults()
	x := &exchange{c: c, s: &setup{cfg: cfg}}
	if err := c.in.fill(); err != nil {
		t.Fatal(err)
	}
	if err := c.readHead(x.s); err != nil {
		t.Fatal(err)
	}
	c.normal = normalPath(c.normal, c.head.path)
	x.prepare()
	x.questionFor(&c.question)
	if err := parseResponse(&c.answer, c.in.buf[:copy(c.in.buf, "HTTP/1.1 200 OK\r\nA: b\r\nConnection: x-c\r\n\r\n")]); err != nil {
		t.Fatal(err)
	}
	x.linesOf(&c.answer)
	if len(c.question.Fields) == 0 || len(c.lines) == 0 || c.lastPath == "" {
		t.Fatal("nothing is held to begin with")
	}
	held := weak.Make((*[inflowRoom]byte)(c.in.buf))
	c.forget()
	c.in.rest()
	eventually(t, "the buffer is free", func() bool {
		buffers.Get() // it is the pool's, until then
		runtime.GC()
		return held.Value() == nil
	})
	if c.lastPath != "" {
		t.Errorf("a path of %d bytes is held", len(c.lastPath))
	}
	runtime.KeepAlive(c)
}
