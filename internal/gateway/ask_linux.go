package gateway

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// askWithRead has the next Read send a request before it waits; false: it has
// to be written. The request stays as it is until then.
//
// Between the write and the wait nothing is read, which saves a read of nothing
// for each request: the poller is made ready before, so that it tells of all
// that comes behind the look for what is unasked.
func askWithRead(c net.Conn, request []byte) bool {
	q, ok := c.(*quick)
	if !ok || len(request) > mostQuick {
		return false
	}
	q.asks = transfer{p: request}
	return true
}

// ask sends the request at first. true: there is something to return.
func (q *quick) ask(fd uintptr) bool {
	a := &q.asks
	if a.p == nil {
		return q.read(fd)
	}
	if q.look(fd); !q.quiet {
		return true
	}
	a.n, a.err = quickCall(unix.SYS_SENDTO, fd, a.p, unix.MSG_NOSIGNAL)
	if a.err == 0 && a.n == len(a.p) {
		a.p = nil
	}
	return a.p != nil
}

// readAsking is the Read that asks.
func (q *quick) readAsking(p []byte) (int, error) {
	q.reads, q.quiet = transfer{p: p}, false
	err := q.raw.Read(q.askFD)
	a := q.asks
	q.asks = transfer{}
	switch {
	case err != nil || a.p == nil:
		return q.hasRead(err)
	case !q.quiet:
		return 0, errUnasked
	case a.err != 0 && a.err != syscall.EAGAIN:
		return 0, q.failed("write", a.err)
	}
	if _, err := q.Write(a.p[a.n:]); err != nil { // there was no room for all of it
		return 0, err
	}
	return q.Read(p)
}
