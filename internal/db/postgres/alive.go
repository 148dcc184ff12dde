package postgres

import (
	"context"
	"errors"
	"net"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
	"golang.org/x/sys/unix"
)

// A connection that rested for longer may have been forgotten on its way,
// which no look at the socket shows.
const (
	trusted = time.Second // as the driver does
	rested  = 10 * time.Second
)

// doubtful reports that a connection is to be asked whether it lives. Between
// ticks the look at its socket tells as much as an answer of the server, which
// takes its time and ours: whoever went away has closed it.
func doubtful(_ context.Context, p stdlib.ShouldPingParams) bool {
	return p.IdleDuration > rested || p.IdleDuration > trusted && !quiet(p.Conn.PgConn().Conn())
}

// quiet reports that nothing has come on a connection: no end, and no word that
// nobody asked for. What cannot be looked at is not.
func quiet(c net.Conn) bool {
	if t, ok := c.(interface{ NetConn() net.Conn }); ok { // of TLS
		c = t.NetConn()
	}
	s, ok := c.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return false
	}
	nothing := false
	err = raw.Read(func(fd uintptr) bool {
		_, _, err := unix.Recvfrom(int(fd), make([]byte, 1), unix.MSG_PEEK|unix.MSG_DONTWAIT)
		nothing = errors.Is(err, unix.EAGAIN)
		return true // there is nothing to wait for
	})
	return nothing && err == nil
}
