package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync/atomic"
	"time"
)

// A client is one connection to the gateway. One goroutine serves it.
type client struct {
	g      *Gateway
	conn   net.Conn
	raw    net.Conn // below TLS
	in     inflow
	out    outflow
	peer   netip.Addr
	from   string // peer, written out
	secure bool
	state  atomic.Int32
	asks   atomic.Pointer[upconn] // who is to answer its request
	broken atomic.Bool            // a stop does not wait for it any more

	// Used again by each request.
	head     requestHead
	answer   responseHead
	normal   []byte
	lastPath string
	asking

	// For the request log.
	block                    []byte // the head as it came
	kept                     []byte
	asked, answered          tap
	answerKind, answerCoding string
}

// The states of a client.
const (
	clientBusy int32 = iota
	clientIdle
)

func (g *Gateway) newClient(raw net.Conn) *client {
	raw = quicken(raw)
	c := &client{g: g, conn: raw, raw: raw, out: outflow{conn: raw}}
	if a, err := netip.ParseAddrPort(raw.RemoteAddr().String()); err == nil {
		c.peer = a.Addr().Unmap()
		c.from = c.peer.String()
	}
	return c
}

func (c *client) serve() {
	if cert := c.g.cert.Load(); cert != nil && !c.shakeHands(cert.config) {
		return
	}
	c.in.conn, c.out.conn = c.conn, c.conn
	c.in.idles(c.conn, &c.g.buffers)
	defer c.in.rest()
	for c.await() {
		if !c.serveOne() {
			return
		}
	}
}

// shakeHands begins TLS. Until it is done there is no request: a stop ends
// the connection like an idle one.
func (c *client) shakeHands(config *tls.Config) bool {
	t := tls.Server(c.raw, config)
	ctx, cancel := context.WithTimeout(context.Background(), c.g.Config().Timeouts.Head)
	defer cancel()
	c.state.Store(clientIdle)
	if c.g.stopping.Load() {
		return false
	}
	err := t.HandshakeContext(ctx)
	c.busy()
	if err != nil {
		var first tls.RecordHeaderError
		if errors.As(err, &first) && first.Conn != nil && looksLikeHTTP(first.RecordHeader) {
			x := c.g.exchange(c)
			x.turnAway(errPlain)
			c.g.giveBack(x)
		}
		return false
	}
	c.conn, c.secure = t, true
	return true
}

// errPlain is said in the clear, to a client that speaks so.
var errPlain = &refusal{400, "this port speaks TLS: ask by https"}

// looksLikeHTTP: the first bytes of a connection are those of a method, which
// a record of TLS cannot begin with.
func looksLikeHTTP(first [5]byte) bool {
	for _, b := range first {
		if (b < 'A' || b > 'Z') && b != ' ' && b != '/' && b != '*' {
			return false
		}
	}
	return true
}

// await waits for the first byte of a request.
func (c *client) await() bool {
	if c.in.waiting() {
		return true
	}
	c.forget()
	c.in.rest()
	if c.in.within(c.g.setup.Load().cfg.Timeouts.Idle) != nil {
		return false
	}
	c.state.Store(clientIdle)
	// A stop either sees that the connection is idle, or is seen here.
	if c.g.stopping.Load() {
		c.farewell()
	}
	err := c.in.fill()
	c.busy()
	return err == nil
}

// busy is behind a wait. The deadline of a farewell, which is said under the
// gateway's lock, was that of the wait alone.
func (c *client) busy() {
	c.state.Store(clientBusy)
	if c.g.stopping.Load() {
		c.g.mu.Lock()
		c.in.until = time.Time{}
		c.g.mu.Unlock()
	}
}

// forget lets go of what points into buffers: of ten thousand that wait each
// would keep the one that it had.
func (c *client) forget() {
	clear(c.head.fields[:cap(c.head.fields)])
	clear(c.head.named[:cap(c.head.named)])
	clear(c.answer.fields[:cap(c.answer.fields)])
	clear(c.answer.named[:cap(c.answer.named)])
	clear(c.lines[:cap(c.lines)])
	c.head.reset()
	c.answer.reset()
	c.question.Forget()
	c.block = nil
	if len(c.lastPath) > inflowRoom/8 {
		c.lastPath = ""
	}
}

// lastWords is how long a stop waits for a request on a connection of which
// nobody said that it would be closed: one may be on its way, and a POST is not
// sent again.
const lastWords = 100 * time.Millisecond

// farewell ends a connection that waits for its next request, and answers what
// was on its way.
func (c *client) farewell() {
	if c.state.Load() == clientIdle {
		c.raw.SetReadDeadline(time.Now().Add(lastWords)) //nolint:errcheck // it is closed already, then
	}
}

// breakOff ends whatever the connection waits for, be it for an upstream:
// no other one is asked either.
func (c *client) breakOff() {
	c.broken.Store(true)
	c.raw.Close()
	if conn := c.asks.Load(); conn != nil {
		conn.Close()
	}
}

var longAgo = time.Unix(1, 0)

// readHead reads and checks the next head; with an error block is what came
// of it.
func (c *client) readHead(s *setup) error {
	head, err := c.in.head(s.cfg.Limits.Head, s.cfg.Timeouts.Head)
	if err != nil {
		c.block = c.in.pending()
		return err
	}
	c.block = head
	return parseRequest(&c.head, head)
}

// say writes an answer of the gateway's own.
func (c *client) say(status int, text, extra string, bodiless bool, m manner) bool {
	out := c.g.rooms.get()
	defer c.g.rooms.put(out)
	out.b = appendAnswer(out.b, status, text, extra, bodiless, m)
	p := pump{to: &c.out, out: out, write: c.g.Config().Timeouts.Write}
	return p.flush() == nil
}

// What a client sends behind a refusal is taken so long and so far: closing
// with bytes unread would take the answer back.
const (
	lingerTime  = 500 * time.Millisecond
	lingerBytes = 256 << 10
)

func (c *client) linger() {
	if t, ok := c.conn.(interface{ CloseWrite() error }); !ok || t.CloseWrite() != nil {
		return
	}
	if c.raw.SetReadDeadline(time.Now().Add(lingerTime)) == nil {
		io.CopyN(io.Discard, c.conn, lingerBytes) //nolint:errcheck // only to be rid of it
	}
}
