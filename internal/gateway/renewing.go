package gateway

import (
	"net"
	"time"

	"mltop/internal/gateway/cache"
)

// renew asks an upstream anew for what was given out stale, behind the
// client's back.
func (x *exchange) renew() {
	fill := x.look.Fill
	if fill == nil {
		return // somebody does already
	}
	x.look.Fill = nil
	g := x.c.g
	g.mu.Lock()
	may := !g.stopping.Load()
	if may {
		g.serving.Add(1)
	}
	g.mu.Unlock()
	if !may {
		fill.Drop()
		return
	}
	// The client's question is its own again once this returns: whoever purges
	// meanwhile reads that of the request behind it.
	b := x.behind()
	if !b.takeOver(fill) {
		fill.Drop()
		g.serving.Done()
		return
	}
	go func() {
		defer g.serving.Done()
		b.fetch(fill)
	}()
}

// behind is the same request once more, with nobody to answer.
func (x *exchange) behind() *exchange {
	c := x.c
	head := append([]byte(nil), c.in.buf[:c.in.r]...)
	b := &client{g: c.g, conn: nowhere{}, raw: nowhere{}, out: outflow{conn: nowhere{}}, peer: c.peer, from: c.from, secure: c.secure, normal: append([]byte(nil), c.normal...)}
	b.in = inflow{conn: b.conn, buf: head, r: len(head), w: len(head)}
	return &exchange{c: b, s: x.s, r: x.r, caching: caching{keeps: x.keeps}}
}

// takeOver makes the fill one for this request's own question.
func (x *exchange) takeOver(fill *cache.Fill) bool {
	if parseRequest(&x.c.head, x.c.in.buf) != nil {
		return false // it was read once already
	}
	x.began = time.Now()
	x.prepare()
	q := x.questionFor(&x.c.question)
	x.keeps.Read(q)
	fill.For(q)
	return true
}

// fetch asks, and keeps what comes.
func (x *exchange) fetch(fill *cache.Fill) {
	x.out = x.c.g.rooms.get()
	defer x.c.g.rooms.put(x.out)
	x.look = cache.Look{Act: cache.Fetch, Fill: fill, Forward: "stale"}
	x.ask()
	x.leave()
}

// nowhere is the connection of a client that is not there.
type nowhere struct{}

func (nowhere) Read([]byte) (int, error)         { return 0, net.ErrClosed }
func (nowhere) Write(p []byte) (int, error)      { return len(p), nil }
func (nowhere) Close() error                     { return nil }
func (nowhere) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (nowhere) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (nowhere) SetDeadline(time.Time) error      { return nil }
func (nowhere) SetReadDeadline(time.Time) error  { return nil }
func (nowhere) SetWriteDeadline(time.Time) error { return nil }
