package serverlog

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// MaxText is how much of a line, and of a statement, is kept: what a statement
// is shows in its beginning, and a load of a megabyte must not cost one.
const MaxText = 256 << 10

// readAtOnce is what is read at once.
const readAtOnce = 256 << 10

// Lines cuts what it reads into lines, and keeps what a half-written one has
// so far.
type Lines struct {
	half []byte
	buf  *bufio.Reader
}

// Read hands over the whole lines that there are; what is behind the last
// line's end waits. It answers how many bytes it took.
func (l *Lines) Read(r io.Reader, visit func([]byte)) (n int64, err error) {
	if l.buf == nil {
		l.buf = bufio.NewReaderSize(nil, readAtOnce)
	}
	l.buf.Reset(r)
	for {
		line, err := l.buf.ReadSlice('\n')
		n += int64(len(line))
		switch {
		case err == nil:
			l.whole(line, visit)
		case errors.Is(err, bufio.ErrBufferFull):
			l.keep(line)
		case errors.Is(err, io.EOF):
			l.keep(line)
			return n, nil
		default:
			return n, err
		}
	}
}

// Half is what there is of a line that has not ended.
func (l *Lines) Half() []byte { return l.half }

// Cut reports a line of which more came than is kept.
func Cut(line []byte) bool { return len(line) >= MaxText-2 } // it may end in the line's end, which is not handed over

// Forget drops the half line.
func (l *Lines) Forget() { l.half = l.half[:0] }

// keep adds a piece of a line that has not ended.
func (l *Lines) keep(piece []byte) {
	if room := MaxText - len(l.half); room > 0 {
		l.half = append(l.half, piece[:min(room, len(piece))]...)
	}
	if n := len(l.half); len(piece) > 1 && n == MaxText { // what ends a statement stands at its end
		copy(l.half[n-2:], piece[len(piece)-2:])
	}
}

func (l *Lines) whole(line []byte, visit func([]byte)) {
	if len(l.half) > 0 {
		l.keep(line)
		visit(withoutEnd(l.half))
		l.half = l.half[:0]
		return
	}
	visit(withoutEnd(line))
}

func withoutEnd(line []byte) []byte { return bytes.TrimRight(line, "\r\n") }
