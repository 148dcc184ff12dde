package loadtest

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
)

// A bodyReader reads one body past, and keeps its beginning.
type bodyReader struct {
	r    *bufio.Reader
	keep int // bytes that are kept
	kept []byte
	n    int64 // bytes that were read
}

// read reads a body of so many bytes: -1 is chunked, -2 all until the end of
// the connection, as fasthttp has it.
func (b *bodyReader) read(length int) error {
	switch {
	case length >= 0:
		return b.take(int64(length))
	case length == -1:
		return b.chunks()
	}
	return b.rest()
}

// take reads n bytes.
func (b *bodyReader) take(n int64) error {
	if room := min(int64(b.keep-len(b.kept)), n); room > 0 {
		at := len(b.kept)
		b.kept = append(b.kept, make([]byte, room)...)
		got, err := io.ReadFull(b.r, b.kept[at:])
		b.kept = b.kept[:at+got]
		b.n, n = b.n+int64(got), n-int64(got)
		if err != nil {
			return cutShort(err)
		}
	}
	for n > 0 {
		got, err := b.r.Discard(int(min(n, 1<<30)))
		b.n, n = b.n+int64(got), n-int64(got)
		if err != nil {
			return cutShort(err)
		}
	}
	return nil
}

// cutShort: the end of a connection within a body is unexpected.
func cutShort(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

var errChunk = &fault{kindProtocol, "the body is not in chunks, though the head says so"}

// chunks reads a body of RFC 9112, 7.1.
func (b *bodyReader) chunks() error {
	for {
		n, err := b.chunkSize()
		if err != nil {
			return err
		}
		if n == 0 {
			return b.trailer()
		}
		if err := b.take(n); err != nil {
			return err
		}
		if line, err := b.line(); err != nil || len(line) > 0 {
			return or(err, errChunk)
		}
	}
}

func (b *bodyReader) chunkSize() (int64, error) {
	line, err := b.line()
	if err != nil {
		return 0, err
	}
	size, _, _ := bytes.Cut(line, []byte(";"))
	n, err := strconv.ParseInt(string(bytes.TrimSpace(size)), 16, 63)
	if err != nil || n < 0 {
		return 0, errChunk
	}
	return n, nil
}

func (b *bodyReader) trailer() error {
	for {
		line, err := b.line()
		if err != nil || len(line) == 0 {
			return err
		}
	}
}

// line is one line without its end; one that is longer than the reader's room
// is no line.
func (b *bodyReader) line() ([]byte, error) {
	line, err := b.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return nil, errChunk
	}
	if err != nil {
		return nil, cutShort(err)
	}
	return bytes.TrimRight(line, "\r\n"), nil
}

// rest reads until the connection ends.
func (b *bodyReader) rest() error {
	for {
		if _, err := b.r.Peek(1); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		if err := b.take(int64(b.r.Buffered())); err != nil {
			return err
		}
	}
}

func or(err, other error) error {
	if err != nil {
		return err
	}
	return other
}
