package gateway

import (
	"net"
	"time"
)

// tunnel passes bytes both ways until one side ends: a WebSocket. It holds no
// place among the requests under way.
func (x *exchange) tunnel(u *upstream, conn *upconn, h *responseHead) *fault {
	x.leave()
	x.again = false
	defer u.pool.put(conn, false)
	out := x.c.g.rooms.get()
	defer x.c.g.rooms.put(out)
	out.b = appendResponse(out.b, h, x.method, manner{minor: 1, id: x.id})
	down := pump{to: &x.c.out, out: out, write: x.s.cfg.Timeouts.Write, silence: x.s.cfg.Timeouts.Stream}
	up := pump{to: &conn.out, out: x.out, write: down.write, silence: down.silence}
	x.out.b = x.out.b[:0]
	done := make(chan struct{})
	go func() {
		defer close(done)
		up.sendAll(&body{in: &x.c.in, kind: bodyToEnd}) //nolint:errcheck // a tunnel ends one way or another
		closeWrite(conn.Conn)
	}()
	down.sendAll(&body{in: &conn.in, kind: bodyToEnd}) //nolint:errcheck // likewise
	closeWrite(x.c.conn)
	// The other way may have something to say still, but not for long.
	select {
	case <-done:
	case <-time.After(lingerTime):
		x.c.raw.Close()
		<-done
	}
	x.sent = down.sent
	u.counts.sent.Add(uint64(down.sent))
	u.counts.received.Add(uint64(up.sent))
	return nil
}

// closeWrite says that nothing more comes.
func closeWrite(c net.Conn) {
	if h, ok := c.(interface{ CloseWrite() error }); ok {
		h.CloseWrite() //nolint:errcheck // it is closed already, then
	}
}
