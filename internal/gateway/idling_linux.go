package gateway

import (
	"io"
	"net"
	"syscall"
)

// rawOf is a connection as it can be read without a buffer in hand; nil for
// one that has a layer of its own, such as TLS.
func rawOf(conn net.Conn) syscall.RawConn {
	c, ok := conn.(syscall.Conn)
	if !ok {
		return nil
	}
	raw, err := c.SyscallConn()
	if err != nil {
		return nil // it is closed: reading will tell
	}
	return raw
}

// arrived takes what is there; false: nothing is.
func (i *idler) arrived(fd uintptr) bool {
	b := i.room()
	n, err := quickRead(fd, b[:])
	if err == syscall.EAGAIN {
		i.buffers.Put(b)
		return false
	}
	switch i.err = nil; {
	case err != 0:
		i.err = err
	case n == 0:
		i.err = io.EOF
	}
	i.in.buf, i.in.w = b[:], n
	return true
}
