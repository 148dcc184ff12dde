package gateway

import (
	"bytes"
	"errors"
	"net"
	"time"
)

// An inflow reads a connection. What head answers stays as it is until the
// body is read or head is called again.
type inflow struct {
	conn  net.Conn
	until time.Time // the deadline that is in force; the zero time: it is not known
	buf   []byte
	r, w  int     // what is in buf and not yet taken
	waits awaiter // nil: nobody
	idler *idler  // of clients; nil: the buffer stays
}

// An awaiter is told before every read that may take long: it sends off what was
// put together so far, and says until when.
type awaiter interface{ await(*inflow) error }

// Most heads fit in the first; a page is what an idle connection may cost.
const inflowRoom = 4 << 10

var (
	errHeadTooLong = &refusal{431, "the head is too long"}
	errLineTooLong = &refusal{400, "a chunk's first line is too long"}
	errBareLF      = &refusal{400, "a line ends in LF without CR"}
)

// waiting reports whether something was received and not yet taken.
func (f *inflow) waiting() bool { return f.r < f.w }

// pending is what was received and not yet taken.
func (f *inflow) pending() []byte { return f.buf[f.r:f.w] }

// receive reads into the room that is left.
func (f *inflow) receive() error {
	n, err := f.read(f.buf[f.w:])
	f.w += n
	return err
}

var errNothingRead = errors.New("nothing was read")

// read waits for at least one byte.
func (f *inflow) read(p []byte) (int, error) {
	if f.waits != nil {
		if err := f.waits.await(f); err != nil {
			return 0, err
		}
	}
	n, err := f.conn.Read(p)
	switch {
	case n > 0:
		return n, nil
	case err == nil:
		return 0, errNothingRead
	}
	return 0, err
}

// head reads as far as the empty line, and answers all of it. Every line has
// to end in CR LF. Where it is not all here the rest has to come within wait;
// 0: by the deadline that is in force.
func (f *inflow) head(limit int, wait time.Duration) ([]byte, error) {
	f.compact()
	line, at := 0, 0 // where the line begins; how far it was searched
	for {
		for {
			i := bytes.IndexByte(f.buf[at:f.w], '\n')
			if i < 0 {
				at = f.w
				break
			}
			end := at + i
			if end == 0 || f.buf[end-1] != '\r' {
				return nil, errBareLF
			}
			at = end + 1
			if end-1 == line && line > 0 {
				f.r = at
				return f.buf[:at], nil
			}
			line = at
			if at > limit {
				return nil, errHeadTooLong
			}
		}
		if f.w >= limit {
			return nil, errHeadTooLong
		}
		if wait > 0 {
			if err := f.readBy(time.Now().Add(wait)); err != nil {
				return nil, err
			}
			wait = 0
		}
		if err := f.more(limit); err != nil {
			return nil, err
		}
	}
}

// compact moves what is left to the front, for a head in one piece.
func (f *inflow) compact() {
	if f.r > 0 {
		f.w = copy(f.buf, f.buf[f.r:f.w])
		f.r = 0
	}
	if cap(f.buf) > inflowRoom && f.w <= inflowRoom {
		f.buf = append(make([]byte, 0, inflowRoom), f.buf[:f.w]...)[:inflowRoom]
	}
}

// more reads on, into a longer buffer where this one is full.
func (f *inflow) more(limit int) error {
	if f.w == len(f.buf) {
		next := make([]byte, min(max(2*len(f.buf), inflowRoom), max(limit, inflowRoom)))
		copy(next, f.buf[:f.w])
		f.buf = next
	}
	return f.receive()
}

// line reads as far as CR LF, which is left out.
func (f *inflow) line(limit int) ([]byte, error) {
	for at := 0; ; {
		if i := bytes.IndexByte(f.buf[f.r+at:f.w], '\n'); i >= 0 {
			line := f.buf[f.r : f.r+at+i]
			f.r += at + i + 1
			if len(line) == 0 || line[len(line)-1] != '\r' {
				return nil, errBareLF
			}
			return line[:len(line)-1], nil
		}
		if at = f.w - f.r; at >= limit {
			return nil, errLineTooLong
		}
		f.compact()
		if err := f.more(limit + 2); err != nil {
			return nil, err
		}
	}
}

// Read takes what is there first: of a body, into the room of another.
func (f *inflow) Read(p []byte) (int, error) {
	if f.r < f.w {
		n := copy(p, f.buf[f.r:f.w])
		f.r += n
		return n, nil
	}
	return f.read(p)
}

// A room is a buffer that requests and bodies are put together in.
type room struct{ b []byte }

// roomSize takes nearly all answers whole. Rooms that grew beyond roomMost are
// not kept: one large head must not stay in memory.
const (
	roomSize = 16 << 10
	roomMost = 64 << 10
)
