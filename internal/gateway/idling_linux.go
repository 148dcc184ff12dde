package gateway

import (
	"errors"
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
	n, err := syscall.Read(int(fd), b[:])
	for errors.Is(err, syscall.EINTR) {
		n, err = syscall.Read(int(fd), b[:])
	}
	if err == syscall.EAGAIN { //nolint:errorlint // an Errno as it comes
		i.buffers.Put(b)
		return false
	}
	if i.err = err; n <= 0 && err == nil {
		i.err = io.EOF
	}
	i.in.buf, i.in.w = b[:], max(n, 0)
	return true
}
