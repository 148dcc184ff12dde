package rowlog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"sync/atomic"
	"syscall"
)

// A spill is the file that keeps blocks while the database is away: frames of
// a length, a checksum and a block, one behind the other. It is emptied when
// its last block was written. One process has it at a time.
type spill struct {
	path  string
	file  *os.File
	most  int64
	read  int64        // where the oldest block begins that is not yet written
	end   atomic.Int64 // of the last whole frame
	rows  atomic.Int64 // not yet written
	frame []byte
}

// frameFront is a length and a checksum; mostFrame: what is longer is no
// frame, but what a crash left.
const (
	frameFront = 8
	mostFrame  = 1 << 30
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var (
	errSpillFull = errors.New("the spill file is as long as it may get")
	errSpillHeld = errors.New("another gateway has it")
)

// openSpill opens the file or makes it. A frame that was cut at its end is
// cut off.
func openSpill(path string, most int64) (*spill, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the spill file: %w", err)
	}
	if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) != nil {
		f.Close()
		return nil, fmt.Errorf("open the spill file %s: %w", path, errSpillHeld)
	}
	s := &spill{path: path, file: f, most: most}
	if err := s.scan(); err != nil {
		f.Close()
		return nil, fmt.Errorf("read the spill file %s: %w", path, err)
	}
	return s, nil
}

// scan finds the end of the last whole frame, and what there is to write.
func (s *spill) scan() error {
	for at := int64(0); ; {
		b, n, err := s.at(at)
		switch {
		case errors.Is(err, errBlock): // its frame is whole: next passes over it
		case errors.Is(err, io.ErrUnexpectedEOF):
			s.end.Store(at)
			return s.file.Truncate(at)
		case err != nil:
			return err
		}
		at += n
		s.rows.Add(int64(len(b.rows)))
	}
}

// at reads the frame at an offset, and says how long it is. An end of the
// file within it, or a checksum that is wrong, is io.ErrUnexpectedEOF.
func (s *spill) at(at int64) (block, int64, error) {
	var front [frameFront]byte
	if _, err := s.file.ReadAt(front[:], at); err != nil {
		return block{}, 0, cutOff(err)
	}
	n := int64(binary.LittleEndian.Uint32(front[:]))
	if n == 0 || n > mostFrame {
		return block{}, 0, io.ErrUnexpectedEOF
	}
	text := make([]byte, n)
	if _, err := s.file.ReadAt(text, at+frameFront); err != nil {
		return block{}, 0, cutOff(err)
	}
	if crc32.Checksum(text, castagnoli) != binary.LittleEndian.Uint32(front[4:]) {
		return block{}, 0, io.ErrUnexpectedEOF
	}
	b, err := parseBlock(string(text))
	return b, frameFront + n, err
}

func cutOff(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

func (s *spill) empty() bool { return s.read == s.end.Load() }

// add appends a block. With an error the file is as it was.
func (s *spill) add(b *block) error {
	s.frame = b.append(append(s.frame[:0], make([]byte, frameFront)...))
	binary.LittleEndian.PutUint32(s.frame, uint32(len(s.frame)-frameFront))
	binary.LittleEndian.PutUint32(s.frame[4:], crc32.Checksum(s.frame[frameFront:], castagnoli))
	end := s.end.Load()
	if end+int64(len(s.frame)) > s.most {
		return errSpillFull
	}
	if _, err := s.file.WriteAt(s.frame, end); err != nil {
		// What is behind the end is cut off now, or when it is opened again.
		return errors.Join(fmt.Errorf("write to the spill file: %w", err), s.file.Truncate(end))
	}
	s.end.Add(int64(len(s.frame)))
	s.rows.Add(int64(len(b.rows)))
	return nil
}

// next is the oldest block and what to tell done; false: there is none.
func (s *spill) next() (b block, size int64, ok bool, err error) {
	for !s.empty() {
		b, size, err = s.at(s.read)
		if errors.Is(err, errBlock) {
			s.read += size // whole, and yet not of this format
			continue
		}
		if err != nil {
			return block{}, 0, false, fmt.Errorf("read the spill file: %w", err)
		}
		return b, size, true, nil
	}
	return block{}, 0, false, nil
}

// done passes over the block that next answered. With the last one the file
// is emptied.
func (s *spill) done(b *block, size int64) error {
	s.read += size
	s.rows.Add(-int64(len(b.rows)))
	if !s.empty() {
		return nil
	}
	if err := s.file.Truncate(0); err != nil {
		return fmt.Errorf("empty the spill file: %w", err)
	}
	s.read = 0
	s.end.Store(0)
	return nil
}

// close leaves the file only if there is something in it.
func (s *spill) close() error {
	if s.empty() {
		return errors.Join(os.Remove(s.path), s.file.Close())
	}
	return errors.Join(s.file.Sync(), s.file.Close())
}
