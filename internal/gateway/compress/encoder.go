package compress

import (
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// An Encoder compresses one body.
type Encoder struct {
	coding Coding
	to     io.Writer
	via    writer
	room   []byte
	held   bool  // something was written that may not have gone on yet
	Read   int64 // bytes that it was given
	Wrote  int64 // bytes that it made of them
}

// A writer is what the codings' encoders have in common.
type writer interface {
	io.WriteCloser
	Flush() error
	Reset(io.Writer)
}

// Encoders are used again: one takes up to a megabyte.
type Encoders struct{ gzip, zstd sync.Pool }

// What an encoder holds. Browsers refuse windows of zstd above 8 MB; one of
// 256 KB loses little on what pages are made of.
const (
	roomSize   = 16 << 10
	gzipLevel  = 5 // nginx' and Caddy's; above 6 the time grows faster than the gain
	zstdWindow = 256 << 10
)

// Get is an encoder that writes to a place.
func (p *Encoders) Get(c Coding, to io.Writer) (*Encoder, error) {
	pool := p.of(c)
	e, ok := pool.Get().(*Encoder)
	if !ok {
		via, err := newWriter(c)
		if err != nil {
			return nil, fmt.Errorf("make an encoder for %s: %w", c, err)
		}
		e = &Encoder{coding: c, via: via, room: make([]byte, roomSize)}
	}
	e.to, e.held, e.Read, e.Wrote = to, false, 0, 0
	e.via.Reset(counted{e})
	return e, nil
}

func newWriter(c Coding) (writer, error) {
	if c == Zstd {
		return zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(zstdWindow), zstd.WithLowerEncoderMem(true), zstd.WithEncoderLevel(zstd.SpeedDefault))
	}
	return gzip.NewWriterLevel(io.Discard, gzipLevel)
}

func (p *Encoders) of(c Coding) *sync.Pool {
	if c == Zstd {
		return &p.zstd
	}
	return &p.gzip
}

// Put gives an encoder back; whether it was closed does not matter.
func (p *Encoders) Put(e *Encoder) {
	e.to = io.Discard
	e.via.Reset(io.Discard)
	p.of(e.coding).Put(e)
}

// Coding is what it writes.
func (e *Encoder) Coding() Coding { return e.coding }

// Room is where a part may be read to before it is written.
func (e *Encoder) Room() []byte { return e.room }

// Write takes a part in.
func (e *Encoder) Write(b []byte) (int, error) {
	e.held = true
	e.Read += int64(len(b))
	return e.via.Write(b)
}

// Flush lets out all that can be read of what was written.
func (e *Encoder) Flush() error {
	if !e.held {
		return nil
	}
	e.held = false
	return e.via.Flush()
}

// Close ends the body.
func (e *Encoder) Close() error {
	e.held = false
	return e.via.Close()
}

// counted counts what an encoder lets out.
type counted struct{ e *Encoder }

func (c counted) Write(b []byte) (int, error) {
	n, err := c.e.to.Write(b)
	c.e.Wrote += int64(n)
	return n, err
}
