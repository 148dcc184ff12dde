package gateway

import (
	"net"
	"sync"
	"syscall"
)

// An idler waits for the first bytes of a message without a buffer: of ten
// thousand connections that wait, each would hold a page.
type idler struct {
	in      *inflow
	buffers *sync.Pool      // of *[inflowRoom]byte
	raw     syscall.RawConn // nil: it is not the bare connection, or not of a system that lets it be read so
	take    func(fd uintptr) bool
	err     error
}

// idles has the buffers come from a pool, and go back while nothing comes.
func (f *inflow) idles(conn net.Conn, buffers *sync.Pool) {
	i := &idler{in: f, buffers: buffers, raw: rawOf(conn)}
	i.take = i.arrived
	f.idler = i
}

// room lends a buffer.
func (i *idler) room() *[inflowRoom]byte {
	if b, ok := i.buffers.Get().(*[inflowRoom]byte); ok {
		return b
	}
	return new([inflowRoom]byte)
}

// rest gives the buffer back. Nothing may point into it any more.
func (f *inflow) rest() {
	f.r, f.w = 0, 0
	if len(f.buf) == inflowRoom {
		f.idler.buffers.Put((*[inflowRoom]byte)(f.buf))
	}
	f.buf = nil
}

// fill waits for the first bytes of the next message, behind rest.
func (f *inflow) fill() error {
	i := f.idler
	if i.raw != nil {
		if err := i.raw.Read(i.take); err != nil {
			return err
		}
		return i.err
	}
	var first [1]byte
	if _, err := f.read(first[:]); err != nil {
		return err
	}
	b := i.room()
	b[0] = first[0]
	f.buf, f.w = b[:], 1
	return nil
}
