package gateway

import (
	"errors"
	"io"
	"net"
	"strconv"
	"sync/atomic"
	"time"

	"mltop/internal/gateway/compress"
)

// A pump sends what was put together in a room, and then a body, each part as
// soon as it is there.
type pump struct {
	to      *outflow
	out     *room
	chunked bool // the body goes out in chunks
	write   time.Duration
	silence time.Duration // of where the body comes from
	sent    int64
	// failed is why writing failed: that is the fault of the receiving side.
	failed error
	began  bool // something was sent
	// stop is set by who waits for a pump to end, before the deadlines are.
	stop *atomic.Bool
	// read is set when the end of the body was read; may be nil.
	read *atomic.Bool
	tap  *tap              // may be nil
	enc  *compress.Encoder // nil: the body goes out as it is
}

func (p *pump) stopped() bool { return p.stop != nil && p.stop.Load() }

var errStopped = errors.New("stopped")

// flush sends what was put together.
func (p *pump) flush() error {
	if len(p.out.b) == 0 {
		return nil
	}
	if p.failed != nil {
		return p.failed
	}
	p.began = true
	p.failed = p.to.within(p.write)
	if p.failed == nil && p.stopped() {
		p.failed = errStopped
	}
	if p.failed == nil {
		_, p.failed = p.to.conn.Write(p.out.b)
	}
	p.out.b = p.out.b[:0]
	return p.failed
}

// sendAll sends a body behind what is in the room. It waits for the body's
// source only with nothing held back.
func (p *pump) sendAll(b *body) error {
	b.in.waits = p
	defer func() { b.in.waits = nil }()
	for {
		if cap(p.out.b)-len(p.out.b) < leastRoom {
			if err := p.flush(); err != nil {
				return err
			}
		}
		err := p.part(b)
		if errors.Is(err, io.EOF) {
			if p.read != nil {
				p.read.Store(true)
			}
			return p.flush()
		}
		if err != nil {
			return err
		}
	}
}

// await holds nothing back while the source is waited for.
func (p *pump) await(in *inflow) error {
	if err := p.emit(); err != nil {
		return err
	}
	err := in.within(p.silence)
	if err == nil && p.stopped() {
		err = errStopped
	}
	return err
}

// A chunk's first line takes at most chunkFront bytes; a part that is much
// smaller than a packet is not worth a read.
const (
	chunkFront = 10 // eight digits, CR LF
	chunkBack  = 2
	leastRoom  = 2 << 10
)

// part reads one part of the body into the room.
func (p *pump) part(b *body) error {
	if p.enc != nil {
		return p.encode(b)
	}
	// The room is emptied by wait: what is read must not lie behind what has
	// gone by then.
	held := len(p.out.b)
	front, back := 0, 0
	if p.chunked {
		front, back = chunkFront, chunkBack
	}
	space := p.out.b[held+front : cap(p.out.b)-back]
	n, err := b.next(space)
	if n > 0 {
		p.sent += int64(n)
		p.tap.take(space[:n])
		p.add(space[:n])
	}
	if errors.Is(err, io.EOF) {
		p.close()
	}
	return err
}

// encode reads one part of the body into the encoder.
func (p *pump) encode(b *body) error {
	room := p.enc.Room()
	n, err := b.next(room)
	if n > 0 {
		p.tap.take(room[:n])
		if _, failed := p.enc.Write(room[:n]); failed != nil {
			return failed
		}
	}
	if errors.Is(err, io.EOF) {
		p.close()
	}
	return err
}

// emit sends what there is, also what the encoder holds back.
func (p *pump) emit() error {
	if p.enc != nil && p.failed == nil {
		if err := p.enc.Flush(); err != nil {
			return err
		}
	}
	return p.flush()
}

// close ends the body.
func (p *pump) close() {
	if p.enc != nil && p.failed == nil {
		p.enc.Close() //nolint:errcheck // it writes to the room, and p.failed says it
	}
	if p.chunked {
		p.out.b = append(p.out.b, "0\r\n\r\n"...)
	}
}

// add puts a part behind what is held; it lies in the same room, further on.
func (p *pump) add(part []byte) {
	if !p.chunked {
		p.out.b = append(p.out.b, part...)
		return
	}
	p.out.b = strconv.AppendInt(p.out.b, int64(len(part)), 16)
	p.out.b = append(p.out.b, "\r\n"...)
	p.out.b = append(p.out.b, part...)
	p.out.b = append(p.out.b, "\r\n"...)
}

// put takes of a part what there is room for.
func (p *pump) put(part []byte) int {
	if p.enc == nil {
		n := p.place(part)
		p.tap.take(part[:n])
		return n
	}
	p.tap.take(part)
	if _, err := p.enc.Write(part); err != nil {
		return 0
	}
	return len(part)
}

// place puts of a part what there is room for behind what is held.
func (p *pump) place(part []byte) int {
	room := func() int {
		free := cap(p.out.b) - len(p.out.b)
		if p.chunked {
			free -= chunkFront + chunkBack
		}
		return free
	}
	if room() < min(leastRoom, len(part)) && p.flush() != nil {
		return 0
	}
	n := min(len(part), room())
	p.sent += int64(n)
	p.add(part[:n])
	return n
}

// wholePart is what goes out of a body that is here at once: a client that is
// slow has the whole time for each.
const wholePart = 256 << 10

// sendWhole sends a body that is here behind what is in the room; one that is
// long is not copied.
func (p *pump) sendWhole(body []byte) error {
	p.tap.take(body)
	if len(body) <= cap(p.out.b)-len(p.out.b) {
		p.sent += int64(len(body))
		p.out.b = append(p.out.b, body...)
		return p.flush()
	}
	head := p.out.b
	for p.failed == nil && len(body) > 0 {
		part := body[:min(len(body), wholePart)]
		body = body[len(part):]
		p.failed = p.to.within(p.write)
		if p.failed == nil {
			both := net.Buffers{head, part}
			_, p.failed = both.WriteTo(p.to.conn)
		}
		p.sent += int64(len(part))
		head = nil
	}
	p.out.b = p.out.b[:0]
	return p.failed
}
