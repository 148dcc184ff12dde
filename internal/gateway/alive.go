package gateway

import (
	"crypto/tls"
	"errors"
	"net"
	"syscall"
)

// errUnasked: before anything was asked the connection had ended, or something
// had come on it, which would be taken for the answer.
var errUnasked = errors.New("the idle connection was closed, or had something to say")

// unasked: the request goes out on another connection.
func unasked() *fault { return &fault{phase: phaseSend, err: errUnasked, unsent: true} }

// mayServe looks, without waiting, whether an idle connection is open and
// nothing has come on it: what came unasked would be taken for the answer to
// the next request. Where something has, the connection is of no use any more.
func (c *upconn) mayServe() bool {
	t, ok := c.Conn.(*tls.Conn)
	if !ok {
		return isQuiet(c.Conn)
	}
	return c.isDrained(t) && isQuiet(t.NetConn())
}

// isDrained reports whether TLS holds nothing back that it has received: with a
// deadline that is over it reads of that alone.
func (c *upconn) isDrained(t *tls.Conn) bool {
	if c.in.readBy(longAgo) != nil {
		return false
	}
	n, err := t.Read(c.spare[:])
	return n == 0 && isTimeout(err)
}

// isQuiet reports whether a connection is open, and nothing is there to be read.
func isQuiet(c net.Conn) bool {
	if q, ok := c.(interface{ isQuiet() bool }); ok {
		return q.isQuiet()
	}
	s, ok := c.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return false // it is closed
	}
	quiet := false
	err = raw.Control(func(fd uintptr) {
		var unasked [1]byte
		_, _, err := syscall.Recvfrom(int(fd), unasked[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		quiet = errors.Is(err, syscall.EAGAIN)
	})
	return err == nil && quiet
}
