package querylog

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

const (
	// tickBytes bounds what one call reads; the rest waits for the next.
	tickBytes = 8 << 20
	// maxLine: a longer line is dropped.
	maxLine = 1 << 20
)

// A tail reads whole lines that are appended to a file, over its being
// rotated, truncated, or gone for a while.
type tail struct {
	path    string
	file    *os.File
	offset  int64
	half    []byte // a line without its end
	skip    bool   // the line goes on that was too long
	tooLong int
	state   string
}

// open begins at the end of the file, or at its start.
func (t *tail) open(fromStart bool) error {
	f, err := os.Open(t.path)
	if err != nil {
		return err
	}
	t.close()
	t.file, t.offset, t.half, t.skip = f, 0, nil, false
	if fromStart {
		return nil
	}
	return t.seekEnd()
}

// seekEnd goes behind what is there; the line that may be half written there
// is not read.
func (t *tail) seekEnd() error {
	end, err := t.file.Seek(0, io.SeekEnd)
	if err != nil || end == 0 {
		return err
	}
	last := make([]byte, 1)
	_, err = t.file.ReadAt(last, end-1)
	t.offset, t.skip = end, last[0] != '\n'
	return err
}

func (t *tail) close() {
	if t.file != nil {
		t.file.Close()
		t.file = nil
	}
}

// lines calls visit for every whole line that is new. The lines are good
// until visit returns.
func (t *tail) lines(visit func([]byte)) error {
	t.state = "ok"
	if t.file == nil {
		if err := t.open(true); err != nil {
			return t.gone(err)
		}
	}
	left, err := t.drain(tickBytes, visit)
	if err != nil || left <= 0 {
		return err
	}
	return t.turned(left, visit)
}

// drain reads up to n bytes to the end of the file; a file shorter than what
// was read was truncated and is read anew.
func (t *tail) drain(n int64, visit func([]byte)) (left int64, err error) {
	info, err := t.file.Stat()
	if err != nil {
		return 0, err
	}
	if info.Size() < t.offset {
		t.offset, t.half, t.skip, t.state = 0, nil, false, "truncated"
	}
	buf := make([]byte, min(n, max(0, info.Size()-t.offset)))
	m, err := t.file.ReadAt(buf, t.offset)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	t.offset += int64(m)
	t.cut(buf[:m], visit)
	return n - int64(m), nil
}

// turned goes on in the file that has taken the path since, if one has.
func (t *tail) turned(left int64, visit func([]byte)) error {
	now, err := os.Stat(t.path)
	if err != nil {
		return t.gone(err)
	}
	mine, err := t.file.Stat()
	if err != nil || os.SameFile(now, mine) {
		return err
	}
	if err := t.open(true); err != nil {
		return t.gone(err)
	}
	t.state = "rotated"
	_, err = t.drain(left, visit)
	return err
}

// gone keeps the open file: it may be being rotated.
func (t *tail) gone(err error) error {
	t.state = "gone"
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return fmt.Errorf("read query log: %w", err)
}

func (t *tail) cut(b []byte, visit func([]byte)) {
	for {
		line, rest, whole := bytes.Cut(b, []byte("\n"))
		if !whole {
			t.keepHalf(line)
			return
		}
		b = rest
		switch {
		case t.skip:
			t.skip = false
		case len(t.half) > 0:
			t.half = append(t.half, line...)
			visit(t.half)
			t.half = t.half[:0]
		case len(line) > 0:
			visit(line)
		}
	}
}

func (t *tail) keepHalf(line []byte) {
	if t.skip {
		return
	}
	t.half = append(t.half, line...)
	if len(t.half) > maxLine {
		t.half, t.skip = nil, true
		t.tooLong++
	}
}
