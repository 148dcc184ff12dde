package gateway

import (
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// An upload is a request's body on its way to the upstream.
type upload struct {
	x    *exchange
	conn *upconn
	err  *fault        // the request could not be sent
	done chan struct{} // nil: all was sent at once
	ours error         // why the client's part failed
	cut  bool          // the upstream has not got all of it; told once done is closed
	stop atomic.Bool
	read atomic.Bool // all of the body was read

	mu   sync.Mutex
	seen bool // the head of the answer
}

// answered says that the head of the answer was read: it is not waited for
// any more.
func (up *upload) answered() {
	up.mu.Lock()
	up.seen = true
	up.mu.Unlock()
}

// await says until when the head of the answer is waited for.
func (up *upload) await(t time.Time) {
	up.mu.Lock()
	defer up.mu.Unlock()
	if !up.seen {
		up.conn.SetReadDeadline(t) //nolint:errcheck // reading will tell
	}
}

// send sends the request. A body that is not here yet follows beside the
// answer, which may come before its end.
func (x *exchange) send(conn *upconn) *upload {
	up := &x.up
	*up = upload{x: x, conn: conn}
	t := &x.s.cfg.Timeouts
	p := pump{to: &conn.out, out: x.out, chunked: x.body.kind == bodyChunked, write: t.Write, silence: t.Body, tap: &x.c.asked}
	var err error
	switch {
	case !conn.used:
		err = p.flush()
	case x.body.done && askWithRead(conn.Conn, x.out.b):
		err = conn.out.within(t.Write)
	case conn.mayServe():
		err = p.flush()
	default:
		up.err = unasked()
		return up
	}
	if err == nil {
		err = x.awaitAnswer(conn)
	}
	if err != nil {
		up.err = &fault{phase: phaseSend, err: err, stale: conn.used}
		return up
	}
	if x.body.done {
		return up
	}
	if x.c.head.expect && !x.c.in.waiting() && !x.goOn() {
		up.err = &fault{phase: phaseSend, err: io.ErrClosedPipe, ours: true}
		return up
	}
	up.done = make(chan struct{})
	p.stop, p.read = &up.stop, &up.read
	go up.run(p)
	return up
}

// awaitAnswer says until when the head of the answer is waited for. While a
// body is being sent there is no end: run says when.
func (x *exchange) awaitAnswer(conn *upconn) error {
	if !x.body.done {
		return conn.in.readBy(time.Time{})
	}
	return conn.in.within(x.s.cfg.Timeouts.Response)
}

// goOn tells a client that waits for it to send the body.
func (x *exchange) goOn() bool {
	if x.c.out.within(x.s.cfg.Timeouts.Write) != nil {
		return false
	}
	_, err := x.c.conn.Write([]byte("HTTP/1.1 100 Continue\r\n\r\n"))
	return err == nil
}

// run sends the body. A client that fails ends the exchange; that an upstream
// takes no more may have a reason, which its answer tells: if it comes in time.
func (up *upload) run(p pump) {
	defer close(up.done)
	x := up.x
	err := p.sendAll(&x.body)
	up.cut = err != nil
	if err != nil && p.failed == nil {
		up.ours = err
		up.await(longAgo)
		return
	}
	up.await(time.Now().Add(x.s.cfg.Timeouts.Response))
}

// moment is how long an answer waits for the last write of its request's
// body, so that the client's connection can stay open.
const moment = 10 * time.Millisecond

// over reports whether all of the body was sent.
func (up *upload) over() bool {
	switch {
	case up.done == nil:
		return true
	case up.read.Load():
		select {
		case <-up.done:
		case <-time.After(moment):
		}
	}
	select {
	case <-up.done:
		return up.x.body.done
	default:
		return false
	}
}

// finish ends the upload, and reports whether it was whole.
func (up *upload) finish() bool {
	if up.done == nil {
		return true
	}
	if !up.over() {
		up.stop.Store(true)
		up.x.c.raw.SetReadDeadline(longAgo) //nolint:errcheck // it is closed already, then
		up.conn.SetWriteDeadline(longAgo)   //nolint:errcheck
		<-up.done
		up.x.c.in.until, up.conn.out.until = time.Time{}, time.Time{}
	}
	return up.x.body.done
}

// settle says whose fault it is that no answer came.
func (up *upload) settle(f *fault) *fault {
	if up.done == nil {
		return f
	}
	whole := up.finish()
	if !whole {
		up.x.again = false
	}
	if up.ours == nil || whole {
		return f
	}
	err := cutOff(up.ours)
	if isTimeout(err) {
		err = refuse(408, "the body took too long")
	}
	return &fault{phase: phaseSend, err: err, ours: true}
}
