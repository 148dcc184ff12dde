package gateway

import (
	"io"
	"net"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A quick is a TCP connection that reads and writes without telling the
// scheduler: no such call waits. Telling costs more than it seems. Where a
// thread loses its processor within the call, the runtime's watcher takes its
// turn away, wakes another thread for it, and looks every 20 µs from then on.
// One goroutine at a time reads, and one writes.
type quick struct {
	*net.TCPConn
	raw             syscall.RawConn
	reads, writes   transfer
	asks            transfer // the request that the next Read sends
	readFD, writeFD func(fd uintptr) bool
	askFD           func(fd uintptr) bool
	lookFD          func(fd uintptr)
	unasked         [1]byte
	quiet           bool
}

// A transfer is one read or write on its way.
type transfer struct {
	p   []byte
	n   int
	err syscall.Errno
}

// mostQuick is what is read or written so: more goes by a call that the
// scheduler knows of, as copying it takes its time: 8 MB took 3 ms.
const mostQuick = 64 << 10

// quicken makes a connection quick that can be.
func quicken(c net.Conn) net.Conn {
	t, ok := c.(*net.TCPConn)
	if !ok {
		return c
	}
	raw, err := t.SyscallConn()
	if err != nil {
		return c // it is closed: reading will tell
	}
	q := &quick{TCPConn: t, raw: raw}
	q.readFD, q.writeFD, q.askFD, q.lookFD = q.read, q.write, q.ask, q.look
	return q
}

// Read is that of a net.Conn.
func (q *quick) Read(p []byte) (int, error) {
	switch {
	case len(p) == 0 || len(p) > mostQuick:
		return q.TCPConn.Read(p)
	case q.asks.p != nil:
		return q.readAsking(p)
	}
	q.reads = transfer{p: p}
	return q.hasRead(q.raw.Read(q.readFD))
}

// hasRead is what came of a read.
func (q *quick) hasRead(err error) (int, error) {
	n, errno := q.reads.n, q.reads.err
	q.reads = transfer{}
	switch {
	case err != nil:
		return 0, err
	case errno != 0:
		return 0, q.failed("read", errno)
	case n == 0:
		return 0, io.EOF
	}
	return n, nil
}

func (q *quick) read(fd uintptr) bool {
	r := &q.reads
	r.n, r.err = quickRead(fd, r.p)
	return r.err != syscall.EAGAIN
}

// isQuiet reports whether it is open, and nothing is there to be read. Where
// something is, the connection is of no use any more. No deadline matters.
func (q *quick) isQuiet() bool {
	q.quiet = false
	return q.raw.Control(q.lookFD) == nil && q.quiet
}

func (q *quick) look(fd uintptr) {
	_, err := quickRead(fd, q.unasked[:])
	q.quiet = err == syscall.EAGAIN
}

// Write is that of a net.Conn.
func (q *quick) Write(p []byte) (int, error) {
	if len(p) == 0 || len(p) > mostQuick {
		return q.TCPConn.Write(p)
	}
	q.writes = transfer{p: p}
	err := q.raw.Write(q.writeFD)
	n, errno := q.writes.n, q.writes.err
	q.writes = transfer{}
	if err == nil && errno != 0 {
		err = q.failed("write", errno)
	}
	return n, err
}

// write goes on until all is written; false: there is no room now.
func (q *quick) write(fd uintptr) bool {
	w := &q.writes
	for {
		n, err := quickCall(unix.SYS_SENDTO, fd, w.p[w.n:], unix.MSG_NOSIGNAL)
		w.n += n
		if w.err = err; err == syscall.EAGAIN {
			return false
		}
		if err != 0 || w.n == len(w.p) {
			return true
		}
	}
}

// failed is an error as net has it.
func (q *quick) failed(op string, err syscall.Errno) error {
	return &net.OpError{Op: op, Net: "tcp", Source: q.LocalAddr(), Addr: q.RemoteAddr(), Err: os.NewSyscallError(op, err)}
}

func quickRead(fd uintptr, p []byte) (int, syscall.Errno) {
	return quickCall(unix.SYS_RECVFROM, fd, p, 0)
}

// quickCall receives from a socket that does not wait, or sends. For read and
// write, which are for files too, the kernel does more: a twentieth of all that a
// request takes.
func quickCall(call, fd uintptr, p []byte, flags uintptr) (int, syscall.Errno) {
	for {
		n, _, err := syscall.RawSyscall6(call, fd, uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)), flags, 0, 0)
		switch {
		case err == 0:
			return int(n), 0
		case err != syscall.EINTR:
			return 0, err
		}
	}
}
