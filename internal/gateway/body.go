package gateway

import (
	"errors"
	"io"
)

// A body reads the body of one message, and nothing beyond its end.
type body struct {
	in      *inflow
	kind    bodyKind
	left    int64 // of the length, or of this chunk
	inChunk bool  // its CR LF is still to come
	done    bool  // the end was read
	limit   int64 // 0: none
	total   int64
}

func requestBody(in *inflow, f framing, limit int64) body {
	switch {
	case f.chunked:
		return body{in: in, kind: bodyChunked, limit: limit}
	case f.length > 0:
		return body{in: in, kind: bodyLength, left: f.length, limit: limit}
	}
	return body{in: in, done: true}
}

func responseBody(in *inflow, h *responseHead, method []byte) body {
	b := body{in: in, kind: h.body(method)}
	b.done = b.kind == bodyNone
	if b.kind == bodyLength {
		b.left = h.length
	}
	return b
}

var errBodyTooLong = &refusal{413, "the body is too long"}

// next reads a part of the body into p. At its end, and not before all of it
// was read, the error is io.EOF.
func (b *body) next(p []byte) (n int, err error) {
	if b.done {
		return 0, io.EOF
	}
	switch b.kind {
	case bodyLength:
		n, err = b.counted(p)
		b.done = err == nil && b.left == 0
	case bodyChunked:
		n, err = b.chunk(p)
	default:
		n, err = b.in.Read(p)
		b.done = errors.Is(err, io.EOF)
	}
	b.total += int64(n)
	if b.limit > 0 && b.total > b.limit {
		return 0, errBodyTooLong
	}
	return n, err
}

// counted reads of what is left; an end before that is none.
func (b *body) counted(p []byte) (int, error) {
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.in.Read(p)
	b.left -= int64(n)
	return n, cutOff(err)
}

func cutOff(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func (b *body) chunk(p []byte) (int, error) {
	if b.left == 0 {
		last, err := b.nextChunk()
		if err != nil {
			return 0, cutOff(err)
		}
		if last {
			b.done = true
			return 0, io.EOF
		}
	}
	return b.counted(p)
}

// nextChunk reads up to the data of the next chunk. Extensions and trailers
// are read and not passed on.
func (b *body) nextChunk() (last bool, err error) {
	if b.inChunk {
		line, err := b.in.line(2)
		if err != nil {
			return false, err
		}
		if len(line) > 0 {
			return false, refuse(400, "a chunk is longer than it says")
		}
	}
	line, err := b.in.line(maxChunkLine)
	if err != nil {
		return false, err
	}
	size, err := chunkSize(line)
	if err != nil {
		return false, err
	}
	b.left, b.inChunk = size, true
	if size == 0 {
		return true, b.trailers()
	}
	return false, nil
}

// maxChunkLine is room for an extension that nobody sends.
const maxChunkLine = 256

// maxChunkDigits: sixteen could be negative in 64 bits.
const maxChunkDigits = 15

// chunkSize reads HEX [;EXTENSION].
func chunkSize(line []byte) (int64, error) {
	var size int64
	i := 0
	for ; i < len(line); i++ {
		d, ok := unhex(line[i])
		if !ok {
			break
		}
		size = size<<4 | int64(d)
	}
	if i == 0 || i > maxChunkDigits {
		return 0, refuse(400, "a chunk's size is no number")
	}
	if i < len(line) && line[i] != ';' {
		return 0, refuse(400, "a chunk's size is followed by something else")
	}
	for _, c := range line[i:] {
		if c < ' ' && c != '\t' || c == 0x7f {
			return 0, refuse(400, "a chunk's extension holds a control character")
		}
	}
	return size, nil
}

// maxTrailers bounds what comes behind a body.
const maxTrailers = 32

func (b *body) trailers() error {
	for range maxTrailers {
		line, err := b.in.line(inflowRoom)
		if err != nil {
			return err
		}
		if len(line) == 0 {
			return nil
		}
		if _, err := parseField(line); err != nil {
			return err
		}
	}
	return refuse(431, "there are more than %d trailers", maxTrailers)
}
