package serverlog

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
)

const (
	// maxPast is how much of a log that is there already is read at the first
	// look: a fraction of a second's work.
	maxPast = 16 << 20
	// knownBefore is how much of what was read last is known again: a file that
	// was emptied and has grown beyond that place holds something else there.
	knownBefore = 64
)

// A tail follows a file, over its being turned: another one in its place, or
// emptied. The file stays open, so that nothing is lost of one that is moved
// away between two looks.
type tail struct {
	path   string
	parser Parser
	lines  Lines
	file   *os.File // nil: not read yet
	offset int64
	before []byte // what stands directly before offset
}

// read takes what was written since the last look.
func (t *tail) read() error {
	if t.file == nil {
		return t.first()
	}
	turned, err := t.turned()
	if err != nil {
		return err
	}
	if err := t.drain(); err != nil || !turned {
		return err
	}
	return t.next()
}

// first begins with the last part of the file.
func (t *tail) first() error {
	f, size, err := openLog(t.path)
	if err != nil {
		return err
	}
	t.begin(f, max(0, size-maxPast))
	return t.drain()
}

// next goes on in the file that is in the place of the one before.
func (t *tail) next() error {
	f, _, err := openLog(t.path)
	if err != nil {
		return err
	}
	t.begin(f, 0)
	return t.drain()
}

// openLog opens a file; a pipe would keep us waiting.
func openLog(path string) (*os.File, int64, error) {
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is no file")
	}
	if err != nil {
		return nil, 0, err
	}
	f, err := os.Open(path)
	return f, info.Size(), err
}

// begin reads a file from a place on. Of the line that a place other than the
// beginning may be in nothing is known.
func (t *tail) begin(f *os.File, at int64) {
	t.close()
	t.file, t.offset, t.before = f, at, t.before[:0]
	t.lines.Forget()
	t.parser.Begin(at > 0)
}

func (t *tail) close() {
	if t.file != nil {
		t.file.Close()
		t.file = nil
	}
}

// turned reports that another file is in the place of ours. One that is gone
// is being turned: ours is read to its end until there is another.
func (t *tail) turned() (bool, error) {
	now, err := os.Stat(t.path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	mine, err := t.file.Stat()
	return err == nil && !os.SameFile(now, mine), err
}

// drain reads to the end of the file, or from its beginning where it was
// emptied.
func (t *tail) drain() error {
	info, err := t.file.Stat()
	if err != nil {
		return err
	}
	if info.Size() < t.offset || !t.sameBefore() {
		t.offset = 0
		t.lines.Forget()
		t.parser.Begin(false)
	}
	return t.take(io.NewSectionReader(t.file, t.offset, info.Size()-t.offset))
}

// take reads on in r, which begins where the tail is.
func (t *tail) take(r io.Reader) error {
	n, err := t.lines.Read(r, t.parser.Line)
	t.offset += n
	if err != nil {
		return err
	}
	t.parser.Idle(t.lines.Half())
	if n > 0 {
		t.before, err = t.behind()
	}
	return err
}

// behind is what stands directly before the place where the tail is.
func (t *tail) behind() ([]byte, error) {
	b := make([]byte, min(knownBefore, t.offset))
	_, err := t.file.ReadAt(b, t.offset-int64(len(b)))
	if errors.Is(err, io.EOF) { // it was emptied meanwhile, which the next look finds
		err = nil
	}
	return b, err
}

func (t *tail) sameBefore() bool {
	if len(t.before) == 0 {
		return true
	}
	now, err := t.behind()
	return err != nil || bytes.Equal(now, t.before)
}
