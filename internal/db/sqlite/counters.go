package sqlite

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// A rawRequest asks the child for bytes of the file. Reading them here would
// drop the locks of this process's own SQLite connections: POSIX locks go
// when any descriptor of the file is closed.
type rawRequest struct {
	CopyTo string `json:"copy_to,omitempty"` // copy the database (and its WAL) there
	Limit  int64  `json:"limit,omitempty"`   // of the copy's bytes
}

// A rawAnswer is what the child read. Parts that are not there are nil.
type rawAnswer struct {
	Header []byte `json:"header,omitempty"`
	Index  []byte `json:"index,omitempty"` // the head of -shm
	// IndexID tells one -shm file from the one that takes its place.
	IndexID string `json:"index_id,omitempty"`
	TooBig  int64  `json:"too_big,omitempty"` // the bytes that a copy would need
	Error   string `json:"error,omitempty"`
}

// ServeCounters is the main loop of the child: a line with a request comes
// in, a line with an answer goes out. It opens the files anew each time, so
// that a replaced file is noticed, and ends when in does.
func ServeCounters(in io.Reader, out io.Writer, path string) error {
	lines := bufio.NewScanner(in)
	answers := json.NewEncoder(out)
	for lines.Scan() {
		var q rawRequest
		if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
			return fmt.Errorf("read a request: %w", err)
		}
		if err := answers.Encode(answerRaw(path, q)); err != nil {
			return fmt.Errorf("write an answer: %w", err)
		}
	}
	return lines.Err()
}

func answerRaw(path string, q rawRequest) rawAnswer {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return rawAnswer{Error: err.Error()}
	}
	if q.CopyTo != "" {
		return copyRaw(real, q)
	}
	a := rawAnswer{}
	if a.Header, _, err = head(real, headerSize); err != nil {
		a.Error = err.Error()
	}
	// No -shm, or no right to read it: Index stays nil, which says so.
	a.Index, a.IndexID, _ = head(real+"-shm", walIndexSize)
	return a
}

// head reads the first n bytes of a file, or all of a shorter one.
func head(path string, n int) ([]byte, string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, "", err
	}
	id, _ := identify(path, info)
	b := make([]byte, n)
	got, err := io.ReadFull(f, b)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return b[:got], fmt.Sprint(id.device, ":", id.inode, ":", id.born.UnixNano()), err
}

// copyRaw copies the database and its WAL, if both fit into the limit.
func copyRaw(path string, q rawRequest) rawAnswer {
	need := fileSize(path) + fileSize(path+"-wal")
	if need > q.Limit {
		return rawAnswer{TooBig: need}
	}
	err := copyFile(path, q.CopyTo)
	if err == nil {
		err = copyFile(path+"-wal", q.CopyTo+"-wal")
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	}
	if err != nil {
		return rawAnswer{Error: err.Error()}
	}
	return rawAnswer{}
}

func fileSize(path string) int64 {
	if n := sizeOf(path); n != nil {
		return *n
	}
	return 0
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		return errors.Join(err, out.Close())
	}
	return out.Close()
}

// A commitCounter makes one rising total of the counters in the file's header
// and in -shm, which take turns with the journal mode.
type commitCounter struct {
	source string // which counter was read last
	last   uint32
	total  float64
}

// observe takes a reading and answers the total. When the counter is another
// one than before, what happened in between is unknown: nil, with the reason.
func (c *commitCounter) observe(source string, value uint32) (*float64, string) {
	if c.source == "" {
		c.total = float64(value)
	}
	known := c.source == "" || c.source == source
	if known && c.source != "" {
		c.total += float64(value - c.last) // unsigned: right across the wrap at 2^32
	}
	c.source, c.last = source, value
	if !known {
		return nil, "the change counter began anew: the application closed its last connection, or changed the journal mode"
	}
	total := c.total
	return &total, ""
}

// commitReading picks the counter that counts commits in the file's mode.
func commitReading(a rawAnswer) (source string, value uint32, missing string) {
	h := parseHeader(a.Header)
	switch {
	case a.Error != "":
		return "", 0, "the change counter cannot be read: " + a.Error
	case !h.magic:
		return "", 0, "the file has no SQLite header"
	case !h.wal():
		return "header", h.change, ""
	case a.Index == nil:
		return "", 0, "in WAL mode commits are counted in the -shm file, which exists only while a process has the database open"
	}
	ix, ok := parseWALIndex(a.Index)
	if !ok {
		return "", 0, "the WAL index is being rebuilt"
	}
	return a.IndexID, ix.change, ""
}
