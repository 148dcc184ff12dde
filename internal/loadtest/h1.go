package loadtest

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/valyala/fasthttp"

	"mltop/internal/yamlfile"
)

// An h1 speaks HTTP/1.1 over connections of its own, one for each origin. It
// takes heads apart and puts requests together with fasthttp, and reads the
// bodies itself, so that one of a gigabyte takes no more memory than one of
// a kilobyte, and one that ends too early is told from one that is whole.
type h1 struct {
	gate  *Gate
	tls   *tls.Config
	fresh bool // a connection for each request

	mu          sync.Mutex // of conns and interrupted: a stop comes from elsewhere
	conns       map[Origin]*h1conn
	interrupted bool

	last *h1conn // the one that was used last
	req  fasthttp.Request
	buf  bytes.Buffer
	body []byte
}

type h1conn struct {
	net.Conn
	origin Origin
	r      *bufio.Reader
	head   fasthttp.ResponseHeader
	used   bool // it has answered before
	header func(name string) string
}

// readRoom takes the heads of nearly all answers; a longer one is an error.
const readRoom = 16 << 10

func newH1(g *Gate, t *tls.Config, fresh bool) *h1 {
	return &h1{gate: g, tls: t, fresh: fresh, conns: map[Origin]*h1conn{}}
}

// exchange sends a request once more where the connection was closed before
// it could be used again: that is no fault of either side (RFC 9110, 9.2.2).
func (c *h1) exchange(ctx context.Context, o *outgoing, deadline time.Time, w want) (answer, error) {
	a, err := c.attempt(ctx, o, deadline, w)
	if !isStale(err) {
		return a, err
	}
	a, err = c.attempt(ctx, o, deadline, w)
	a.again = true
	return a, err
}

// A staleError is a connection that had been closed since its last answer.
type staleError struct{ err error }

func (e *staleError) Error() string { return e.err.Error() }
func (e *staleError) Unwrap() error { return e.err }

func isStale(err error) bool {
	_, ok := err.(*staleError) //nolint:errorlint // it is never wrapped
	return ok
}

func (c *h1) attempt(ctx context.Context, o *outgoing, deadline time.Time, w want) (answer, error) {
	conn, took, err := c.conn(ctx, o.origin, deadline)
	if err != nil {
		return answer{}, faultOf(err, "connect")
	}
	a, err := c.converse(conn, o, deadline, w)
	a.connected = took
	if err != nil || c.fresh || conn.head.ConnectionClose() {
		c.drop(conn)
	}
	return a, err
}

func (c *h1) converse(conn *h1conn, o *outgoing, deadline time.Time, w want) (answer, error) {
	if err := conn.SetDeadline(deadline); err != nil {
		return answer{}, faultOf(err, "send")
	}
	_, err := conn.Write(c.encode(o))
	if err == nil {
		// The reader tells of the first byte's error what it was.
		_, err = conn.r.Peek(1)
	}
	if err != nil {
		f := faultOf(err, "read")
		gone := f.kind == kindClosed || f.kind == kindReset
		if conn.used && gone && repeatable(o.method) {
			return answer{}, &staleError{f}
		}
		return answer{}, f
	}
	if err := conn.readHead(); err != nil {
		return answer{}, err
	}
	conn.used = true
	return c.read(conn, o, w)
}

// repeatable methods do the same twice as once (RFC 9110, 9.2.2).
func repeatable(method string) bool {
	return safe(method) || method == "PUT" || method == "DELETE"
}

// readHead reads the head of the answer, past those that only announce it.
func (conn *h1conn) readHead() error {
	for {
		if err := conn.head.Read(conn.r); err != nil {
			return headFault(err)
		}
		if s := conn.head.StatusCode(); s >= 200 || s == 101 {
			return nil
		}
	}
}

func headFault(err error) *fault {
	if errors.Is(err, fasthttp.ErrTimeout) {
		return &fault{kindTimeout, timeoutMessage("read")}
	}
	f := faultOf(err, "read")
	switch f.kind {
	case kindClosed:
		return &fault{kindHalf, "the connection was closed in the head of the answer"}
	case kindOther:
		if small := (*fasthttp.ErrSmallBuffer)(nil); errors.As(err, &small) {
			return &fault{kindProtocol, fmt.Sprintf("the head of the answer is longer than %d kB", readRoom>>10)}
		}
		return &fault{kindProtocol, "the answer is no HTTP: " + headReason(err)}
	}
	return f
}

// headReason leaves out the answer itself, which fasthttp repeats.
func headReason(err error) string {
	text, _, _ := bytes.Cut([]byte(err.Error()), []byte(". "))
	text = bytes.TrimPrefix(text, []byte("error when reading response headers: "))
	text, _, _ = bytes.Cut(text, []byte(` "`))
	return yamlfile.Clip(string(text), 80)
}

func (c *h1) read(conn *h1conn, o *outgoing, w want) (answer, error) {
	h := &conn.head
	a := answer{status: h.StatusCode()}
	body := bodyReader{r: conn.r, keep: w.body, kept: c.body[:0]}
	var err error
	if o.method != "HEAD" && a.status != 204 && a.status != 304 {
		err = body.read(h.ContentLength())
	}
	c.body = body.kept
	a.bytes, a.body, a.cut = body.n, body.kept, body.n > int64(len(body.kept))
	a.header = conn.header
	if w.cookies {
		for _, v := range h.PeekAll("Set-Cookie") {
			a.cookies = append(a.cookies, string(v))
		}
	}
	if err != nil {
		return a, faultOf(err, "read")
	}
	return a, nil
}

// conn is an open connection to an origin, and what it took to open it.
func (c *h1) conn(ctx context.Context, o Origin, deadline time.Time) (*h1conn, time.Duration, error) {
	if c.last != nil && c.last.origin == o {
		return c.last, 0, nil
	}
	c.mu.Lock()
	conn := c.conns[o]
	c.mu.Unlock()
	if conn != nil {
		c.last = conn
		return conn, 0, nil
	}
	began := time.Now()
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	raw, err := c.gate.connect(ctx, o)
	if err == nil && o.TLS {
		raw, err = c.shakeHands(ctx, raw, o.Host)
	}
	if err != nil {
		return nil, 0, err
	}
	conn = &h1conn{Conn: raw, origin: o, r: bufio.NewReaderSize(raw, readRoom)}
	conn.header = func(name string) string { return string(conn.head.Peek(name)) }
	if !c.keep(conn) {
		raw.Close()
		return nil, 0, net.ErrClosed
	}
	return conn, max(time.Since(began), 1), nil
}

func (c *h1) shakeHands(ctx context.Context, raw net.Conn, host string) (net.Conn, error) {
	t := tls.Client(raw, clientTLS(c.tls, host))
	if err := t.HandshakeContext(ctx); err != nil {
		raw.Close()
		return nil, err
	}
	return t, nil
}

// clientTLS is a configuration for one host.
func clientTLS(base *tls.Config, host string) *tls.Config {
	if base == nil {
		base = &tls.Config{}
	}
	t := base.Clone()
	if t.ServerName == "" {
		t.ServerName = host
	}
	return t
}

// keep remembers a connection, unless the run has been broken off.
func (c *h1) keep(conn *h1conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = conn
	c.conns[conn.origin] = conn
	return !c.interrupted
}

func (c *h1) drop(conn *h1conn) {
	conn.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.conns, conn.origin)
	c.last = nil
}

// interrupt breaks off what is under way, from another goroutine.
func (c *h1) interrupt() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.interrupted = true
	for _, conn := range c.conns {
		conn.Close()
	}
}

// encode is a request as it goes over the wire.
func (c *h1) encode(o *outgoing) []byte {
	if o.raw != nil {
		return o.raw
	}
	c.buf.Reset()
	encodeTo(&c.buf, &c.req, o)
	return c.buf.Bytes()
}

// encodeTo writes the path as it was given: a load test sends what it was
// told to send.
func encodeTo(to io.Writer, req *fasthttp.Request, o *outgoing) {
	req.Reset()
	req.Header.DisableNormalizing()
	req.Header.SetMethod(o.method)
	req.Header.SetRequestURI(o.uri)
	req.Header.SetHost(o.origin.authority())
	req.Header.SetUserAgent(userAgent)
	for _, h := range o.headers {
		req.Header.Add(h.name, oneLine.Replace(h.value))
	}
	if len(o.body) > 0 {
		req.SetBodyRaw(o.body)
	}
	w := bufio.NewWriter(to)
	req.Write(w) //nolint:errcheck // a buffer takes everything
	w.Flush()    //nolint:errcheck
}

// oneLine: a value that came from an answer must not begin another header.
var oneLine = strings.NewReplacer("\r", " ", "\n", " ", "\x00", " ")

// userAgent is what a target's log shows of a load test.
const userAgent = "mltop-bench"
